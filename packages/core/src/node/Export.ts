import { Effect, Queue, Result, Stream } from "effect"
import { BcdaClient } from "../BcdaClient.ts"
import { ExportError } from "../Errors.ts"
import type { ExportEvent } from "../ExportEvent.ts"
import type { ExportRequest } from "../ExportRequest.ts"
import { identityOf, requestIdentity } from "../internal/requestUrls.ts"
import * as telemetry from "../internal/telemetry.ts"
import { JobRef } from "../JobRef.ts"
import { JobState } from "../JobState.ts"
import { CannotResume, DirectoryMismatch, InvalidRequest, Malformed } from "../Reasons.ts"
import type { Receipt } from "../Receipt.ts"
import { type ExportDirectory, type KnownManifest, openExportDirectory, type SavedFile } from "./ExportDirectory.ts"
import { downloadAll, type Emit } from "./internal/Downloads.ts"
import { asExportError, fromStep } from "./internal/ExportErrors.ts"
import { type PlannedFile, planFiles } from "./internal/FilePlan.ts"
import type { Verify } from "./internal/LineCheck.ts"
import { canReplace, filesOf, strangeIn, type Wanted } from "./internal/ManifestRules.ts"
import { addOutcomes, noOutcomes } from "./internal/Outcomes.ts"
import { cancelInterrupted, startJob } from "./internal/Start.ts"

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
  /**
   * How every line is checked. `json` (default) parses it: it is one JSON object whose `resourceType` is the promised one. `bytes` is several
   * times faster and only looks that it is UTF-8, begins and ends like an object and names the promised type. Hazard: `bytes` takes a line
   * that is broken in its middle. Files of the `error` list are always parsed, and a file keeps the proof that it was saved with.
   */
  readonly verify?: Verify | undefined
  /**
   * If an earlier run died while it asked for the job, and the server has no list of jobs to find out whether it started one: false
   * (default) ends with `StartUnknown`, true starts another. Hazard: then the server may do the same work twice.
   */
  readonly startAgain?: boolean | undefined
  /**
   * A job to take instead of starting one, for a directory that has none yet. `true`: one that runs already and exports exactly this, if there
   * is one (see `KickOffOptions.adopt`). A reference: that job and no other; one that is known to export something else is refused.
   */
  readonly adopt?: boolean | JobRef | undefined
  /**
   * Whether an interruption also cancels the server's job, if that is not done yet; default false, so that the next run goes on with it. An
   * effect is asked when the moment has come, and only if there is a job to cancel. The end of the run waits for the server's word for 10 s at
   * most; if there is none, the next run follows the job. Hazard: BCDA can lose a cancel that comes right after the start, and an interruption
   * while the server is asked for the job finds none to cancel.
   */
  readonly cancelOnInterrupt?: boolean | Effect.Effect<boolean> | undefined
}

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

const runExport = Effect.fn("exportToDirectory")(
  function* (options: ExportOptions, emit: Emit) {
    const client = yield* BcdaClient
    const directory = yield* openExportDirectory(options.directory, client.target, options.request)
    let started: JobRef | undefined = directory.job
    let isDone = directory.known !== undefined
    const { adopt, cancelOnInterrupt = false } = options
    const isWanted = typeof cancelOnInterrupt === "boolean" ? Effect.succeed(cancelOnInterrupt) : cancelOnInterrupt
    const cancel = Effect.gen(function* () {
      if (started !== undefined && !isDone && (yield* isWanted)) yield* cancelInterrupted(directory, started)
    })
    if (adopt instanceof JobRef) yield* refuseOtherJob(directory, adopt, options.request)
    const run = Effect.gen(function* () {
      const { job, adopted } =
        directory.job === undefined
          ? yield* startJob(directory, options.request, { adopt, startAgain: options.startAgain })
          : { job: directory.job, adopted: false }
      started = job
      if (directory.known === undefined) yield* refuseMoved(directory, job)
      if (directory.job !== undefined) yield* emit({ _tag: "Resumed", job, filesDone: directory.saved.size })
      else yield* emit({ _tag: adopted ? "Adopted" : "KickedOff", job })
      const wanted: Wanted = { job, request: options.request, target: client.target, limits: client.policy.limits }
      const known = directory.known ?? (yield* manifestOf(directory, wanted, emit))
      isDone = true
      return yield* fetch(options, directory, wanted, known, emit)
    })
    return yield* cancelOnInterrupt === false ? run : Effect.onInterrupt(run, () => cancel)
  },
  Effect.scoped,
  telemetry.exported
)

