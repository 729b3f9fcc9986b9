/** The one place where a `Policy` becomes Schedules. */
import { Duration, Effect, Schedule } from "effect"
import type { Policy } from "../Policy.ts"
import * as RetryAfter from "../RetryAfter.ts"
import type { Looks } from "./looks.ts"

/** Anything that failed, or did not end yet, and may carry the server's wish for when to come back. */
interface Wish {
  readonly retryAfterSeconds?: number
}
export interface Failure extends Wish {
  readonly _tag: string
  readonly sent?: boolean
  readonly status?: number
  readonly diagnostics?: string
}

const transient = new Set(["Unreachable", "Throttled", "TokenCap", "ServerFault"])

const growing = (pace: {
  readonly initial: Duration.Duration
  readonly factor: number
  readonly max: Duration.Duration
}) => Schedule.min([Schedule.exponential(pace.initial, pace.factor), Schedule.spaced(pace.max)])

/** The server's wish if it has one, within the policy's limits; else our own pace. */
const obeying = (policy: Policy, least: Duration.Duration, wish: Wish, own: Duration.Duration): Duration.Duration =>
  wish.retryAfterSeconds === undefined
    ? own
    : RetryAfter.clamp(Duration.seconds(wish.retryAfterSeconds), { least, most: policy.retry.retryAfterCap })

/** The pauses between tries, without an end. */
export const pauses = (policy: Policy) => growing(policy.retry).pipe(Schedule.jittered)

const backoff = (policy: Policy, worthIt: (failure: Failure) => boolean) =>
  pauses(policy).pipe(
    Schedule.setInputType<Failure>(),
    Schedule.while(({ input }) => worthIt(input)),
    // After the jitter, or the server's own figure would be jittered too.
    Schedule.modifyDelay(({ duration, input }) =>
      Effect.succeed(obeying(policy, policy.retry.initial, input, duration))
    )
  )

/** For requests that are safe to repeat. */
export const retry = (policy: Policy) =>
  backoff(policy, (failure) => transient.has(failure._tag)).pipe(Schedule.upTo({ times: policy.retry.attempts - 1 }))

/**
 * For requests that must not happen twice: only what the server refused to look at, what never reached it, and what the operation knows to
 * have changed nothing.
 */
export const refused = (policy: Policy, changedNothing: (failure: Failure) => boolean = () => false) =>
  backoff(
    policy,
    (failure) =>
      (failure._tag === "Throttled" && failure.retryAfterSeconds !== undefined) ||
      (failure._tag === "Unreachable" && failure.sent === false) ||
      changedNothing(failure)
  ).pipe(Schedule.upTo({ times: policy.retry.attempts - 1 }))

/** For looks at a running job: the server may be away for a while, counted from the first failure in a row. */
export const outage = (policy: Policy) =>
  backoff(policy, (failure) => transient.has(failure._tag)).pipe(Schedule.upTo({ duration: policy.poll.outage }))

/** When to look again for a job that may yet appear: as often as at a running one, for as long as given and at its end. */
export const appearing = (policy: Policy, millis: number) =>
  growing(policy.poll).pipe(
    Schedule.while(({ elapsed }) => elapsed < millis),
    Schedule.modifyDelay(({ duration, elapsed }) =>
      Effect.succeed(Duration.min(duration, Duration.millis(millis - elapsed)))
    )
  )

/** When to look at a job again. Ends when the job is done, or at the deadline. */
export const poll = <A extends Wish>(policy: Policy, looks: Looks, done: (look: A) => boolean) =>
  growing(policy.poll).pipe(
    Schedule.setInputType<A>(),
    Schedule.while(({ input, elapsed }) => !done(input) && elapsed < Duration.toMillis(policy.poll.deadline)),
    Schedule.modifyDelay(({ duration, input, elapsed }) =>
      Effect.map(looks.pause(obeying(policy, policy.poll.initial, input, duration)), (pause) =>
        Duration.min(pause, Duration.millis(Duration.toMillis(policy.poll.deadline) - elapsed))
      )
    )
  )
