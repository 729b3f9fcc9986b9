import { DateTime, Effect, Exit } from "effect"
import { BcdaClient } from "../../BcdaClient.ts"
import { ExportError } from "../../Errors.ts"
import { ExportRequest } from "../../ExportRequest.ts"
import { JobRef } from "../../JobRef.ts"
import type { Job } from "../../Jobs.ts"
import { StartUnknown } from "../../Reasons.ts"
import type { Asked, ExportDirectory } from "../ExportDirectory.ts"

/** How far this machine's clock and the server's may be apart. */
const skewMillis = 5 * 60 * 1000

/** A job for a directory, and whether an earlier run had asked for it. */
export interface Started {
  readonly job: JobRef
  readonly adopted: boolean
}

/**
 * Starts the job, unless an earlier run has: one that died between the server's answer and its own note of it. That run has noted that it
 * would ask, so the server's list of jobs is looked at first, for one with this URL and not older than the note.
 *
 * Once the server has accepted the export, an interruption waits until the journal knows it.
 */
export const startJob = Effect.fnUntraced(function* (
  directory: ExportDirectory,
  request: ExportRequest,
  startAgain: boolean
): Effect.fn.Return<Started, ExportError, BcdaClient> {
  const client = yield* BcdaClient
  if (directory.asked !== undefined) {
    const job = yield* findStarted(directory.path, directory.asked, startAgain)
    if (job !== undefined) {
      yield* directory.kickedOff(job)
      return { job, adopted: true }
    }
  }
  const requestUrl = ExportRequest.toUrl(request, client.target)
  yield* directory.ask({ requestUrl, at: DateTime.formatIso(yield* DateTime.now) })
  const job = yield* Effect.uninterruptibleMask((restore) =>
    restore(client.kickOff(request)).pipe(
      fromStep,
      Effect.tapError((error) => (isSurelyNotStarted(error) ? directory.notStarted : Effect.void)),
      Effect.tap(directory.kickedOff)
    )
  )
  return { job, adopted: false }
})

/** Of a kick-off that failed: a refusal started nothing, and what broke off may have. */
const isSurelyNotStarted = ({ reason }: ExportError): boolean => {
  if (reason._tag === "Unreachable") return !reason.sent
  return reason._tag !== "ServerFault" && reason._tag !== "Malformed"
}

const findStarted = Effect.fnUntraced(function* (directory: string, asked: Asked, startAgain: boolean) {
  const client = yield* BcdaClient
  const jobs = yield* client.jobs().pipe(
    fromStep,
    Effect.catchIf(cannotTell, ({ reason }) =>
      startAgain
        ? Effect.succeed([])
        : new ExportError({ reason: new StartUnknown({ directory, at: asked.at, detail: reason.message }) })
    )
  )
  const found = startedBy(asked, jobs)
  if (found === undefined) return undefined
  const { jobId, statusUrl, apiVersion } = client.job(found.jobId)
  return new JobRef({ jobId, statusUrl, apiVersion, requestUrl: asked.requestUrl })
})

/** A server without a list of jobs, which is BCDA's addition to the standard. Trouble of the moment is not that. */
const cannotTell = ({ reason }: ExportError): boolean =>
  reason._tag === "NotOffered" ||
  reason._tag === "Rejected" ||
  reason._tag === "Redirected" ||
  reason._tag === "Malformed" ||
  reason._tag === "Forbidden" ||
  (reason._tag === "ServerFault" && reason.status === 501)

/** The newest job that can have come of a request, and can still be followed. */
export const startedBy = (asked: Asked, jobs: ReadonlyArray<Job>): Job | undefined => {
  const since = Date.parse(asked.at) - skewMillis
  return jobs
    .filter((job) => job.status === "accepted" || job.status === "in-progress" || job.status === "completed")
    .filter((job) => job.requestUrl !== undefined && samePlace(job.requestUrl, asked.requestUrl))
    .filter((job) => startOf(job) >= since)
    .toSorted((a, b) => startOf(b) - startOf(a))[0]
}

const startOf = (job: Job): number => Date.parse(job.start ?? "")

/** Whether two URLs ask for the same thing. The server may call itself by another name than we do, and write its escapes otherwise. */
const samePlace = (one: string, other: string): boolean => {
  const [a, b] = [placeOf(one), placeOf(other)]
  return a !== undefined && a === b
}

const placeOf = (url: string): string | undefined => {
  const { pathname, search } = URL.parse(url) ?? {}
  if (pathname === undefined || search === undefined) return undefined
  try {
    return decodeURIComponent(pathname + search)
  } catch {
    return pathname + search
  }
}

/** How long a cancellation may hold up the end of an interrupted run. */
const longestCancel = "10 seconds"

/** Cancels the job of an interrupted run, and notes it only if the server confirms it. */
export const cancelInterrupted = Effect.fnUntraced(function* (directory: ExportDirectory, job: JobRef) {
  const client = yield* BcdaClient
  const cancelled = yield* client.cancel(job).pipe(Effect.timeout(longestCancel), Effect.exit)
  if (Exit.isSuccess(cancelled)) yield* Effect.ignore(directory.cancelled)
})

/** Turns the error of a step into one of the whole export. */
export const fromStep = Effect.mapError(
  ({ reason }: { readonly reason: ExportError["reason"] }) => new ExportError({ reason })
)
