/** `since: "auto"`: exports what is new since the last export whose files are all safe. */
import { createHash } from "node:crypto"
import { lstat, mkdir } from "node:fs/promises"
import { join, relative, resolve } from "node:path"
import { Clock, DateTime, Duration, Effect, Queue, Result, Schema, Stream } from "effect"
import { BcdaClient } from "../BcdaClient.ts"
import * as Calendar from "../Calendar.ts"
import { ExportError } from "../Errors.ts"
import { ExportEvent } from "../ExportEvent.ts"
import { ExportRequest } from "../ExportRequest.ts"
import { asExportError } from "../internal/exportErrors.ts"
import { compareInstants, parseInstant } from "../internal/instants.ts"
import { newMembersMiss } from "../internal/newMembers.ts"
import { DirectoryMismatch, FileSystem, InvalidRequest } from "../Reasons.ts"
import { Receipt } from "../Receipt.ts"
import type { Target } from "../Target.ts"
import { TypeFilter } from "../TypeFilter.ts"
import { type ExportOptions, exportEvents } from "./Export.ts"
import { ensureDirectory, onPath, orAbsent, readIfThere } from "./internal/Files.ts"
import { journalName } from "./internal/Journal.ts"
import { type Begun, KeptBecause, openWatermark, Watermark, type WatermarkFile } from "./Watermark.ts"

/** What to export, and where to keep its exports. */
export interface SinceLastOptions extends Omit<ExportOptions, "adopt" | "directory" | "request"> {
  /** Without `since`, which is the watermark's to give. */
  readonly request: ExportRequest
  /**
   * Holds an export directory for each run, named by when it was begun (`2026-06-01T02-00-00Z`), and the watermarks. It may be shared by several
   * requests. Complete runs in it may be moved or deleted.
   */
  readonly directory: string
  /** Where the watermarks are. Default `watermarks` in the directory. Hazard: without it the next run exports everything. */
  readonly watermarks?: string | undefined
  /** As in `ExportOptions`. */
  readonly adopt?: boolean | undefined
  /**
   * Default false: when the server reports people or claims that it could not export (`error` or `fatal`), the watermark stays, and the next
   * run asks for the same time again. Hazard of true: what was reported is in no later export, unless it changes once more.
   */
  readonly moveOnErrors?: boolean | undefined
  /** Default false: nothing is asked for when neither the list of members nor claims can have changed since, or none is in force (January). */
  readonly evenIfUnchanged?: boolean | undefined
}

/** What happens, besides the events of the export itself. */
export const SinceLastEvent = Schema.Union([
  ExportEvent,
  Schema.TaggedUnion({
    /** The run that is now under way, by this call or an earlier one; `since` is absent when it exports everything. */
    RunBegun: { directory: Schema.String, since: Schema.optionalKey(Schema.String) },
    /** An earlier run cannot be finished; a new one takes its place, with the same `since`. What it has saved stays where it is. */
    RunAbandoned: { directory: Schema.String, why: Schema.String },
    /**
     * What there is to know about a new run. `because` and `text` are those of `Calendar.Advice`; or `new-members`: of people who are new on the
     * list, this scope never gives what they had before.
     */
    Advised: { because: Schema.String, text: Schema.String },
    /** Everything of the run is safe. `from` is absent the first time. */
    WatermarkMoved: { from: Schema.optionalKey(Schema.String), to: Schema.String },
    /** Everything of the run is safe, and still the watermark is where it was; absent if there is none. */
    WatermarkKept: { at: Schema.optionalKey(Schema.String), because: KeptBecause, text: Schema.String },
    /** Nothing was asked for. The last event, in place of `Finished`. */
    Skipped: { advice: Calendar.Advice, watermark: Schema.optionalKey(Watermark) }
  })
])
export type SinceLastEvent = typeof SinceLastEvent.Type

type Emit = (event: SinceLastEvent) => Effect.Effect<void>

