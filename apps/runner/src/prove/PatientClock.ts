import { subscribe } from "node:diagnostics_channel"
import { stat } from "node:fs/promises"
import { setImmediate as turn } from "node:timers/promises"
import { type Clock, Duration, Effect } from "effect"

/** A sleeping fiber. */
interface Sleeper {
  /** Milliseconds since 1970 on this clock. */
  readonly until: number
  readonly wake: () => void
}

const nanosOf = (millis: number): bigint => BigInt(Math.round(millis)) * 1_000_000n

/** Whether a request to the file system or the network is under way. Handles that only wait for one, such as listening sockets, do not count. */
const isBusy = (): boolean => process.getActiveResourcesInfo().some((resource) => !waiting.has(resource))

const waiting: ReadonlySet<string> = new Set([
  "TCPServerWrap",
  "TCPSocketWrap",
  "TLSWrap",
  "TTYWrap",
  "PipeWrap",
  "ProcessWrap",
  "SignalWrap",
  "MessagePort",
  "Timeout",
  "Immediate"
])

/**
 * Who sleeps for minutes waits for something to go wrong, and who sleeps for days for something to hang. The longer the jump, the longer this
 * process must have had nothing else to do, so that a time-out never fires while an answer is on its way.
 */
const paces = [
  { below: 300_000, quietTurns: 12, everyRound: 1 },
  { below: 86_400_000, quietTurns: 400, everyRound: 10 },
  { below: Number.POSITIVE_INFINITY, quietTurns: 4000, everyRound: 50 }
] as const

/** What happens on the way between a client and a server of this process. */
const steps = [
  "http.client.request.start",
  "http.client.response.finish",
  "http.server.request.start",
  "http.server.response.finish"
]

let changes = 0
for (const step of steps) subscribe(step, () => void changes++)

/** Resolves when only time can bring about anything. */
const quiet = async (turns: number): Promise<void> => {
  let seen = changes
  for (let still = 0; still < turns; still++) {
    if (still % 8 === 7) await stat(".")
    await turn()
    // To ask the system is dear, so it is asked every other time, the last one among them.
    if (changes === seen && ((turns - still) % 2 === 0 || !isBusy())) continue
    seen = changes
    still = -1
  }
}

/** A clock that somebody waits for. */
interface Awaited {
  /** Milliseconds until the first sleeper is to wake. */
  readonly left: () => number
  /** Jumps there. */
  readonly jump: () => void
}

const awaited = new Set<Awaited>()
let isPumping = false

/** Lets all clocks jump together, each to its own next moment. Short sleeps go first, and now and then long ones too. */
const pump = async (): Promise<void> => {
  if (isPumping) return
  isPumping = true
  for (let round = 1; awaited.size > 0; round++) {
    const least = Math.min(...Array.from(awaited, (clock) => clock.left()))
    const inTurn = paces.findLast(({ everyRound }) => round % everyRound === 0) ?? paces[0]
    const { below, quietTurns } = least < inTurn.below ? inTurn : (paces.find((pace) => least < pace.below) ?? paces[2])
    await quiet(quietTurns)
    for (const clock of Array.from(awaited)) if (clock.left() < below) clock.jump()
  }
  isPumping = false
}

/**
 * A clock for clients and servers in one process that talk over real sockets: time stands still while anything can happen without it, and
 * then jumps to the next moment for which somebody sleeps. An hour of silence takes a few milliseconds, and no busy machine is too slow.
 * Each world of a process has its own, so that one that sleeps for days need not wait for the others to get there.
 *
 * What happens without time is seen by the turns of the event loop in which no fiber falls asleep or wakes, no request to the system is under
 * way and the thread pool, which inflates and deflates, answers.
 */
export const patientClock = (start: number): Clock.Clock => {
  let now = start
  const sleepers = new Set<Sleeper>()
  const next = (): number => Math.min(...Array.from(sleepers, ({ until }) => until))
  const clock: Awaited = {
    left: () => next() - now,
    jump: () => {
      if (sleepers.size === 0) return
      now = Math.max(now, next())
      for (const sleeper of Array.from(sleepers).filter(({ until }) => until <= now)) sleeper.wake()
    }
  }

  const sleep = (duration: Duration.Duration): Effect.Effect<void> => {
    const millis = Duration.toMillis(duration)
    if (millis <= 0) return Effect.yieldNow
    if (!Number.isFinite(millis)) return Effect.never
    return Effect.callback<void>((resume) => {
      const leave = () => {
        sleepers.delete(sleeper)
        if (sleepers.size === 0) awaited.delete(clock)
        changes++
      }
      const sleeper: Sleeper = {
        until: now + millis,
        wake: () => {
          leave()
          resume(Effect.void)
        }
      }
      sleepers.add(sleeper)
      awaited.add(clock)
      changes++
      void pump()
      return Effect.sync(leave)
    })
  }

  return {
    currentTimeMillisUnsafe: () => now,
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanosUnsafe: () => nanosOf(now),
    currentTimeNanos: Effect.sync(() => nanosOf(now)),
    monotonicTimeNanosUnsafe: () => nanosOf(now - start),
    monotonicTimeNanos: Effect.sync(() => nanosOf(now - start)),
    sleep
  }
}
