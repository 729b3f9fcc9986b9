import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { XMLParser, XMLValidator } from "fast-xml-parser"
import type { ResultLine, VerdictKind, VerdictLine } from "../../src/index.ts"
import { renderJunit } from "../../src/index.ts"
import { judged } from "../support/Judging.ts"

const Numbers = {
  "@tests": Schema.FiniteFromString,
  "@failures": Schema.FiniteFromString,
  "@errors": Schema.FiniteFromString
}
const Case = Schema.Struct({
  "@name": Schema.String,
  "@classname": Schema.String,
  failure: Schema.optional(Schema.Unknown),
  error: Schema.optional(Schema.Unknown),
  skipped: Schema.optional(Schema.Unknown),
  "system-out": Schema.optional(Schema.String)
})
const Suites = Schema.Struct({
  testsuites: Schema.Struct({
    ...Numbers,
    testsuite: Schema.Array(
      Schema.Struct({
        ...Numbers,
        "@name": Schema.String,
        "@skipped": Schema.FiniteFromString,
        testcase: Schema.Array(Case)
      })
    )
  })
})

const read = (xml: string) => {
  assert.strictEqual(XMLValidator.validate(xml), true)
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    isArray: (name) => name === "testsuite" || name === "testcase"
  })
  const { testsuites } = Schema.decodeUnknownSync(Suites)(parser.parse(xml))
  return { ...testsuites, cases: testsuites.testsuite.flatMap(({ testcase }) => testcase) }
}

const as = (
  lines: ReadonlyArray<ResultLine>,
  verdict: VerdictKind
): { readonly lines: ReadonlyArray<ResultLine>; readonly check: string } => {
  const first = lines.find((line): line is VerdictLine => line.kind === "verdict")
  if (first === undefined) throw new Error("no verdict")
  const changed: VerdictLine = {
    ...first,
    verdict,
    because: `it <is> "so" & \u0001`,
    evidence: first.evidence.map((item) => ({ ...item, holds: false }))
  }
  return { lines: lines.map((line) => (line === first ? changed : line)), check: first.check }
}

describe("junit.xml", () => {
  it.live("has every check once, and adds up", () =>
    Effect.gen(function* () {
      const { lines, verdicts } = yield* judged()
      const suites = read(renderJunit(lines))
      assert.deepStrictEqual(
        suites.cases.map((one) => one["@name"]).toSorted(),
        verdicts.map(({ check }) => check).toSorted()
      )
      assert.strictEqual(suites["@tests"], verdicts.length)
      for (const suite of suites.testsuite) assert.strictEqual(suite["@tests"], suite.testcase.length)
      assert.strictEqual(suites["@failures"] + suites["@errors"], 0)
    })
  )

  it.live("fails by what makes a run red, and by nothing else", () =>
    Effect.gen(function* () {
      const { lines } = yield* judged({}, { only: ["metadata"] })
      const shown = (verdict: VerdictKind) => {
        const { check, lines: changed } = as(lines, verdict)
        const suites = read(renderJunit(changed))
        const found = suites.cases.find((one) => one["@name"] === check)
        return [
          suites["@failures"],
          suites["@errors"],
          found?.failure !== undefined,
          found?.error !== undefined,
          found?.skipped !== undefined,
          found?.["system-out"] !== undefined
        ]
      }
      assert.deepStrictEqual(shown("pass"), [0, 0, false, false, false, false])
      assert.deepStrictEqual(shown("fail"), [1, 0, true, false, false, false])
      assert.deepStrictEqual(shown("warn"), [0, 0, false, false, false, true])
      assert.deepStrictEqual(shown("info"), [0, 0, false, false, false, true])
      assert.deepStrictEqual(shown("blocked"), [0, 1, false, true, false, false])
      assert.deepStrictEqual(shown("engine-error"), [0, 1, false, true, false, false])
      for (const verdict of ["expected-fail", "not-run", "not-applicable"] as const) {
        assert.deepStrictEqual(shown(verdict), [0, 0, false, false, true, false], verdict)
      }
    })
  )

  it.live("fails for a run that was cut off, and for what was not as expected", () =>
    Effect.gen(function* () {
      const { lines } = yield* judged({}, { only: ["metadata"] })
      const cut = read(renderJunit(lines.filter(({ kind }) => kind !== "footer")))
      assert.strictEqual(cut["@failures"], 1)
      assert.include(
        cut.cases.map((one) => one["@name"]),
        "the run did not reach its end"
      )
      const surprised = lines.map((line) =>
        line.kind === "footer"
          ? { ...line, surprises: [{ check: "a/b", what: "passes" as const, text: "a/b passes" }] }
          : line
      )
      assert.strictEqual(read(renderJunit(surprised))["@failures"], 1)
      assert.include(
        read(renderJunit([])).cases.map((one) => one["@name"]),
        "the run did not reach its end"
      )
    })
  )
})
