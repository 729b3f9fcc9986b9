import type { ExportEvent } from "@bcda-kit/core"
import type { Effect } from "effect"

/** Takes the events of an export, one after the other, and shows them. */
export type ProgressView = (event: ExportEvent) => Effect.Effect<void>
