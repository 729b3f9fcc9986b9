/** A stored run judged again: the same verdicts, another profile, and a capture that is not whole. */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  bcdaExpected,
  type CaptureLine,
  isWhole,
  type JudgeOptions,
  outcomeOf,
  type ResultLine,
  readCapture,
  readResults,
  rejudge
} from "../src/index.ts"
import { judged } from "./support/Judging.ts"
import { mutations } from "./support/mutations/index.ts"
import { temporaryDirectory } from "./support/TemporaryDirectory.ts"
import type { TinyOptions } from "./support/TinyBcda.ts"

const stored = Effect.fnUntraced(function* (server: TinyOptions = {}, options: Partial<JudgeOptions> = {}) {
  const directory = yield* temporaryDirectory
  const { lines } = yield* judged(server, { ...options, directory })
  return { directory, lines, expected: options.expected ?? [] }
})

const verdictsOf = (lines: ReadonlyArray<ResultLine>) =>
  lines.filter((line) => line.kind === "verdict").toSorted((a, b) => a.check.localeCompare(b.check))

const kinds = (lines: ReadonlyArray<ResultLine>) => verdictsOf(lines).map(({ check, verdict }) => [check, verdict])

const footerOf = (lines: ReadonlyArray<ResultLine>) => lines.find((line) => line.kind === "footer")

/** Rewrites a file of a stored run. */
const edit = (directory: string, change: (text: string) => string) =>
  Effect.promise(async () => {
    const path = join(directory, "capture.jsonl")
    await writeFile(path, change(await readFile(path, "utf8")))
  })

describe("a stored run", () => {
  const broken = mutations.filter((_, index) => index % 10 === 0)
  it.live("judged again has the same verdicts, counts and surprises, whatever the server was like", () =>
    Effect.gen(function* () {
      for (const server of [{}, ...broken.map((one) => one.server())]) {
        const { directory, expected, lines } = yield* stored(server, { expected: bcdaExpected })
        const again = yield* rejudge({ directory, expected })
        assert.deepStrictEqual(verdictsOf(again), verdictsOf(lines))
        assert.deepStrictEqual(outcomeOf(again), outcomeOf(lines))
        const [a, b] = [footerOf(again), footerOf(lines)]
        assert.deepStrictEqual([a?.counts, a?.surprises, a?.complete], [b?.counts, b?.surprises, b?.complete])
      }
    }).pipe(Effect.scoped)
  )

  it.live("keeps the choice of checks it was made with, and takes another", () =>
    Effect.gen(function* () {
      const { directory, lines } = yield* stored({}, { only: ["metadata"] })
      assert.deepStrictEqual(verdictsOf(yield* rejudge({ directory, expected: [] })), verdictsOf(lines))
      const other = verdictsOf(yield* rejudge({ directory, expected: [], only: ["token/issued"] }))
      assert.deepStrictEqual(
        other.filter(({ verdict }) => verdict !== "not-run").map(({ check, verdict }) => `${verdict} ${check}`),
        ["pass token/issued"]
      )
    }).pipe(Effect.scoped)
  )

  it.live("can be judged by another profile, and is as a run by that profile was", () =>
    Effect.gen(function* () {
      const { directory } = yield* stored()
      const again = yield* rejudge({ directory, expected: [], profile: "ig-stu2" })
      const direct = yield* stored({}, { profile: "ig-stu2" })
      assert.deepStrictEqual(kinds(again), kinds(direct.lines))
      assert.strictEqual(again[0]?.kind === "header" && again[0].profile, "ig-stu2")
    }).pipe(Effect.scoped)
  )

  it.live("is left as it was; new results go where they are asked for, and can be judged again there", () =>
    Effect.gen(function* () {
      const { directory } = yield* stored()
      const before = yield* readResults(directory)
      const output = join(yield* temporaryDirectory, "again")
      const again = yield* rejudge({ directory, expected: [], profile: "bcda-page", output })
      assert.deepStrictEqual(yield* readResults(directory), before)
      assert.deepStrictEqual(yield* readResults(output), again)
      assert.deepStrictEqual(yield* readCapture(output), yield* readCapture(directory))
      assert.include(yield* Effect.promise(() => readFile(join(output, "report.md"), "utf8")), "bcda-page")
    }).pipe(Effect.scoped)
  )

  it.live("of a target that nobody described is refused", () =>
    Effect.gen(function* () {
      const { directory } = yield* stored()
      yield* Effect.promise(() => writeFile(join(directory, "results.jsonl"), ""))
      const error = yield* Effect.flip(rejudge({ directory }))
      assert.strictEqual(error.reason._tag, "ResultsUnreadable")
    }).pipe(Effect.scoped)
  )
})

const cut = (name: string, change: (text: string) => string) =>
  it.live(name, () =>
    Effect.gen(function* () {
      const { directory } = yield* stored()
      yield* edit(directory, change)
      const again = yield* rejudge({ directory, expected: [] })
      assert.isUndefined(footerOf(again))
      assert.deepInclude(outcomeOf(again), { red: true, exitCode: 5 })
    }).pipe(Effect.scoped)
  )

const linesOf = (text: string) => text.trimEnd().split("\n")

describe("a capture that is not whole is red", () => {
  cut("when its end mark is missing", (text) => `${linesOf(text).slice(0, -1).join("\n")}\n`)
  cut("when it was cut in the middle of a line", (text) => text.slice(0, text.length - 10))
  cut("when a step in the middle is missing", (text) => {
    const all = linesOf(text)
    const step = all.findIndex((line) => line.includes('"kind":"step"') && line.includes('"cancel"'))
    return `${all.toSpliced(step, 1).join("\n")}\n`
  })

  it("and one with its end mark before its end is not whole", () => {
    const step: CaptureLine = { kind: "step", scenario: "s", step: "a", outcome: "ran" }
    assert.isTrue(isWhole([step, { kind: "end", exchanges: 0, steps: 1 }]))
    assert.isFalse(isWhole([{ kind: "end", exchanges: 0, steps: 1 }, step]))
    assert.isFalse(isWhole([step, { kind: "end", exchanges: 1, steps: 1 }]))
    assert.isFalse(isWhole([]))
  })
})
