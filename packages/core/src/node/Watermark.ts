/** Where `since: "auto"` keeps what it knows: for each export that the server can tell apart, up to when everything of it is safe. */
import { createHash } from "node:crypto"
import { join } from "node:path"
import { Effect, Result, Schema, type Scope } from "effect"
import type { ExportError } from "../Errors.ts"
import { ExportRequest } from "../ExportRequest.ts"
import { asExportError } from "../internal/exportErrors.ts"
import { requestIdentity } from "../internal/requestUrls.ts"
import { WatermarkUnreadable } from "../Reasons.ts"
import { Dialect, type Target } from "../Target.ts"
import { lockDirectory } from "./internal/DirectoryLock.ts"
import { ensureDirectory, readIfThere, writeAtomically } from "./internal/Files.ts"

/** Up to when everything is safe, and the export that proves it. */
export const Watermark = Schema.Struct({
  /** The server's string: the `since` of the next export. */
  transactionTime: Schema.String,
  jobId: Schema.String,
  /** When that export was begun, ISO 8601 by this machine. On API v1 and v2 this can be days after `transactionTime`. */
  startedAt: Schema.String,
  /** When the watermark was moved here, ISO 8601. */
  movedAt: Schema.String,
  /** Of the bytes of `receipt.json`, lower-case hexadecimal. */
  receiptSha256: Schema.String,
  /** The export directory, relative to the folder of the watermark's own file. It may be gone: nothing depends on it any more. */
  directory: Schema.String
})
export type Watermark = typeof Watermark.Type

/** Why an export that is complete did not move the watermark. */
export const KeptBecause = Schema.Literals([
  /** The server reported people or claims that it could not export; they would be lost to every later export. */
  "outcomes",
  /** Its `transactionTime` is earlier than the watermark, which never goes back. */
  "older",
  /** Its `transactionTime` is later than now: what changes until then would be lost. */
  "future",
  /** Its `transactionTime` is no instant, so no server would take it as `since`. */
  "unreadable"
])
export type KeptBecause = typeof KeptBecause.Type

/** An export that was begun, and does not count yet. */
const Begun = Schema.Struct({
  directory: Schema.String,
  since: Schema.optionalKey(Schema.String),
  startedAt: Schema.String
})
export type Begun = typeof Begun.Type

/** What the server tells exports apart by, as text for people; `since` is not among it. */
const Key = Schema.Struct({
  baseUrl: Schema.String,
  apiVersion: Dialect,
  /** A digest of the client id: another organization's export is another one, and its watermark would hide this one's past. */
  client: Schema.String,
  request: Schema.String
})

const State = Schema.Struct({
  format: Schema.Literal(1),
  key: Key,
  watermark: Schema.optionalKey(Watermark),
  begun: Schema.optionalKey(Begun),
  /** Set when the last complete export did not move the watermark: then something is still due, whatever the calendar says. */
  kept: Schema.optionalKey(Schema.Struct({ because: KeptBecause, transactionTime: Schema.String, at: Schema.String }))
})
type State = typeof State.Type

/** What is remembered of one export. */
export type Remembered = Omit<State, "format" | "key">

/** The watermark of one export, which this run owns until its scope ends. */
export interface WatermarkFile {
  /** The folder that it lies in, absolute. */
  readonly folder: string
  readonly current: () => Remembered
  /** Replaces it; the new state is on the disk when this returns. */
  readonly write: (next: Remembered) => Effect.Effect<void, ExportError>
}

const codec = Schema.fromJsonString(State)
const decode = Schema.decodeUnknownResult(codec)
const decodeFormat = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Struct({ format: Schema.Int })))

const digest = (text: string): string => createHash("sha256").update(text).digest("hex")

const keyOf = (request: ExportRequest, target: Target, clientId: string | undefined): typeof Key.Type => ({
  baseUrl: target.baseUrl,
  apiVersion: target.apiVersion,
  client: clientId === undefined ? "" : digest(clientId).slice(0, 16),
  request: requestIdentity(ExportRequest.withSince(request, undefined), target)
})

/**
 * Opens the watermark of an export, below `root`, and locks it: fails with `DirectoryBusy` when another run has it, and takes over from one
 * that is no more. Requests that the server cannot tell apart (types in another order, a filter in other words) have the same one.
 */
export const openWatermark = Effect.fnUntraced(function* (options: {
  readonly root: string
  readonly request: ExportRequest
  readonly target: Target
  readonly clientId: string | undefined
}): Effect.fn.Return<WatermarkFile, ExportError["reason"], Scope.Scope> {
  const key = keyOf(options.request, options.target, options.clientId)
  const folder = join(options.root, digest(JSON.stringify(key)).slice(0, 16))
  yield* ensureDirectory(folder, { followLink: true })
  yield* lockDirectory(folder)
  const path = join(folder, "watermark.json")
  const found = yield* readIfThere(path)
  let state: State = found === undefined ? { format: 1, key } : yield* Effect.fromResult(read(path, found))
  if (JSON.stringify(state.key) !== JSON.stringify(key)) {
    return yield* new WatermarkUnreadable({ path, detail: "it is the watermark of another export" })
  }
  return {
    folder,
    current: () => state,
    write: (next) =>
      Effect.suspend(() => {
        state = { format: 1, key, ...next }
        return writeAtomically(path, `${JSON.stringify(state, undefined, 2)}\n`)
      }).pipe(Effect.uninterruptible, asExportError)
  }
}, asExportError)

const read = (path: string, bytes: Buffer): Result.Result<State, WatermarkUnreadable> => {
  const text = bytes.toString("utf8")
  const state = decode(text)
  if (Result.isSuccess(state)) return Result.succeed(state.success)
  const format = decodeFormat(text)
  const newer = Result.isSuccess(format) && format.success.format > 1
  const detail = newer
    ? `a newer version wrote it (format ${format.success.format})`
    : "it is not what this client writes"
  return Result.fail(new WatermarkUnreadable({ path, detail }))
}
