/** A job is looked at as often as the pace says and no sooner than the server asks, and never more often than the budget has room for. */
import { NodeTransport } from "@bcda-kit/core/node"
import { assert, describe, it, vi } from "@effect/vitest"
import { Duration, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type Budget, judge, type Pace, readCapture } from "../src/index.ts"
import { atOnce, credentialsOf, described, targetOf } from "./support/Judging.ts"
import { header, started } from "./support/mutations/tools.ts"
import { temporaryDirectory } from "./support/TemporaryDirectory.ts"
import { type TinyOptions, tinyBcda } from "./support/TinyBcda.ts"

const atLeast = (gaps: ReadonlyArray<number>, least: ReadonlyArray<number>) => {
  assert.strictEqual(gaps.length, least.length)
  for (const [index, gap] of gaps.entries()) assert.isAtLeast(gap, least[index] ?? 0, String(gaps))
}

describe("polling", () => {
  it.effect("does not follow a Retry-After of 0 faster than its own first wait", () =>
    Effect.gen(function* () {
      const tiny = yield* tinyBcda({ polls: 5 })
      const looks = () => tiny.requests.filter((request) => /^GET .*\/jobs\/4\d$/.test(request)).length
      const hour = Duration.hours(1)
      const pace = { ...atOnce, initial: hour, max: hour, retryAfterCap: hour, deadline: Duration.days(1) }
      const run = yield* judge({ target: targetOf(tiny), credentials: credentialsOf(tiny), pace }).pipe(
        Stream.runDrain,
        Effect.provide(NodeTransport.layer),
        Effect.forkChild
      )
      // The first look is the one without a token, the second that of fhir-kit-client. The clock stands still, so that one too many can only come from not waiting.
      for (const expected of [3, 4, 5]) {
        yield* Effect.promise(() => vi.waitUntil(() => looks() >= expected, { interval: 2, timeout: 20_000 }))
        for (let turn = 0; turn < 1000; turn++) yield* Effect.promise(() => new Promise(setImmediate))
        assert.strictEqual(looks(), expected)
        yield* TestClock.adjust(hour)
      }
      yield* Fiber.interrupt(run)
    })
  )

  /** Times of the polls of the run's first job, in seconds by the clock of the test, and how many requests there were. */
  const polled = Effect.fnUntraced(function* (server: TinyOptions, pace: Partial<Pace>, budget: Budget = {}) {
    const tiny = yield* tinyBcda(server)
    const directory = yield* temporaryDirectory
    const run = yield* judge({
      target: described(tiny, { budget }),
      credentials: credentialsOf(tiny),
      only: ["status/done"],
      expected: [],
      directory,
      pace: { ...atOnce, timeout: Duration.days(1), ...pace }
    }).pipe(Stream.runDrain, Effect.provide(NodeTransport.layer), Effect.forkChild)
    // the clock moves only when nothing else does
    let requests = -1
    while (run.pollUnsafe() === undefined) {
      for (let turn = 0; turn < 300; turn++) yield* Effect.promise(() => new Promise(setImmediate))
      if (requests === tiny.requests.length) yield* TestClock.adjust(Duration.seconds(5))
      requests = tiny.requests.length
    }
    yield* Fiber.join(run)
    const capture = yield* readCapture(directory)
    const polls = capture.filter((line) => line.kind === "exchange" && line.step === "status")
    const times = polls.map((line) => (line.kind === "exchange" ? line.startedAt / 1000 : 0))
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    return { gaps, requests: tiny.requests.length, running: tiny.running() }
  })

  it.effect("waits as long as Retry-After says, though its own waits are shorter", () =>
    Effect.gen(function* () {
      const pace = {
        initial: Duration.seconds(1),
        max: Duration.seconds(2),
        retryAfterCap: Duration.hours(1),
        deadline: Duration.hours(2)
      }
      const { gaps } = yield* polled({ mutate: header("status", "retry-after", "30", started) }, pace)
      atLeast(gaps, [30, 30, 30])
    }).pipe(Effect.scoped)
  )

  it.effect("waits longer each time where the server says nothing, up to its own longest", () =>
    Effect.gen(function* () {
      const pace = { initial: Duration.seconds(10), factor: 2, max: Duration.seconds(30), deadline: Duration.hours(1) }
      const { gaps } = yield* polled({ polls: 4, mutate: header("status", "retry-after", undefined, started) }, pace)
      atLeast(gaps, [10, 20, 30, 30])
    }).pipe(Effect.scoped)
  )

  it.effect("spreads the polls that its budget has over the time that a job may take", () =>
    Effect.gen(function* () {
      const server = { polls: Number.POSITIVE_INFINITY, mutate: header("status", "retry-after", undefined, started) }
      const pace = { initial: Duration.seconds(1), max: Duration.seconds(10), deadline: Duration.minutes(10) }
      const { gaps, requests, running } = yield* polled(server, pace, { requests: 15 })
      assert.isAtMost(requests, 15)
      assert.isAbove(gaps.length, 3)
      for (const gap of gaps) assert.isAtLeast(gap, 600 / (gaps.length + 1), String(gaps))
      assert.isAtMost(
        gaps.reduce((sum, gap) => sum + gap, 0),
        660
      )
      assert.strictEqual(running, 0)
    }).pipe(Effect.scoped)
  )
})
