/** How each verdict is earned, by a run of its own: the server does one thing, and one check tells of it. */
import { Credentials } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  type CaptureLine,
  type ExpectedFailure,
  type JudgeOptions,
  judgeStored,
  outcomeOf,
  type ResultLine,
  type VerdictKind,
  type VerdictLine
} from "../src/index.ts"
import { described, headerOf, judged, runOn } from "./support/Judging.ts"
import { body, header, started } from "./support/mutations/tools.ts"
import { type Mutation, type TinyOptions, tinyBcda } from "./support/TinyBcda.ts"

const draft: Mutation = body("metadata", (value) => ({ ...value, status: "draft" }))
const unnamed: Mutation = body("metadata", (value) => ({ ...value, instantiates: [] }))

const entry: ExpectedFailure = {
  check: "metadata/active",
  verdict: "fail",
  reason: "It is so for this test.",
  link: "https://example.org/1",
  review: "2999-01-01"
}

/** The verdict on one check, and the exit code of the run that judged nothing else. */
const on = (check: string, server: TinyOptions = {}, options: Partial<JudgeOptions> = {}) =>
  Effect.map(judged(server, { only: [check], ...options }), ({ by, lines }) => ({
    line: by.get(check),
    verdict: by.get(check)?.verdict,
    exitCode: outcomeOf(lines).exitCode
  }))

