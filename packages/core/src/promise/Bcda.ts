/** What a connected client can do. */
import type { AttributionStatus } from "../Attribution.ts"
import type { FileResponse } from "../Download.ts"
import type { ExportEvent } from "../ExportEvent.ts"
import type { JobState } from "../JobState.ts"
import type { BcdaJobStatus, Job } from "../Jobs.ts"
import type { Manifest, ManifestFile } from "../Manifest.ts"
import type { CapabilityStatement } from "../Metadata.ts"
import type { Saved } from "../node/SaveFile.ts"
import type { SinceLastEvent } from "../node/SinceLast.ts"
import type { Receipt } from "../Receipt.ts"
import type {
  CallOptions,
  ExportEventsOptions,
  ExportOptions,
  JobRef,
  KickOffOptions,
  OpenOptions,
  RequestOptions,
  SaveOptions,
  SinceLastEventsOptions,
  SinceLastOptions
} from "./Options.ts"
import type { Policy } from "./Policy.ts"
import type { Decode, Decoded, FileOptions, ManifestOptions, Resource, ResourcesOptions } from "./Resources.ts"
import type { SinkExportOptions } from "./Sinks.ts"
import type { Target } from "./Target.ts"

/**
 * A connected client. It shares one token among all its calls.
 *
 * What gives an async iterator starts when it is first asked for something, waits for a slow reader, and ends when the loop is left: by then its
 * connections are closed and its files are safe. An iterator that is neither read to its end nor left keeps them open; `close` ends it too.
 */
