import type { SinceLastEvent } from "@bcda-kit/core/node"
import type { Effect } from "effect"

/** How an export is shown while it runs. */
export interface ProgressView {
  /** Takes the events of an export, one after the other, and shows them. */
  readonly show: (event: SinceLastEvent) => Effect.Effect<void>
  /** How notes are said meanwhile. */
  readonly say: (text: string) => Effect.Effect<void>
}
