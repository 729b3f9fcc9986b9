import { Effect, Exit, type Scope } from "effect"
import type { SinkFailed } from "../Errors.ts"
import type { SinkDefinition, SinkWriter } from "../Sink.ts"
import type { Store } from "./copies.ts"
import { asDownloadError, makeCopy } from "./copy.ts"
import type { Beginning } from "./copyProof.ts"
import type { Engine } from "./engine.ts"
import { asExportError } from "./exportErrors.ts"
import { type Fetched, fetchFile } from "./fetchFile.ts"
import type { PlannedFile } from "./filePlan.ts"
import { AllHandedOut, type HandedOut } from "./handedOut.ts"
import { memoryless } from "./memoryless.ts"
import type { Place } from "./place.ts"

/** A sink as the place of an export. */
export const makeSinkPlace = (engine: Engine, sink: SinkDefinition): Effect.Effect<Place> =>
  Effect.sync(() => {
    const all = new AllHandedOut()
    const wants = sink.wants ?? (() => true)
    return {
      ...memoryless(sink.name),
      wants: (file) => file.section === "error" || wants(file),
      oneByOne: !sink.takesBack,
      holds: (url) => !sink.takesBack && all.has(url),
      fetch: Effect.fnUntraced(function* (file, options) {
        const held =
          file.section === "error" ? undefined : yield* sink.holds?.(file).pipe(asExportError) ?? Effect.undefined
        if (held !== undefined) return asFetched(held)
        if (!wants(file)) {
          return yield* fetchFile(engine, options, {
            keepsGzip: false,
            begin: (copy, source) => makeCopy(copy, source, {})
          })
        }
        if (sink.takesBack)
          return yield* fetchFile(
            engine,
            options,
            storeOf(() => openWriter(sink, file))
          )
        const writer = yield* openWriter(sink, file).pipe(asDownloadError)
        return yield* fetchFile(
          engine,
          options,
          storeOf(() => Effect.succeed(writer), all.of(file.url))
        )
      }, Effect.scoped),
      writeReceipt: (receipt) =>
        receipt.complete && sink.finish !== undefined ? sink.finish(receipt).pipe(asExportError) : Effect.void
    }
  })

/** Nothing of it travelled. */
const asFetched = (held: Beginning): Fetched => ({
  ...held,
  wireBytes: 0,
  contentEncoding: "identity",
  kept: false,
  attempts: 0
})

/** Opens a file of a sink for as long as the scope lasts; if it has not been committed by then, it is aborted. */
const openWriter = (
  sink: SinkDefinition,
  file: PlannedFile
): Effect.Effect<Pick<SinkWriter, "commit" | "write">, SinkFailed, Scope.Scope> =>
  Effect.suspend(() => {
    let isCommitted = false
    return Effect.acquireRelease(sink.open(file), (writer) => (isCommitted ? Effect.void : writer.abort)).pipe(
      Effect.map((writer) => ({
        write: writer.write,
        commit: (proof) =>
          writer.commit(proof).pipe(
            Effect.onExit((exit) => Effect.sync(() => void (isCommitted = Exit.isSuccess(exit)))),
            Effect.uninterruptible
          )
      }))
    )
  })

/** Writes good lines to whatever `open` gives for each beginning of the file. `handed` is what has been written for good. */
const storeOf = (
  open: () => Effect.Effect<Pick<SinkWriter, "commit" | "write">, SinkFailed, Scope.Scope>,
  handed?: HandedOut
): Store => ({
  keepsGzip: false,
  begin: Effect.fnUntraced(function* (options, source) {
    const writer = yield* open().pipe(asDownloadError)
    const known = handed?.renew()
    let shown = 0
    let ready: Array<Uint8Array> = []
    const copy = yield* makeCopy(options, source, {
      handedOut: known,
      onLines: (bytes) => {
        shown += bytes.byteLength
        if (shown > (known?.bytes ?? 0)) ready.push(bytes)
      },
      looked: Effect.suspend(() => {
        if (ready.length === 0) return Effect.void
        const pieces = ready
        ready = []
        return writer.write(pieces)
      }),
      whole: writer.commit
    })
    if (handed !== undefined) handed.copy = copy
    return copy
  })
})
