import { type Clock, type Context, DateTime, Duration, Effect, Option, Schema } from "effect"

/** The clock was to be moved to where it stands already behind. */
export class Backwards extends Schema.TaggedClass<Backwards>()("Backwards", {
  /** Milliseconds since 1970. */
  now: Schema.Finite,
  /** Milliseconds since 1970. */
  to: Schema.Finite
}) {
  get message() {
    return `it is ${instantText(this.now)}, and ${instantText(this.to)} has passed`
  }
  get next() {
    return "a sandbox's time only goes forward: start a new sandbox for an earlier one"
  }
}

/** What was given is no time, or none that the sandbox can keep. */
export class NotATime extends Schema.TaggedClass<NotATime>()("NotATime", { problem: Schema.String }) {
  get message() {
    return this.problem
  }
  get next() {
    return 'give a length of time such as "24 hours", or an instant such as "2026-10-06T10:00:00Z", before 2255'
  }
}

/** The clock was not moved. */
export class ClockError extends Schema.TaggedError<ClockError>()("ClockError", {
  reason: Schema.Union([Backwards, NotATime])
}) {
  override get message() {
    return `the clock was not moved: ${this.reason.message}; ${this.reason.next}`
  }
}

/** A moment: milliseconds since 1970, a `Date`, or ISO 8601 text with a time zone. */
export type Instant = number | Date | string

/**
 * The sandbox's time, for moving it. It runs with the clock that the sandbox was made under, the system's or a TestClock,
 * until it is moved or stopped. Everything in a sandbox goes by it: tokens, jobs, expiry, clean-up, delays of faults.
 */
export interface SandboxClock {
  /** The time, in milliseconds since 1970. */
  readonly now: () => number
  /** Whether it stands still. */
  readonly frozen: () => boolean
  /**
   * Lets a length of time pass at once: `"24 hours"`, `"90 seconds"`, or milliseconds. Who sleeps wakes at its own time, in
   * order; then the clean-up runs. A frozen clock is moved too, and stays frozen.
   */
  readonly advance: (by: Duration.Input) => Effect.Effect<void, ClockError>
  /** The same up to an instant. Never backwards. */
  readonly set: (to: Instant) => Effect.Effect<void, ClockError>
  /** Stops it. Time then passes only by `advance` and `set`. */
  readonly freeze: Effect.Effect<void>
  /** Lets it run on from where it stands. */
  readonly run: Effect.Effect<void>
}

/** A clock for effects to run with, and the hand that moves it. */
export interface MovableClock extends SandboxClock {
  readonly clock: Clock.Clock
}

/** A sleeping fiber. */
interface Sleeper {
  /** Milliseconds since 1970 on the moved clock. */
  readonly until: number
  readonly wake: () => void
}

/** Instants are kept as microseconds in a double, which holds them exactly until 2255. */
const lastMillis = Math.floor(Number.MAX_SAFE_INTEGER / 1000)

const nanosOf = (millis: number): bigint => BigInt(Math.round(millis)) * 1_000_000n

const instantText = (millis: number): string => new Date(millis).toISOString()

/**
 * Turns of the event loop that a woken fiber gets before time goes on. It needs some to fall asleep again, for example
 * through the body of an answer; whatever takes longer sleeps from the later time.
 */
const turns = 8

/** How often sleepers are woken one after the other within one move; after that, time jumps to its end. */
const mostSteps = 1000

const notATime = (problem: string) => new ClockError({ reason: new NotATime({ problem }) })

const millisOf = (by: Duration.Input): Effect.Effect<number, ClockError> => {
  const millis = Option.map(Duration.fromInput(by), Duration.toMillis)
  return Option.isSome(millis) && Number.isFinite(millis.value)
    ? Effect.succeed(millis.value)
    : Effect.fail(notATime("that is no length of time"))
}

const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/i

const instantOf = (to: Instant): Effect.Effect<number, ClockError> => {
  const at = typeof to === "string" && !zoned.test(to) ? Option.none() : DateTime.make(to)
  return Option.isSome(at)
    ? Effect.succeed(DateTime.toEpochMillis(at.value))
    : Effect.fail(notATime("that is no instant with a time zone"))
}

/**
 * Makes a clock that runs with another one and can be set forward. `moved` runs after each move.
 *
 * Sleepers sleep on the other clock and, because the moved one may get there sooner, on a list of ours.
 */
