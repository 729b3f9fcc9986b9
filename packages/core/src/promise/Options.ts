/** What the calls of a client take. Fields that say nothing here are those of the entry with effects, and mean the same. */
import type { OpenOptions as CoreOpenOptions } from "../Download.ts"
import type { ExportEvent } from "../ExportEvent.ts"
import type { ExportRequest } from "../ExportRequest.ts"
import type { JobRef as CoreJobRef } from "../JobRef.ts"
import type { KickOffOptions as CoreKickOffOptions } from "../KickOff.ts"
import type { ExportOptions as CoreExportOptions } from "../node/Export.ts"
import type { SaveOptions as CoreSaveOptions } from "../node/SaveFile.ts"
import type { SinceLastOptions as CoreSinceLastOptions, SinceLastEvent } from "../node/SinceLast.ts"
import type { DownloadError } from "./Errors.ts"
import type { PolicyOptions } from "./Policy.ts"
import type { Target, TargetOptions } from "./Target.ts"

type JobData = (typeof CoreJobRef)["Encoded"]

/** An export job on the server, as plain data: it can be stored as JSON and followed, downloaded or cancelled by another process. */
export interface JobRef extends JobData {}

/**
 * A client id with its secret, or with the private key that proves it (SMART Backend Services): a JWK or JWKS, as JSON text or object, or PKCS#8
 * PEM with the `kid` under which the server knows it.
 */
export type AnyClientCredentials =
  | { readonly clientId: string; readonly clientSecret: string }
  | { readonly clientId: string; readonly key: string | object; readonly kid?: string | undefined }

/** What to connect to, and as whom. Options of a target go with a URL; `"sandbox"` and `"production"` take `apiVersion` only. */
export interface ConnectOptions extends TargetOptions {
  /** `"sandbox"` (CMS's public one), `"production"`, the base URL of another BCDA or FHIR server, or what `makeTarget` made. */
  readonly target: Target | "sandbox" | "production" | (string & {})
  /**
   * May be left out for a target without authentication. Hazard: read them from the environment or a file, never keep them in a program.
   */
  readonly credentials?: AnyClientCredentials | undefined
  /** Times, numbers and limits; times as milliseconds or text such as `"90 seconds"`. */
  readonly policy?: PolicyOptions | undefined
  /**
   * How requests are sent. Default: `nodeFetch`, which leaves compressed bytes as they travelled. Another one, such as a test's or that of a
   * proxy, is taken to inflate them, as the standard's does; then `gzip: "keep"` keeps nothing compressed.
   */
  readonly fetch?: typeof globalThis.fetch | undefined
  /**
   * Sends spans and metrics to the collector that these variables of OpenTelemetry name, such as `process.env` with its
   * `OTEL_EXPORTER_OTLP_ENDPOINT`; see `layer` of `@bcda-kit/core/telemetry`. Default: none, and nothing of it is loaded. What is left is sent by
   * `close`.
   */
  readonly telemetry?: Readonly<Record<string, string | undefined>> | undefined
}

/** What to export, as plain data; see `ExportRequest` for the meaning of each field. */
export interface RequestOptions {
  /** Default `all`. */
  readonly scope?: ExportRequest["scope"] | undefined
  /** Resource types. Default: all that the server gives. */
  readonly types?: ReadonlyArray<string> | undefined
  /** Only what changed after this FHIR instant: the `transactionTime` of an earlier receipt. Default: everything. */
  readonly since?: string | undefined
  /** One search, v3 only; `TypeFilter.write` makes it. Default: settled claims. */
  readonly typeFilter?: ExportRequest["typeFilter"]
  /** What else another server than BCDA knows, by name. */
  readonly parameters?: ExportRequest["parameters"]
}

/**
 * Any call ends early, with the signal's reason, when its signal aborts; its connections are closed by then. One that has aborted before lets
 * nothing be sent.
 */
export interface CallOptions {
  /** Ends the call with its reason. One that has aborted before lets nothing be sent. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `Bcda.kickOff`. */
export interface KickOffOptions extends CoreKickOffOptions, CallOptions {}

/** Options of `Bcda.open`. The signal ends the body too. */
export interface OpenOptions extends CoreOpenOptions, CallOptions {}

interface Interruptible {
  /**
   * Whether an early end (a signal, leaving the loop over events) also cancels the job, if that still runs; the call then ends up to 10 s
   * later. A function is asked when the moment has come. Default false.
   */
  readonly cancelOnInterrupt?: boolean | (() => boolean | Promise<boolean>) | undefined
}

/** Options of `Bcda.exportEvents`. */
export interface ExportEventsOptions
  extends Omit<CoreExportOptions, "request" | "cancelOnInterrupt" | "adopt">,
    Interruptible,
    CallOptions {
  /** Default: everything that the server has for everybody. */
  readonly request?: RequestOptions | undefined
  /** A job to take instead of starting one: `true` looks for one that runs and exports the same. Default false. */
  readonly adopt?: boolean | JobRef | undefined
}

/** Options of `Bcda.export`. */
export interface ExportOptions extends ExportEventsOptions {
  /** Called with everything that happens, in order. The export waits for it if it returns a promise; if it throws, the export ends. */
  readonly onEvent?: ((event: ExportEvent) => void | Promise<void>) | undefined
}

/** Options of `Bcda.exportSinceLastEvents`. */
export interface SinceLastEventsOptions
  extends Omit<CoreSinceLastOptions, "request" | "cancelOnInterrupt">,
    Interruptible,
    CallOptions {
  /** Without `since`, which is the watermark's to give. */
  readonly request?: Omit<RequestOptions, "since"> | undefined
}

/** Options of `Bcda.exportSinceLast`. */
export interface SinceLastOptions extends SinceLastEventsOptions {
  readonly onEvent?: ((event: SinceLastEvent) => void | Promise<void>) | undefined
}

/** Options of `Bcda.saveFile`. */
export interface SaveOptions extends Omit<CoreSaveOptions, "onProgress" | "onRetry">, CallOptions {
  /** Called after every block; both counts are of the copy so far, `bytes` uncompressed. */
  readonly onProgress?: ((bytes: number, wireBytes: number) => void | Promise<void>) | undefined
  /** Called before every repetition, with the number of the attempt to come. */
  readonly onRetry?: ((error: DownloadError, attempt: number) => void | Promise<void>) | undefined
}
