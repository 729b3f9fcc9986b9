/**
 * One error class per operation. Each carries a `reason`, one of the tagged variants of `Reasons.ts`;
 * `message` is the reason's, and `reason.next` says what a person should do now.
 *
 * **Example** (Handle one reason, leave the others in the error channel)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { BcdaClient, type JobRef } from "@bcda-kit/core"
 *
 * const cancelIfRunning = (job: JobRef) => Effect.gen(function* () {
 *   const bcda = yield* BcdaClient
 *   yield* bcda.cancel(job).pipe(Effect.catchReason("CancelError", "NotCancellable", () => Effect.void))
 * })
 * ```
 */
import { Schema } from "effect"
import * as Reasons from "./Reasons.ts"

export * from "./Reasons.ts"

const exchange = [
  Reasons.Unreachable,
  Reasons.Redirected,
  Reasons.Throttled,
  Reasons.Rejected,
  Reasons.ServerFault,
  Reasons.Malformed
] as const
const token = [
  Reasons.NoCredentials,
  Reasons.BadKey,
  Reasons.NoTokenEndpoint,
  Reasons.BadCredentials,
  Reasons.TokenCap,
  Reasons.ForeignOrigin
] as const
const bearer = [...exchange, ...token, Reasons.Unauthorized, Reasons.Forbidden] as const
const kickOff = [Reasons.InvalidRequest, Reasons.DuplicateJob, Reasons.NotOffered] as const
const follow = [
  Reasons.JobFailed,
  Reasons.JobExpired,
  Reasons.JobCancelled,
  Reasons.JobNotFound,
  Reasons.GaveUp
] as const
const file = [
  Reasons.FileGone,
  Reasons.CutShort,
  Reasons.Stalled,
  Reasons.WrongRange,
  Reasons.LimitExceeded,
  Reasons.BadGzip,
  Reasons.BadLine,
  Reasons.FileChanged,
  Reasons.UnsafeName,
  Reasons.DiskFull,
  Reasons.FileSystem,
  Reasons.SinkFailed
] as const
const directory = [
  Reasons.DirectoryMismatch,
  Reasons.DirectoryBusy,
  Reasons.JournalUnreadable,
  Reasons.CannotResume,
  Reasons.StartUnknown,
  Reasons.WatermarkUnreadable
] as const

/** What can go wrong on any exchange with the server. */
export const ExchangeReason = Schema.Union(exchange)
export type ExchangeReason = typeof ExchangeReason.Type

/** What can go wrong on an exchange that needs a token: getting the token, and using it. */
export const BearerReason = Schema.Union(bearer)
export type BearerReason = typeof BearerReason.Type

/** Why no token could be had. */
export const TokenReason = Schema.Union([...exchange, ...token])
export type TokenReason = typeof TokenReason.Type

/** Why an export could not be started. */
export const KickOffReason = Schema.Union([...bearer, ...kickOff])
export type KickOffReason = typeof KickOffReason.Type

/** Why a job did not lead to a manifest. */
export const FollowReason = Schema.Union([...bearer, ...follow])
export type FollowReason = typeof FollowReason.Type

/** Why a file could not be had whole. */
export const DownloadReason = Schema.Union([...bearer, ...file])
export type DownloadReason = typeof DownloadReason.Type

/** Why a job could not be cancelled. */
export const CancelReason = Schema.Union([...bearer, Reasons.NotCancellable, Reasons.JobNotFound])
export type CancelReason = typeof CancelReason.Type

/** Why there is no list of jobs. */
export const JobsReason = Schema.Union([...bearer, Reasons.NotOffered])
export type JobsReason = typeof JobsReason.Type

/** Why there is no attribution status. */
export const AttributionReason = Schema.Union([...bearer, Reasons.NeverIngested, Reasons.NotOffered])
export type AttributionReason = typeof AttributionReason.Type

/** Why an export did not end in a receipt: any reason of its steps, or of the directory, or of a schema that lines were to fit. */
export const ExportReason = Schema.Union([
  ...bearer,
  ...kickOff,
  ...follow,
  ...file,
  Reasons.SchemaMismatch,
  ...directory
])
export type ExportReason = typeof ExportReason.Type

/** A target's address is unusable. `detail` says what about it; the address itself is not repeated, it may hold a password. */
export class TargetError extends Schema.TaggedError<TargetError>()("TargetError", { detail: Schema.String }) {
  override get message() {
    return `The target is not usable: ${this.detail}`
  }
  get next() {
    return "Give the server's base URL, such as https://sandbox.bcda.cms.gov"
  }
}

/** No token could be had. */
export class TokenError extends Schema.TaggedError<TokenError>()("TokenError", { reason: TokenReason }) {
  override get message() {
    return this.reason.message
  }
}

/** The export was not started, or (for `Unreachable` with `sent`) it is unknown whether it was. */
export class KickOffError extends Schema.TaggedError<KickOffError>()("KickOffError", { reason: KickOffReason }) {
  override get message() {
    return this.reason.message
  }
}

/** The job did not lead to a manifest: failed, expired, cancelled, unknown, gave up, or the server could not be asked. */
export class FollowError extends Schema.TaggedError<FollowError>()("FollowError", { reason: FollowReason }) {
  override get message() {
    return this.reason.message
  }
}

/** A file could not be had whole, or not be written. */
export class DownloadError extends Schema.TaggedError<DownloadError>()("DownloadError", { reason: DownloadReason }) {
  override get message() {
    return this.reason.message
  }
}

/** The job was not cancelled. */
export class CancelError extends Schema.TaggedError<CancelError>()("CancelError", { reason: CancelReason }) {
  override get message() {
    return this.reason.message
  }
}

/** The list of jobs could not be had. */
export class JobsError extends Schema.TaggedError<JobsError>()("JobsError", { reason: JobsReason }) {
  override get message() {
    return this.reason.message
  }
}

/** The attribution status could not be had, or there is none. */
export class AttributionError extends Schema.TaggedError<AttributionError>()("AttributionError", {
  reason: AttributionReason
}) {
  override get message() {
    return this.reason.message
  }
}

/** The capability statement could not be had. */
export class MetadataError extends Schema.TaggedError<MetadataError>()("MetadataError", { reason: ExchangeReason }) {
  override get message() {
    return this.reason.message
  }
}

/**
 * An export did not end in a receipt. In a directory, what is whole stays, and a rerun continues, unless `reason.next` says otherwise; a stream
 * has to be read anew.
 */
export class ExportError extends Schema.TaggedError<ExportError>()("ExportError", { reason: ExportReason }) {
  override get message() {
    return this.reason.message
  }
}
