import { Clock, Duration, Effect, Pull, Schedule, Stream } from "effect"
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

const failed = (reason: FollowReason) => new FollowError({ reason })

/** @internal */
export const makeStatus = (session: Session) =>
  Effect.fn("BcdaClient.status")(function* (job: JobRef) {
    yield* Effect.annotateCurrentSpan({ "bcda.job.id": job.jobId })
    const { state } = yield* Effect.retry(look(session, job), schedules.retry(session.policy))
    return state
  }, Effect.mapError(failed))

/** @internal */
export const makeFollow =
  (session: Session) =>
  (job: JobRef): Stream.Stream<JobState, FollowError> => {
    const { looks, policy } = session
    const gaveUp = new GaveUp({ jobId: job.jobId, afterSeconds: Duration.toSeconds(policy.poll.deadline) })
    // One pull and no more than it needs: a program may follow a thousand jobs, and each is held while it waits.
    return Stream.unwrap(
      Effect.gen(function* () {
        yield* looks.join
        const pause = yield* Schedule.toStepWithSleep(schedules.poll<Look>(policy, looks, isDone))
        const estimated = estimating()
        const once = patiently(session, job).pipe(
          Effect.flatMap(estimated),
          Effect.withSpan("BcdaClient.follow", { attributes: { "bcda.job.id": job.jobId } }),
          Effect.mapError(failed)
        )
        return Stream.unfold<Look | undefined, JobState, FollowError, never>(undefined, (seen) => {
          if (seen !== undefined && isDone(seen)) return Effect.succeed(undefined)
          const paused =
            seen === undefined ? Effect.void : pause(seen).pipe(Pull.catchDone(() => Effect.fail(failed(gaveUp))))
          return Effect.map(Effect.andThen(paused, once), (next) => [next.state, next])
        })
      })
    )
  }

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
