import { Effect } from "effect"
import { isFixed } from "../../Bugs.ts"
import { empty, json, origin, type Reply } from "../Http.ts"
import { type Job, type JobFile, type JobStatus, jobStateAt, progress } from "../Jobs.ts"
import { abandon, blankName } from "../JobWorker.ts"
import { requireCaller, requireJob } from "../Judge.ts"
import { outcome } from "../OperationOutcome.ts"
import { goString, hour, type Micros, rfc3339 } from "../Time.ts"
import type { Exchange, Handler } from "../World.ts"

const errorKinds: ReadonlyArray<JobFile["kind"]> = ["warning", "error"]

/**
 * The manifest, with BCDA's members in BCDA's order. File URLs carry the host of the request that asks, not of the
 * kick-off. A sub-job that found nothing has no item.
 */
const manifest = ({ received, world }: Exchange, job: Job): Reply => {
  const listed = isFixed(world.behaviour.bugs, "unlisted-error-file") ? [...errorKinds, "unlisted-error"] : errorKinds
  const item = ({ name, type }: JobFile) => ({ type, url: `${origin(received)}/data/${job.id}/${name}` })
  return json(200, {
    transactionTime: rfc3339(job.transactionTime),
    request: job.requestUrl,
    requiresAccessToken: true,
    output: job.files.filter((file) => file.kind === "data" && file.name !== blankName).map(item),
    error: job.files.filter(({ kind }) => listed.includes(kind)).map(item),
    JobID: job.id
  })
}

const expires = (at: Micros, { world }: Exchange): readonly [string, string] => [
  "Expires",
  goString(at + world.behaviour.archiveHours * hour)
]

const answer = (exchange: Exchange, job: Job): Reply => {
  const { now, version, world } = exchange
  const state = jobStateAt(job, now, world.behaviour)
  switch (state.status) {
    case "Pending":
    case "In Progress":
      return empty(202, [["X-Progress", progress(job, state, now, world.behaviour)]])
    case "Completed": {
      const header = expires(state.at, exchange)
      if (now > state.at + world.behaviour.archiveHours * hour) {
        return outcome(version, 410, "not-found", "", [header])
      }
      const reply = manifest(exchange, job)
      return { ...reply, headers: [...reply.headers, header] }
    }
    case "Archived":
    case "Expired":
      return outcome(version, 410, "not-found", "", [expires(state.at, exchange)])
    case "Failed":
    case "FailedExpired":
      return outcome(version, 500, "exception", "Service encountered numerous errors. Job failed to complete.")
    case "Cancelled":
    case "CancelledExpired":
    default:
      return outcome(version, 404, "not-found", "Job has been cancelled.")
  }
}

/** `GET …/jobs/{jobId}`. Any version's path answers for any job of the organization. */
export const jobStatus: Handler = (exchange) =>
  Effect.gen(function* () {
    const caller = yield* requireCaller(exchange)
    const { finish, job } = yield* requireJob(exchange, caller)
    const unread = exchange.troubles.has("job-second-lookup")
    const text = "Error trying to fetch job. Please try again."
    return finish(unread ? outcome(exchange.version, 500, "exception", text) : answer(exchange, job))
  })

/** A job that is not prepared yet will be, and that overwrites its cancel half way to its start (bug). */
const isLosable = ({ world }: Exchange, job: Job, status: JobStatus): boolean =>
  status === "Pending" && job.startsAt !== undefined && !isFixed(world.behaviour.bugs, "lost-cancel")

/** `DELETE …/jobs/{jobId}`: cancels a job that has not ended; all others are past it. */
export const cancelJob: Handler = (exchange) =>
  Effect.gen(function* () {
    const { now, troubles, version, world } = exchange
    const caller = yield* requireCaller(exchange)
    const { finish, job } = yield* requireJob(exchange, caller)
    // The database's own words, as Go's driver puts them.
    if (troubles.has("job-second-lookup")) {
      return finish(outcome(version, 500, "exception", "driver: bad connection"))
    }
    const { status } = jobStateAt(job, now, world.behaviour)
    if (status !== "Pending" && status !== "In Progress") {
      const message = "job was not cancelled because it is not Pending or In Progress"
      return finish(outcome(version, 410, "not-found", message))
    }
    if (troubles.has("job-update")) {
      return outcome(version, 500, "exception", "job was not cancelled due to internal server error")
    }
    job.cancelledAt = now
    if (isLosable(exchange, job, status) && troubles.has("cancel-lost")) {
      job.cancelLostAt = Math.floor((now + (job.startsAt ?? now)) / 2)
      return empty(202)
    }
    yield* world.background(abandon(world, job))
    return empty(202)
  })
