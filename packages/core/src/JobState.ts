import { Effect, Result, Schema } from "effect"
import { type FollowReason, JobCancelled, JobExpired, JobFailed, JobNotFound, ServerFault } from "./Errors.ts"
import * as Expires from "./Expires.ts"
import { refusal } from "./internal/classify.ts"
import type { Answer } from "./internal/exchange.ts"
import type { Session } from "./internal/session.ts"
import type { JobRef } from "./JobRef.ts"
import { listJobs } from "./Jobs.ts"
import { Manifest } from "./Manifest.ts"
import * as OperationOutcome from "./OperationOutcome.ts"
import * as XProgress from "./XProgress.ts"

/** How an export job stands, as one look at it tells. Failed, expired and cancelled jobs are errors instead (`FollowError`). */
export const JobState = Schema.TaggedUnion({
  /** Accepted, not started. */
  Pending: {
    /** Only while following: the server says that the job failed, with this text, but it may yet turn (see `policy.poll.failedGrace`). */
    failed: Schema.optionalKey(Schema.String)
  },
  InProgress: {
    /** The server's, 0 to 100. BCDA's stays at one value for the whole run. */
    percent: Schema.optionalKey(Schema.Finite),
    /** What the rest may take, by the pace so far. Only while following, and only where it can be said (see `Estimate`): not for BCDA. */
    secondsLeft: Schema.optionalKey(Schema.Finite)
  },
  Completed: {
    manifest: Manifest,
    /** The manifest exactly as the server sent it. */
    bytes: Schema.Uint8Array,
    /** When the server will stop serving the files, ISO 8601; absent if it did not say so legibly. */
    expires: Schema.optionalKey(Schema.String)
  }
})
export type JobState = typeof JobState.Type

/** A state, and when the server would like to be asked again. */
export interface Look {
  readonly state: JobState
  readonly retryAfterSeconds?: number
}

/** What an answer to a look at a job says. */
export const stateOf = (answer: Answer, job: JobRef): Result.Result<Look, FollowReason> => {
  if (answer.status === 200) {
    const expires = Expires.parse(answer.headers["expires"])
    return Manifest.parse(answer.bytes).pipe(
      Result.map((manifest) => ({
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
    return Result.succeed(
      answer.retryAfterSeconds === undefined ? { state } : { state, retryAfterSeconds: answer.retryAfterSeconds }
    )
  }
  return Result.fail(job.apiVersion === "fhir" ? plainEnding(answer, job.jobId) : ending(answer, job.jobId))
}

/**
 * What BCDA means by an answer without a state. For a job that is over it answers 500 when the job failed, 410 when its 24 hours are over, and
 * 404 when it was cancelled (one outcome, with a text), when it is archived (two outcomes in one body: the code writes 404 and goes on)
 * and when it never was (one outcome, no text). The second outcome of an archived job of somebody else is a refusal.
 */
const ending = (answer: Answer, jobId: string): FollowReason => {
  const { status } = answer
  const { issues, documents, text } = OperationOutcome.parse(answer.text)
  if (status === 410) return new JobExpired({ jobId, stage: "expired" })
  if (status === 404 && issues.length > 0) {
    if (/cancel/i.test(text)) return new JobCancelled({ jobId })
    return documents > 1 && issues.at(-1)?.code !== "forbidden"
      ? new JobExpired({ jobId, stage: "archived" })
      : new JobNotFound({ jobId })
  }
  // Other 500s are troubles of the moment, such as a token that could not be checked; this one is about the job.
  if (status === 500 && /job failed/i.test(text)) return new JobFailed({ jobId, diagnostics: text })
  return refusal(answer)
}

/** Codes of issues that are about this look and not about the job: IssueType's `transient` and what is below it. */
const transient = new Set(["transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled"])

/**
 * The same by the standard: a failed job is an error with an outcome whose issues are not transient; a job that is no more is 404 or 410,
 * whatever became of it. Source: Bulk Data Access STU2, "Bulk Data Status Request".
 */
const plainEnding = (answer: Answer, jobId: string): FollowReason => {
  const { status } = answer
  if (status === 410) return new JobExpired({ jobId, stage: "expired" })
  if (status === 404) return new JobNotFound({ jobId })
  const { issues, text } = OperationOutcome.parse(answer.text)
  return status >= 500 && issues.length > 0 && issues.every(({ code }) => !transient.has(code))
    ? new JobFailed({ jobId, ...(text !== "" && { diagnostics: text }) })
    : refusal(answer)
}

/**
 * What became of a job that BCDA says it does not know. It says so too when its database cannot be asked, and it would of an archived job if
 * it no longer wrote two answers into one body; but its list of jobs tells these apart. Other servers have no list, and the job is lost.
 */
export const whatBecameOf = Effect.fnUntraced(function* (
  session: Session,
  job: JobRef
): Effect.fn.Return<never, FollowReason> {
  const { jobId } = job
  const lost = new JobNotFound({ jobId })
  const isThis = (listed: { readonly jobId: string }): boolean => listed.jobId === jobId
  const jobs = yield* Effect.result(listJobs(session, []))
  const status = Result.isSuccess(jobs) ? jobs.success.find(isThis)?.status : undefined
  if (status === "failed") return yield* new JobFailed({ jobId })
  if (status === "cancelled") return yield* new JobCancelled({ jobId })
  if (status === undefined) return yield* lost
  if (status === "completed") {
    const archived = yield* Effect.result(listJobs(session, ["Archived", "Expired"]))
    if (Result.isSuccess(archived) && archived.success.some(isThis)) {
      return yield* new JobExpired({ jobId, stage: "archived" })
    }
  }
  return yield* new ServerFault({
    status: 404,
    diagnostics: `it does not find job ${jobId}, which is on its list of jobs`
  })
})
