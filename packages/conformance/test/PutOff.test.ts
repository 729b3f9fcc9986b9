/** Who is put off waits for as long as the server says, and no longer than the pace allows. */
import { NodeTransport } from "@bcda-kit/core/node"
import { assert, describe, it, vi } from "@effect/vitest"
import { Duration, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { judge, type ResultLine } from "../src/index.ts"
import { atOnce, credentialsOf, embeddedOf, runOn } from "./support/Judging.ts"
import { tinyBcda } from "./support/TinyBcda.ts"

const only = ["kickoff/same-again", "kickoff/put-off-says-when", "kickoff/taken-after-waiting"]

const verdictsIn = (lines: ReadonlyArray<ResultLine>) =>
  lines.flatMap((line) => (line.kind === "verdict" && only.includes(line.check) ? [line] : []))

describe("an export that is put off", () => {
  it.effect("is asked for again when the time that the server named is over, and not before", () =>
    Effect.gen(function* () {
      const tiny = yield* tinyBcda({ polls: 0, putsOff: { retryAfter: "30", times: 1 } })
      const asked = () => tiny.requests.filter((request) => request.includes("$export")).length
      const pace = { ...atOnce, retryAfterCap: Duration.minutes(1) }
      const options = { target: embeddedOf(tiny), credentials: credentialsOf(tiny), expected: [], only, pace }
      const run = yield* judge(options).pipe(Stream.runCollect, Effect.provide(NodeTransport.layer), Effect.forkChild)
      yield* Effect.promise(() => vi.waitUntil(() => asked() >= 2, { interval: 2, timeout: 20_000 }))
      for (let turn = 0; turn < 1000; turn++) yield* Effect.promise(() => new Promise(setImmediate))
      yield* TestClock.adjust("29 seconds")
      for (let turn = 0; turn < 1000; turn++) yield* Effect.promise(() => new Promise(setImmediate))
      assert.strictEqual(asked(), 2)
      yield* TestClock.adjust("1 second")
      const verdicts = verdictsIn(yield* Fiber.join(run))
      assert.deepStrictEqual(
        verdicts.map(({ verdict }) => verdict),
        ["pass", "pass", "pass"]
      )
      assert.strictEqual(asked(), 3)
      assert.strictEqual(tiny.running(), 0, "a job was left running")
    })
  )

  it.live("is not waited for beyond the cap, nor where nobody can read for how long", () =>
    Effect.gen(function* () {
      for (const [retryAfter, because] of [
        ["30", "the server asks to wait for 30s"],
        ["a while", "the server does not say for how long to wait"]
      ] as const) {
        const tiny = yield* tinyBcda({ putsOff: { retryAfter, times: 1 } })
        const found = verdictsIn(yield* runOn(tiny, { only })).find(
          ({ check }) => check === "kickoff/taken-after-waiting"
        )
        assert.deepInclude(found, { verdict: "not-run", because })
      }
    })
  )
})
