import { Effect, Result, Schema } from "effect"
import { Malformed } from "./Reasons.ts"

/** One file of an export. `type` is a resource type (`OperationOutcome` in `error`), `url` is absolute and as the server sent it. */
export const ManifestFile = Schema.Struct({
  type: Schema.NonEmptyString,
  url: Schema.String.check(
    Schema.makeFilter((url) => (URL.canParse(url) && /^https?:/i.test(url)) || "expected an absolute http(s) URL")
  )
})
export type ManifestFile = typeof ManifestFile.Type

const files = Schema.Array(ManifestFile)
const none = Effect.succeed<ReadonlyArray<ManifestFile>>([])

/**
 * What a finished export consists of. Strings are kept as the server sent them.
 *
 * A type without data has no file, a type may have many files, and `output` may be empty. A non-empty `error` does not mean failure:
 * every default v3 export lists a file of warnings there. Fields that nothing depends on may be missing or new; `transactionTime` and
 * `output` may not.
 */
export class Manifest extends Schema.Class<Manifest>("Manifest")({
  /** An instant, kept as text: it carries microseconds, which a `Date` would lose. Use it as the next export's `since`. */
  transactionTime: Schema.String.check(
    Schema.makeFilter((text) => !Number.isNaN(Date.parse(text)) || "expected an instant")
  ),
  /** The kick-off URL as the server saw it. */
  request: Schema.String.pipe(Schema.withDecodingDefaultKey(Effect.succeed(""))),
  /** BCDA says true. */
  requiresAccessToken: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  output: files,
  error: files.pipe(Schema.withDecodingDefaultKey(none)),
  /** Not sent by BCDA; part of the Bulk Data standard. */
  deleted: Schema.optionalKey(files),
  /** BCDA's number of the job, an addition to the standard. */
  JobID: Schema.optionalKey(Schema.Union([Schema.Finite, Schema.String]))
}) {
  /** Reads a manifest from the bytes of a response. Fails with `Malformed`, whose detail names the field but never repeats a value. */
  static parse(bytes: Uint8Array): Result.Result<Manifest, Malformed> {
    return decode(new TextDecoder().decode(bytes)).pipe(
      Result.mapError((error) => new Malformed({ detail: `manifest: ${error.message}` }))
    )
  }
}

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Manifest))
