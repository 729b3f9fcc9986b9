import { Clock, Duration, Effect, Stream } from "effect"
import { FollowError, type FollowReason, GaveUp } from "./Errors.ts"
import * as Estimate from "./Estimate.ts"
import { parseTimestamp } from "./internal/instants.ts"
import * as schedules from "./internal/schedules.ts"
import { fhir, type Session } from "./internal/session.ts"
import type { JobRef } from "./JobRef.ts"
import { JobState, type Look, stateOf, whatBecameOf } from "./JobState.ts"

const look = (session: Session, job: JobRef): Effect.Effect<Look, FollowReason> =>
  session
    .withBearer({ method: "GET", url: job.statusUrl, headers: fhir }, (request) =>
      session.exchange.send(request).pipe(Effect.flatMap((answer) => Effect.fromResult(stateOf(answer, job))))
    )
    .pipe(Effect.catchTag("JobNotFound", () => whatBecameOf(session, job)))

/** @internal */
export const makeStatus = (session: Session) =>
  Effect.fn("BcdaClient.status")(
    function* (job: JobRef) {
      yield* Effect.annotateCurrentSpan({ "bcda.job.id": job.jobId })
      const { state } = yield* Effect.retry(look(session, job), schedules.retry(session.policy))
      return state
    },
    Effect.mapError((reason) => new FollowError({ reason }))
  )

/** @internal */
export const makeFollow =
  (session: Session) =>
  (job: JobRef): Stream.Stream<JobState, FollowError> =>
    Stream.suspend(() => {
      const { policy } = session
      let done = false
      const estimated = estimating()
      const looks = Stream.fromEffectSchedule(
        patiently(session, job).pipe(
          Effect.flatMap(estimated),
          Effect.withSpan("BcdaClient.follow", { attributes: { "bcda.job.id": job.jobId } })
        ),
        schedules.poll<Look>(policy, isDone)
      )
      const afterSeconds = Duration.toSeconds(policy.poll.deadline)
      return looks.pipe(
        Stream.map((seen) => {
          done = isDone(seen)
          return seen.state
        }),
        // The schedule ends at the deadline as it does at the goal; which of the two it was is told here.
        Stream.concat(
          Stream.suspend(() => (done ? Stream.empty : Stream.fail(new GaveUp({ jobId: job.jobId, afterSeconds }))))
        ),
        Stream.mapError((reason) => new FollowError({ reason }))
      )
    })

const isDone = (seen: Look): boolean => seen.state._tag === "Completed"

/**
 * Looks, again through outages, and takes a job that is said to have failed before it ever ran for one that still waits, for a while: BCDA
 * tries to prepare a job several times, and a job that failed can be pending again (see `policy.poll.failedGrace`).
 */
const patiently = (session: Session, job: JobRef): Effect.Effect<Look, FollowReason> => {
  const { failedGrace, failedWithin } = session.policy.poll
  const startedAt = job.kickedOffAt === undefined ? undefined : parseTimestamp(job.kickedOffAt)
  const mayTurnUntil = (startedAt ?? Number.POSITIVE_INFINITY) + Duration.toMillis(failedWithin)
  let hasRun = false
  let failedSince: number | undefined
  return look(session, job).pipe(
    Effect.retry(schedules.outage(session.policy)),
    Effect.tap(({ state }) => {
      hasRun ||= state._tag !== "Pending"
      failedSince = undefined
      return Effect.void
    }),
    Effect.catchTag("JobFailed", (failure) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        failedSince ??= now
        const isFinal = hasRun || now >= mayTurnUntil || now - failedSince >= Duration.toMillis(failedGrace)
        return isFinal || !session.target.isBcda
          ? Effect.fail(failure)
          : Effect.succeed<Look>({ state: JobState.cases.Pending.make({ failed: failure.message }) })
      })
    )
  )
}

/** Adds to a running job's percentage what it promises, from all that was seen of it. */
const estimating = () => {
  const samples: Array<Estimate.Sample> = []
  return (seen: Look): Effect.Effect<Look> =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      if (seen.state._tag !== "InProgress" || seen.state.percent === undefined) return seen
      const { percent } = seen.state
      if (percent !== samples.at(-1)?.percent) samples.push({ at: now, percent })
      const secondsLeft = Estimate.secondsLeft(samples, now)
      return secondsLeft === undefined ? seen : { ...seen, state: { ...seen.state, secondsLeft } }
    })
}
