/**
 * The client for programs that use promises and no Effect. Everything runs on the same code; errors reject with the same classes, whose
 * `reason` is one of a closed list of variants (`reason._tag`), with `message` and `next` to show to a person.
 *
 * For Node: it can write to directories. In a browser use the main entry.
 */
import { Cause, Effect, Exit, Layer, ManagedRuntime, Result, Stream } from "effect"
import type { AttributionStatus } from "./Attribution.ts"
import { BcdaClient } from "./BcdaClient.ts"
import { type AnyCredentials, Credentials, KeyCredentials } from "./Credentials.ts"
import { TargetError } from "./Errors.ts"
import type { ExportEvent } from "./ExportEvent.ts"
import { ExportRequest } from "./ExportRequest.ts"
import type { JobRef } from "./JobRef.ts"
import type { JobState } from "./JobState.ts"
import type { BcdaJobStatus, Job } from "./Jobs.ts"
import type { KickOffOptions } from "./KickOff.ts"
import type { CapabilityStatement } from "./Metadata.ts"
import { exportEvents } from "./node/Export.ts"
import * as NodeTransport from "./node/NodeTransport.ts"
import { exportSinceLastEvents, type SinceLastEvent } from "./node/SinceLast.ts"
import type { PolicyOptions } from "./Policy.ts"
import type { Receipt } from "./Receipt.ts"
import { type ApiVersion, type AuthKind, type Dialect, Target } from "./Target.ts"
import { TypeFilter } from "./TypeFilter.ts"

export * from "./Errors.ts"
export type { AttributionStatus, CapabilityStatement, ExportEvent, Job, JobRef, JobState, PolicyOptions, Receipt }
export { type ApiVersion, type AuthKind, type Dialect, Target, TypeFilter }

/** What to connect to, and as whom. */
export interface ConnectOptions {
  /** `"sandbox"` (CMS's public one), `"production"`, the base URL of another BCDA or FHIR server, or a `Target`. */
  readonly target: Target | "sandbox" | "production" | (string & {})
  /** Default: what the URL says, else `v3`; `fhir` for a server that is no BCDA. Ignored for a `Target`, which has its own. */
  readonly apiVersion?: Dialect | undefined
  /** For a URL: how to get tokens, and who else may see them. Default: BCDA's way, nobody. */
  readonly auth?: AuthKind | undefined
  readonly allowedOrigins?: ReadonlyArray<string> | undefined
  /**
   * A secret, or for SMART Backend Services a private key (a JWK or JWKS, as JSON text or object). May be left out for a target without
   * authentication. Hazard: read them from the environment or a file, never keep them in a program.
   */
  readonly credentials?:
    | { readonly clientId: string; readonly clientSecret: string }
    | { readonly clientId: string; readonly key: string | object; readonly kid?: string | undefined }
    | undefined
  /** Times, numbers and limits; durations as milliseconds or text such as `"90 seconds"`. */
  readonly policy?: PolicyOptions | undefined
}

/** What to export, as plain data; see `ExportRequest` for the meaning of each field. */
export interface RequestOptions {
  /** Default `all`. */
  readonly scope?: ExportRequest["scope"] | undefined
  readonly types?: ReadonlyArray<string> | undefined
  readonly since?: string | undefined
  readonly typeFilter?: ExportRequest["typeFilter"]
  readonly parameters?: ExportRequest["parameters"]
}

