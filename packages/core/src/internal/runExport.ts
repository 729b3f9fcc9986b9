import { Effect, Result } from "effect"
import { BcdaClient } from "../BcdaClient.ts"
import { ExportError } from "../Errors.ts"
import type { ExportRequest } from "../ExportRequest.ts"
import { JobRef } from "../JobRef.ts"
import { CannotResume, DirectoryMismatch, InvalidRequest } from "../Reasons.ts"
import type { Receipt } from "../Receipt.ts"
import { downloadAll, type Emit } from "./downloads.ts"
import { asExportError, fromStep } from "./exportErrors.ts"
import { type PlannedFile, planFiles } from "./filePlan.ts"
import { followToManifest, orLost } from "./following.ts"
import type { Verify } from "./lineCheck.ts"
import { canReplace, filesOf, type Wanted } from "./manifestRules.ts"
import { addOutcomes, noOutcomes } from "./outcomes.ts"
import type { KnownManifest, Place, SavedFile } from "./place.ts"
import { identityOf, requestIdentity } from "./requestUrls.ts"
import { cancelInterrupted, startJob } from "./start.ts"

/** What every export has in common, wherever it goes. */
export interface RunOptions {
  readonly request: ExportRequest
  /** Files at a time. Default `policy.concurrency`. Memory does not depend on the size of files, but grows by a few MB with each. */
  readonly concurrency?: number | undefined
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
   * A job to take instead of starting one, where none is known yet. `true`: one that runs already and exports exactly this, if there
   * is one (see `KickOffOptions.adopt`). A reference: that job and no other; one that is known to export something else is refused.
   */
  readonly adopt?: boolean | JobRef | undefined
  /**
   * Whether an interruption also cancels the server's job, if that is not done yet; default false, so that the next run goes on with it. An
   * effect is asked when the moment has come, and only if there is a job to cancel, or may be: of an interruption while the server is asked for
   * the job, it is looked for in the server's list. The end of the run waits for the server's word for 10 s at most; if there is none, the next
   * run follows the job, or looks for it. Hazard: BCDA can lose a cancel that comes right after the start, and another server has no list.
   */
  readonly cancelOnInterrupt?: boolean | Effect.Effect<boolean> | undefined
}

/** Runs an export from kick-off, or where an earlier run has stopped, to its receipt. */
export const runExport = Effect.fnUntraced(function* (options: RunOptions, place: Place, emit: Emit) {
  const client = yield* BcdaClient
  let started: JobRef | undefined = place.job
  let asked = place.asked
  let isDone = place.known !== undefined
  const { adopt, cancelOnInterrupt = false } = options
  const isWanted = typeof cancelOnInterrupt === "boolean" ? Effect.succeed(cancelOnInterrupt) : cancelOnInterrupt
  const cancel = Effect.gen(function* () {
    const sought = started ?? asked
    if (sought !== undefined && !isDone && (yield* isWanted)) yield* cancelInterrupted(place, options.request, sought)
  })
  if (adopt instanceof JobRef) yield* refuseOtherJob(place, adopt, options.request)
  const run = Effect.gen(function* () {
    const { job, adopted } =
      place.job === undefined
        ? yield* startJob(place, options.request, {
            adopt,
            startAgain: options.startAgain,
            onAsk: (now) => (asked = now)
          })
        : { job: place.job, adopted: false }
    started = job
    if (place.known === undefined) yield* refuseMoved(place, job)
    if (place.job !== undefined) yield* emit({ _tag: "Resumed", job, filesDone: place.saved.size })
    else yield* emit({ _tag: adopted ? "Adopted" : "KickedOff", job })
    const wanted: Wanted = { job, request: options.request, target: client.target, limits: client.policy.limits }
    const goal =
      place.known === undefined
        ? yield* followToManifest(place, wanted, {
            emit,
            isNamed: adopt instanceof JobRef,
            onMeant: (job) => void (started = job)
          })
        : { wanted, known: place.known }
    isDone = true
    return yield* fetchAll(options, place, goal.wanted, goal.known, emit)
  })
  return yield* cancelOnInterrupt === false ? run : Effect.onInterrupt(run, () => cancel)
})