/**
 * Exports what is new since the last time, as a stream of what happens. The last event is `Finished` with the receipt, or `Skipped`; the
 * watermark's event comes before `Finished`.
 *
 * A run that was not finished goes on first, and is all that is done then. The watermark moves to a run's `transactionTime` once every file of
 * the manifest, also of its `error` list, is on disk and proven; never back, and never for anything less. If the process dies
 * between the receipt and the watermark, the next run proves the files again, moves the watermark and goes on to what is new.
 *
 * Fails with `DirectoryBusy` if another run has the same watermark, and otherwise like `exportToDirectory`.
 *
 * @category exports
 * @since 0.1.0
 */
export const exportSinceLastEvents = (
  options: SinceLastOptions
): Stream.Stream<SinceLastEvent, ExportError, BcdaClient> =>
  Stream.callback(
    (queue) =>
      run(options, (event) => Queue.offer(queue, event)).pipe(
        Effect.flatMap((last) => Queue.offer(queue, last)),
        Effect.andThen(Queue.end(queue))
      ),
    { bufferSize: 64, strategy: "suspend" }
  )

const run = Effect.fn("exportSinceLast")(function* (options: SinceLastOptions, emit: Emit) {
  const { clientId, target } = yield* BcdaClient
  if (options.request.since !== undefined) {
    const detail = "since is given, and was to be found out; leave it out"
    return yield* new ExportError({ reason: new InvalidRequest({ detail }) })
  }
  const directory = resolve(options.directory)
  yield* refuseExportDirectory(directory)
  const root = resolve(options.watermarks ?? join(directory, "watermarks"))
  const mark = yield* openWatermark({ root, request: options.request, target, clientId })

  const { begun } = mark.current()
  if (begun !== undefined) {
    const earlier = yield* goOn(options, mark, begun, emit)
    if (earlier !== undefined) return earlier
  }
  const advice = yield* adviceFor(options, mark, emit)
  if (advice !== undefined) {
    const { watermark } = mark.current()
    return { _tag: "Skipped" as const, advice, ...(watermark !== undefined && { watermark }) }
  }
  const missing = newMembersMiss(options.request.scope)
  if (missing !== undefined) yield* emit({ _tag: "Advised", because: "new-members", text: missing })
  return yield* exportInto(options, mark, yield* begin(directory, mark), emit)
}, Effect.scoped)

/** A directory that is itself one export's would get others inside. */
const refuseExportDirectory = (directory: string) =>
  Effect.gen(function* () {
    const journal = join(directory, journalName)
    if ((yield* orAbsent(onPath(journal, () => lstat(journal)))) === undefined) return
    const detail = "it is the directory of a single one, and this needs a directory that holds one for each run"
    return yield* new DirectoryMismatch({ directory, detail })
  }).pipe(asExportError)

/** Finishes what an earlier run began; gives nothing if there is still a new run to make. */
const goOn = Effect.fnUntraced(function* (options: SinceLastOptions, mark: WatermarkFile, begun: Begun, emit: Emit) {
  const directory = resolve(mark.folder, begun.directory)
  const receipt = yield* readReceipt(directory)
  const result = yield* Effect.result(exportInto(options, mark, begun, emit))
  if (Result.isFailure(result)) {
    if (result.failure.reason._tag !== "CannotResume") return yield* result.failure
    yield* emit({ _tag: "RunAbandoned", directory, why: result.failure.reason.message })
    yield* mark.write(without(mark, "begun"))
    return undefined
  }
  // Of a run that had its receipt only the watermark was missing.
  return receipt?.complete === true ? undefined : result.success
})

const without = (mark: WatermarkFile, name: "begun") => {
  const { [name]: _, ...rest } = mark.current()
  return rest
}

