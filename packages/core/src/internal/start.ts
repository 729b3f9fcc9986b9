import { DateTime, Effect, Exit } from "effect"
import { BcdaClient } from "../BcdaClient.ts"
import { ExportError } from "../Errors.ts"
import { ExportRequest } from "../ExportRequest.ts"
import { JobRef } from "../JobRef.ts"
import { StartUnknown } from "../Reasons.ts"
import type { Target } from "../Target.ts"
import { isBeforeAnyJob } from "./classify.ts"
import { fromStep } from "./exportErrors.ts"
import type { Asked, Place } from "./place.ts"

/** A job for a place, and whether it was found rather than started. */
export interface Started {
  readonly job: JobRef
  readonly adopted: boolean
}

/** See `ExportOptions`. */
export interface StartOptions {
  readonly adopt: boolean | JobRef | undefined
  readonly startAgain: boolean | undefined
  /** Called when the server is about to be asked for a job. */
  readonly onAsk: (asked: Asked) => void
}

/**
 * Starts the job, unless an earlier run has: one that died between the server's answer and its own note of it. That run has noted that it
 * would ask, so the server's list of jobs is looked at first, for one of this request and not older than the note (`findJob`).
 *
 * Once the server has accepted the export, an interruption waits until the journal knows it.
 */
export const startJob = Effect.fnUntraced(function* (
  place: Place,
  request: ExportRequest,
  { adopt, onAsk, startAgain }: StartOptions
): Effect.fn.Return<Started, ExportError, BcdaClient> {
  const client = yield* BcdaClient
  if (adopt instanceof JobRef) {
    yield* place.kickedOff(adopt)
    return { job: adopt, adopted: true }
  }
  if (place.asked !== undefined) {
    const job = yield* findStarted(place.path, request, place.asked, startAgain === true)
    if (job !== undefined) {
      yield* place.kickedOff(job)
      return { job, adopted: true }
    }
  }
  const requestUrl = ExportRequest.toUrl(request, client.target)
  const asked: Asked = { requestUrl, at: DateTime.formatIso(yield* DateTime.now) }
  yield* place.ask(asked)
  onAsk(asked)
  const job = yield* Effect.uninterruptibleMask((restore) =>
    restore(client.kickOff(request, { adopt })).pipe(
      fromStep,
      Effect.tapError((error) => (isSurelyNotStarted(error, client.target) ? place.notStarted : Effect.void)),
      Effect.tap(place.kickedOff)
    )
  )
  return { job, adopted: job.adopted === true }
})

/**
 * Of a kick-off that failed: a refusal started nothing, and what broke off may have, or named a job that is not to be followed. BCDA's own 500
 * without a text comes before its job, or behind a job that it could not queue: that one stays pending for ever and must not be found again.
 */
const isSurelyNotStarted = ({ reason }: ExportError, { isBcda }: Target): boolean => {
  if (reason._tag === "Unreachable") return !reason.sent
  if (reason._tag === "ServerFault") {
    return isBcda && (isBeforeAnyJob(reason) || (reason.status === 500 && reason.diagnostics === undefined))
  }
  return reason._tag !== "Malformed" && reason._tag !== "ForeignOrigin"
}

const findStarted = Effect.fnUntraced(function* (
  directory: string,
  request: ExportRequest,
  { at }: Asked,
  startAgain: boolean
) {
  const client = yield* BcdaClient
  return yield* client.findJob(request, at).pipe(
    fromStep,
    Effect.catchIf(cannotTell, ({ reason }) =>
      startAgain
        ? Effect.undefined
        : new ExportError({ reason: new StartUnknown({ directory, at, detail: reason.message }) })
    )
  )
})

/** A server without a list of jobs, which is BCDA's addition to the standard. Trouble of the moment is not that. */
const cannotTell = ({ reason }: ExportError): boolean =>
  reason._tag === "NotOffered" ||
  reason._tag === "Rejected" ||
  reason._tag === "Redirected" ||
  reason._tag === "Malformed" ||
  reason._tag === "Forbidden" ||
  (reason._tag === "ServerFault" && reason.status === 501)

/** How long a cancellation may hold up the end of an interrupted run. */
const longestCancel = "10 seconds"

/**
 * Cancels the job of an interrupted run, and notes it only if the server confirms it. Of a run that had asked for a job and not heard, it is the
 * one that the server lists, if it does; else the note that it was asked for stays, and the next run looks for it.
 */
export const cancelInterrupted = Effect.fnUntraced(function* (
  place: Place,
  request: ExportRequest,
  sought: JobRef | Asked
) {
  const client = yield* BcdaClient
  const cancelled = yield* Effect.gen(function* () {
    const job = sought instanceof JobRef ? sought : yield* client.findJob(request, sought.at)
    if (job === undefined) return false
    if (job !== sought) yield* place.kickedOff(job)
    yield* client.cancel(job)
    return true
  }).pipe(Effect.timeout(longestCancel), Effect.exit)
  if (Exit.isSuccess(cancelled) && cancelled.value) yield* Effect.ignore(place.cancelled)
})
