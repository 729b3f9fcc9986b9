import type { SinceLastEvent } from "@bcda-kit/core/node"
import type { Effect } from "effect"

/** Takes the events of an export, one after the other, and shows them. */
export type ProgressView = (event: SinceLastEvent) => Effect.Effect<void>
