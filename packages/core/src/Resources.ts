/**
 * The resources of an export as a stream, straight from the wire: one line after the other, in constant memory, nothing on disk.
 *
 * A line is handed out once it is proven by itself: UTF-8, one JSON object of the promised type. Whether its *file* is whole is only known at
 * the file's end, by its length, its gzip checksum and its last line. So a stream that ends without an error is the proof of all that it gave;
 * of one that fails, the lines of the files that `FileDone` has named are good, and those of the file that failed may be part of a damaged one.
 * Whoever cannot bear that keeps what comes aside until the end, or exports into a directory.
 */
import { Effect, Queue, Schema, Stream } from "effect"
import { BcdaClient } from "./BcdaClient.ts"
import { ExportError, SchemaMismatch } from "./Errors.ts"
import type { ExportEvent } from "./ExportEvent.ts"
import { downloadAll, type Emit } from "./internal/downloads.ts"
import { engineOf } from "./internal/engine.ts"
import { asExportError } from "./internal/exportErrors.ts"
import { type PlannedFile, planFiles } from "./internal/filePlan.ts"
import type { Verify } from "./internal/lineCheck.ts"
import { type Line, type LineForm, makeLinePlace } from "./internal/linePlace.ts"
import type { Place } from "./internal/place.ts"
import { fetchAll, type RunOptions, runExport } from "./internal/runExport.ts"
import { whereIn } from "./internal/schemaIssues.ts"
import * as telemetry from "./internal/telemetry.ts"
import type { Manifest, ManifestFile } from "./Manifest.ts"
import type { Receipt } from "./Receipt.ts"

/** A file of an export: which list of the manifest it is in, its type and URL there, and `path`, what events, errors and receipts call it. */
export type ResourceFile = PlannedFile

/** One line of a file of an export. */
export interface Resource<A> {
  /** One and the same object for all lines of a file. */
  readonly file: ResourceFile
  /** Counts from 1. */
  readonly line: number
  /** The line, as `decode` says. */
  readonly value: A
}

/** A resource as its JSON says: of its type that is certain, and nothing else has been looked at. */
export interface LooseResource {
  readonly resourceType: string
  readonly [key: string]: unknown
}

/**
 * What becomes of a line. `"json"` (default) parses it. `"line"` is its text, and `"bytes"` are its bytes, both exactly as the server wrote them
 * but without the line feed. A Schema decodes what it parses to; a line that does not fit ends the stream with `SchemaMismatch`.
 */
export type Decode = "bytes" | "json" | "line" | Schema.Constraint

/** What a `Decode` makes of a line. */
export type Decoded<D> = D extends "line"
  ? string
  : D extends "bytes"
    ? Uint8Array
    : D extends { readonly Type: infer A }
      ? A
      : LooseResource

/** What a Schema needs to decode with. */
export type DecodingServices<D> = D extends { readonly DecodingServices: infer R } ? R : never

/** How resources are read. */
export interface ReadOptions<D extends Decode = Decode> {
  /** What each line is made into. Default `"json"`. */
  readonly decode?: D | undefined
  /**
   * How lines are checked that are handed out as text or bytes: parsed (`json`, default), or by a look at their bytes (`bytes`). Lines that are
   * decoded are parsed in any case.
   */
  readonly verify?: Verify | undefined
  /**
   * Told what happens, as in an export into a directory; the last event is `Finished` with the receipt, when the last resource has been taken
   * and every file was whole. The others may be a block of lines ahead of the resources. The download waits for it.
   */
  readonly onEvent?: ((event: ExportEvent) => Effect.Effect<void>) | undefined
}

/** Which lists of a manifest are read. */
export interface SectionOptions {
  /**
   * The lists whose lines are handed out. Default `["output"]`. The files of `error` are read in any case, first, for the receipt's `outcomes` and
   * the events `OutcomesRead`. Hazard: a server that is no BCDA may list `deleted` files, whose Bundles say what is no longer true.
   */
  readonly sections?: ReadonlyArray<ResourceFile["section"]> | undefined
}