/** Any call ends early, with the signal's reason, when its signal aborts; its connections are closed by then. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** Options of `Bcda.export`. */
export interface ExportOptions extends CallOptions {
  /** Made if it is not there. Calling again with the same one continues an export that was not finished. */
  readonly directory: string
  readonly request?: RequestOptions | undefined
  /** Files at a time. Default 5. */
  readonly concurrency?: number | undefined
  /** `decode` (default) saves NDJSON, `keep` the compressed bytes as they came. */
  readonly gzip?: "decode" | "keep" | undefined
  /** `json` (default) parses every line, `bytes` looks at its bytes alone and is several times faster. Hazard: it takes lines that are broken inside. */
  readonly verify?: "json" | "bytes" | undefined
  /** Whether to start a job although an earlier call may have started one, and the server cannot tell (`StartUnknown`). Default false. */
  readonly startAgain?: boolean | undefined
  /** Whether an abort by `signal` also cancels the job, if that still runs; the call then ends up to 10 s later. Default false. */
  readonly cancelOnInterrupt?: boolean | undefined
  /** A job to take instead of starting one: `true` looks for one that runs and exports the same. Default false. */
  readonly adopt?: boolean | JobRef | undefined
  /** Called with everything that happens, in order. The export waits for it if it returns a promise; if it throws, the export ends. */
  readonly onEvent?: ((event: ExportEvent) => void | Promise<void>) | undefined
}

/** Options of `Bcda.exportSinceLast`. */
export interface SinceLastOptions extends Omit<ExportOptions, "adopt" | "directory" | "onEvent" | "request"> {
  /** Holds a directory for each run, and the watermarks. */
  readonly directory: string
  readonly request?: Omit<RequestOptions, "since"> | undefined
  readonly adopt?: boolean | undefined
  /** Where the watermarks are. Default `watermarks` in the directory. */
  readonly watermarks?: string | undefined
  /** Whether to go on from an export that left people out. Default false. Hazard: what was left out is in no later export. */
  readonly moveOnErrors?: boolean | undefined
  /** Whether to export when nothing can be new. Default false. */
  readonly evenIfUnchanged?: boolean | undefined
  readonly onEvent?: ((event: SinceLastEvent) => void | Promise<void>) | undefined
}

/** A connected client. It shares one token among all its calls. */
export interface Bcda extends AsyncDisposable {
  readonly target: Target
  /** From kick-off to receipt. Resolves only when every file is on disk and proven; rejects with `ExportError`. */
  export(options: ExportOptions): Promise<Receipt>
  /**
   * What is new since the last time, or first what an earlier call did not finish. Resolves with `undefined` when nothing was asked for, because
   * nothing can be new; the event `Skipped` says why. Rejects with `ExportError`.
   */
  exportSinceLast(options: SinceLastOptions): Promise<Receipt | undefined>
  /**
   * Starts a job, or with `adopt` takes the one that already runs and exports the same. Rejects with `KickOffError`. Hazard: unlike every
   * other call, each one without `adopt` that succeeds starts another job.
   */
  kickOff(request?: RequestOptions, options?: CallOptions & KickOffOptions): Promise<JobRef>
  /**
   * The job of a kick-off whose answer was lost, started since the instant given (ISO 8601) by this machine's clock. Rejects with `JobsError`.
   */
  findJob(request: RequestOptions, since: string, options?: CallOptions): Promise<JobRef | undefined>
  /** One look at a job, given as a reference or by its id. Rejects with `FollowError`. */
  status(job: JobRef | string, options?: CallOptions): Promise<JobState>
  /** Rejects with `JobsError`. */
  jobs(filter?: { readonly status?: ReadonlyArray<BcdaJobStatus> }, options?: CallOptions): Promise<ReadonlyArray<Job>>
  /** Rejects with `CancelError`. */
  cancel(job: JobRef | string, options?: CallOptions): Promise<void>
  /** Rejects with `AttributionError`. */
  attribution(options?: CallOptions): Promise<AttributionStatus>
  /** Rejects with `MetadataError`. */
  metadata(options?: CallOptions): Promise<CapabilityStatement>
  /** Lets go of everything. Calls that still run should be aborted first. */
  close(): Promise<void>
}

/**
 * Makes a client. Nothing is sent until it is used. Throws `TargetError` for a URL that cannot be a BCDA's.
 *
 * **Example** (Export everything from the sandbox)
 *
 * ```ts
 * import { connect } from "@bcda-kit/core/promise"
 *
 * await using bcda = connect({
 *   target: "sandbox",
 *   credentials: { clientId: process.env.BCDA_CLIENT_ID ?? "", clientSecret: process.env.BCDA_CLIENT_SECRET ?? "" }
 * })
 * const receipt = await bcda.export({ directory: "claims", request: { types: ["Patient"] } })
 * console.log(receipt.totals.lines)
 * ```
 */
