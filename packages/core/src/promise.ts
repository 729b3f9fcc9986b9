/**
 * The client for programs that use promises and no Effect. Everything runs on the same code; errors reject with the same classes, whose
 * `reason` is one of a closed list of variants (`reason._tag`), with `message` and `next` to show to a person.
 *
 * For Node: it can write to directories. In a browser use the main entry.
 */
import { Cause, Effect, Exit, Layer, ManagedRuntime, Result, Stream } from "effect"
import type { AttributionStatus } from "./Attribution.ts"
import { BcdaClient } from "./BcdaClient.ts"
import { Credentials } from "./Credentials.ts"
import type { ExportEvent } from "./ExportEvent.ts"
import { ExportRequest } from "./ExportRequest.ts"
import type { JobRef } from "./JobRef.ts"
import type { JobState } from "./JobState.ts"
import type { BcdaJobStatus, Job } from "./Jobs.ts"
import type { CapabilityStatement } from "./Metadata.ts"
import { exportEvents } from "./node/Export.ts"
import * as NodeTransport from "./node/NodeTransport.ts"
import type { PolicyOptions } from "./Policy.ts"
import type { Receipt } from "./Receipt.ts"
import { type ApiVersion, Target } from "./Target.ts"

export * from "./Errors.ts"
export type { AttributionStatus, CapabilityStatement, ExportEvent, Job, JobRef, JobState, PolicyOptions, Receipt }
export { type ApiVersion, Target }

/** What to connect to, and as whom. */
export interface ConnectOptions {
  /** `"sandbox"` (CMS's public one), `"production"`, the base URL of another BCDA, or a `Target`. */
  readonly target: Target | "sandbox" | "production" | (string & {})
  /** Default: what the URL says, else `v3`. Ignored for a `Target`, which has its own. */
  readonly apiVersion?: ApiVersion | undefined
  /** May be left out for a target without authentication. Hazard: read the secret from the environment, never keep it in a program. */
  readonly credentials?: { readonly clientId: string; readonly clientSecret: string } | undefined
  /** Times, numbers and limits; durations as milliseconds or text such as `"90 seconds"`. */
  readonly policy?: PolicyOptions | undefined
}

/** What to export, as plain data; see `ExportRequest` for the meaning of each field. */
export interface RequestOptions {
  /** Default `all`. */
  readonly scope?: ExportRequest["scope"] | undefined
  readonly types?: ReadonlyArray<string> | undefined
  readonly since?: string | undefined
  readonly typeFilter?: string | undefined
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
  /** Called with everything that happens, in order. The export waits for it if it returns a promise; if it throws, the export ends. */
  readonly onEvent?: ((event: ExportEvent) => void | Promise<void>) | undefined
}

/** A connected client. It shares one token among all its calls. */
export interface Bcda extends AsyncDisposable {
  readonly target: Target
  /** From kick-off to receipt. Resolves only when every file is on disk and proven; rejects with `ExportError`. */
  export(options: ExportOptions): Promise<Receipt>
  /** Starts a job. Rejects with `KickOffError`. Hazard: unlike every other call, each one that succeeds starts another job. */
  kickOff(request?: RequestOptions, options?: CallOptions): Promise<JobRef>
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
    credentials: credentials && Credentials.of(credentials.clientId, credentials.clientSecret),
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
    kickOff: (request, options) =>
      run(
        BcdaClient.use((client) => client.kickOff(requestOf(request))),
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

const targetOf = ({ target, apiVersion }: ConnectOptions): Target => {
  if (typeof target !== "string") return target
  if (target === "sandbox") return Target.sandbox(apiVersion)
  if (target === "production") return Target.production(apiVersion)
  const parsed = Target.fromUrl(target, { apiVersion })
  if (Result.isFailure(parsed)) throw parsed.failure
  return parsed.success
}

const requestOf = ({ scope = "all", types, since, typeFilter }: RequestOptions = {}): ExportRequest =>
  new ExportRequest({ scope, types, since, typeFilter })

const exportWith = Effect.fnUntraced(function* ({ directory, request, concurrency, gzip, onEvent }: ExportOptions) {
  const events = exportEvents({ directory, request: requestOf(request), concurrency, gzip })
  let receipt: Receipt | undefined
  yield* Stream.runForEach(events, (event) => {
    if (event._tag === "Finished") receipt = event.receipt
    return onEvent === undefined ? Effect.void : Effect.promise(async () => onEvent(event))
  })
  return receipt ?? (yield* Effect.die("an export ended without its last event"))
})
