import { makePolicy, type PolicyOptions } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import { CurrentShare, make, type Share } from "../src/internal/limiter.ts"

const limiter = (policy: PolicyOptions = {}) => make(makePolicy(policy))

/** When each of `count` turns came, in milliseconds, all asked for at once. */
const turns = Effect.fnUntraced(function* (of: ReturnType<typeof limiter>, count: number) {
  const times: Array<number> = []
  yield* Effect.forEach(
    Array.from({ length: count }),
    () =>
      Effect.andThen(
        of.turn,
        Effect.map(Clock.currentTimeMillis, (now) => void times.push(now))
      ),
    { concurrency: "unbounded", discard: true }
  ).pipe(Effect.forkChild({ startImmediately: true }))
  return times
})

describe("turns", () => {
  it.effect("are never more than the budget within any window, and no later than that asks for", () =>
    Effect.gen(function* () {
      const of = limiter({ budget: { requests: 3, window: "10 seconds" } })
      const times = yield* turns(of, 2)
      yield* TestClock.adjust("4 seconds")
      const later = yield* turns(of, 6)
      yield* TestClock.adjust("1 minute")
      // Two at 0 and one at 4 s: the window lets go of them one by one, not all at once.
      assert.deepStrictEqual(times, [0, 0])
      assert.deepStrictEqual(later, [4000, 10_000, 10_000, 14_000, 20_000, 20_000])
    })
  )

  it.effect("are as many as BCDA allows an address, less a tenth", () =>
    Effect.gen(function* () {
      const times = yield* turns(limiter(), 3000)
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(times.filter((at) => at === 0).length, 2700)
      assert.strictEqual(times.filter((at) => at === 300_000).length, 300)
    })
  )

  it.effect("are held back for all by what the server tells one", () =>
    Effect.gen(function* () {
      const of = limiter()
      yield* of.throttled(0, Duration.seconds(90))
      const times = yield* turns(of, 2)
      yield* TestClock.adjust("89 seconds")
      assert.deepStrictEqual(times, [])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(times, [90_000, 90_000])
    })
  )

  it.effect("wait longer when meanwhile another is told so, and never less", () =>
    Effect.gen(function* () {
      const of = limiter()
      yield* of.throttled(0, Duration.seconds(10))
      const times = yield* turns(of, 1)
      yield* TestClock.adjust("5 seconds")
      yield* of.throttled(5000, Duration.seconds(20))
      yield* of.throttled(5000, Duration.seconds(1))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(times, [25_000])
    })
  )

  it.effect("are held back no longer than the policy obeys, and a moment even for Retry-After: 0", () =>
    Effect.gen(function* () {
      const of = limiter({ retry: { retryAfterCap: "1 minute", initial: "500 millis" } })
      yield* of.throttled(0, Duration.zero)
      const first = yield* turns(of, 1)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(first, [500])
      yield* of.throttled(1000, Duration.days(1))
      const second = yield* turns(of, 1)
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(second, [61_000])
    })
  )

  it.effect("go on to the next when one who waits is interrupted", () =>
    Effect.gen(function* () {
      const of = limiter({ budget: { requests: 1, window: "10 seconds" } })
      yield* of.turn
      const gone = yield* Effect.forkChild(of.turn, { startImmediately: true })
      const times = yield* turns(of, 1)
      yield* Fiber.interrupt(gone)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(times, [10_000])
    })
  )
})

/** Somebody who wants places, and what became of each wish. */
const guests = (of: ReturnType<typeof limiter>) => {
  const seated: Array<string> = []
  const enter = Effect.fnUntraced(function* (name: string, share: Share | undefined) {
    const scope = yield* Scope.make()
    const fiber = yield* of.place.pipe(
      Effect.tap(() => Effect.sync(() => seated.push(name))),
      Effect.provideService(CurrentShare, share),
      Scope.provide(scope),
      Effect.forkChild({ startImmediately: true })
    )
    return {
      leave: Effect.andThen(Fiber.interrupt(fiber), Scope.close(scope, Exit.void)),
      place: Fiber.join(fiber)
    }
  })
  return { seated, enter: (name: string, share?: Share) => enter(name, share) }
}

