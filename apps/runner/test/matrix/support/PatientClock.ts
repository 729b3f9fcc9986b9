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
 * Who sleeps long waits for something to go wrong. The longer the sleep that time is about to jump over, the longer this process must have had
 * nothing else to do, so that a time-out never fires while an answer is on its way.
 */
const quietTurnsBefore = (millis: number): number => (millis < 300_000 ? 12 : 200)

/** What happens on the way between a client and a server of this process. */
const steps = [
  "http.client.request.start",
  "http.client.response.finish",
  "http.server.request.start",
  "http.server.response.finish"
]

/**
 * A clock for clients and servers in one process that talk over real sockets: time stands still while anything can happen without it, and
 * then jumps to the next moment for which somebody sleeps. An hour of silence takes a few milliseconds, and no busy machine is too slow.
 *
 * What happens without time is seen by the turns of the event loop in which no fiber falls asleep or wakes, no request to the system is under
 * way and the thread pool, which inflates and deflates, answers.
 */
export const patientClock = (start: number): Clock.Clock => {
  let now = start
  let changes = 0
  let isPumping = false
  const sleepers = new Set<Sleeper>()
  const stepped = () => void changes++
  for (const step of steps) subscribe(step, stepped)
  const next = (): number => Math.min(...Array.from(sleepers, ({ until }) => until))

  /** Resolves when only time can bring about anything. */
  const quiet = async (): Promise<void> => {
    let seen = changes
    let turns = quietTurnsBefore(next() - now)
    for (let still = 0; still < turns; still++) {
      if (still % 8 === 7) await stat(".")
      await turn()
      // To ask the system is dear, so it is asked every other time, the last one among them.
      if (changes === seen && ((turns - still) % 2 === 0 || !isBusy())) continue
      if (changes !== seen) turns = quietTurnsBefore(next() - now)
      seen = changes
      still = -1
    }
  }

  const pump = async (): Promise<void> => {
    if (isPumping) return
    isPumping = true
    while (sleepers.size > 0) {
      await quiet()
      if (sleepers.size === 0) break
      now = Math.max(now, next())
      for (const sleeper of Array.from(sleepers).filter(({ until }) => until <= now)) sleeper.wake()
    }
    isPumping = false
  }

  const sleep = (duration: Duration.Duration): Effect.Effect<void> => {
    const millis = Duration.toMillis(duration)
    if (millis <= 0) return Effect.yieldNow
    if (!Number.isFinite(millis)) return Effect.never
    return Effect.callback<void>((resume) => {
      const leave = () => {
        sleepers.delete(sleeper)
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