/** Why not to export now, if that is so. */
const adviceFor = Effect.fnUntraced(function* (options: SinceLastOptions, mark: WatermarkFile, emit: Emit) {
  const client = yield* BcdaClient
  const scope = bcdaScope(options.request.scope)
  if (!client.target.isBcda || scope === undefined) return undefined
  const answer = yield* Effect.result(client.attribution)
  if (Result.isFailure(answer) && answer.failure.reason._tag !== "NeverIngested") {
    const text = `Whether there is anything new could not be found out: ${answer.failure.message}`
    yield* emit({ _tag: "Advised", because: "cannot-tell", text })
    return undefined
  }
  const { kept, watermark } = mark.current()
  const advice = Calendar.advise({
    status: Result.isSuccess(answer) ? answer.success : { ingestionDates: [] },
    scope,
    ...(watermark !== undefined && { last: { startedAt: watermark.startedAt } }),
    partiallyAdjudicated: mayHavePartial(options.request, client.target),
    now: yield* Clock.currentTimeMillis
  })
  // Where the server will refuse for good, a person has to hear it from the server.
  const mayWait = advice.because === "attribution-awaited" || (advice.because === "nothing-new" && kept === undefined)
  if (!advice.run && mayWait && options.evenIfUnchanged !== true) return advice
  yield* emit({ _tag: "Advised", because: advice.because, text: advice.text })
  return undefined
})

const bcdaScope = (scope: ExportRequest["scope"]) => {
  const name = typeof scope === "string" ? scope : scope.group
  return name === "all" || name === "runout" || name === "patient" ? name : undefined
}

/** Whether claims that are not settled yet may be among what is exported: those change daily. In doubt they are. */
const mayHavePartial = (request: ExportRequest, { apiVersion }: Target): boolean => {
  const { types } = request
  if (apiVersion === "v1") return false
  if (apiVersion === "v2")
    return types === undefined || types.some((type) => type === "Claim" || type === "ClaimResponse")
  return ExportRequest.typeFilters(request).some((text) =>
    TypeFilter.parse(text).pipe(
      Result.map(({ systemTypes }) => systemTypes === undefined || systemTypes.includes("SharedSystem")),
      Result.getOrElse(() => true)
    )
  )
}

/** Makes the directory of a new run and remembers it, before anything is asked of the server. */
const begin = Effect.fnUntraced(function* (directory: string, mark: WatermarkFile) {
  const startedAt = DateTime.formatIso(yield* DateTime.now)
  yield* ensureDirectory(directory, { followLink: true }).pipe(asExportError)
  const name = startedAt.replace(/\.\d+/, "").replaceAll(":", "-")
  const made = yield* makeDistinct(join(directory, name)).pipe(asExportError)
  const since = mark.current().watermark?.transactionTime
  const begun: Begun = {
    directory: relative(mark.folder, made).replaceAll("\\", "/"),
    startedAt,
    ...(since !== undefined && { since })
  }
  yield* mark.write({ ...mark.current(), begun })
  return begun
})

/** Two runs of one second, for two requests, must not get the same directory. */
const makeDistinct = Effect.fnUntraced(function* (path: string) {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? path : `${path}-${n}`
    const made = yield* onPath(candidate, () => mkdir(candidate, { mode: 0o700 })).pipe(
      Effect.as(true),
      Effect.catchIf(isTaken, () => Effect.succeed(false))
    )
    if (made) return candidate
  }
})

const isTaken = (error: { readonly _tag: string }): boolean => error instanceof FileSystem && error.code === "EEXIST"

/** Runs the export of a run to its receipt and moves the watermark. */
const exportInto = Effect.fnUntraced(function* (
  options: SinceLastOptions,
  mark: WatermarkFile,
  begun: Begun,
  emit: Emit
) {
  const directory = resolve(mark.folder, begun.directory)
  const { since } = begun
  yield* emit({ _tag: "RunBegun", directory, ...(since !== undefined && { since }) })
  let receipt: Receipt | undefined
  yield* Stream.runForEach(
    exportEvents({ ...options, request: ExportRequest.withSince(options.request, since), directory }),
    (event) => {
      if (event._tag !== "Finished") return emit(event)
      receipt = event.receipt
      return Effect.void
    }
  )
  if (receipt === undefined) return yield* Effect.die("the export ended without a receipt")
  yield* settle(options, mark, begun, receipt, emit)
  return { _tag: "Finished" as const, receipt }
})