describe("places", () => {
  it.effect("are as many as the policy has", () =>
    Effect.gen(function* () {
      const { seated, enter } = guests(limiter({ concurrency: 2 }))
      const share: Share = { files: 2 }
      const a = yield* enter("a", share)
      yield* enter("b", share)
      yield* enter("c", share)
      assert.deepStrictEqual(seated, ["a", "b"])
      yield* a.leave
      assert.deepStrictEqual(seated, ["a", "b", "c"])
    })
  )

  it.effect("are more for who asks for more", () =>
    Effect.gen(function* () {
      const { seated, enter } = guests(limiter({ concurrency: 2 }))
      const share: Share = { files: 3 }
      for (const name of ["a", "b", "c", "d"]) yield* enter(name, share)
      assert.deepStrictEqual(seated, ["a", "b", "c"])
    })
  )

  it.effect("need not be waited for by who opens files by hand", () =>
    Effect.gen(function* () {
      const { seated, enter } = guests(limiter({ concurrency: 1 }))
      for (const name of ["a", "b", "c"]) yield* enter(name)
      assert.strictEqual(seated.length, 3)
    })
  )

  it.effect("go to exports in turns, however many files one has waiting", () =>
    Effect.gen(function* () {
      const { seated, enter } = guests(limiter({ concurrency: 1 }))
      const [many, few]: ReadonlyArray<Share> = [{ files: 1 }, { files: 1 }]
      const all = [yield* enter("m1", many)]
      for (const name of ["m2", "m3", "m4"]) all.push(yield* enter(name, many))
      const late = [yield* enter("f1", few), yield* enter("f2", few)]
      for (const guest of [all[0], all[1], late[0], all[2], late[1]]) if (guest !== undefined) yield* guest.leave
      assert.deepStrictEqual(seated, ["m1", "m2", "f1", "m3", "f2", "m4"])
    })
  )

  it.effect("pass by who has gone while waiting", () =>
    Effect.gen(function* () {
      const { seated, enter } = guests(limiter({ concurrency: 1 }))
      const share: Share = { files: 1 }
      const a = yield* enter("a", share)
      const b = yield* enter("b", share)
      yield* enter("c", share)
      yield* b.leave
      yield* a.leave
      assert.deepStrictEqual(seated, ["a", "c"])
    })
  )

  it.effect(
    "are halved when the server complains, once for what was under way together, and come back one a round",
    () =>
      Effect.gen(function* () {
        const of = limiter({ concurrency: 8 })
        const { seated, enter } = guests(of)
        const share: Share = { files: 8 }
        const first = yield* Effect.forEach(["a", "b", "c", "d", "e", "f", "g", "h"], (name) => enter(name, share))
        yield* TestClock.adjust("1 second")
        for (let i = 0; i < 8; i++) yield* of.throttled(0, Duration.seconds(1))
        for (const guest of first) yield* guest.leave
        const second = yield* Effect.forEach(["i", "j", "k", "l", "m", "n"], (name) => enter(name, share))
        assert.strictEqual(seated.length, 8 + 4, "half of the eight that were under way")

        yield* TestClock.adjust("1 second")
        yield* of.throttled(2000, Duration.seconds(1))
        for (const guest of second) yield* guest.leave
        const third = yield* Effect.forEach(["o", "p", "q", "r", "s"], (name) => enter(name, share))
        assert.strictEqual(
          seated.slice(-2).join(""),
          "op",
          "half of four, since this one was sent after the first complaint"
        )

        const place = yield* third[0]?.place ?? Effect.die("no place")
        yield* place.answered({ status: 500 })
        assert.strictEqual(seated.at(-1), "p")
        yield* place.answered({ status: 200 })
        assert.strictEqual(seated.at(-1), "p")
        yield* place.answered({ status: 206 })
        assert.strictEqual(seated.at(-1), "q", "two good answers are a round of two")
        for (let i = 0; i < 3; i++) yield* place.answered({ status: 200 })
        assert.strictEqual(seated.at(-1), "r")
      })
  )

  it.effect("are never none", () =>
    Effect.gen(function* () {
      const of = limiter({ concurrency: 4 })
      for (let i = 1; i < 10; i++) {
        yield* TestClock.adjust("1 second")
        yield* of.throttled(i * 1000, undefined)
      }
      const { seated, enter } = guests(of)
      yield* enter("a", { files: 4 })
      yield* enter("b", { files: 4 })
      assert.deepStrictEqual(seated, ["a"])
    })
  )
})
