/** Resources of an export one by one, straight from the wire and in constant memory. */
import type { ExportEvent } from "../ExportEvent.ts"
import type * as Core from "../Resources.ts"
import type { CallOptions, ExportEventsOptions } from "./Options.ts"

/**
 * What says whether a resource is as it should be, and what becomes of it: a schema of zod, valibot, arktype or any other library that implements
 * Standard Schema, version 1 (https://standardschema.dev). One of Effect's does with `Schema.toStandardSchemaV1`.
 */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    /** Never there when the program runs: it tells the compiler what comes out. */
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

/** What a validator says. Texts of issues are shown nowhere here, since they may hold what they are about. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: ReadonlyArray<{
        readonly message: string
        readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined
      }>
    }

/**
 * What becomes of a line. `"json"` (default) parses it. `"line"` is its text, and `"bytes"` are its bytes, both exactly as the server wrote them
 * but without the line feed. A schema validates what it parses to; a line that does not fit ends the loop with an `ExportError` whose reason is
 * `SchemaMismatch`.
 */
export type Decode = "bytes" | "json" | "line" | StandardSchema

/** What a `Decode` makes of a line. */
export type Decoded<D> = D extends "line"
  ? string
  : D extends "bytes"
    ? Uint8Array
    : D extends StandardSchema
      ? NonNullable<D["~standard"]["types"]>["output"]
      : Core.LooseResource

/** One line of a file of an export. */
export interface Resource<A> {
  /** The line, as `decode` says. */
  readonly resource: A
  /** One and the same object for all lines of a file. */
  readonly file: Core.ResourceFile
  /** Counts from 1. */
  readonly line: number
}

/** How resources are read. */
export interface ReadOptions<D extends Decode = Decode>
  extends Omit<Core.ReadOptions, "decode" | "onEvent">,
    CallOptions {
  /** What each line is made into. Default `"json"`. */
  readonly decode?: D | undefined
  /**
   * Told what happens, as in an export into a directory; the last event is `Finished` with the receipt, after the body of the loop has run for the
   * last resource and every file was whole. The download waits for it if it returns a promise; if it throws, reading ends.
   */
  readonly onEvent?: ((event: ExportEvent) => void | Promise<void>) | undefined
}

/** What to export as single resources. Files come one after the other. */
export interface ResourcesOptions<D extends Decode = Decode>
  extends Omit<Core.ResourcesOptions, "adopt" | "cancelOnInterrupt" | "decode" | "onEvent" | "request">,
    Pick<ExportEventsOptions, "adopt" | "cancelOnInterrupt" | "request">,
    ReadOptions<D> {}

/** Options of `Bcda.resourcesOf`. */
export interface ManifestOptions<D extends Decode = Decode>
  extends Omit<Core.ManifestOptions, "decode" | "onEvent">,
    ReadOptions<D> {}

/** Options of `Bcda.resourcesOfFile`. */
export interface FileOptions<D extends Decode = Decode>
  extends Omit<Core.FileOptions, "decode" | "onEvent">,
    ReadOptions<D> {}