/** From the manifest to the receipt. A manifest of which it is not known what it answers is taken as it is. */
export const fetchAll = Effect.fnUntraced(function* (
  options: Pick<RunOptions, "concurrency" | "verify">,
  place: Place,
  wanted: Wanted | undefined,
  first: KnownManifest,
  emit: Emit
) {
  const { policy, target } = yield* BcdaClient
  const wants = place.wants ?? (() => true)
  const saved = new Map(place.saved)
  let known = first
  for (;;) {
    const { manifest, expires } = known
    const listed = yield* Effect.fromResult(planFiles(manifest, policy.limits.files)).pipe(asExportError)
    const planned = listed.filter(wants)
    yield* emit({
      _tag: "ManifestReceived",
      files: planned.length,
      transactionTime: manifest.transactionTime,
      ...(expires === undefined ? {} : { expires })
    })
    const missing = planned.filter(({ url }) => !saved.has(url))
    if (missing.length > 0) yield* Effect.andThen(refuseMoved(place, wanted?.job), place.withdrawReceipt)
    const { saved: more, failures } = yield* downloadAll({
      place,
      missing,
      concurrency: options.concurrency ?? policy.concurrency,
      verify: options.verify ?? "json",
      requiresAccessToken: manifest.requiresAccessToken,
      expires,
      emit
    })
    for (const [url, file] of more) saved.set(url, file)
    const receipt = receiptOf(target.apiVersion, wanted?.job, known, planned, saved)
    yield* place.writeReceipt(receipt)
    const failure = failures.find(mayBeTheManifests) ?? failures[0]
    if (failure === undefined) return receipt
    const better =
      wanted !== undefined && known === first && mayBeTheManifests(failure)
        ? yield* lookAgain(place, wanted, failure)
        : undefined
    const isFixed = (url: string) => saved.has(url) || place.holds?.(url) === true
    const isBetter = better !== undefined && canReplace(planned, better.planned.filter(wants), isFixed)
    if (!isBetter) return yield* failures[0] ?? failure
    known = better.known
    // Before the new manifest is noted: after it nobody would know of them any more.
    const gone = missing.filter(({ path }) => !better.planned.some((file) => file.path === path))
    yield* Effect.forEach(gone, ({ path }) => place.forget(path), { discard: true })
    yield* place.completed(known)
  }
})

/** Whether it may be the manifest that is wrong about a file, or out of date. */
const mayBeTheManifests = ({ reason }: ExportError): boolean =>
  reason._tag === "FileGone" || reason._tag === "BadLine" || reason._tag === "ForeignOrigin"

/** Ends a run that was given a job that is not the one of the directory or of the request. */
const refuseOtherJob = (
  { path, job }: Place,
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
const refuseMoved = ({ path, movedFrom }: Place, job: JobRef | undefined): Effect.Effect<void, ExportError> => {
  if (movedFrom === undefined || job === undefined) return Effect.void
  const detail = `the server that ran its job was at ${movedFrom}`
  return new ExportError({ reason: new CannotResume({ directory: path, jobId: job.jobId, detail }) })
}

/**
 * Looks at the job again when a file cannot be had. A file that is gone may mean that its job is, and the job's state says more than the file's
 * 404; otherwise there is a manifest, which may be another one now.
 */
const lookAgain = Effect.fnUntraced(function* (place: Place, wanted: Wanted, failure: ExportError) {
  const client = yield* BcdaClient
  const look = yield* Effect.result(client.status(wanted.job).pipe(fromStep))
  if (Result.isFailure(look)) {
    if (failure.reason._tag !== "FileGone") return undefined
    const lost = orLost(place, look.failure)
    return yield* lost === look.failure ? failure : lost
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
  job: JobRef | undefined,
  { manifest }: KnownManifest,
  planned: ReadonlyArray<PlannedFile>,
  saved: ReadonlyMap<string, SavedFile>
): Receipt => {
  const records = planned.flatMap(({ url }) => saved.get(url) ?? [])
  const files = records.map(({ file }) => file)
  const total = (count: (file: Receipt["files"][number]) => number) => files.reduce((sum, file) => sum + count(file), 0)
  return {
    apiVersion,
    jobId: job?.jobId ?? String(manifest.JobID ?? ""),
    request: manifest.request === "" ? (job?.requestUrl ?? "") : manifest.request,
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
