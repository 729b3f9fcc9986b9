import { isFixed } from "../Bugs.ts"
import type { Job } from "./Jobs.ts"
import { second } from "./Time.ts"
import type { Exchange } from "./World.ts"

/** The part of a job that says how it will go: everything about its states but what the client and the disk do. */
export type Fate = Pick<Job, "startsAt" | "dueAt" | "failedFirst" | "endless" | "failedAt">

/** A job that nothing will ever prepare. */
const stuck = (now: number): Fate => ({ startsAt: undefined, dueAt: now })

/**
 * How a job will go: its pace, and the trouble that it meets. A job with nothing to do fails when it is prepared, as BCDA
 * fails jobs that it cannot prepare.
 */
export const fateOf = ({ now, troubles, version, world }: Exchange, types: number, subJobs: number): Fate => {
  const { bugs, prepareRetrySeconds } = world.behaviour
  const pending = world.pace.pendingMillis * 1000
  const perSubJob = world.pace.perSubJobMillis * 1000
  const prepared = now + pending
  const failed: Fate = { startsAt: prepared, dueAt: prepared, failedAt: prepared }
  if (troubles.has("queue-insert")) return stuck(now)
  if (types === 0) return isFixed(bugs, "stuck-without-types") ? failed : stuck(now)
  if (subJobs === 0) return failed
  // v3 asks the claims server nothing while it prepares a job.
  if (version !== "v3" && troubles.has("prepare-stuck")) {
    return isFixed(bugs, "stuck-preparing") ? failed : stuck(now)
  }
  const retriedAt = troubles.has("prepare-retried") ? prepared + prepareRetrySeconds * second : undefined
  const startsAt = retriedAt === undefined ? prepared : retriedAt + pending
  return {
    startsAt,
    dueAt: startsAt + subJobs * perSubJob,
    ...(retriedAt === undefined ? {} : { failedFirst: { from: prepared, until: retriedAt } }),
    ...(troubles.has("sub-job-lost") ? { endless: true } : {}),
    ...(troubles.has("sub-job-failed") ? { failedAt: startsAt + perSubJob } : {})
  }
}
