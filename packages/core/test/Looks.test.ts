import { BcdaClient, makePolicy, type PolicyOptions, Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Result, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { make } from "../src/internal/looks.ts"
import { answering, settle } from "./support/clock.ts"

/** A look every second, were all of the budget for looks: three quarters are. */
const tight: PolicyOptions = { budget: { requests: 60, window: "60 seconds" } }
const gap = 60 / 45

const looksOf = (policy: PolicyOptions = tight) => make(makePolicy(policy))

/** Lets `count` jobs join at once; gives when each was let in, in seconds. */
const joined = Effect.fnUntraced(function* (looks: ReturnType<typeof looksOf>, count: number, scope: Scope.Scope) {
  const times: Array<number> = []
  const one = Effect.andThen(
    looks.join,
    Effect.map(Clock.currentTimeMillis, (now) => void times.push(now / 1000))
  ).pipe(Scope.provide(scope))
  yield* Effect.forEach(Array.from({ length: count }), () => one, { concurrency: "unbounded", discard: true }).pipe(
    Effect.forkChild({ startImmediately: true })
  )
  return times
})

const pauseOf = (looks: ReturnType<typeof looksOf>, own: Duration.Input) =>
  Effect.map(looks.pause(Duration.fromInputUnsafe(own)), Duration.toSeconds)

describe("looks", () => {
  it.effect("come at their own pace as long as there is room for all", () =>
    Effect.gen(function* () {
      const looks = looksOf()
      const scope = yield* Scope.make()
      yield* joined(looks, 3, scope)
      assert.strictEqual(yield* pauseOf(looks, "10 seconds"), 10)
      assert.strictEqual(yield* pauseOf(looks, 3 * gap * 1000), 3 * gap)
    })
  )

  it.effect("come as much later as more jobs are followed, and sooner again when they end", () =>
    Effect.gen(function* () {
      const looks = looksOf()
      const few = yield* Scope.make()
      const many = yield* Scope.make()
      yield* joined(looks, 2, few)
      yield* joined(looks, 88, many)
      yield* TestClock.adjust("10 minutes")
      assert.closeTo(yield* pauseOf(looks, "10 seconds"), 90 * gap, 1e-9)
      // A server that asks for more gets more.
      assert.strictEqual(yield* pauseOf(looks, "10 minutes"), 600)
      yield* Scope.close(many, Exit.void)
      assert.strictEqual(yield* pauseOf(looks, "10 seconds"), 10)
    })
  )

  it.effect("begin at once, unless very many begin together", () =>
    Effect.gen(function* () {
      // An hour without a start is no credit for more of them.
      yield* TestClock.adjust("1 hour")
      const times = yield* joined(looksOf(), 7, yield* Scope.make())
      yield* TestClock.adjust("1 minute")
      // A twentieth of the budget, and the one that is due.
      assert.deepStrictEqual(
        times.map((at) => Math.round((at - 3600) / gap)),
        [0, 0, 0, 0, 1, 2, 3]
      )
    })
  )

  it.effect("do not count a job that was given up while it waited to be looked at", () =>
    Effect.gen(function* () {
      const looks = looksOf()
      const waiting = yield* Effect.scoped(looks.join).pipe(
        Effect.repeat({ times: 3 }),
        Effect.andThen(Effect.scoped(Effect.andThen(looks.join, Effect.never))),
        Effect.forkChild({ startImmediately: true })
      )
      assert.closeTo(yield* pauseOf(looks, 0), gap, 1e-9)
      yield* Fiber.interrupt(waiting)
      assert.strictEqual(yield* pauseOf(looks, 0), 0)
    })
  )
})

describe("many jobs of one client", () => {
  it.effect("share its budget without one look that waits for it, and leave the rest to others", () =>
    Effect.gen(function* () {
      const jobs = 90
      const done = Response.json({ transactionTime: "2026-08-22T19:02:15Z", output: [] })
      const { asked, layer } = answering(({ at }) =>
        at < 400_000 ? new Response(null, { status: 202, headers: { "content-length": "0" } }) : done.clone()
      )
      const target = Result.getOrThrow(Target.fromUrl("https://bcda.example", { apiVersion: "v3", auth: "none" }))
      const ended = yield* Effect.gen(function* () {
        const bcda = yield* BcdaClient
        const follows = yield* Effect.forEach(
          Array.from({ length: jobs }, (_, index) => bcda.job(String(index))),
          (job) => Effect.forkChild(Stream.runLast(bcda.follow(job)), { startImmediately: true })
        )
        for (let second = 0; second < 700; second++) {
          yield* TestClock.adjust("1 second")
          yield* settle
        }
        return yield* Effect.forEach(follows, Fiber.join)
      }).pipe(Effect.provide(BcdaClient.layer({ target, policy: tight })), Effect.provide(layer))
      assert.strictEqual(ended.filter((last) => last._tag === "Some" && last.value._tag === "Completed").length, jobs)
      const times = asked.map(({ at }) => at)
      const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length))
      assert.isAtMost(most, 45 + 3 + 1, "of 60 that are allowed")
      // In the middle, when all had begun and none had ended: each was looked at once in 120 seconds.
      const once = asked.filter(({ at }) => at >= 150_000 && at < 270_000).map(({ path }) => path)
      assert.strictEqual(new Set(once).size, jobs)
      assert.isAtMost(once.length, jobs + 2)
    })
  )
})
