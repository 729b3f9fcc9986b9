/**
 * Where the files of an export go, as a service. A sink is told of each file, takes its lines as they are proven, and is told at its end that it
 * is whole. What it must promise is on `SinkDefinition` and `SinkWriter`; the proof, the retries and the limits are the same for all of them.
 */
import { Context, Effect, Layer, type Scope } from "effect"
import type { ExportError, SinkFailed } from "./Errors.ts"
import type { ExportRequest } from "./ExportRequest.ts"
import type { Beginning } from "./internal/copyProof.ts"
import type { Engine } from "./internal/engine.ts"
import type { PlannedFile } from "./internal/filePlan.ts"
import type { Place } from "./internal/place.ts"
import { makeSinkPlace } from "./internal/sinkPlace.ts"
import type { Receipt } from "./Receipt.ts"
import type { Target } from "./Target.ts"

/**
 * A file on its way into a sink: which list of the manifest it is in, its type and URL there, and `path`, a name that is safe on any disk and no
 * other file of the export has, such as `Patient/1.ndjson`.
 */
export type SinkFile = PlannedFile

/** What a whole file is: its bytes and lines, and its SHA-256 in lower-case hexadecimal. */
export type SinkProof = Beginning

/** One file of a sink, while it is written. One call at a time. */
export interface SinkWriter {
  /**
   * Takes whole lines with their line ends, in pieces whose bytes follow each other; the last line of a file may have no line end. The bytes
   * are the sink's to keep. The download waits for it, so that what it does not take stays on the wire.
   */
  readonly write: (pieces: ReadonlyArray<Uint8Array>) => Effect.Effect<void, SinkFailed>
  /**
   * The file is whole, and this is its proof. When this succeeds, the file must be where it belongs for good, under its name, and before that it
   * must not be there at all. It is not interrupted: give it a limit of time.
   */
  readonly commit: (proof: SinkProof) => Effect.Effect<void, SinkFailed>
  /** What was written is void: a connection broke, the file was not what it must be, or the export ended. Nothing of it may be left. */
  readonly abort: Effect.Effect<void>
}

/** What a sink does. */
export interface SinkDefinition {
  /** What errors call it, such as `s3://claims/june`. Hazard: no secrets; it is shown. */
  readonly name: string
  /**
   * Whether what was written can be taken back. True for whatever has a name of its own for each file: then a file that has to be fetched again is
   * aborted and opened anew, and several files are written at a time. False for a pipe, a queue, a table: then files come one after the other,
   * in the manifest's order; one that has to be fetched again is compared with what was written, by its digest, and goes on at its next line;
   * if it has changed, the export ends with `FileChanged`. `abort` then only says that the rest will not come.
   */
  readonly takesBack: boolean
  /** Begins a file. It is called again after an abort. It is not interrupted either, so that whatever it begins can be aborted. */
  readonly open: (file: SinkFile) => Effect.Effect<SinkWriter, SinkFailed>
  /** Which files it wants. Default: every one. Those of the manifest's `error` list are read in any case, for the receipt's `outcomes`. */
  readonly wants?: ((file: SinkFile) => boolean) | undefined
  /**
   * The proof with which an earlier run committed this very file, by its `url` and not by its name alone, if it is still there; then it is not
   * fetched again. Default: it knows of none. Error files are small, say what is missing, and are always fetched.
   */
  readonly holds?: ((file: SinkFile) => Effect.Effect<SinkProof | undefined, SinkFailed>) | undefined
  /** Every file is committed. Default: nothing is done. */
  readonly finish?: ((receipt: Receipt) => Effect.Effect<void, SinkFailed>) | undefined
}

/** Where a sink keeps how it is written to. */
export const placeOf: unique symbol = Symbol("@bcda-kit/core/Sink/place")

/** Where the files of an export go. See `exportToSink`. */
export class Sink extends Context.Service<
  Sink,
  {
    readonly name: string
    /** @internal */
    readonly [placeOf]: (run: {
      readonly target: Target
      readonly request: ExportRequest
      readonly engine: Engine
    }) => Effect.Effect<Place, ExportError, Scope.Scope>
  }
>()("@bcda-kit/core/Sink") {
  /** A sink by what it does. */
  static readonly make = (definition: SinkDefinition): Sink["Service"] =>
    Sink.of({
      name: definition.name,
      [placeOf]: ({ engine }) => makeSinkPlace(engine, definition)
    })

  /** The same as a layer. */
  static readonly layer = (definition: SinkDefinition): Layer.Layer<Sink> => Layer.succeed(Sink, Sink.make(definition))

  /**
   * A sink in memory, for tests and for exports that are surely small. `files` are those that were committed, by their `path`; it remembers them, so
   * that a second export of the same job fetches nothing again.
   */
  static readonly memory = (): { readonly sink: Sink["Service"]; readonly files: ReadonlyMap<string, Uint8Array> } => {
    const files = new Map<string, Uint8Array>()
    const proofs = new Map<string, SinkProof>()
    const sink = Sink.make({
      name: "memory",
      takesBack: true,
      open: ({ path, url }) =>
        Effect.sync(() => {
          const parts: Array<Uint8Array> = []
          return {
            write: (pieces) => Effect.sync(() => void parts.push(...pieces)),
            commit: (proof) =>
              Effect.sync(() => {
                files.set(path, joined(parts, proof.bytes))
                proofs.set(url, proof)
              }),
            abort: Effect.void
          }
        }),
      holds: ({ path, url }) => Effect.sync(() => (files.has(path) ? proofs.get(url) : undefined))
    })
    return { sink, files }
  }
}

const joined = (parts: ReadonlyArray<Uint8Array>, length: number): Uint8Array => {
  const all = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.byteLength
  }
  return all
}
