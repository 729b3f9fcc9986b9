import { Effect } from "effect"
import { text } from "../Http.ts"
import { jobStateAt } from "../Jobs.ts"
import { requireCaller, requireJob } from "../Judge.ts"
import { outcome } from "../OperationOutcome.ts"
import { serveFile } from "../ServeContent.ts"
import type { Handler } from "../World.ts"

/**
 * `GET /data/{jobId}/{fileName}`. BCDA does not look at a file's age here: the bytes stay until the clean-up archives
 * the job, up to twelve hours after its status has turned 410.
 */
export const file: Handler = (exchange) =>
  Effect.gen(function* () {
    const { now, params, received, version, world } = exchange
    const caller = yield* requireCaller(exchange)
    const { finish, job } = yield* requireJob(exchange, caller)
    const found = job.files.find(({ name }) => name === params["fileName"])
    if (found === undefined) return finish(outcome(version, 404, "not-found", "Job not found"))
    const { at, status } = jobStateAt(job, now, world.behaviour)
    if (found.stored === undefined || status !== "Completed") return finish(text(404, "Not Found"))
    const served = yield* exchange.stored(job, found.name, found.stored)
    return serveFile(received, served, job.writtenAt ?? at)
  })
