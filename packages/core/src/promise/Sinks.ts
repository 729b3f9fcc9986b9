/** Where the files of an export go, if not into a directory: an object store, a database, a pipe. */

import type { SinkExportOptions as CoreOptions } from "../ExportToSink.ts"
import type * as WritableSink from "../node/WritableSink.ts"
import type { Receipt } from "../Receipt.ts"
import type { SinkFile, SinkProof } from "../Sink.ts"
import { type BuiltSink, memory as builtMemory, writable as builtWritable } from "./internal/Sinks.ts"
import type { CallOptions, ExportOptions } from "./Options.ts"

export type { SinkFile, SinkProof } from "../Sink.ts"
export type { BuiltSink } from "./internal/Sinks.ts"

/** One file of a sink, while it is written. One call at a time, and the download waits for each. */
export interface SinkWriter {
  /**
   * Takes whole lines with their line ends, in pieces whose bytes follow each other; the last line of a file may have no line end. The bytes are
   * the sink's to keep.
   */
  write(pieces: ReadonlyArray<Uint8Array>): void | Promise<void>
  /**
   * The file is whole, and this is its proof. When this resolves, the file must be where it belongs for good, under its name, and before that it
   * must not be there at all. It is not interrupted: give it a limit of time.
   */
  commit(proof: SinkProof): void | Promise<void>
  /** What was written is void: a connection broke, the file was not what it must be, or the export ended. Nothing of it may be left. */
  abort?(): void | Promise<void>
}

/**
 * A sink is told of each file, takes its lines as they are proven, and is told at its end that it is whole. When one of its functions throws, the
 * export ends with an `ExportError` whose reason is `SinkFailed` and whose `cause` is what was thrown.
 *
 * **Example** (Keep what was written in memory)
 *
 * ```ts
 * import type { Sink } from "@bcda-kit/core/promise"
 *
 * const files = new Map<string, Buffer>()
 * export const sink: Sink = {
 *   name: "memory",
 *   takesBack: true,
 *   open: ({ path }) => {
 *     const parts: Array<Uint8Array> = []
 *     return { write: (pieces) => void parts.push(...pieces), commit: () => void files.set(path, Buffer.concat(parts)) }
 *   }
 * }
 * ```
 */
export interface Sink {
  /** What errors call it, such as `s3://claims/june`. Hazard: no secrets; it is shown. */
  readonly name: string
  /**
   * Whether what was written can be taken back. True for whatever has a name of its own for each file: then a file that has to be fetched again is
   * aborted and opened anew, and several files are written at a time. False for a pipe, a queue, a table: then files come one after the other,
   * in the manifest's order; one that has to be fetched again is compared with what was written, by its digest, and goes on at its next line;
   * if it has changed, the export ends with `FileChanged`. `abort` then only says that the rest will not come.
   */
  readonly takesBack: boolean
  /** Begins a file. It is called again after an abort. */
  open(file: SinkFile): SinkWriter | Promise<SinkWriter>
  /** Which files it wants. Default: every one. Those of the manifest's `error` list are read in any case, for the receipt's `outcomes`. */
  wants?(file: SinkFile): boolean
  /**
   * The proof with which an earlier run committed this very file, by its `url` and not by its name alone, if it is still there; then it is not
   * fetched again. Default: it knows of none.
   */
  holds?(file: SinkFile): SinkProof | undefined | Promise<SinkProof | undefined>
  /** Every file is committed. Default: nothing is done. */
  finish?(receipt: Receipt): void | Promise<void>
}

/** Options of `Bcda.exportToSink`. */
export interface SinkExportOptions
  extends Omit<CoreOptions, "adopt" | "cancelOnInterrupt" | "onEvent" | "request">,
    Pick<ExportOptions, "adopt" | "cancelOnInterrupt" | "onEvent" | "request">,
    CallOptions {
  /** Of your own, or one that `memory` or `writable` made. */
  readonly sink: Sink | BuiltSink
}

/** A sink in memory, for tests and for exports that are surely small. `files` are those that were committed, by their `path`. */
export const memory = (): { readonly sink: BuiltSink; readonly files: ReadonlyMap<string, Uint8Array> } => builtMemory()

/**
 * A stream of Node's as a sink, such as `process.stdout`: the resources of all files as one NDJSON, file after file, whole and proven lines only. The
 * stream is not ended. Hazard: what was written cannot be taken back. The export's success, not the end of the stream, says that it is all.
 */
export const writable = (stream: Parameters<typeof WritableSink.layer>[0], name?: string): BuiltSink =>
  builtWritable(stream, name)
