import { Effect } from "effect"
import { ExportError } from "../Errors.ts"

/** Turns a reason into an error of the whole export. */
export const asExportError = Effect.mapError((reason: ExportError["reason"]) => new ExportError({ reason }))

/** Turns the error of a step into one of the whole export. */
export const fromStep = Effect.mapError(
  ({ reason }: { readonly reason: ExportError["reason"] }) => new ExportError({ reason })
)
