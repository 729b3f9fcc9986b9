import { DateTime, Effect, Schema } from "effect"
import { DuplicateJob, InvalidRequest, KickOffError, type KickOffReason, Malformed } from "./Errors.ts"
import { ExportRequest } from "./ExportRequest.ts"
import { isDuplicate, refusal, wish } from "./internal/classify.ts"
import type { Answer } from "./internal/exchange.ts"
import * as schedules from "./internal/schedules.ts"
import { fhirAsync, type Session } from "./internal/session.ts"
import { Dialect, type Target } from "./Target.ts"

/** An export job on the server: all that is needed to follow, download or cancel it, also from another process. */
export class JobRef extends Schema.Class<JobRef>("JobRef")({
  jobId: Schema.String,
  /** Where its state is, as the server said. */
  statusUrl: Schema.String,
  /** The kick-off URL. Absent when the reference was made from a job id alone. */
  requestUrl: Schema.optionalKey(Schema.String),
  /** When this client started it, ISO 8601. Absent when the reference was made from a job id alone. */
  kickedOffAt: Schema.optionalKey(Schema.String),
  apiVersion: Dialect
}) {}

/** @internal */
export const makeKickOff = (session: Session) =>
  Effect.fn("BcdaClient.kickOff")(
    function* (request: ExportRequest) {
      yield* check(request, session.target)
      const url = ExportRequest.toUrl(request, session.target)
      const answer = yield* session.withBearer({ method: "GET", url, headers: fhirAsync }, (ready) =>
        session.exchange.send(ready).pipe(
          Effect.filterOrFail((answer) => answer.status === 202, refused),
          Effect.retry(schedules.refused(session.policy))
        )
      )
      const statusUrl = yield* locationOf(answer, url)
      const job = new JobRef({
        jobId: new URL(statusUrl).pathname.split("/").at(-1) ?? "",
        statusUrl,
        requestUrl: url,
        kickedOffAt: DateTime.formatIso(yield* DateTime.now),
        apiVersion: session.target.apiVersion
      })
      yield* Effect.annotateCurrentSpan({ "bcda.job.id": job.jobId })
      return job
    },
    Effect.mapError((reason: KickOffReason) => new KickOffError({ reason }))
  )

const refused = (answer: Answer): KickOffReason =>
  isDuplicate(answer) ? new DuplicateJob(wish(answer)) : refusal(answer)

/** Only what the server would not complain about itself. */
const check = (request: ExportRequest, target: Target): Effect.Effect<void, InvalidRequest> => {
  // v1 and v2 ignore the parameter: the export would succeed, with everything in it.
  if (request.typeFilter !== undefined && target.apiVersion !== "v3") {
    return Effect.fail(new InvalidRequest({ detail: `${target.apiVersion} ignores a type filter; only v3 has it` }))
  }
  return Effect.void
}

const locationOf = (answer: Answer, requestUrl: string): Effect.Effect<string, Malformed> => {
  const location = answer.headers["content-location"]
  if (location === undefined)
    return Effect.fail(new Malformed({ detail: "no Content-Location on the 202 of a kick-off" }))
  const parsed = URL.canParse(location, requestUrl) ? new URL(location, requestUrl) : undefined
  return parsed !== undefined && /\/jobs\/[^/]+$/.test(parsed.pathname)
    ? Effect.succeed(parsed.href)
    : Effect.fail(new Malformed({ detail: "the Content-Location of a kick-off is not the URL of a job" }))
}
