import { Clock, Effect, Queue, Result, Stream } from "effect"
import { BcdaClient } from "../BcdaClient.ts"
import { ExportError } from "../Errors.ts"
import type { ExportEvent } from "../ExportEvent.ts"
import type { ExportRequest } from "../ExportRequest.ts"
import { JobState } from "../Follow.ts"
import type { JobRef } from "../KickOff.ts"
import { CannotResume, Malformed } from "../Reasons.ts"
import type { Receipt } from "../Receipt.ts"
import { type ExportDirectory, type KnownManifest, openExportDirectory, type SavedFile } from "./ExportDirectory.ts"
import { keptSuffix, type PlannedFile, planFiles } from "./internal/FilePlan.ts"
import { jsonOfType } from "./internal/LineProof.ts"
import { addOutcomes, noOutcomes, outcomesOf } from "./internal/Outcomes.ts"
import { saveFile } from "./SaveFile.ts"

/** What to export, and where to. */
export interface ExportOptions {
  readonly request: ExportRequest
  /**
   * Made if it is not there. A directory belongs to one export: running the same one again continues it, and once it is complete only
   * checks it. Hazard: it will hold claims of real people when the target is production; what is made in it is readable by its owner only.
   */
  readonly directory: string
  /** Files at a time. Default `policy.concurrency`. Memory does not depend on the size of files, but grows by a few MB with each. */
  readonly concurrency?: number | undefined
  /**
   * `decode` (default) saves NDJSON; `keep` saves what came compressed as it came, with `.gz` added to the name: less to write and to
   * store, and proven just the same. Files of the manifest's `error` list are always decoded.
   */
  readonly gzip?: "decode" | "keep" | undefined
}

type Emit = (event: ExportEvent) => Effect.Effect<void>

/**
 * Exports into a directory and gives the receipt. It is there, and this succeeds, only when every file of the manifest is on disk and proven.
 *
 * Whatever ends it before that (an error, an interruption, `kill -9`, a power cut) leaves a directory from which the same call carries on:
 * it starts no second job and fetches no whole file again. Needs a transport that does not inflate to keep files compressed
 * (`NodeTransport.layer`); with any other, they count as having come uncompressed.
 *
 * @category exports
 * @since 0.1.0
 */
export const exportToDirectory = (options: ExportOptions): Effect.Effect<Receipt, ExportError, BcdaClient> =>
  runExport(options, () => Effect.void)

/**
 * The same as `exportToDirectory`, as a stream of what happens; its last event is `Finished` with the receipt. Closing the stream early
 * interrupts the export. Events wait for a slow reader, and so, after a few, does the export.
 *
 * @category exports
 * @since 0.1.0
 */
export const exportEvents = (options: ExportOptions): Stream.Stream<ExportEvent, ExportError, BcdaClient> =>
  Stream.callback(
    (queue) =>
      runExport(options, (event) => Queue.offer(queue, event)).pipe(
        Effect.flatMap((receipt) => Queue.offer(queue, { _tag: "Finished", receipt })),
        Effect.andThen(Queue.end(queue))
      ),
    { bufferSize: 64, strategy: "suspend" }
  )

const asExportError = Effect.mapError((reason: ExportError["reason"]) => new ExportError({ reason }))
const fromStep = Effect.mapError(
  ({ reason }: { readonly reason: ExportError["reason"] }) => new ExportError({ reason })
)

const runExport = Effect.fn("exportToDirectory")(function* (options: ExportOptions, emit: Emit) {
  const client = yield* BcdaClient
  const directory = yield* openExportDirectory(options.directory, client.target, options.request)
  const job = directory.job ?? (yield* start(directory, options.request))
  if (directory.known === undefined) yield* refuseMoved(directory, job)
  yield* emit(
    directory.job === undefined ? { _tag: "KickedOff", job } : { _tag: "Resumed", job, filesDone: directory.saved.size }
  )
  const known = directory.known ?? (yield* manifestOf(directory, job, emit))
  const planned = yield* Effect.fromResult(planFiles(known.manifest)).pipe(asExportError)
  yield* emit({
    _tag: "ManifestReceived",
    files: planned.length,
    transactionTime: known.manifest.transactionTime,
    ...(known.expires === undefined ? {} : { expires: known.expires })
  })

  const missing = planned.filter(({ url }) => !directory.saved.has(url))
  if (missing.length > 0) yield* Effect.andThen(refuseMoved(directory, job), directory.withdrawReceipt)
  const saved = new Map(directory.saved)
  const results = yield* Effect.forEach(
    missing,
    (file) =>
      download(directory, file, options.gzip ?? "decode", emit).pipe(
        Effect.map((record) => void saved.set(file.url, record)),
        // One file that cannot be had is no reason to go without the others: tomorrow the server will have none of them.
        Effect.catchIf(concernsOneFile, Effect.succeed)
      ),
    { concurrency: options.concurrency ?? client.policy.concurrency }
  )
  const receipt = receiptOf(client.target.apiVersion, job, known, planned, saved)
  yield* directory.writeReceipt(receipt)
  const failure = results.find((result) => result !== undefined)
  if (failure === undefined) return receipt
  return yield* failure.reason._tag === "FileGone" ? Effect.flip(whyGone(directory, job, failure)) : failure
}, Effect.scoped)

/** Starts the job. Once the server has accepted it, an interruption waits until the journal knows it. */
const start = Effect.fnUntraced(function* (directory: ExportDirectory, request: ExportRequest) {
  const client = yield* BcdaClient
  return yield* Effect.uninterruptibleMask((restore) =>
    restore(client.kickOff(request)).pipe(fromStep, Effect.tap(directory.kickedOff))
  )
})