/** Moves the watermark, or says why not; from here on the run is over. */
const settle = Effect.fnUntraced(function* (
  options: SinceLastOptions,
  mark: WatermarkFile,
  begun: Begun,
  receipt: Receipt,
  emit: Emit
) {
  const { policy } = yield* BcdaClient
  const now = yield* Clock.currentTimeMillis
  const rest = without(mark, "begun")
  const { watermark } = rest
  const { jobId, transactionTime } = receipt
  const latest = now + Duration.toMillis(policy.kickOff.clockSkew)
  const because = whyKept(receipt, watermark, { latest, moveOnErrors: options.moveOnErrors === true })
  const at = new Date(now).toISOString()
  if (because !== undefined) {
    yield* mark.write({ ...rest, kept: { because, transactionTime, at } })
    const where = watermark === undefined ? {} : { at: watermark.transactionTime }
    return yield* emit({ _tag: "WatermarkKept", ...where, because, text: textOf(because, receipt) })
  }
  const path = join(resolve(mark.folder, begun.directory), "receipt.json")
  const bytes = yield* readIfThere(path).pipe(asExportError)
  if (bytes === undefined) return yield* new ExportError({ reason: new FileSystem({ code: "ENOENT", path }) })
  yield* mark.write({
    watermark: {
      transactionTime,
      jobId,
      startedAt: begun.startedAt,
      movedAt: at,
      receiptSha256: createHash("sha256").update(bytes).digest("hex"),
      directory: begun.directory
    }
  })
  const from = watermark === undefined ? {} : { from: watermark.transactionTime }
  return yield* emit({ _tag: "WatermarkMoved", ...from, to: transactionTime })
})

const whyKept = (
  { outcomes, transactionTime }: Receipt,
  watermark: Watermark | undefined,
  { latest, moveOnErrors }: { readonly latest: number; readonly moveOnErrors: boolean }
): KeptBecause | undefined => {
  const at = parseInstant(transactionTime)
  if (at === undefined) return "unreadable"
  if (at > latest) return "future"
  const order = watermark === undefined ? undefined : compareInstants(transactionTime, watermark.transactionTime)
  if (order !== undefined && order < 0) return "older"
  return outcomes.fatal + outcomes.error > 0 && !moveOnErrors ? "outcomes" : undefined
}

const textOf = (because: KeptBecause, { outcomes, transactionTime }: Receipt): string => {
  const errors = outcomes.fatal + outcomes.error
  switch (because) {
    case "outcomes":
      return `The server could not export everything (${errors} ${errors === 1 ? "error" : "errors"}): the next run asks for the same time again, so that nobody's claims are lost.`
    case "older":
      return `The server's transaction time (${transactionTime}) is earlier than that of the last export, and the watermark never goes back.`
    case "future":
      return `The server's transaction time (${transactionTime}) is later than this machine's clock: what changes until then would be lost.`
    case "unreadable":
      return "The server's transaction time is not an instant, and no server would take it as since."
  }
}

const decodeReceipt = Schema.decodeUnknownResult(Schema.fromJsonString(Receipt))

/** The receipt of an earlier run; one that cannot be read is as good as none, since the export writes it again. */
const readReceipt = (directory: string) =>
  readIfThere(join(directory, "receipt.json")).pipe(
    Effect.map((bytes) => {
      const receipt = bytes === undefined ? undefined : decodeReceipt(bytes.toString("utf8"))
      return receipt !== undefined && Result.isSuccess(receipt) ? receipt.success : undefined
    }),
    asExportError
  )
