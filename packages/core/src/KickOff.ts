import { Clock, DateTime, Effect, Result } from "effect"
import { findRunning, findStarted } from "./Adopt.ts"
import {
  DuplicateJob,
  type ForeignOrigin,
  JobsError,
  KickOffError,
  type KickOffReason,
  Malformed,
  NotOffered,
  Throttled
} from "./Errors.ts"
import { ExportRequest } from "./ExportRequest.ts"
import { isBeforeAnyJob, isDuplicate, refusal, wish } from "./internal/classify.ts"
import type { Answer } from "./internal/exchange.ts"
import { parseInstant } from "./internal/instants.ts"
import * as schedules from "./internal/schedules.ts"
import { fhirAsync, type Session } from "./internal/session.ts"
import { JobRef, jobIdOf } from "./JobRef.ts"
import * as RequestRules from "./RequestRules.ts"
import type { Target } from "./Target.ts"

/** Options of `BcdaClient.kickOff`. */
export interface KickOffOptions {
  /**
   * Default false. With true, a job that already runs and exports exactly the same is taken instead of starting another: it is looked for
   * before, when the server says that there is a duplicate, and when the answer to a kick-off was lost. BCDA only; elsewhere it fails with
   * `NotOffered`.
   */
  readonly adopt?: boolean | undefined
}

/** @internal */
export const makeKickOff = (session: Session) =>
  Effect.fn("BcdaClient.kickOff")(
    function* (request: ExportRequest, options: KickOffOptions = {}) {
      const { target, policy } = session
      const now = yield* Clock.currentTimeMillis
      yield* Effect.fromResult(RequestRules.check(request, target, { now, clockSkew: policy.kickOff.clockSkew }))
      const job = yield* options.adopt === true ? adoptOrStart(session, request) : start(session, request)
      yield* Effect.annotateCurrentSpan({ "bcda.job.id": job.jobId })
      return job
    },
    Effect.mapError((reason: KickOffReason) => new KickOffError({ reason }))
  )

/** @internal */
export const makeFindJob = (session: Session) =>
  Effect.fn("BcdaClient.findJob")(
    function* (request: ExportRequest, since: string) {
      if (!session.target.isBcda) return yield* new NotOffered({ what: "a list of jobs" })
      const millis = parseInstant(since)
      if (millis === undefined)
        return yield* Effect.die(new TypeError("findJob needs a whole instant, such as an ISO string"))
      return yield* findStarted(session, request, millis)
    },
    Effect.mapError((reason) => new JobsError({ reason }))
  )

const start = Effect.fnUntraced(function* (session: Session, request: ExportRequest) {
  const { target, policy } = session
  const url = ExportRequest.toUrl(request, target)
  const answer = yield* session.withBearer({ method: "GET", url, headers: fhirAsync }, (ready) =>
    session.exchange.send(ready, { ownRefusals: true }).pipe(
      Effect.filterOrFail((answer) => answer.status === 202, refused),
      Effect.retry(schedules.refused(policy, target.isBcda ? isBeforeAnyJob : undefined))
    )
  )
  const statusUrl = yield* Effect.fromResult(locationOf(answer, url, target))
  return new JobRef({
    jobId: jobIdOf(statusUrl),
    statusUrl,
    requestUrl: url,
    kickedOffAt: DateTime.formatIso(yield* DateTime.now),
    apiVersion: target.apiVersion
  })
})

const adoptOrStart = Effect.fnUntraced(function* (
  session: Session,
  request: ExportRequest
): Effect.fn.Return<JobRef, KickOffReason> {
  if (!session.target.isBcda) return yield* new NotOffered({ what: "a list of jobs to adopt one from" })
  const before = yield* findRunning(session, request)
  if (before.same !== undefined) return before.same
  const asked = yield* Clock.currentTimeMillis
  const result = yield* Effect.result(start(session, request))
  if (Result.isSuccess(result)) return result.success
  const reason = result.failure
  if (reason._tag === "DuplicateJob") return yield* adoptDuplicate(session, request, reason)
  const found = mayHaveStarted(reason) ? yield* findStarted(session, request, asked) : undefined
  return found ?? (yield* reason)
})

/** The server says that there is a duplicate: it may have come up since we looked, or be one that only overlaps. */
const adoptDuplicate = Effect.fnUntraced(function* (session: Session, request: ExportRequest, reason: DuplicateJob) {
  const { same, others } = yield* findRunning(session, request)
  if (same !== undefined) return same
  const { retryAfterSeconds } = reason
  const wish = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  // Nothing runs: it was something in front of the server that said 429, and it looks just the same.
  return yield* others.length === 0 ? new Throttled(wish) : new DuplicateJob({ ...wish, running: others })
})

const refused = (answer: Answer): KickOffReason =>
  isDuplicate(answer) ? new DuplicateJob(wish(answer)) : refusal(answer)

/**
 * Whether a good job may have come of a kick-off that failed. BCDA's own 500 is not among these: a job that it could not put in its queue stays
 * pending for ever, and to adopt it would be to wait for nothing.
 */
const mayHaveStarted = (reason: KickOffReason): boolean =>
  (reason._tag === "Unreachable" && reason.sent) ||
  reason._tag === "Malformed" ||
  (reason._tag === "ServerFault" && reason.status !== 500 && !isBeforeAnyJob(reason))

const locationOf = (
  answer: Answer,
  requestUrl: string,
  target: Target
): Result.Result<string, Malformed | ForeignOrigin> => {
  const location = answer.headers["content-location"]
  if (location === undefined) {
    return Result.fail(new Malformed({ detail: "no Content-Location on the 202 of a kick-off" }))
  }
  const parsed = URL.canParse(location, requestUrl) ? new URL(location, requestUrl) : undefined
  return parsed !== undefined && (!target.isBcda || /\/jobs\/[^/]+$/.test(parsed.pathname))
    ? // Where no token may go nobody could follow it; who noted it would be stuck with it.
      Result.map(target.resolve(parsed.href), () => parsed.href)
    : Result.fail(new Malformed({ detail: "the Content-Location of a kick-off is not the URL of a job" }))
}
