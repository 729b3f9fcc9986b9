import { Schema } from "effect"
import { Dialect } from "./Target.ts"

/** One whole, proven file of an export. Sizes are bytes; `bytes`, `lines` and `sha256` are of the uncompressed NDJSON, whatever is kept on disk. */
export const ReceiptFile = Schema.Struct({
  /** Relative to the export directory, with `/` between its parts. */
  path: Schema.String,
  /** The manifest's `type`: a resource type, or `OperationOutcome` for files of its `error` list. */
  type: Schema.String,
  /** As the manifest gave it. */
  url: Schema.String,
  bytes: Schema.Int,
  lines: Schema.Int,
  /** Lower-case hexadecimal. */
  sha256: Schema.String,
  /** What travelled: compressed when `contentEncoding` is `gzip`. */
  wireBytes: Schema.Int,
  contentEncoding: Schema.Literals(["gzip", "identity"]),
  /** How many downloads it took; 1 when the first was good. */
  attempts: Schema.Int
})
export type ReceiptFile = typeof ReceiptFile.Type

/** The proof of an export: what was asked, what came, and the digest of every file. Written as `receipt.json`. */
export const Receipt = Schema.Struct({
  apiVersion: Dialect,
  jobId: Schema.String,
  /** The request URL as the server's manifest repeats it. */
  request: Schema.String,
  /** The server's string. It is the `since` of the next export, once everything of this one is safe. */
  transactionTime: Schema.String,
  /** True when every file of the manifest is on disk and proven. */
  complete: Schema.Boolean,
  files: Schema.Array(ReceiptFile),
  totals: Schema.Struct({ files: Schema.Int, bytes: Schema.Int, lines: Schema.Int, wireBytes: Schema.Int }),
  /** Issues in the manifest's `error` files, by severity. A default v3 export always has at least one that is not an error. */
  outcomes: Schema.Struct({ fatal: Schema.Int, error: Schema.Int, warning: Schema.Int, information: Schema.Int })
})
export type Receipt = typeof Receipt.Type
