/** Makes the errors of promises from those of effects. */
import { Schema } from "effect"
import * as Core from "../../Errors.ts"
import * as Plain from "../Errors.ts"

/** Where a call was made: the lines of a stack below its first. */
export type CallSite = string

/** Where the function that is running was called from; `above` is that function. */
export const callSite = (above: (...args: never) => unknown): CallSite => {
  const here: { stack?: string } = {}
  Error.captureStackTrace(here, above)
  const { stack = "" } = here
  const first = stack.search(/^ {4}at /m)
  return first < 0 ? "" : stack.slice(first)
}

/**
 * What a caller gets to see of what went wrong. Errors of the client become plain ones whose stack is that of the call, since their own is that of
 * a fiber; anything else, such as what a callback threw, stays what it is.
 */
export const asPlain = (error: unknown, site: CallSite): unknown => {
  const plain = plainOf(error)
  if (plain === undefined) return error
  plain.stack = site === "" ? `${plain.name}: ${plain.message}` : `${plain.name}: ${plain.message}\n${site}`
  return plain
}

const plainOf = (error: unknown): Plain.BcdaError | undefined => {
  if (error instanceof Core.ExportError) return new Plain.ExportError(exportReason(error.reason))
  if (error instanceof Core.KickOffError) return new Plain.KickOffError(kickOffReason(error.reason))
  if (error instanceof Core.FollowError) return new Plain.FollowError(followReason(error.reason))
  if (error instanceof Core.DownloadError) return downloadError(error)
  if (error instanceof Core.JobsError) return new Plain.JobsError(jobsReason(error.reason))
  if (error instanceof Core.CancelError) return new Plain.CancelError(cancelReason(error.reason))
  if (error instanceof Core.AttributionError) return new Plain.AttributionError(attributionReason(error.reason))
  if (error instanceof Core.MetadataError) return new Plain.MetadataError(metadataReason(error.reason))
  if (error instanceof Core.TokenError) return new Plain.TokenError(tokenReason(error.reason))
  if (error instanceof Core.InvalidRequest) return requestError(error)
  return error instanceof Core.TargetError ? targetError(error) : undefined
}

export const downloadError = (error: Core.DownloadError): Plain.DownloadError =>
  new Plain.DownloadError(downloadReason(error.reason))

export const requestError = (reason: Core.InvalidRequest): Plain.RequestError =>
  new Plain.RequestError(requestReason(reason))

export const targetError = ({ detail, message, next }: Core.TargetError): Plain.TargetError =>
  new Plain.TargetError({ _tag: "UnusableTarget", detail, message, next })

/** The fields of a reason as plain data, with its words. */
const encoding = <S extends Schema.Codec<{ readonly message: string; readonly next: string }, object>>(schema: S) => {
  const encode = Schema.encodeSync(schema)
  return (reason: S["Type"]) => ({ ...encode(reason), message: reason.message, next: reason.next })
}
const exportReason = encoding(Core.ExportReason)
const kickOffReason = encoding(Core.KickOffReason)
const followReason = encoding(Core.FollowReason)
const downloadReason = encoding(Core.DownloadReason)
const jobsReason = encoding(Core.JobsReason)
const cancelReason = encoding(Core.CancelReason)
const attributionReason = encoding(Core.AttributionReason)
const metadataReason = encoding(Core.ExchangeReason)
const tokenReason = encoding(Core.TokenReason)
const requestReason = encoding(Core.InvalidRequest)
