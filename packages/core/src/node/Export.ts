import { Effect, Queue, Stream } from "effect"
import { BcdaClient } from "../BcdaClient.ts"
import type { ExportError } from "../Errors.ts"
import type { ExportEvent } from "../ExportEvent.ts"
import type { Emit } from "../internal/downloads.ts"
import { keptSuffix, type PlannedFile } from "../internal/filePlan.ts"
import type { Place } from "../internal/place.ts"
import { type RunOptions, runExport } from "../internal/runExport.ts"
import * as telemetry from "../internal/telemetry.ts"
import type { Receipt } from "../Receipt.ts"
import { type ExportDirectory, openExportDirectory } from "./ExportDirectory.ts"
import { saveFile } from "./SaveFile.ts"

/** What to export, and where to. */
export interface ExportOptions extends RunOptions {
  /**
   * Made if it is not there. A directory belongs to one export: running the same one again continues it, and once it is complete only
   * checks it. Hazard: it will hold claims of real people when the target is production; what is made in it is readable by its owner only.
   */
  readonly directory: string
  /**
   * `decode` (default) saves NDJSON; `keep` saves what came compressed as it came, with `.gz` added to the name: less to write and to
   * store, and proven just the same. Files of the manifest's `error` list are always decoded.
   */
  readonly gzip?: "decode" | "keep" | undefined
}

/**
 * Exports into a directory and gives the receipt. It is there, and this succeeds, only when every file of the manifest is on disk and proven.
 *
 * Whatever ends it before that (an error, an interruption, `kill -9`, a power cut) leaves a directory from which the same call carries on:
 * it starts no second job and fetches no whole file again. Needs a transport that does not inflate to keep files compressed
 * (`NodeTransport.layer`); with any other, they count as having come uncompressed.
 *
 * @category exports
 * @since 0.1.0
 */
export const exportToDirectory = (options: ExportOptions): Effect.Effect<Receipt, ExportError, BcdaClient> =>
  runInto(options, () => Effect.void)

/**
 * The same as `exportToDirectory`, as a stream of what happens; its last event is `Finished` with the receipt. Closing the stream early
 * interrupts the export. Events wait for a slow reader, and so, after a few, does the export.
 *
 * @category exports
 * @since 0.1.0
 */
export const exportEvents = (options: ExportOptions): Stream.Stream<ExportEvent, ExportError, BcdaClient> =>
  Stream.callback(
    (queue) =>
      runInto(options, (event) => Queue.offer(queue, event)).pipe(
        Effect.flatMap((receipt) => Queue.offer(queue, { _tag: "Finished", receipt })),
        Effect.andThen(Queue.end(queue))
      ),
    { bufferSize: 64, strategy: "suspend" }
  )

const runInto = Effect.fn("exportToDirectory")(
  function* (options: ExportOptions, emit: Emit) {
    const { target } = yield* BcdaClient
    const directory = yield* openExportDirectory(options.directory, target, options.request)
    return yield* runExport(options, placeIn(directory, options.gzip === "keep"), emit)
  },
  Effect.scoped,
  telemetry.exported
)

/** A directory as the place of an export. Error files are small and meant to be read by people, so that they are never kept compressed. */
const placeIn = (directory: ExportDirectory, keepsGzip: boolean): Place => {
  const isKept = ({ section }: PlannedFile) => keepsGzip && section !== "error"
  return {
    ...directory,
    oneByOne: false,
    nameOf: (file) => (isKept(file) ? file.path + keptSuffix : file.path),
    fetch: (file, options) =>
      Effect.flatMap(directory.partOf(file.path), (part) =>
        saveFile({ ...options, part, gzip: isKept(file) ? "keep" : "decode" })
      )
  }
}
