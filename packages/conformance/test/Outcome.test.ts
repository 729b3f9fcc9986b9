/** What a run comes to by each of its verdicts, and that a run which judged nothing, or not to its end, is red. */
import { assert, describe, it } from "@effect/vitest"
import { type FooterLine, outcomeOf, type ResultLine, type VerdictKind, type VerdictLine } from "../src/index.ts"
import { countVerdicts } from "../src/Result.ts"

const line = (verdict: VerdictKind, index = 0): VerdictLine => ({
  kind: "verdict",
  check: `made/up-${index}`,
  title: "Something holds",
  scenario: "metadata",
  requirements: ["SEED-74"],
  verdict,
  assertions: 1,
  exchanges: ["e001"],
  evidence: []
})

const footer = (more: Partial<FooterLine> = {}): ResultLine => ({
  kind: "footer",
  counts: countVerdicts([]),
  complete: true,
  exchanges: 1,
  took: 1,
  ...more
})

/** The exit code of a run with these verdicts, and a proper end unless another is given. */
const codeOf = (kinds: ReadonlyArray<VerdictKind>, end: ReadonlyArray<ResultLine> = [footer()]) => {
  const { exitCode, red } = outcomeOf([...kinds.map(line), ...end])
  assert.strictEqual(red, exitCode !== 0)
  return exitCode
}

/** What a verdict makes of a run in which it stands alone, and of one in which something else passed. */
const meanings: ReadonlyArray<readonly [VerdictKind, number, number, string]> = [
  ["pass", 0, 0, "green"],
  ["fail", 1, 1, "red: a SHALL or a promise is broken"],
  ["warn", 0, 0, "green: a recommendation is missed"],
  ["info", 0, 0, "green: what may be is not so"],
  ["not-applicable", 1, 0, "no judgement: alone it leaves nothing judged"],
  ["not-run", 1, 0, "no judgement: alone it leaves nothing judged"],
  ["blocked", 3, 3, "red: the target could not be judged to the end"],
  ["expected-fail", 0, 0, "green: it was listed"],
  ["engine-error", 4, 4, "red: the suite is at fault"]
]

describe("a verdict makes of a run", () => {
  it.each(meanings)("%s: alone %i, beside a pass %i (%s)", (kind, alone, beside) => {
    assert.strictEqual(codeOf([kind]), alone)
    assert.strictEqual(codeOf([kind, "pass"]), beside)
    assert.strictEqual(codeOf(["pass", kind]), beside)
  })

  it("the gravest of several: the suite's fault, then the missing end, then a failure, then what is blocked", () => {
    assert.strictEqual(codeOf(["fail", "blocked", "engine-error", "pass"]), 4)
    assert.strictEqual(codeOf(["fail", "engine-error"], []), 4)
    assert.strictEqual(codeOf(["fail", "blocked", "pass"], []), 5)
    assert.strictEqual(codeOf(["blocked", "fail", "pass"]), 1)
    assert.strictEqual(codeOf(["blocked", "expected-fail"]), 3)
  })
})

describe("a run is red", () => {
  it("without a verdict", () => {
    assert.strictEqual(codeOf([]), 1)
    assert.strictEqual(outcomeOf([footer()]).text, "Nothing was judged.")
  })

  it("without an end mark, or with one that says that verdicts are missing", () => {
    assert.strictEqual(codeOf([], []), 5)
    assert.strictEqual(codeOf(["pass"], []), 5)
    assert.strictEqual(codeOf(["pass"], [footer({ complete: false })]), 5)
  })

  it("when a list of known breaches is not true any more, whatever else there is", () => {
    const surprises = [{ check: "a/b", what: "passes", text: "a/b passes" } as const]
    assert.strictEqual(codeOf(["pass"], [footer({ surprises })]), 1)
    assert.strictEqual(codeOf(["pass", "blocked"], [footer({ surprises })]), 1)
  })
})