export const connect = (options: ConnectOptions): Bcda => {
  const target = targetOf(options)
  const { credentials, policy } = options
  const layer = BcdaClient.layer({
    target,
    credentials: credentials && credentialsOf(credentials),
    policy
  })
  const runtime = ManagedRuntime.make(layer.pipe(Layer.provide(NodeTransport.layer)))

  const run = async <A, E>(effect: Effect.Effect<A, E, BcdaClient>, { signal }: CallOptions = {}): Promise<A> => {
    const exit = await runtime.runPromiseExit(effect, signal === undefined ? {} : { signal })
    if (Exit.isSuccess(exit)) return exit.value
    if (signal?.aborted === true && Cause.hasInterruptsOnly(exit.cause)) throw signal.reason
    throw Cause.squash(exit.cause)
  }

  return {
    target,
    export: (options) => run(exportWith(options), options),
    exportSinceLast: (options) => run(exportSinceLastWith(options), options),
    kickOff: (request, options) =>
      run(
        BcdaClient.use((client) => client.kickOff(requestOf(request), options)),
        options
      ),
    findJob: (request, since, options) =>
      run(
        BcdaClient.use((client) => client.findJob(requestOf(request), since)),
        options
      ),
    status: (job, options) =>
      run(
        BcdaClient.use((client) => client.status(typeof job === "string" ? client.job(job) : job)),
        options
      ),
    jobs: (filter, options) =>
      run(
        BcdaClient.use((client) => client.jobs(filter)),
        options
      ),
    cancel: (job, options) =>
      run(
        BcdaClient.use((client) => client.cancel(job)),
        options
      ),
    attribution: (options) =>
      run(
        BcdaClient.use((client) => client.attribution),
        options
      ),
    metadata: (options) =>
      run(
        BcdaClient.use((client) => client.metadata),
        options
      ),
    close: () => runtime.dispose(),
    [Symbol.asyncDispose]: () => runtime.dispose()
  }
}

const targetOf = ({ target, apiVersion, auth, allowedOrigins }: ConnectOptions): Target => {
  if (typeof target !== "string") return target
  if (target === "sandbox" || target === "production") {
    if (apiVersion === "fhir")
      throw new TargetError({ detail: `${target} is a BCDA, and its API versions are v1, v2 and v3` })
    return target === "sandbox" ? Target.sandbox(apiVersion) : Target.production(apiVersion)
  }
  const parsed = Target.fromUrl(target, { apiVersion, auth, allowedOrigins })
  if (Result.isFailure(parsed)) throw parsed.failure
  return parsed.success
}

const credentialsOf = (given: NonNullable<ConnectOptions["credentials"]>): AnyCredentials =>
  "key" in given
    ? KeyCredentials.of(given.clientId, given.key, { kid: given.kid })
    : Credentials.of(given.clientId, given.clientSecret)

const requestOf = ({ scope = "all", types, since, typeFilter, parameters }: RequestOptions = {}): ExportRequest =>
  new ExportRequest({ scope, types, since, typeFilter, parameters })

const exportWith = Effect.fnUntraced(function* ({ request, onEvent, ...options }: ExportOptions) {
  const events = exportEvents({ ...options, request: requestOf(request) })
  let receipt: Receipt | undefined
  yield* Stream.runForEach(events, (event) => {
    if (event._tag === "Finished") receipt = event.receipt
    return onEvent === undefined ? Effect.void : Effect.promise(async () => onEvent(event))
  })
  return receipt ?? (yield* Effect.die("an export ended without its last event"))
})

const exportSinceLastWith = Effect.fnUntraced(function* ({ request, onEvent, ...options }: SinceLastOptions) {
  let receipt: Receipt | undefined
  yield* Stream.runForEach(exportSinceLastEvents({ ...options, request: requestOf(request) }), (event) => {
    if (event._tag === "Finished") receipt = event.receipt
    return onEvent === undefined ? Effect.void : Effect.promise(async () => onEvent(event))
  })
  return receipt
})