export const movableClock = (base: Clock.Clock, moved: Effect.Effect<void> = Effect.void): MovableClock => {
  /** What to add to the base's time. */
  let offset = 0
  /** The time at which it stands still. */
  let stopped: { readonly millis: number; readonly nanos: bigint; readonly monotonic: bigint } | undefined
  const sleepers = new Set<Sleeper>()

  const now = (): number => stopped?.millis ?? base.currentTimeMillisUnsafe() + offset
  const nanos = (): bigint => stopped?.nanos ?? base.currentTimeNanosUnsafe() + nanosOf(offset)
  const monotonic = (): bigint => stopped?.monotonic ?? base.monotonicTimeNanosUnsafe() + nanosOf(offset)

  /** Only here is time set. */
  const put = (millis: number): void => {
    const by = Math.max(0, millis - now())
    if (stopped === undefined) offset += by
    else {
      const at = stopped.millis + by
      stopped = { millis: at, nanos: nanosOf(at), monotonic: stopped.monotonic + nanosOf(by) }
    }
  }

  /**
   * Sleeps until woken, or until the base clock gets there. Both are set up before anything else happens, so that a move
   * right after finds the sleeper.
   */
  const sleepUntil = (until: number): Effect.Effect<void> =>
    Effect.contextWith((context: Context.Context<never>) => {
      const rest = until - now()
      if (rest <= 0) return Effect.void
      const slept = Effect.callback<void>((resume) => {
        const timer = stopped === undefined ? Effect.runForkWith(context)(base.sleep(Duration.millis(rest))) : undefined
        const end = () => {
          sleepers.delete(sleeper)
          timer?.interruptUnsafe()
          resume(Effect.void)
        }
        const sleeper: Sleeper = { until, wake: end }
        sleepers.add(sleeper)
        timer?.addObserver(end)
        return Effect.sync(end)
      })
      // Asked again, for a base that wakes early and for a clock that was stopped or set going meanwhile.
      return Effect.andThen(slept, sleepUntil(until))
    })

  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: now,
    currentTimeMillis: Effect.sync(now),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: monotonic,
    monotonicTimeNanos: Effect.sync(monotonic),
    sleep: (duration) => {
      const millis = Duration.toMillis(duration)
      if (millis <= 0) return Effect.yieldNow
      return Number.isFinite(millis) ? Effect.suspend(() => sleepUntil(now() + millis)) : Effect.never
    }
  }

  const wake = (due: Iterable<Sleeper>): void => {
    for (const sleeper of due) sleeper.wake()
  }

  const settle = Effect.forEach(Array.from({ length: turns }), () => Effect.yieldNow, { discard: true })

  const goTo = Effect.fnUntraced(function* (target: number) {
    for (let steps = 0; steps < mostSteps; steps++) {
      const due = [...sleepers].filter(({ until }) => until <= target)
      if (due.length === 0) break
      const next = Math.min(...due.map(({ until }) => until))
      put(next)
      wake(due.filter(({ until }) => until === next))
      yield* settle
    }
    put(target)
    wake([...sleepers].filter(({ until }) => until <= target))
    yield* moved
  })

  /** Checks and goes. Time has whole milliseconds. */
  const moveTo = (instant: number): Effect.Effect<void, ClockError> =>
    Effect.suspend(() => {
      const target = Math.ceil(instant)
      if (target > lastMillis) return Effect.fail(notATime("the sandbox cannot keep times after 2255"))
      if (target < now()) return Effect.fail(new ClockError({ reason: new Backwards({ now: now(), to: target }) }))
      return goTo(target)
    })

  return {
    clock,
    now,
    frozen: () => stopped !== undefined,
    advance: (by) => Effect.flatMap(millisOf(by), (millis) => moveTo(now() + millis)),
    set: (to) => Effect.flatMap(instantOf(to), moveTo),
    freeze: Effect.sync(() => {
      if (stopped === undefined) {
        stopped = { millis: now(), nanos: nanos(), monotonic: monotonic() }
        wake([...sleepers])
      }
    }),
    run: Effect.sync(() => {
      if (stopped === undefined) return
      const { millis } = stopped
      stopped = undefined
      offset = millis - base.currentTimeMillisUnsafe()
      wake([...sleepers])
    })
  }
}

/** The same for programs without Effect. Promises reject with `ClockError`. */
export interface PromiseClock extends Pick<SandboxClock, "now" | "frozen"> {
  /** Lets a length of time pass at once: `"24 hours"`, `"90 seconds"`, or milliseconds. */
  readonly advance: (by: Duration.Input) => Promise<void>
  /** The same up to an instant. Never backwards. */
  readonly set: (to: Instant) => Promise<void>
  /** Stops it. Time then passes only by `advance` and `set`. */
  readonly freeze: () => Promise<void>
  /** Lets it run on from where it stands. */
  readonly run: () => Promise<void>
}

export const promiseClock = ({ advance, freeze, frozen, now, run, set }: SandboxClock): PromiseClock => ({
  now,
  frozen,
  advance: (by) => Effect.runPromise(advance(by)),
  set: (to) => Effect.runPromise(set(to)),
  freeze: () => Effect.runPromise(freeze),
  run: () => Effect.runPromise(run)
})
