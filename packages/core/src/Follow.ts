import { Duration, Effect, Schema, Stream } from "effect"
import { FollowError, type FollowReason, GaveUp, JobCancelled, JobExpired, JobFailed, JobNotFound } from "./Errors.ts"
import * as Expires from "./Expires.ts"
import { refusal } from "./internal/classify.ts"
import type { Answer } from "./internal/exchange.ts"
import * as schedules from "./internal/schedules.ts"
import { fhir, type Session } from "./internal/session.ts"
import type { JobRef } from "./JobRef.ts"
import { Manifest } from "./Manifest.ts"
import * as OperationOutcome from "./OperationOutcome.ts"
import * as XProgress from "./XProgress.ts"

/** How an export job stands, as one look at it tells. Failed, expired and cancelled jobs are errors instead (`FollowError`). */
export const JobState = Schema.TaggedUnion({
  /** Accepted, not started. */
  Pending: {},
  /** `percent` is the server's, 0 to 100. BCDA's stays at one value for the whole run. */
  InProgress: { percent: Schema.optionalKey(Schema.Finite) },
  Completed: {
    manifest: Manifest,
    /** The manifest exactly as the server sent it. */
    bytes: Schema.Uint8Array,
    /** When the server will stop serving the files, ISO 8601; absent if it did not say so legibly. */
    expires: Schema.optionalKey(Schema.String)
  }
})
export type JobState = typeof JobState.Type

interface Look {
  readonly state: JobState
  readonly retryAfterSeconds?: number
}

const look = (session: Session, job: JobRef): Effect.Effect<Look, FollowReason> =>
  session.withBearer({ method: "GET", url: job.statusUrl, headers: fhir }, (request) =>
    session.exchange.send(request).pipe(Effect.flatMap((answer) => stateOf(answer, job.jobId)))
  )

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
      let done = false
      const looks = Stream.fromEffectSchedule(
        Effect.retry(look(session, job), schedules.outage(session.policy)).pipe(
          Effect.withSpan("BcdaClient.follow", { attributes: { "bcda.job.id": job.jobId } })
        ),
        schedules.poll<Look>(session.policy, isDone)
      )
      const afterSeconds = Duration.toSeconds(session.policy.poll.deadline)
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

const stateOf = (answer: Answer, jobId: string): Effect.Effect<Look, FollowReason> => {
  if (answer.status === 200) {
    const expires = Expires.parse(answer.headers["expires"])
    return Effect.fromResult(Manifest.parse(answer.bytes)).pipe(
      Effect.map((manifest) => ({
        state: JobState.cases.Completed.make({
          manifest,
          bytes: answer.bytes,
          ...(expires !== undefined && { expires })
        })
      }))
    )
  }
  if (answer.status === 202) {
    const state: JobState = XProgress.parse(answer.headers["x-progress"])
    return Effect.succeed(
      answer.retryAfterSeconds === undefined ? { state } : { state, retryAfterSeconds: answer.retryAfterSeconds }
    )
  }
  return Effect.fail(ending(answer, jobId))
}

/**
 * What an answer without a state means. For a job that is over, BCDA answers 500 when it failed, 410 when its 24 hours are over, and 404
 * when it was cancelled (one outcome, with a text), when it is archived (two outcomes in one body: the code writes 404 and goes on) and
 * when it never was (one outcome, no text). The second outcome of an archived job of somebody else is a refusal.
 */
const ending = (answer: Answer, jobId: string): FollowReason => {
  const { issues, documents, text } = OperationOutcome.parse(answer.text)
  if (answer.status === 410) return new JobExpired({ jobId, stage: "expired" })
  if (answer.status === 404 && issues.length > 0) {
    if (/cancel/i.test(text)) return new JobCancelled({ jobId })
    return documents > 1 && issues.at(-1)?.code !== "forbidden"
      ? new JobExpired({ jobId, stage: "archived" })
      : new JobNotFound({ jobId })
  }
  // Other 500s are troubles of the moment, such as a token that could not be checked; this one is final.
  if (answer.status === 500 && /job failed/i.test(text)) return new JobFailed({ jobId, diagnostics: text })
  return refusal(answer)
}