/** What to export as a stream. Files come one after the other. */
export interface ResourcesOptions<D extends Decode = Decode>
  extends Omit<RunOptions, "concurrency" | "startAgain" | "verify">,
    ReadOptions<D>,
    SectionOptions {}

/** Options of `resourcesOf`. */
export interface ManifestOptions<D extends Decode = Decode> extends ReadOptions<D>, SectionOptions {
  /** When the server will drop the files, ISO 8601. */
  readonly expires?: string | undefined
}

/** Options of `resourcesOfFile`. */
export interface FileOptions<D extends Decode = Decode> extends ReadOptions<D> {
  /** Default true, as manifests of BCDA say; see `OpenOptions`. */
  readonly requiresAccessToken?: boolean | undefined
}

/**
 * Exports and hands out the resources: kick-off (or a job taken by `adopt`), poll, and each file of the manifest in its order.
 *
 * A connection that breaks or stalls is gone on with, by `Range` where the server vouches for the rest; otherwise the file is read again, what
 * was handed out is compared by its digest and left out, and the stream goes on at the next line: none is repeated and none lost. If the file
 * is no longer the same, it fails with `FileChanged`. Nothing is remembered: to go on in another process, `adopt` the job again.
 *
 * What a slow consumer does not take stays on the wire. Memory holds two blocks of lines (256 KiB each as text), whatever the files have.
 * Hazard: BCDA ends every connection after a quarter of an hour, so that slow consumers see many pieces.
 *
 * **Example** (Count claims by their status)
 *
 * ```ts
 * import { BcdaClient, ExportRequest, resources } from "@bcda-kit/core"
 * import { Effect, Stream } from "effect"
 *
 * const counts = new Map<unknown, number>()
 * const program = resources({ request: new ExportRequest({ scope: "all", types: ["ExplanationOfBenefit"] }) }).pipe(
 *   Stream.runForEach(({ value }) => Effect.sync(() => counts.set(value["status"], (counts.get(value["status"]) ?? 0) + 1)))
 * )
 * ```
 */
export function resources<const D extends Decode = "json">(
  options: ResourcesOptions<D>
): Stream.Stream<Resource<Decoded<D>>, ExportError, BcdaClient | DecodingServices<D>>
export function resources(options: ResourcesOptions): Stream.Stream<Resource<unknown>, ExportError, unknown> {
  return reading(options, (place, emit) =>
    runExport({ ...options, verify: verifyOf(options) }, place, emit).pipe(
      Effect.withSpan("resources"),
      telemetry.exported
    )
  )
}

/**
 * The resources of a job whose manifest is known: that of `JobState`'s `Completed`, or one that was kept. Everything as with `resources`, but that
 * the manifest is taken as it is: it is not compared with a request, and not asked for again.
 */
export function resourcesOf<const D extends Decode = "json">(
  manifest: Manifest,
  options?: ManifestOptions<D>
): Stream.Stream<Resource<Decoded<D>>, ExportError, BcdaClient | DecodingServices<D>>
export function resourcesOf(
  manifest: Manifest,
  options: ManifestOptions = {}
): Stream.Stream<Resource<unknown>, ExportError, unknown> {
  const { expires } = options
  return reading(options, (place, emit) =>
    fetchAll({ verify: verifyOf(options) }, place, undefined, { manifest, bytes: new Uint8Array(0), expires }, emit)
  )
}

