import { ClockError } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { type MovableClock, movableClock } from "../src/Clock.ts"

const start = Date.UTC(2026, 9, 6, 10)
const hour = 3_600_000

/** A movable clock over a TestClock. Effects that are given to `on` run with it. */
const makeClock = Effect.gen(function* () {
  yield* TestClock.setTime(start)
  return movableClock(yield* Clock.Clock)
})
const on = ({ clock }: MovableClock) => Effect.provideService(Clock.Clock, clock)

/** Sleeps, again and again, and writes down when it woke. */
const rounds = (woken: Array<string>, name: string, lengths: ReadonlyArray<number>) =>
  Effect.forEach(lengths, (length) =>
    Effect.andThen(
      Effect.sleep(length),
      Effect.map(Clock.currentTimeMillis, (at) => woken.push(`${name} ${(at - start) / 1000}`))
    )
  )

describe("the movable clock", () => {
  it.effect("runs with the clock it was made under", () =>
    Effect.gen(function* () {
      const time = yield* makeClock
      const sleeper = yield* Effect.forkChild(on(time)(Effect.sleep("1 minute")), { startImmediately: true })
      assert.strictEqual(time.now(), start)
      yield* TestClock.adjust("59 seconds")
      assert.isUndefined(sleeper.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.isDefined(sleeper.pollUnsafe())
      assert.strictEqual(time.now(), start + 60_000)
    })
  )

  it.effect("is ahead after a move, by exactly that, in all its hands", () =>
    Effect.gen(function* () {
      const time = yield* makeClock
      const monotonic = time.clock.monotonicTimeNanosUnsafe()
      yield* time.advance("24 hours")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(time.now(), start + 25 * hour)
      assert.strictEqual(yield* on(time)(Clock.currentTimeNanos), BigInt(start + 25 * hour) * 1_000_000n)
      assert.strictEqual(time.clock.monotonicTimeNanosUnsafe() - monotonic, BigInt(25 * hour) * 1_000_000n)
      yield* time.set("2026-10-08T00:00:00+02:00")
      assert.strictEqual(time.now(), Date.UTC(2026, 9, 7, 22))
    })
  )

  it.effect("wakes sleepers at their own times and in order, also those who go back to sleep", () =>
    Effect.gen(function* () {
      const time = yield* makeClock
      const woken: Array<string> = []
      for (const [name, lengths] of [
        ["a", [30_000, 30_000, 3_600_000]],
        ["b", [45_000, 1_000]]
      ] as const) {
        yield* Effect.forkChild(on(time)(rounds(woken, name, lengths)), { startImmediately: true })
      }
      yield* time.advance("10 minutes")
      assert.deepStrictEqual(woken, ["a 30", "b 45", "b 46", "a 60"])
      assert.strictEqual(time.now(), start + 600_000)
      yield* time.advance("51 minutes")
      assert.deepStrictEqual(woken.slice(4), ["a 3660"])
    })
  )

  it.effect("a sleeper that was not reached sleeps on for the rest", () =>
    Effect.gen(function* () {
      const time = yield* makeClock
      const sleeper = yield* Effect.forkChild(on(time)(Effect.sleep("1 hour")), { startImmediately: true })
      yield* time.advance("59 minutes")
      assert.isUndefined(sleeper.pollUnsafe())
      yield* TestClock.adjust("59 seconds")
      assert.isUndefined(sleeper.pollUnsafe())
      yield* time.advance("1 second")
      assert.isDefined(sleeper.pollUnsafe())
    })
  )

  it.effect("comes to an end with sleepers who never stop", () =>
    Effect.gen(function* () {
      const time = yield* makeClock
      let turns = 0
      const restless = Effect.forever(
        Effect.andThen(
          Effect.sleep(1),
          Effect.sync(() => turns++)
        )
      )
      const fiber = yield* Effect.forkChild(on(time)(restless), { startImmediately: true })
      yield* time.advance("24 hours")
      assert.strictEqual(time.now(), start + 24 * hour)
      assert.isAbove(turns, 100)
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("interrupted sleepers are forgotten", () =>
    Effect.gen(function* () {
      const time = yield* makeClock
      let woken = false
      const sleeping = Effect.andThen(
        Effect.sleep("1 hour"),
        Effect.sync(() => (woken = true))
      )
      const sleeper = yield* Effect.forkChild(on(time)(sleeping), { startImmediately: true })
      yield* Fiber.interrupt(sleeper)
      yield* time.advance("2 hours")
      yield* TestClock.adjust("2 hours")
      assert.isFalse(woken)
    })
  )

  it.effect("stands still when frozen, can be moved so, and runs on from there", () =>
    Effect.gen(function* () {
      const time = yield* makeClock
      const sleeper = yield* Effect.forkChild(on(time)(Effect.sleep("1 hour")), { startImmediately: true })
      yield* time.freeze
      assert.isTrue(time.frozen())
      yield* TestClock.adjust("5 hours")
      assert.strictEqual(time.now(), start)
      assert.strictEqual(time.clock.currentTimeNanosUnsafe(), BigInt(start) * 1_000_000n)
      assert.isUndefined(sleeper.pollUnsafe())
      yield* time.advance("59 minutes")
      assert.strictEqual(time.now(), start + hour - 60_000)
      assert.isTrue(time.frozen())
      yield* time.run
      assert.strictEqual(time.now(), start + hour - 60_000)
      yield* TestClock.adjust("59 seconds")
      assert.isUndefined(sleeper.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.isDefined(sleeper.pollUnsafe())
      assert.strictEqual(time.now(), start + hour)
      yield* time.run
      assert.strictEqual(time.now(), start + hour)
    })
  )

  it.effect("never goes back, and says so", () =>
    Effect.gen(function* () {
      const time = yield* makeClock
      yield* time.advance("1 hour")
      for (const back of [time.set(new Date(start)), time.advance(-1)]) {
        const error = yield* Effect.flip(back)
        assert.instanceOf(error, ClockError)
        assert.strictEqual(error.reason._tag, "Backwards")
      }
      const { message } = yield* Effect.flip(time.set("2026-10-06T10:00:00Z"))
      assert.include(message, "it is 2026-10-06T11:00:00.000Z, and 2026-10-06T10:00:00.000Z has passed")
      assert.strictEqual(time.now(), start + hour)
      yield* time.set(start + hour)
      yield* time.advance(0)
      assert.strictEqual(time.now(), start + hour)
    })
  )

  it.effect("refuses what is no time", () =>
    Effect.gen(function* () {
      const time = yield* makeClock
      const wrong = [
        time.set("2026-10-07"),
        time.set("2026-10-07T10:00:00"),
        time.set("tomorrow"),
        time.set("2026-13-07T10:00:00Z"),
        time.set(Number.NaN),
        time.set(new Date(Number.NaN)),
        time.set("2300-01-01T00:00:00Z"),
        time.advance(Number.POSITIVE_INFINITY),
        time.advance("100000 weeks")
      ]
      for (const [index, move] of wrong.entries()) {
        const { reason } = yield* Effect.flip(move)
        assert.strictEqual(reason._tag, "NotATime", String(index))
      }
      assert.strictEqual(time.now(), start)
    })
  )
})
