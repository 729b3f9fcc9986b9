import { Effect, Fiber } from "effect"
import { type Item, type Line, pause, type SubJob, type Unavailable } from "../DataSource.ts"
import { describeFailure, FileStoreError } from "../FileStore.ts"
import { goJson, utf8 } from "./Http.ts"
import { type Job, type JobFile, jobStateAt } from "./Jobs.ts"
import { operationOutcome } from "./OperationOutcome.ts"
import { uuid } from "./Uuid.ts"
import type { World } from "./World.ts"

/** BCDA's stand-in for a sub-job that found nothing. It is a name only: no file of it exists, no manifest lists it. */
export const blankName = "blank.ndjson"

/** Bytes handed to the compressor at once: each time costs a trip to another thread. */
const chunkBytes = 128 * 1024

const encoder = new TextEncoder()
const newline = utf8("\n")

/** Lets everybody else have a turn. Claims are made in one go, and nothing else could be answered meanwhile. */
const turn = (): Promise<void> => Effect.runPromise(Effect.yieldNow)

/** Puts as much of a line into a chunk as there is room for; gives the bytes written and what is left of the line. */
const put = (line: Line, chunk: Uint8Array): readonly [written: number, rest: Line] => {
  if (typeof line === "string") {
    const { read, written } = encoder.encodeInto(line, chunk)
    return [written, read === line.length ? "" : line.slice(read)]
  }
  const part = line.subarray(0, chunk.byteLength)
  chunk.set(part)
  return [part.byteLength, line.subarray(part.byteLength)]
}

/**
 * Items as NDJSON: each line's own bytes and one newline, in chunks large enough for a compressor to like. Lines given
 * as bytes are copied, never decoded. People without resources are told to `missed`, which may throw.
 */
export const ndjson = async function* (
  items: Iterable<Item> | AsyncIterable<Item>,
  missed: (person: Unavailable) => void = () => undefined
): AsyncGenerator<Uint8Array> {
  let chunk = new Uint8Array(chunkBytes)
  let size = 0
  for await (const item of items) {
    if (item === pause) {
      await turn()
      continue
    }
    if (typeof item === "object" && "mbi" in item) {
      missed(item)
      continue
    }
    for (const part of [item, newline]) {
      let [written, rest] = put(part, chunk.subarray(size))
      size += written
      while (rest.length > 0) {
        yield chunk.subarray(0, size)
        await turn()
        chunk = new Uint8Array(chunkBytes)
        ;[size, rest] = put(rest, chunk)
      }
    }
  }
  if (size > 0) yield chunk.subarray(0, size)
}

/** A chunk that was read ahead, and then the rest. */
const resumed = async function* (first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}

const sourceFailed = (cause: unknown) => new FileStoreError({ operation: "write", detail: describeFailure(cause) })

/** A sub-job's file as it is being made. Starting it may throw: a data source is somebody else's code. */
const opened = (subJob: SubJob, missed: (person: Unavailable) => void) =>
  Effect.acquireRelease(
    Effect.try({ try: () => ndjson(subJob.lines(), missed), catch: sourceFailed }),
    // However the sub-job ends, its source is told. Not waited for: a source may be stuck in the middle of a line.
    (chunks) =>
      Effect.sync(() => {
        chunks.return(undefined).catch(() => undefined)
      })
  )

/** What BCDA writes about a person whose resources it could not get: in v1's shape whatever the version, and with the MBI. */
const errorLine = (job: Job, { type }: SubJob, { mbi, why }: Unavailable): string =>
  goJson(
    operationOutcome(
      "v1",
      "not-found",
      why === "unknown"
        ? `Error retrieving BlueButton ID for cclfBeneficiary MBI ${mbi}`
        : `Error retrieving ${type} for beneficiary MBI ${mbi} in ACO ${job.persona.acoUuid}`
    )
  )