export interface Bcda extends AsyncDisposable {
  /** The server, as it was understood. */
  readonly target: Target
  /** The times, numbers and limits in use; times in milliseconds. */
  readonly policy: Policy
  /** The client id that its tokens are for, if it has one: who exports. */
  readonly clientId: string | undefined
  /** From kick-off to receipt. Resolves only when every file is on disk and proven; rejects with `ExportError`. */
  export(options: ExportOptions): Promise<Receipt>
  /**
   * The same as an iterator of what happens, whose last event is `Finished` with the receipt. Leaving the loop interrupts the export, and the same
   * call carries on from there.
   *
   * **Example** (Show progress)
   *
   * ```ts
   * import { connect } from "@bcda-kit/core/promise"
   *
   * await using bcda = connect({ target: "sandbox" })
   * for await (const event of bcda.exportEvents({ directory: "claims" })) {
   *   if (event._tag === "FileDone") console.log(event.file.path, event.file.lines)
   * }
   * ```
   */
  exportEvents(options: ExportEventsOptions): AsyncGenerator<ExportEvent, void, undefined>
  /**
   * Exports into a sink, such as an object store or a database. Resolves with the receipt, only when every file that the sink wants is committed
   * and proven; rejects with `ExportError`. A sink keeps no journal: remember the job that the event `KickedOff` tells of, and `adopt` it to go on.
   */
  exportToSink(options: SinkExportOptions): Promise<Receipt>
  /**
   * What is new since the last time, or first what an earlier call did not finish. Resolves with `undefined` when nothing was asked for, because
   * nothing can be new; the event `Skipped` says why. Rejects with `ExportError`.
   */
  exportSinceLast(options: SinceLastOptions): Promise<Receipt | undefined>
  /** The same as an iterator of what happens, whose last event is `Finished` or `Skipped`. */
  exportSinceLastEvents(options: SinceLastEventsOptions): AsyncGenerator<SinceLastEvent, void, undefined>
  /**
   * Exports and hands out the resources one by one, straight from the wire and in constant memory: nothing is written to disk. A line is proven by
   * itself when it comes, its file only at its end: a loop that ends without an error is the proof of all that it gave. After an error the lines of
   * the files that `FileDone` has named are good. A connection that breaks is gone on with at the next line. Throws `ExportError`. To go on with
   * the same job after the loop was left, or in another process, use `adopt`.
   *
   * **Example** (Count people by the year they were born in, with a schema)
   *
   * ```ts
   * import { connect, type StandardSchema } from "@bcda-kit/core/promise"
   *
   * declare const Person: StandardSchema<{ readonly birthDate: string }> // z.object({ birthDate: z.string() })
   * const people = new Map<string, number>()
   * await using bcda = connect({ target: "sandbox" })
   * for await (const { resource } of bcda.resources({ request: { types: ["Patient"] }, decode: Person })) {
   *   const year = resource.birthDate.slice(0, 4)
   *   people.set(year, (people.get(year) ?? 0) + 1)
   * }
   * ```
   */
  resources<const D extends Decode = "json">(
    options: ResourcesOptions<D>
  ): AsyncGenerator<Resource<Decoded<D>>, void, undefined>
  /** The resources of a manifest that is known, such as that of a `Completed` job. It is taken as it is. Throws `ExportError`. */
  resourcesOf<const D extends Decode = "json">(
    manifest: Manifest,
    options?: ManifestOptions<D>
  ): AsyncGenerator<Resource<Decoded<D>>, void, undefined>
  /** The resources of one file of a manifest. Throws `ExportError`. */
  resourcesOfFile<const D extends Decode = "json">(
    file: ManifestFile,
    options?: FileOptions<D>
  ): AsyncGenerator<Resource<Decoded<D>>, void, undefined>
  /**
   * Calls a function with every resource of an export, one after the other, and waits for what it returns. Resolves with the receipt, only if every
   * file was whole and every call succeeded. Rejects with `ExportError`, or with what the function threw.
   */
  forEachResource<const D extends Decode = "json">(
    options: ResourcesOptions<D>,
    use: (resource: Resource<Decoded<D>>) => void | Promise<void>
  ): Promise<Receipt>
  /**
   * Starts a job, or with `adopt` takes the one that already runs and exports the same. Rejects with `KickOffError`. Hazard: unlike every
   * other call, each one without `adopt` that succeeds starts another job.
   */
  kickOff(request?: RequestOptions, options?: KickOffOptions): Promise<JobRef>
  /**
   * The job of a kick-off whose answer was lost, started since the instant given (ISO 8601) by this machine's clock. Rejects with `JobsError`.
   */
  findJob(request: RequestOptions, since: string, options?: CallOptions): Promise<JobRef | undefined>
  /** A reference to a job known by its id, or by the URL of its status; the latter is the only way on a server that is no BCDA. Sends nothing. */
  job(id: string): JobRef
  /** One look at a job, given as a reference or by its id. Rejects with `FollowError`. */
  status(job: JobRef | string, options?: CallOptions): Promise<JobState>
  /** Looks at a job until it is done, one state for each look; the last is `Completed`. Throws `FollowError`. */
  follow(job: JobRef | string, options?: CallOptions): AsyncGenerator<JobState, void, undefined>
  /**
   * Opens a file of a manifest. Rejects with `DownloadError`, and so does its body. Read the body to its end or `close` the file, or its connection
   * stays open as long as the client.
   */
  open(url: string, options?: OpenOptions): Promise<OpenFile>
  /** Fetches one file of a manifest and proves it; goes on with what is there of it. Exports do that for all files. Rejects with `DownloadError`. */
  saveFile(options: SaveOptions): Promise<Saved>
  /** Of all API versions, in no order; empty when there are none. Rejects with `JobsError`. */
  jobs(
    filter?: { readonly status?: ReadonlyArray<BcdaJobStatus> | undefined },
    options?: CallOptions
  ): Promise<ReadonlyArray<Job>>
  /** Cancels a job that is pending or in progress. Rejects with `CancelError`. Hazard: BCDA can lose a cancel that comes right after the start. */
  cancel(job: JobRef | string, options?: CallOptions): Promise<void>
  /** When members and claims last arrived: what `Calendar` goes by. Rejects with `AttributionError`. */
  attribution(options?: CallOptions): Promise<AttributionStatus>
  /** What the server says it can do. No token is sent. Rejects with `MetadataError`. */
  metadata(options?: CallOptions): Promise<CapabilityStatement>
  /** The token in use, for requests of your own: minted at the first need, shared, renewed early. Rejects with `TokenError`. */
  token(options?: CallOptions): Promise<Token>
  /** Ends everything that still runs, with an `AbortError`, and lets go of everything. */
  close(): Promise<void>
}

/** A file that has begun to arrive. Its bytes are read once, as `body` or by iterating over the file itself. */
export interface OpenFile extends Omit<FileResponse, "body">, AsyncIterable<Uint8Array>, AsyncDisposable {
  /**
   * The bytes as they travelled: see `contentEncoding`. Nothing is read ahead of who reads it but a block. Errors with `DownloadError`
   * when the connection ends early (`CutShort`) or is silent for too long (`Stalled`); it never just ends there.
   */
  readonly body: ReadableStream<Uint8Array>
  /** Closes the connection. Not needed for a body that was read to its end. */
  close(): Promise<void>
}

/** A bearer token. It shows neither in `console.log` nor in JSON. */
export interface Token {
  /** The token itself. Hazard: whoever has it can read every claim of the organization until it expires. */
  readonly value: string
  /** Its life as the server gave it, counted from when it was minted. */
  readonly expiresInSeconds: number
}