/** The resources of one file, by its type and URL. Its last event is `FileDone`, with its part of the receipt; there is no `Finished`. */
export function resourcesOfFile<const D extends Decode = "json">(
  file: ManifestFile,
  options?: FileOptions<D>
): Stream.Stream<Resource<Decoded<D>>, ExportError, BcdaClient | DecodingServices<D>>
export function resourcesOfFile(
  file: ManifestFile,
  options: FileOptions = {}
): Stream.Stream<Resource<unknown>, ExportError, unknown> {
  const { requiresAccessToken = true } = options
  return reading(
    options,
    Effect.fnUntraced(function* (place, emit) {
      const { policy } = yield* BcdaClient
      const alone = { output: [file], error: [], deleted: [] }
      const missing = yield* Effect.fromResult(planFiles(alone, policy.limits.files)).pipe(asExportError)
      const verify = verifyOf(options)
      const how = { place, missing, concurrency: 1, verify, requiresAccessToken, expires: undefined, emit }
      const { failures } = yield* downloadAll(how)
      yield* Effect.forEach(failures, Effect.fail)
      return undefined
    })
  )
}

/**
 * Runs an effect with every resource of an export, one after the other, and gives the receipt: only if every file was whole and every effect
 * succeeded.
 */
export const forEachResource = <const D extends Decode = "json", X = unknown, E = never, R = never>(
  options: ResourcesOptions<D>,
  use: (resource: Resource<Decoded<D>>) => Effect.Effect<X, E, R>
): Effect.Effect<Receipt, ExportError | E, BcdaClient | DecodingServices<D> | R> =>
  Effect.suspend(() => {
    let receipt: Receipt | undefined
    const onEvent = (event: ExportEvent) => {
      if (event._tag === "Finished") receipt = event.receipt
      return options.onEvent?.(event) ?? Effect.void
    }
    return resources({ ...options, onEvent }).pipe(
      Stream.runForEach(use),
      Effect.andThen(
        Effect.suspend(() =>
          receipt === undefined ? Effect.die("a stream ended without a receipt") : Effect.succeed(receipt)
        )
      )
    )
  })

/** How lines are checked: what is decoded has been parsed, whatever was asked for. */
const verifyOf = ({ decode, verify = "json" }: ReadOptions): Verify =>
  decode === "bytes" || decode === "line" ? verify : "json"

/** The lines that `run` hands out, decoded; and after the last one, its receipt. */
const reading = (
  { decode = "json", onEvent = () => Effect.void, sections = ["output"] }: ReadOptions & SectionOptions,
  run: (place: Place, emit: Emit) => Effect.Effect<Receipt | undefined, ExportError, BcdaClient>
): Stream.Stream<Resource<unknown>, ExportError, unknown> =>
  Stream.suspend(() => {
    let receipt: Receipt | undefined
    const form: LineForm = typeof decode === "string" ? decode : "json"
    const lines = Stream.callback<ReadonlyArray<Line>, ExportError, BcdaClient>(
      Effect.fnUntraced(function* (queue) {
        const { [engineOf]: engine } = yield* BcdaClient
        const place = makeLinePlace({ engine, form, sections, take: (lines) => Queue.offer(queue, lines) })
        receipt = yield* run(place, onEvent)
        yield* Queue.end(queue)
      }),
      { bufferSize: 1, strategy: "suspend" }
    ).pipe(Stream.flattenIterable)
    const finished = Stream.fromEffectDrain(
      Effect.suspend(() => (receipt === undefined ? Effect.void : onEvent({ _tag: "Finished", receipt })))
    )
    return Stream.concat(typeof decode === "string" ? lines : Stream.mapEffect(lines, decoding(decode)), finished)
  })

/** Decodes what a line parses to. The error says where a value does not fit, and never what it is. */
const decoding = (schema: Schema.Constraint) => {
  const decode = Schema.decodeUnknownEffect(schema)
  return ({ file, line, value }: Line): Effect.Effect<Line, ExportError, unknown> =>
    decode(value).pipe(
      Effect.map((decoded) => ({ file, line, value: decoded })),
      Effect.mapError(({ issue }) => {
        const reason = new SchemaMismatch({ file: file.path, line, detail: whereIn(issue) })
        return new ExportError({ reason })
      })
    )
}
