import { Effect, Result, Schema } from "effect"
import { type BearerReason, JobsError, type JobsReason, Malformed, NotOffered } from "./Errors.ts"
import { diagnosticsOf, refusal } from "./internal/classify.ts"
import { readDocuments } from "./internal/documents.ts"
import type { Answer } from "./internal/exchange.ts"
import * as schedules from "./internal/schedules.ts"
import { fhirAsync, type Session } from "./internal/session.ts"

/** The nine states BCDA has for a job, and takes as a filter. Case matters, and `In Progress` has a space. */
export const BcdaJobStatus = Schema.Literals([
  "Pending",
  "In Progress",
  "Completed",
  "Archived",
  "Expired",
  "Failed",
  "FailedExpired",
  "Cancelled",
  "CancelledExpired"
])
export type BcdaJobStatus = typeof BcdaJobStatus.Type

/** One job of the entity's history, whatever API version started it. */
export const Job = Schema.Struct({
  jobId: Schema.String,
  /**
   * A FHIR Task status, coarser than the state that can be filtered by: `accepted` (Pending), `in-progress`, `completed` (also Archived
   * and Expired), `failed`, `cancelled`.
   */
  status: Schema.String,
  /** The kick-off URL. */
  requestUrl: Schema.optionalKey(Schema.String),
  /** When it was started, as the server wrote it. */
  start: Schema.optionalKey(Schema.String),
  /** When its row last changed, as the server wrote it; for a job that was archived later this is not when it finished. */
  end: Schema.optionalKey(Schema.String)
})
export type Job = typeof Job.Type

const Task = Schema.Struct({
  identifier: Schema.NonEmptyArray(Schema.Struct({ value: Schema.String })),
  status: Schema.String,
  input: Schema.optional(Schema.Array(Schema.Struct({ valueString: Schema.optional(Schema.String) }))),
  executionPeriod: Schema.optional(
    Schema.Struct({ start: Schema.optional(Schema.String), end: Schema.optional(Schema.String) })
  )
})
const Bundle = Schema.Struct({
  resourceType: Schema.Literal("Bundle"),
  entry: Schema.Array(Schema.Struct({ resource: Task })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed<ReadonlyArray<{ readonly resource: typeof Task.Type }>>([]))
  )
})
const decode = Schema.decodeUnknownResult(Bundle)

/** The jobs in any of these states; without states, all. */
export const listJobs = (
  session: Session,
  states: ReadonlyArray<BcdaJobStatus>
): Effect.Effect<ReadonlyArray<Job>, JobsReason> => {
  if (!session.target.isBcda) return Effect.fail(new NotOffered({ what: "a list of jobs" }))
  const query = states.length === 0 ? "" : `?_status=${states.map(encodeURIComponent).join(",")}`
  return session.withBearer({ method: "GET", url: session.target.api(`jobs${query}`), headers: fhirAsync }, (request) =>
    session.exchange.send(request).pipe(
      Effect.flatMap((answer) => Effect.fromResult(jobsOf(answer))),
      Effect.retry(schedules.retry(session.policy))
    )
  )
}

/** @internal */
export const makeJobs = (session: Session) =>
  Effect.fn("BcdaClient.jobs")(
    (filter?: { readonly status?: ReadonlyArray<BcdaJobStatus> | undefined }) =>
      listJobs(session, filter?.status ?? []),
    Effect.mapError((reason) => new JobsError({ reason }))
  )

/** For "none", BCDA answers 404 with two documents, an outcome and an empty Bundle; were that mended, one of them would be left. */
const jobsOf = (answer: Answer): Result.Result<ReadonlyArray<Job>, BearerReason> => {
  const { documents } = readDocuments(answer.text)
  if (answer.status === 404) {
    const none = documents.some(isEmptyBundle) || /no jobs found/i.test(diagnosticsOf(answer))
    return none ? Result.succeed([]) : Result.fail(refusal(answer))
  }
  if (answer.status !== 200) return Result.fail(refusal(answer))
  return decode(documents[0]).pipe(
    Result.map((bundle) => bundle.entry.map(({ resource }) => jobOf(resource))),
    Result.mapError((error) => new Malformed({ detail: `job list: ${error.message}` }))
  )
}

const isEmptyBundle = (document: unknown): boolean =>
  Result.match(decode(document), { onFailure: () => false, onSuccess: (bundle) => bundle.entry.length === 0 })

const jobOf = ({ identifier, status, input, executionPeriod }: typeof Task.Type): Job => {
  const requestUrl = input?.find(({ valueString }) => valueString !== undefined)?.valueString?.replace(/^GET\s+/, "")
  const { start, end } = executionPeriod ?? {}
  return {
    jobId: identifier[0].value,
    status,
    ...(requestUrl !== undefined && { requestUrl }),
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end })
  }
}
