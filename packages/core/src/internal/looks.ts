/**
 * How often each of many jobs is looked at. Jobs that share a client share its budget: at the pauses that suit one job, a thousand would use up
 * the budget of minutes in one, and then looks, tokens and files would all wait for each other. So the pauses grow with the number of jobs.
 */
import { Clock, Duration, Effect, type Scope } from "effect"
import type { Policy } from "../Policy.ts"

export interface Looks {
  /** Counts one more job as followed until the scope ends, and waits for its first look where very many start at once. */
  readonly join: Effect.Effect<void, never, Scope.Scope>
  /** The pause before the next look at a job that by itself would be looked at after `own`. */
  readonly pause: (own: Duration.Duration) => Effect.Effect<Duration.Duration>
}

/** The part of the budget that looks may use; the rest is for tokens, kick-offs and files. */
const part = 0.75
/** The part of it that first looks may use at once. */
const burst = 0.05

export const make = ({ budget: { requests, window } }: Policy): Looks => {
  /** Milliseconds from one look to the next, whoever looks. */
  const gap = Duration.toMillis(window) / (requests * part)
  const tolerance = requests * burst * gap
  let followed = 0
  // When the next first look would come, if there had been no more than one a gap.
  let due = 0

  const join = Effect.gen(function* () {
    yield* Effect.acquireRelease(
      Effect.sync(() => void followed++),
      () => Effect.sync(() => void followed--)
    )
    const now = yield* Clock.currentTimeMillis
    const wait = due - tolerance - now
    due = Math.max(due, now) + gap
    if (wait > 0) yield* Effect.sleep(wait)
  })
  const pause = (own: Duration.Duration) => Effect.sync(() => Duration.max(own, Duration.millis(followed * gap)))
  return { join, pause }
}
