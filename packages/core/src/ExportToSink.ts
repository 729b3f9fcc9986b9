import { Effect } from "effect"
import { BcdaClient } from "./BcdaClient.ts"
import type { ExportError } from "./Errors.ts"
import type { ExportEvent } from "./ExportEvent.ts"
import { engineOf } from "./internal/engine.ts"
import { type RunOptions, runExport } from "./internal/runExport.ts"
import * as telemetry from "./internal/telemetry.ts"
import type { Receipt } from "./Receipt.ts"
import { placeOf, Sink } from "./Sink.ts"

/** What to export into a sink. */
export interface SinkExportOptions extends RunOptions {
  /** Told what happens, in order; the last event is `Finished`. The export waits for it. */
  readonly onEvent?: ((event: ExportEvent) => Effect.Effect<void>) | undefined
}

/**
 * Exports into a sink and gives the receipt: only when every file that the sink wants is committed and proven.
 *
 * A sink that keeps no journal cannot resume by itself: every run without `adopt` starts a job, because nothing says that there was one. Keep the
 * job's reference (`KickedOff` tells it), and `adopt` it in the next run, within the day that the server serves its files; a sink with `holds` is
 * then sent only what it has not. `DirectorySink` of `@bcda-kit/core/node` keeps a journal and resumes like `exportToDirectory`.
 */
export const exportToSink: (options: SinkExportOptions) => Effect.Effect<Receipt, ExportError, BcdaClient | Sink> =
  Effect.fn("exportToSink")(
    function* (options: SinkExportOptions) {
      const { [engineOf]: engine, target } = yield* BcdaClient
      const sink = yield* Sink
      const place = yield* sink[placeOf]({ target, request: options.request, engine })
      const { onEvent = () => Effect.void } = options
      const receipt = yield* runExport(options, place, onEvent)
      yield* onEvent({ _tag: "Finished", receipt })
      return receipt
    },
    Effect.scoped,
    telemetry.exported
  )