/** Ends a run that would need a server that is no more. */
const refuseMoved = ({ path, movedFrom }: ExportDirectory, { jobId }: JobRef): Effect.Effect<void, ExportError> =>
  movedFrom === undefined
    ? Effect.void
    : new ExportError({
        reason: new CannotResume({ directory: path, jobId, detail: `the server that ran its job was at ${movedFrom}` })
      })

const manifestOf = Effect.fnUntraced(function* (directory: ExportDirectory, job: JobRef, emit: Emit) {
  const client = yield* BcdaClient
  let known: KnownManifest | undefined
  const onState = JobState.match({
    Pending: () => emit({ _tag: "Waiting", state: "pending" }),
    InProgress: ({ percent }) =>
      emit({ _tag: "Waiting", state: "in-progress", ...(percent === undefined ? {} : { percent }) }),
    Completed: (completed) => Effect.sync(() => void (known = completed))
  })
  yield* Stream.runForEach(client.follow(job), onState).pipe(
    fromStep,
    Effect.mapError((error) => (directory.job === undefined ? error : (cannotResume(directory, job, error) ?? error)))
  )
  if (known === undefined) return yield* new ExportError({ reason: new Malformed({ detail: "no manifest" }) })
  yield* directory.completed(known)
  return known
})

/** The error that says that a job is lost for good, if that is what `error` means. */
const cannotResume = (directory: ExportDirectory, job: JobRef, { reason }: ExportError): ExportError | undefined =>
  reason._tag === "JobFailed" ||
  reason._tag === "JobExpired" ||
  reason._tag === "JobCancelled" ||
  reason._tag === "JobNotFound"
    ? new ExportError({
        reason: new CannotResume({ directory: directory.path, jobId: job.jobId, detail: reason.message })
      })
    : undefined

/** A file that is gone may mean that its job is; the job's state says more than the file's 404. */
const whyGone = Effect.fnUntraced(function* (directory: ExportDirectory, job: JobRef, failure: ExportError) {
  const client = yield* BcdaClient
  const state = yield* Effect.result(client.status(job).pipe(fromStep))
  return Result.isFailure(state) ? (cannotResume(directory, job, state.failure) ?? failure) : failure
})

const concernsOneFile = ({ reason }: ExportError): boolean => {
  switch (reason._tag) {
    case "FileGone":
    case "CutShort":
    case "Stalled":
    case "BadGzip":
    case "BadLine":
    case "Rejected":
    case "Redirected":
    case "ServerFault":
    case "Malformed":
    case "ForeignOrigin":
      return true
    default:
      // A full disk, refused credentials, no network: the next file would not fare better.
      return false
  }
}

/** Milliseconds between two `FileProgress` events of a file. */
const progressEvery = 250

const download = Effect.fnUntraced(function* (
  directory: ExportDirectory,
  file: PlannedFile,
  gzip: "decode" | "keep",
  emit: Emit
) {
  const { section, type, url } = file
  // Error files are small and meant to be read by people.
  const keep = gzip === "keep" && section !== "error"
  const path = keep ? file.path + keptSuffix : file.path
  const part = yield* directory.partOf(file.path)
  let outcomes = noOutcomes
  let lastProgress = yield* Clock.currentTimeMillis
  yield* emit({ _tag: "FileStarted", path, type })
  const saved = yield* saveFile({
    url,
    type,
    part,
    name: path,
    gzip: keep ? "keep" : "decode",
    check: () => {
      outcomes = noOutcomes
      return section === "error"
        ? jsonOfType(type, (resource) => (outcomes = addOutcomes(outcomes, outcomesOf(resource))))
        : jsonOfType(type)
    },
    onProgress: Effect.fnUntraced(function* (bytes, wireBytes) {
      const now = yield* Clock.currentTimeMillis
      if (now - lastProgress < progressEvery) return
      lastProgress = now
      yield* emit({ _tag: "FileProgress", path, bytes, wireBytes })
    }),
    onRetry: ({ reason }, attempt) => emit({ _tag: "FileRetry", path, reason: reason._tag, attempt })
  }).pipe(fromStep)
  const { kept, ...proof } = saved
  const record: SavedFile = {
    _tag: "Saved",
    file: { path: kept ? path : file.path, type, url, ...proof },
    kept,
    ...(section === "error" ? { outcomes } : {})
  }
  yield* directory.commit(record)
  yield* emit({ _tag: "FileDone", file: record.file })
  return record
})

const receiptOf = (
  apiVersion: Receipt["apiVersion"],
  job: JobRef,
  { manifest }: KnownManifest,
  planned: ReadonlyArray<PlannedFile>,
  saved: ReadonlyMap<string, SavedFile>
): Receipt => {
  const records = planned.flatMap(({ url }) => saved.get(url) ?? [])
  const files = records.map(({ file }) => file)
  const total = (count: (file: Receipt["files"][number]) => number) => files.reduce((sum, file) => sum + count(file), 0)
  return {
    apiVersion,
    jobId: job.jobId,
    request: manifest.request === "" ? (job.requestUrl ?? "") : manifest.request,
    transactionTime: manifest.transactionTime,
    complete: records.length === planned.length,
    files,
    totals: {
      files: files.length,
      bytes: total((file) => file.bytes),
      lines: total((file) => file.lines),
      wireBytes: total((file) => file.wireBytes)
    },
    outcomes: records.reduce((sum, { outcomes }) => addOutcomes(sum, outcomes ?? noOutcomes), noOutcomes)
  }
}
