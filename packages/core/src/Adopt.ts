/** Finds the job that a request already has, so that no second one is started. */
import { Clock, Duration, Effect } from "effect"
import type { JobsReason } from "./Errors.ts"
import { ExportRequest } from "./ExportRequest.ts"
import { parseTimestamp } from "./internal/instants.ts"
import { identityOf } from "./internal/requestUrls.ts"
import * as schedules from "./internal/schedules.ts"
import type { Session } from "./internal/session.ts"
import { JobRef } from "./JobRef.ts"
import { type BcdaJobStatus, type Job, listJobs } from "./Jobs.ts"
import type { Target } from "./Target.ts"

/** Jobs of a version that run, and which of them answers a request. */
export interface Running {
  /** The newest that exports exactly this. */
  readonly same: JobRef | undefined
  /** Ids of the others of this API version: those that BCDA may take for the same. */
  readonly others: ReadonlyArray<string>
}

const active: ReadonlyArray<BcdaJobStatus> = ["Pending", "In Progress"]

/** BCDA's own limit: an older job does not count as a duplicate. One that still waits after a day never ends. */
const DAY = Duration.toMillis("24 hours")

/** Looks at what runs now. */
export const findRunning = Effect.fnUntraced(function* (session: Session, request: ExportRequest) {
  const jobs = yield* listJobs(session, active)
  const now = yield* Clock.currentTimeMillis
  const young = jobs.filter((job) => now - (startOf(job) ?? now) < DAY)
  const same = newest(young.filter(sameAs(request, session.target)))
  const version = `/api/${session.target.apiVersion}/`
  const others = young.filter(({ jobId, requestUrl = "" }) => jobId !== same?.jobId && requestUrl.includes(version))
  const running: Running = {
    same: same && refOf(same, session.target),
    others: others.map(({ jobId }) => jobId)
  }
  return running
})

/**
 * Looks for the job of a kick-off whose answer is not known: one that asks for exactly the same, was started since then, and runs or is done.
 * Until `policy.kickOff.settle` has passed since, one that is not there yet may still appear, and is looked for again.
 */
export const findStarted = Effect.fnUntraced(function* (
  session: Session,
  request: ExportRequest,
  since: number
): Effect.fn.Return<JobRef | undefined, JobsReason> {
  const { policy, target } = session
  const earliest = since - Duration.toMillis(policy.kickOff.clockSkew)
  const isOurs = sameAs(request, target)
  const look = Effect.map(listJobs(session, [...active, "Completed"]), (jobs) =>
    newest(jobs.filter((job) => isOurs(job) && (startOf(job) ?? since) >= earliest))
  )
  const left = since + Duration.toMillis(policy.kickOff.settle) - (yield* Clock.currentTimeMillis)
  const found = yield* look.pipe(
    Effect.repeat({
      schedule: schedules.appearing(policy, left),
      until: (job) => job !== undefined
    })
  )
  return found === undefined ? undefined : refOf(found, target)
})

const sameAs = (request: ExportRequest, target: Target) => {
  const wanted = identityOf(ExportRequest.toUrl(request, target))
  return ({ requestUrl }: Job): boolean => requestUrl !== undefined && identityOf(requestUrl) === wanted
}

const startOf = ({ start }: Job): number | undefined => (start === undefined ? undefined : parseTimestamp(start))

/** BCDA lists jobs in no order; its numbers grow. */
const newest = (jobs: ReadonlyArray<Job>): Job | undefined =>
  jobs.toSorted((a, b) => (startOf(b) ?? 0) - (startOf(a) ?? 0) || Number(b.jobId) - Number(a.jobId))[0]

const refOf = ({ jobId, requestUrl, start }: Job, target: Target): JobRef =>
  new JobRef({
    jobId,
    statusUrl: target.api(`jobs/${encodeURIComponent(jobId)}`),
    ...(requestUrl !== undefined && { requestUrl }),
    ...(start !== undefined && { kickedOffAt: start }),
    adopted: true,
    apiVersion: target.apiVersion
  })