/** From the manifest to the receipt. */
const fetch = Effect.fnUntraced(function* (
  options: ExportOptions,
  directory: ExportDirectory,
  wanted: Wanted,
  first: KnownManifest,
  emit: Emit
) {
  const { policy, target } = yield* BcdaClient
  const { job } = wanted
  const saved = new Map(directory.saved)
  let known = first
  for (;;) {
    const { manifest, expires } = known
    const planned = yield* Effect.fromResult(planFiles(manifest, policy.limits.files)).pipe(asExportError)
    yield* emit({
      _tag: "ManifestReceived",
      files: planned.length,
      transactionTime: manifest.transactionTime,
      ...(expires === undefined ? {} : { expires })
    })
    const missing = planned.filter(({ url }) => !saved.has(url))
    if (missing.length > 0) yield* Effect.andThen(refuseMoved(directory, job), directory.withdrawReceipt)
    const { saved: more, failures } = yield* downloadAll({
      directory,
      missing,
      concurrency: options.concurrency ?? policy.concurrency,
      gzip: options.gzip ?? "decode",
      verify: options.verify ?? "json",
      requiresAccessToken: manifest.requiresAccessToken,
      expires,
      emit
    })
    for (const [url, file] of more) saved.set(url, file)
    const receipt = receiptOf(target.apiVersion, job, known, planned, saved)
    yield* directory.writeReceipt(receipt)
    const failure = failures.find(mayBeTheManifests) ?? failures[0]
    if (failure === undefined) return receipt
    const better =
      known === first && mayBeTheManifests(failure) ? yield* lookAgain(directory, wanted, failure) : undefined
    const isBetter = better !== undefined && canReplace(planned, better.planned, (url) => saved.has(url))
    if (!isBetter) return yield* failures[0] ?? failure
    known = better.known
    // Before the new manifest is noted: after it nobody would know of them any more.
    const gone = missing.filter(({ path }) => !better.planned.some((file) => file.path === path))
    yield* Effect.forEach(gone, ({ path }) => directory.forget(path), { discard: true })
    yield* directory.completed(known)
  }
})

/** Whether it may be the manifest that is wrong about a file, or out of date. */
const mayBeTheManifests = ({ reason }: ExportError): boolean =>
  reason._tag === "FileGone" || reason._tag === "BadLine" || reason._tag === "ForeignOrigin"

/** Ends a run that was given a job that is not the one of the directory or of the request. */
const refuseOtherJob = (
  { path, job }: ExportDirectory,
  adopt: JobRef,
  request: ExportRequest
): Effect.Effect<void, ExportError, BcdaClient> =>
  Effect.gen(function* () {
    const { target } = yield* BcdaClient
    const { jobId, requestUrl } = adopt
    if (job !== undefined && job.statusUrl !== adopt.statusUrl) {
      const detail = `it is that of job ${job.jobId}`
      return yield* new ExportError({ reason: new DirectoryMismatch({ directory: path, detail }) })
    }
    const wanted = requestIdentity(request, target)
    if (requestUrl === undefined || requestUrl === wanted || identityOf(requestUrl) === wanted) return
    const detail = `job ${jobId} exports something else: other people, types, since or filter`
    return yield* new ExportError({ reason: new InvalidRequest({ detail }) })
  })

/** Ends a run that would need a server that is no more. */
const refuseMoved = ({ path, movedFrom }: ExportDirectory, { jobId }: JobRef): Effect.Effect<void, ExportError> =>
  movedFrom === undefined
    ? Effect.void
    : new ExportError({
        reason: new CannotResume({ directory: path, jobId, detail: `the server that ran its job was at ${movedFrom}` })
      })

const manifestOf = Effect.fnUntraced(function* (directory: ExportDirectory, wanted: Wanted, emit: Emit) {
  const client = yield* BcdaClient
  const { job } = wanted
  let known: KnownManifest | undefined
  const onState = JobState.match({
    Pending: ({ _tag, ...more }) => emit({ _tag: "Waiting", state: "pending", ...more }),
    InProgress: ({ _tag, ...more }) => emit({ _tag: "Waiting", state: "in-progress", ...more }),
    Completed: (completed) => Effect.sync(() => void (known = completed))
  })
  yield* Stream.runForEach(client.follow(job), onState).pipe(
    fromStep,
    Effect.mapError((error) => (directory.job === undefined ? error : (cannotResume(directory, job, error) ?? error)))
  )
  if (known === undefined) return yield* new ExportError({ reason: new Malformed({ detail: "no manifest" }) })
  const detail = directory.job === undefined ? undefined : strangeIn(known.manifest, wanted)
  // It was so before, or the job that was noted was never this export's: to ask once more would not help.
  if (detail !== undefined) {
    return yield* new ExportError({ reason: new CannotResume({ directory: directory.path, jobId: job.jobId, detail }) })
  }
  yield* Effect.fromResult(filesOf(known.manifest, wanted)).pipe(asExportError)
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

/**
 * Looks at the job again when a file cannot be had. A file that is gone may mean that its job is, and the job's state says more than the file's
 * 404; otherwise there is a manifest, which may be another one now.
 */
const lookAgain = Effect.fnUntraced(function* (directory: ExportDirectory, wanted: Wanted, failure: ExportError) {
  const client = yield* BcdaClient
  const look = yield* Effect.result(client.status(wanted.job).pipe(fromStep))
  if (Result.isFailure(look)) {
    return failure.reason._tag === "FileGone"
      ? yield* cannotResume(directory, wanted.job, look.failure) ?? failure
      : undefined
  }
  if (look.success._tag !== "Completed") return undefined
  const { _tag, ...known } = look.success
  return Result.match(filesOf(known.manifest, wanted), {
    onFailure: () => undefined,
    onSuccess: (planned) => ({ known, planned })
  })
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