describe("the verdict", () => {
  it.live("pass: every assertion held, on an exchange that was looked at", () =>
    Effect.gen(function* () {
      const { exitCode, line, verdict } = yield* on("metadata/active")
      assert.deepStrictEqual([verdict, exitCode], ["pass", 0])
      assert.isAbove(line?.assertions ?? 0, 0)
      assert.isAbove(line?.exchanges.length ?? 0, 0)
      assert.isTrue(line?.evidence.every(({ holds }) => holds))
    })
  )

  it.live("fail: a SHALL or a promise is broken, and the evidence says where", () =>
    Effect.gen(function* () {
      const { exitCode, line, verdict } = yield* on("metadata/active", { mutate: draft })
      assert.deepStrictEqual([verdict, exitCode], ["fail", 1])
      assert.deepInclude(line?.evidence[0], {
        at: "body $.status",
        expected: "active",
        actual: '"draft"',
        holds: false
      })
    })
  )

  it.live("warn: a recommendation is missed", () =>
    Effect.gen(function* () {
      const { exitCode, verdict } = yield* on("metadata/instantiates-ig", { mutate: unnamed })
      assert.deepStrictEqual([verdict, exitCode], ["warn", 0])
    })
  )

  it.live("info: what a server may do is not done", () =>
    Effect.gen(function* () {
      const chatty = header("status", "x-progress", "x".repeat(101), started)
      const { exitCode, verdict } = yield* on("status/progress-short", { mutate: chatty })
      assert.deepStrictEqual([verdict, exitCode], ["info", 0])
    })
  )

  it.live("not-applicable: the server has no such thing; alone it leaves nothing judged", () =>
    Effect.gen(function* () {
      const { exitCode, line, verdict } = yield* on("assertion/once")
      assert.deepStrictEqual([verdict, exitCode], ["not-applicable", 1])
      assert.strictEqual(line?.assertions, 0)
      assert.strictEqual(line?.because, "the target's tokens do not come by smart")
    })
  )

  it.live("not-run: it is not done to this server, or was not chosen; alone it leaves nothing judged", () =>
    Effect.gen(function* () {
      const tiny = yield* tinyBcda()
      const lines = yield* runOn(tiny, { target: described(tiny, { kind: "production" }), only: ["cancel/accepted"] })
      const verdicts = lines.filter((line): line is VerdictLine => line.kind === "verdict")
      assert.deepStrictEqual([...new Set(verdicts.map(({ verdict }) => verdict))], ["not-run"])
      const reasons = new Set(verdicts.map(({ because }) => because))
      assert.deepStrictEqual(reasons, new Set(["it ends a job, which is not done to production", "not chosen"]))
      assert.strictEqual(outcomeOf(lines).exitCode, 1)
    }).pipe(Effect.scoped)
  )

  it.live("blocked: something before it failed, and it says what", () =>
    Effect.gen(function* () {
      const credentials = Credentials.of("nobody", "nothing")
      const { exitCode, line, verdict } = yield* on("kickoff/accepted", {}, { credentials })
      assert.deepStrictEqual([verdict, exitCode], ["blocked", 3])
      assert.include(line?.because, "gives no token")
      assert.strictEqual(line?.assertions, 0)
    })
  )

  it.live("expected-fail: the breach was listed, with a reason; once it is mended, the run is red", () =>
    Effect.gen(function* () {
      const broken = yield* on("metadata/active", { mutate: draft }, { expected: [entry] })
      assert.deepStrictEqual([broken.verdict, broken.exitCode], ["expected-fail", 0])
      assert.deepInclude(broken.line?.excused, { reason: entry.reason, link: entry.link })
      assert.strictEqual(broken.line?.severity, "fail")
      const mended = yield* on("metadata/active", {}, { expected: [entry] })
      assert.deepStrictEqual([mended.verdict, mended.exitCode], ["pass", 1])
    })
  )

  it.live("engine-error: what no server can bring about, a step that ran without an exchange", () =>
    Effect.gen(function* () {
      const { lines } = yield* judged({}, { only: ["metadata/active"] })
      const again = stored(lines, [
        { kind: "step", scenario: "metadata", step: "metadata", outcome: "ran" },
        { kind: "end", exchanges: 0, steps: 1 }
      ])
      const line = again.find((one) => one.kind === "verdict" && one.check === "metadata/active")
      assert.deepInclude(line, { verdict: "engine-error", because: "step metadata ran without an exchange" })
      assert.strictEqual(outcomeOf(again).exitCode, 4)
    })
  )

  it.live("of each kind is counted by the footer, every check once", () =>
    Effect.gen(function* () {
      const { lines, verdicts } = yield* judged({ mutate: draft }, { expected: [entry] })
      const footer = lines.findLast((line) => line.kind === "footer")
      const counted = (kind: VerdictKind) => verdicts.filter(({ verdict }) => verdict === kind).length
      for (const [kind, count] of Object.entries(footer?.counts ?? {}))
        assert.strictEqual(count, verdicts.filter(({ verdict }) => verdict === kind).length, kind)
      assert.strictEqual(counted("expected-fail"), 1)
      assert.strictEqual(verdicts.length, headerOf(lines).checks)
    })
  )
})

/** A run judged again from another capture. */
const stored = (lines: ReadonlyArray<ResultLine>, capture: ReadonlyArray<CaptureLine>): ReadonlyArray<ResultLine> => {
  const run = headerOf(lines)
  const { descriptor } = run
  if (descriptor === undefined) throw new Error("the run has no descriptor")
  return judgeStored({ header: run, descriptor, capture }, { now: 0, expected: [] })
}

describe("a stored run is red", () => {
  it.live("without its end mark, and with nothing at all", () =>
    Effect.gen(function* () {
      const { lines } = yield* judged({}, { only: ["metadata/active"] })
      assert.strictEqual(outcomeOf(stored(lines, [])).exitCode, 5)
      const step: CaptureLine = { kind: "step", scenario: "metadata", step: "metadata", outcome: "not-run" }
      assert.strictEqual(outcomeOf(stored(lines, [step])).exitCode, 5)
      assert.strictEqual(outcomeOf(stored(lines, [step, { kind: "end", exchanges: 0, steps: 2 }])).exitCode, 5)
      assert.notStrictEqual(outcomeOf(stored(lines, [step, { kind: "end", exchanges: 0, steps: 1 }])).exitCode, 0)
    })
  )
})
