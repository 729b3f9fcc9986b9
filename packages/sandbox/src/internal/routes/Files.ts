import { Effect } from "effect"
import type { StoredFile } from "../../FileStore.ts"
import { text, utf8 } from "../Http.ts"
import { type Job, type JobFile, jobStateAt } from "../Jobs.ts"
import { requireCaller, requireJob } from "../Judge.ts"
import { outcome } from "../OperationOutcome.ts"
import { serveFile } from "../ServeContent.ts"
import { isCleared, warnedAt } from "../WarningFile.ts"
import type { Exchange, Handler } from "../World.ts"

/** A file that is damaged in its middle: half of the stored bytes; inflated, a piece of it and then Go's error text. */
const broken = (file: StoredFile): StoredFile => {
  const bytes = Math.ceil(file.bytes / 2)
  return {
    encoding: file.encoding,
    bytes,
    stored: (range) => file.stored({ start: range?.start ?? 0, end: range?.end ?? bytes }),
    content: async function* () {
      for await (const chunk of file.content()) {
        yield chunk.subarray(0, Math.ceil(chunk.byteLength / 2))
        break
      }
      yield utf8("Internal Server Error\n")
    }
  }
}

/** Where a file of a job lies at a moment: BCDA knows it not yet, has no bytes of it to give (any more), or has them. */
const placeOf = (job: Job, file: JobFile, { now, world }: Exchange): "unknown" | "absent" | "there" => {
  if (file.kind === "warning") {
    const since = warnedAt(job)
    if (since === undefined || now < since) return "unknown"
    return isCleared(job, now, world) ? "absent" : "there"
  }
  const { status } = jobStateAt(job, now, world.behaviour)
  return file.stored === undefined || status !== "Completed" ? "absent" : "there"
}

/**
 * `GET /data/{jobId}/{fileName}`. BCDA does not look at a file's age here: the bytes stay until the clean-up archives
 * the job, up to twelve hours after its status has turned 410. Files lie in folders named as the job's id is written, so
 * that an id with leading zeros finds the job and not the file.
 */
export const file: Handler = (exchange) =>
  Effect.gen(function* () {
    const { params, received, troubles, version, world } = exchange
    const caller = yield* requireCaller(exchange)
    const { finish, job } = yield* requireJob(exchange, caller)
    // Names are looked up without the spaces around them, and then no file has them.
    const fileName = (params["fileName"] ?? "").replaceAll("%20", " ")
    const found = job.files.find(({ name }) => name === fileName.trim())
    const place = found === undefined ? "unknown" : placeOf(job, found, exchange)
    if (found === undefined || place === "unknown" || troubles.has("job-second-lookup")) {
      return finish(outcome(version, 404, "not-found", "Job not found"))
    }
    const misplaced = params["jobId"] !== String(job.id) || fileName !== found.name
    if (found.stored === undefined || place === "absent" || misplaced || troubles.has("file-missing")) {
      return finish(text(404, "Not Found"))
    }
    if (troubles.has("file-damaged")) return text(500, "Internal Server Error")
    const modified = (found.kind === "warning" ? warnedAt(job) : job.writtenAt) ?? job.createdAt
    const whole = yield* exchange.stored(job, found.name, found.stored)
    const served = troubles.has("file-broken") ? broken(whole) : whole
    return yield* Effect.promise(() => serveFile(received, served, modified, world.behaviour.bugs))
  })
