/** A line of `history.jsonl`: what one night found at one target. The file is the memory of `bcda nightly`; page, summary and badges are views of it. */
import { Counts, HeaderLine, Surprise, VerdictKind } from "@bcda-kit/conformance"
import { Schema } from "effect"

/** `2026-11-24`: a night is called by the day (UTC) on which it began. */
export const Night = Schema.String.check(
  Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/u),
  Schema.makeFilter((text) => !Number.isNaN(Date.parse(text)) || "not a day of the calendar")
)

/** How a check changed, or, with `since`, how it still is. */
export const Change = Schema.Struct({
  check: Schema.String,
  title: Schema.String,
  /** What it was when it was last judged; absent when it never was. */
  before: Schema.optionalKey(VerdictKind),
  after: VerdictKind,
  /** What was seen, or why nothing was. */
  detail: Schema.optionalKey(Schema.String)
})
export type Change = typeof Change.Type

/** What is still as bad as it was. */
export const Standing = Schema.Struct({
  check: Schema.String,
  verdict: VerdictKind,
  /** The first night of those that found it so, one after the other. Nights on which it was not judged do not interrupt them. */
  since: Night
})
export type Standing = typeof Standing.Type

/** How the answers of a step have changed since the last night that saw it; of a step seen for the first time, `come` is all there is. */
export const StepChange = Schema.Struct({
  step: Schema.String,
  gone: Schema.Array(Schema.String),
  come: Schema.Array(Schema.String),
  first: Schema.optionalKey(Schema.Boolean)
})
export type StepChange = typeof StepChange.Type

/** What the suite found. */
export const Judged = Schema.Struct({
  /** What the run was of. A night whose run was of something else is compared with nothing, and others begin anew from it. */
  about: Schema.Struct({
    target: HeaderLine.fields.target,
    profile: HeaderLine.fields.profile,
    types: HeaderLine.fields.types,
    only: HeaderLine.fields.only
  }),
  /** The exit code and the sentence of `bcda conformance`: the state, whatever it was before. */
  exitCode: Schema.Int,
  text: Schema.String,
  counts: Counts,
  requests: Schema.Int,
  /** Milliseconds. */
  took: Schema.Int,
  /** The checks of each verdict. */
  verdicts: Schema.Record(VerdictKind, Schema.Array(Schema.String)),
  /** What of the list of expected failures is not true. */
  surprises: Schema.Array(Surprise),
  wire: Schema.Array(StepChange)
})
export type Judged = typeof Judged.Type

/** How the small export went. */
export const Exported = Schema.Struct({
  /** Every file was read back from disk and is what the receipt says, and the server reported no error. */
  proven: Schema.Boolean,
  files: Schema.Int,
  lines: Schema.Int,
  /** Of the uncompressed NDJSON. */
  bytes: Schema.Int,
  wireBytes: Schema.Int,
  /** Milliseconds, from kick-off to proof. */
  took: Schema.Int,
  /** Why it is not proven. */
  because: Schema.optionalKey(Schema.String)
})
export type Exported = typeof Exported.Type

/** What is another than on the nights before. */
export const Changes = Schema.Struct({
  /** It needs a look and did not before, or is graver; checks that are new and need a look are among them. */
  newlyFailing: Schema.Array(Change),
  /** Checks that had a verdict and are gone. */
  vanished: Schema.Array(Schema.String),
  /** What of the list of expected failures is newly not true: a check that was expected to fail and passes. */
  surprises: Schema.Array(Surprise),
  newlyPassing: Schema.Array(Change),
  /** Steps whose answers have another shape; told, and not held against anybody. */
  wire: Schema.Int,
  /** Whether the export was proven before and is not now, or the other way round. */
  export: Schema.optionalKey(Schema.Literals(["broke", "healed"])),
  /** The target is reachable again; this was the first night on which it was not. */
  back: Schema.optionalKey(Night),
  /** How the profile, the API version or the types differ from those before: the comparison begins anew. */
  apart: Schema.Array(Schema.String)
})
export type Changes = typeof Changes.Type

export const NightLine = Schema.Struct({
  /** The format of the line; a reader refuses a number it does not know. */
  format: Schema.Literal(1),
  night: Night,
  /** The name of the target in the configuration. */
  target: Schema.String,
  /** The version of bcda-kit. */
  version: Schema.String,
  /** ISO 8601. */
  startedAt: Schema.String,
  /** Milliseconds. */
  took: Schema.Int,
  /** The folder with the reports, below the output directory. */
  folder: Schema.String,
  /** What the night came to: `judged`, the server was `unreachable`, or the run itself `broke` (disk, configuration). */
  state: Schema.Literals(["judged", "unreachable", "broke"]),
  /** By change: 0 nothing is worse · 1 something is · 2 the run could not write · 3 the target was unreachable · 4 a fault of the suite. */
  exitCode: Schema.Literals([0, 1, 2, 3, 4]),
  /** One sentence. */
  text: Schema.String,
  /** Whether there was no earlier night to compare with, so that `exitCode` is that of the verdicts. */
  first: Schema.Boolean,
  judged: Schema.optionalKey(Judged),
  export: Schema.optionalKey(Exported),
  changes: Changes,
  /** Everything that needs a look and already did on the night before, with the night of its beginning. */
  standing: Schema.Struct({
    checks: Schema.Array(Standing),
    surprises: Schema.Array(Schema.Struct({ text: Schema.String, since: Night })),
    export: Schema.optionalKey(Night),
    unreachable: Schema.optionalKey(Night)
  })
})
export type NightLine = typeof NightLine.Type

/** The JSON Schema of a line, for readers in other languages; published with the package as `history.schema.json`. */
export const historySchema = (): { readonly [key: string]: unknown } => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(NightLine)
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A line of history.jsonl of bcda nightly, format 1",
    ...schema,
    ...(Object.keys(definitions).length > 0 && { $defs: definitions })
  }
}
