import { Effect } from "effect"
import { isFixed } from "../../Bugs.ts"
import { json, oneAfterTheOther, origin, Refusal, type Reply } from "../Http.ts"
import { type Job, type JobStatus, jobStateAt, jobStatuses } from "../Jobs.ts"
import { requireAccess, requireCaller } from "../Judge.ts"
import { repeated, validateHeaders, validateUrl } from "../KickOffRules.ts"
import { outcome } from "../OperationOutcome.ts"
import { rfc3339Seconds } from "../Time.ts"
import type { Exchange, Handler } from "../World.ts"

const taskStatus: Readonly<Record<JobStatus, string>> = {
  Pending: "accepted",
  "In Progress": "in-progress",
  Completed: "completed",
  Archived: "completed",
  Expired: "completed",
  Failed: "failed",
  FailedExpired: "failed",
  Cancelled: "cancelled",
  CancelledExpired: "cancelled"
}

const isJobStatus = (text: string): text is JobStatus => Object.hasOwn(taskStatus, text)

/** The states asked for: `_status` is one comma list in exact spelling, and only its first occurrence counts. */
const wantedStatuses = Effect.fnUntraced(function* ({ query, version }: Exchange) {
  const list = query.first("_status")?.split(",")
  if (list === undefined) return jobStatuses
  const refuse = (message: string) => new Refusal({ reply: outcome(version, 400, "structure", message) })
  const twice = repeated(list)
  if (twice !== undefined) return yield* refuse(`Repeated status type ${twice}`)
  const unknown = list.find((status) => !isJobStatus(status))
  if (unknown !== undefined) {
    const supported = jobStatuses.map((status) => `${status}:{}`).join(" ")
    return yield* refuse(`invalid status type ${unknown}. Supported types map[${supported}]`)
  }
  return list.filter(isJobStatus)
})

/** One job as a Task. The same shape in all versions; the identifier's system is the list that was asked. */
const task = (job: Job, { now, received, version, world }: Exchange) => {
  const state = jobStateAt(job, now, world.behaviour)
  return {
    resource: {
      resourceType: "Task",
      identifier: [{ use: "official", system: `${origin(received)}/api/${version}/jobs`, value: String(job.id) }],
      status: taskStatus[state.status],
      intent: "order",
      input: [{ type: { text: "BULK FHIR Export" }, valueString: `GET ${job.requestUrl}` }],
      executionPeriod: { start: rfc3339Seconds(job.createdAt), end: rfc3339Seconds(state.at) }
    }
  }
}

const bundle = (total: number) => ({ resourceType: "Bundle", type: "searchset", total })

/**
 * `GET …/jobs`: all jobs of the organization, of every version, without paging. When there are none, or they cannot be
 * read, BCDA answers with an outcome and then, forgetting to stop (bug), with an empty Bundle in the same body.
 */
export const jobList: Handler = (exchange) =>
  Effect.gen(function* () {
    const { now, troubles, version, world } = exchange
    const caller = yield* requireCaller(exchange)
    yield* requireAccess(exchange, caller)
    yield* validateUrl(exchange)
    yield* validateHeaders(exchange)
    const wanted: ReadonlyArray<JobStatus> = yield* wantedStatuses(exchange)
    const jobs = [...world.jobs.all()].filter(
      (job) => job.persona.cmsId === caller.cmsId && wanted.includes(jobStateAt(job, now, world.behaviour).status)
    )
    const failed = (failure: Reply) =>
      isFixed(world.behaviour.bugs, "job-list-answers-twice")
        ? failure
        : oneAfterTheOther(failure, json(200, bundle(0)))
    if (troubles.has("job-list")) return failed(outcome(version, 500, "exception"))
    if (jobs.length === 0) {
      const message = `no Jobs found for acoID ${caller.acoUuid} with job statuses [${wanted.join(" ")}]`
      return failed(outcome(version, 404, "not-found", message))
    }
    return json(200, { ...bundle(jobs.length), entry: jobs.map((job) => task(job, exchange)) })
  })
