import { Effect } from "effect"
import type { Place } from "./place.ts"

/** What places have in common that remember nothing of earlier runs. */
export const memoryless = (path: string): Omit<Place, "fetch" | "oneByOne"> => ({
  path,
  saved: new Map(),
  ask: () => Effect.void,
  notStarted: Effect.void,
  kickedOff: () => Effect.void,
  cancelled: Effect.void,
  completed: () => Effect.void,
  nameOf: (file) => file.path,
  isBegun: () => Effect.succeed(false),
  forget: () => Effect.void,
  commit: () => Effect.void,
  writeReceipt: () => Effect.void,
  withdrawReceipt: Effect.void
})