/** Keeps the error lines of a sub-job; throws when too many of its people failed. Unknown people do not count as failed. */
const collectErrors = (job: Job, subJob: SubJob, failPercent: number) => {
  const lines: Array<string> = []
  let failed = 0
  const missed = (person: Unavailable): void => {
    lines.push(errorLine(job, subJob, person))
    if (person.why === "failed") failed++
    if (failed > 0 && (failed / subJob.people) * 100 >= failPercent) {
      throw new Error(`the claims server failed for ${failed} of ${subJob.people} people`)
    }
  }
  return { lines, missed }
}

/**
 * One sub-job: one data file, or the blank name when there was no line to write, and a sibling with an error line for
 * each person whose resources could not be had.
 */
const runSubJob = Effect.fnUntraced(function* (world: World, job: Job, subJob: SubJob) {
  const errors = collectErrors(job, subJob, world.behaviour.exportFailPercent)
  const chunks = yield* opened(subJob, errors.missed)
  const first = yield* Effect.tryPromise({ try: () => chunks.next(), catch: sourceFailed })
  const name = uuid()
  const stored =
    first.done === true
      ? undefined
      : yield* world.store.write(job.id, `${name}.ndjson`, "gzip", resumed(first.value, chunks))
  const data: JobFile = {
    type: subJob.type,
    name: stored === undefined ? blankName : `${name}.ndjson`,
    kind: "data",
    stored
  }
  if (errors.lines.length === 0) return [data]
  const errorName = `${name}-error.ndjson`
  const file: JobFile = {
    type: "OperationOutcome",
    name: errorName,
    // BCDA finds error files by the names of data files, and a blank one has no sibling (bug).
    kind: stored === undefined ? "unlisted-error" : "error",
    stored: yield* world.store.write(job.id, errorName, "gzip", ndjson(errors.lines))
  }
  return [data, file]
}, Effect.scoped)

/**
 * Writes all files of a job. Any failure fails the job, and a job's files are removed when it will not complete. What
 * the job looks like from outside meanwhile is a matter of its pace, not of how far this has got.
 */
export const runJob = (world: World, job: Job, subJobs: ReadonlyArray<SubJob>): Effect.Effect<void> =>
  Effect.gen(function* () {
    const data = yield* Effect.forEach(subJobs, (subJob) => world.workers.withPermit(runSubJob(world, job, subJob)), {
      concurrency: world.behaviour.workers
    })
    job.files = [...job.files, ...data.flat()]
    job.writtenAt = world.now()
  }).pipe(
    Effect.catch((error) =>
      Effect.logWarning(`job ${job.id} failed: ${error.message}`).pipe(
        Effect.andThen(Effect.sync(() => (job.failedAt = world.now()))),
        Effect.andThen(removeFiles(world, job))
      )
    ),
    Effect.onInterrupt(() => removeFiles(world, job))
  )

/** Removes a job's bytes; the names stay known, as BCDA keeps the rows of files it deleted. Its warning is not of the store. */
const removeFiles = (world: World, job: Job): Effect.Effect<void> =>
  world.store.remove(job.id).pipe(
    Effect.andThen(
      Effect.sync(() => {
        job.files = job.files.map((file) => (file.kind === "warning" ? file : { ...file, stored: undefined }))
        job.swept = true
      })
    ),
    Effect.catch((error) => Effect.logWarning(error.message))
  )

/** What the clean-up does to files: those of archived and later states go. Costs one look at every job. */
export const sweep = Effect.fnUntraced(function* (world: World) {
  const now = world.now()
  for (const job of world.jobs.all()) {
    if (job.swept === true || job.writtenAt === undefined) continue
    const { status } = jobStateAt(job, now, world.behaviour)
    if (status === "Archived" || status === "Expired") yield* removeFiles(world, job)
  }
})

/** Stops writing a cancelled job's files and removes those that were whole: BCDA never releases them. */
export const abandon = (world: World, job: Job): Effect.Effect<void> =>
  (job.writer === undefined ? Effect.void : Fiber.interrupt(job.writer)).pipe(Effect.andThen(removeFiles(world, job)))
