/**
 * The errors that promises reject with: plain `Error`s, one class for each operation. `reason` is plain data, one variant of a closed list that
 * `reason._tag` tells apart, with `message` (what happened) and `next` (what a person should do now). The stack leads to the call.
 *
 * **Example** (Handle one reason, and leave the others)
 *
 * ```ts
 * import { connect, isBcdaError } from "@bcda-kit/core/promise"
 *
 * await using bcda = connect({ target: "sandbox" })
 * try {
 *   await bcda.kickOff({ types: ["Patient"] })
 * } catch (error) {
 *   if (!isBcdaError(error)) throw error
 *   if (error.reason._tag === "DuplicateJob") console.log("already running:", error.reason.running)
 *   else console.error(`${error.message}\n${error.next}`)
 * }
 * ```
 */
import type * as Core from "../Errors.ts"

/** What every reason says besides its own fields. No text holds a secret, a token, a query string or an MBI. */
interface Words {
  /** What happened, and why if known. */
  readonly message: string
  /** What a person should do now. */
  readonly next: string
}

type WithWords<Reason> = Reason extends unknown ? Reason & Words : never

/** Why no token could be had. */
export type TokenReason = WithWords<(typeof Core.TokenReason)["Encoded"]>
/** Why an export could not be started. */
export type KickOffReason = WithWords<(typeof Core.KickOffReason)["Encoded"]>
/** Why a job did not lead to a manifest. */
export type FollowReason = WithWords<(typeof Core.FollowReason)["Encoded"]>
/** Why a file could not be had whole. */
export type DownloadReason = WithWords<(typeof Core.DownloadReason)["Encoded"]>
/** Why a job could not be cancelled. */
export type CancelReason = WithWords<(typeof Core.CancelReason)["Encoded"]>
/** Why there is no list of jobs. */
export type JobsReason = WithWords<(typeof Core.JobsReason)["Encoded"]>
/** Why there is no attribution status. */
export type AttributionReason = WithWords<(typeof Core.AttributionReason)["Encoded"]>
/** Why there is no capability statement: what can go wrong on any exchange. */
export type MetadataReason = WithWords<(typeof Core.ExchangeReason)["Encoded"]>
/** Why an export did not end in a receipt: any reason of its steps, or of the directory. */
export type ExportReason = WithWords<(typeof Core.ExportReason)["Encoded"]>
/** What is wrong with a request, before anything is sent. */
export type RequestReason = WithWords<(typeof Core.InvalidRequest)["Encoded"]>
/** What is wrong with a target's address. */
export type TargetReason = Words & { readonly _tag: "UnusableTarget"; readonly detail: string }

const brand: unique symbol = Symbol.for("@bcda-kit/core/BcdaError")

/** What all errors of this client have. */
abstract class OperationError<Reason extends Words> extends Error {
  readonly reason: Reason

  constructor(reason: Reason) {
    super(reason.message)
    this.reason = reason
  }

  /** What a person should do now: the reason's. */
  get next(): string {
    return this.reason.next
  }

  get [brand](): true {
    return true
  }
}

/** A target's address is unusable. It is not repeated, for it may hold a password. */
export class TargetError extends OperationError<TargetReason> {
  override readonly name = "TargetError"
}

/** A request, a filter or a URL of one is not valid; nothing was sent. */
export class RequestError extends OperationError<RequestReason> {
  override readonly name = "RequestError"
}

/** No token could be had. */
export class TokenError extends OperationError<TokenReason> {
  override readonly name = "TokenError"
}

/** The export was not started, or (for `Unreachable` with `sent`) it is unknown whether it was. */
export class KickOffError extends OperationError<KickOffReason> {
  override readonly name = "KickOffError"
}

/** The job did not lead to a manifest: failed, expired, cancelled, unknown, gave up, or the server could not be asked. */
export class FollowError extends OperationError<FollowReason> {
  override readonly name = "FollowError"
}

/** A file could not be had whole, or not be written. */
export class DownloadError extends OperationError<DownloadReason> {
  override readonly name = "DownloadError"
}

/** The job was not cancelled. */
export class CancelError extends OperationError<CancelReason> {
  override readonly name = "CancelError"
}

/** The list of jobs could not be had. */
export class JobsError extends OperationError<JobsReason> {
  override readonly name = "JobsError"
}

/** The attribution status could not be had, or there is none. */
export class AttributionError extends OperationError<AttributionReason> {
  override readonly name = "AttributionError"
}

/** The capability statement could not be had. */
export class MetadataError extends OperationError<MetadataReason> {
  override readonly name = "MetadataError"
}

/** An export did not end in a receipt. What is whole stays, and the same call continues, unless `next` says otherwise. */
export class ExportError extends OperationError<ExportReason> {
  override readonly name = "ExportError"
}

/** Any error of this client; `name` tells the operation, `reason._tag` why. */
export type BcdaError =
  | TargetError
  | RequestError
  | TokenError
  | KickOffError
  | FollowError
  | DownloadError
  | CancelError
  | JobsError
  | AttributionError
  | MetadataError
  | ExportError

/** Whether something that was caught is an error of this client, also one of another copy of this package. */
export const isBcdaError = (error: unknown): error is BcdaError => error instanceof Error && brand in error
