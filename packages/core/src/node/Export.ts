import { Effect, Queue, Stream } from "effect"
import { BcdaClient } from "../BcdaClient.ts"
import type { ExportError } from "../Errors.ts"
import type { ExportEvent } from "../ExportEvent.ts"
import type { Emit } from "../internal/downloads.ts"
import { type RunOptions, runExport } from "../internal/runExport.ts"
import * as telemetry from "../internal/telemetry.ts"
import type { Receipt } from "../Receipt.ts"
import { type DirectoryOptions, openPlace } from "./DirectorySink.ts"

/** What to export, and where to. */
export interface ExportOptions extends RunOptions, DirectoryOptions {}

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
    return yield* runExport(options, yield* openPlace(options, target, options.request), emit)
  },
  Effect.scoped,
  telemetry.exported
)
