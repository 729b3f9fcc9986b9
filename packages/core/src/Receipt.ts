import { Effect, Schema } from "effect"
import { Dialect } from "./Target.ts"

/** One whole, proven file of an export. Sizes are bytes; `bytes`, `lines` and `sha256` are of the uncompressed NDJSON, whatever is kept on disk. */
export const ReceiptFile = Schema.Struct({
  /** Relative to the export directory, with `/` between its parts; elsewhere what a sink or a stream calls the file. */
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
  /** How many downloads it took, pieces included; 1 when the first was good, 0 (and no `wireBytes`) when a sink had it from an earlier run. */
  attempts: Schema.Int,
  /** How its lines were checked: each parsed, or by their bytes alone. */
  verify: Schema.Literals(["json", "bytes"]).pipe(Schema.withDecodingDefaultKey(Effect.succeed("json" as const)))
})
export type ReceiptFile = typeof ReceiptFile.Type

/** What an issue says, and how often. `text` is for people: redacted, of bounded length, and empty when the server gave none. */
export const OutcomeText = Schema.Struct({
  severity: Schema.Literals(["fatal", "error", "warning", "information"]),
  code: Schema.String,
  text: Schema.String,
  count: Schema.Int
})
export type OutcomeText = typeof OutcomeText.Type

/**
 * Issues by severity, in numbers and in words: the gravest first, at most 20 different texts of each severity. What is beyond, and whom it is
 * about (BCDA's texts name people by their MBI), is in the files of the directory's `error` folder only.
 */
export const Outcomes = Schema.Struct({
  fatal: Schema.Int,
  error: Schema.Int,
  warning: Schema.Int,
  information: Schema.Int,
  texts: Schema.Array(OutcomeText).pipe(Schema.withDecodingDefaultKey(Effect.succeed<ReadonlyArray<OutcomeText>>([])))
})
export type Outcomes = typeof Outcomes.Type

/** The proof of an export: what was asked, what came, and the digest of every file. Written as `receipt.json`. */
export const Receipt = Schema.Struct({
  apiVersion: Dialect,
  jobId: Schema.String,
  /** The request URL as the server's manifest repeats it. */
  request: Schema.String,
  /** The server's string. It is the `since` of the next export, once everything of this one is safe. */
  transactionTime: Schema.String,
  /** True when every file of the manifest is on disk and proven; of a stream or a sink, every file that was wanted, and where it belongs. */
  complete: Schema.Boolean,
  files: Schema.Array(ReceiptFile),
  totals: Schema.Struct({ files: Schema.Int, bytes: Schema.Int, lines: Schema.Int, wireBytes: Schema.Int }),
  /** Issues in the manifest's `error` files, by severity. A default v3 export always has at least one that is not an error. */
  outcomes: Outcomes
})
export type Receipt = typeof Receipt.Type
