/**
 * A recorded exchange: one request, what came back, and nothing secret. Checks see exchanges and nothing else, so a stored run can be
 * judged again without the server.
 *
 * Everything in it went through the redactor when it was recorded: the Authorization header is gone (`auth` names the scheme and a tag),
 * secrets and tokens are replaced by stable tags such as `[token#1]`, and a data file is reduced to counts and digests. Of servers whose
 * people may be real, every body is reduced: see `TextBody`.
 */
import { Schema } from "effect"

/** Where a line begins: its number, from 1, and the bytes of NDJSON before it. */
export const Spot = Schema.Struct({ line: Schema.Int, offset: Schema.Int })
export type Spot = typeof Spot.Type

/**
 * What is kept of an NDJSON file. No value of any resource is in it: types, counts, sizes, digests and member names only. Ids of people are
 * kept as tags that mean something within one run and nothing outside of it.
 */
export const FileFacts = Schema.Struct({
  kind: Schema.Literal("file"),
  /** Bytes as they came over the wire. */
  wireBytes: Schema.Int,
  /** A tag of bytes 32 to 63 of the wire, by which a part of a file is compared with the whole; absent when it is shorter. */
  part: Schema.optionalKey(Schema.String),
  /** Bytes of the NDJSON, inflated if it was compressed. */
  bytes: Schema.Int,
  /** sha256 of the NDJSON, in hex. */
  sha256: Schema.String,
  /** "announced" and "unannounced": a gzip body with and without Content-Encoding; "false": announced, but the body is not gzip. */
  gzip: Schema.Literals(["none", "announced", "unannounced", "false"]),
  /** Whether the body ended as it should; if not, `problem` says what happened. */
  complete: Schema.Boolean,
  problem: Schema.optionalKey(Schema.String),
  lines: Schema.Int,
  blankLines: Schema.Int,
  /** Lines that are not one JSON object. */
  badLines: Schema.Int,
  /** How many lines of each `resourceType`. */
  types: Schema.Record(Schema.String, Schema.Int),
  withoutType: Schema.Int,
  withoutId: Schema.Int,
  /** Where to look: the first few lines of each kind, and the first of each type. */
  spots: Schema.Struct({
    bad: Schema.Array(Spot),
    blank: Schema.Array(Spot),
    withoutType: Schema.Array(Spot),
    types: Schema.Record(Schema.String, Spot)
  }),
  /** Lines whose id an earlier line has. */
  repeatedIds: Schema.Int,
  /** Lines in which an object has a member twice. */
  doubledMembers: Schema.Int,
  /** Lines about a person whose id is not a negative number, the mark of made-up people. */
  positivePatients: Schema.Int,
  /** Tags of the people that the lines are about, Patients or what refers to them; absent when there are more than a few thousand. */
  patients: Schema.optionalKey(Schema.Array(Schema.String)),
  /** How many issues of each severity, in lines that are OperationOutcomes. */
  severities: Schema.Record(Schema.String, Schema.Int),
  byteOrderMark: Schema.Boolean,
  finalNewline: Schema.Boolean,
  /** The first line, as its size and the names of its members. */
  first: Schema.optionalKey(Schema.Struct({ bytes: Schema.Int, members: Schema.Array(Schema.String) }))
})
export type FileFacts = typeof FileFacts.Type

/**
 * The text of a small body, redacted; `truncated` when it was longer than what is kept.
 *
 * From a server that may hold real people's data it is reduced: of JSON `text` is the shape, with the values of the protocol itself, and of
 * anything else a note. `reduced` then has the number of lines and the digest of the redacted text.
 */
export const TextBody = Schema.Struct({
  kind: Schema.Literal("text"),
  text: Schema.String,
  /** Bytes of what was sent. */
  bytes: Schema.Int,
  truncated: Schema.Boolean,
  reduced: Schema.optionalKey(Schema.Struct({ lines: Schema.Int, sha256: Schema.String }))
})

export const EmptyBody = Schema.Struct({ kind: Schema.Literal("empty") })

/** What is kept of a body: nothing, its text, or facts about it where it holds people's data. */
export const Body = Schema.Union([EmptyBody, TextBody, FileFacts])
export type Body = typeof Body.Type

/** One request and its answer, as they are recorded: secrets and identifiers are tags. */
export const Exchange = Schema.Struct({
  kind: Schema.Literal("exchange"),
  /** `e001`, `e002`, … in the order in which requests were sent. */
  id: Schema.String,
  scenario: Schema.String,
  step: Schema.String,
  /** 1, 2, … for steps that send several requests: polls, one file per type. */
  attempt: Schema.Int,
  /** Who spoke: this suite over core's transport, or fhir-kit-client. */
  via: Schema.Literals(["bcda-kit", "fhir-kit-client"]),
  request: Schema.Struct({
    method: Schema.String,
    url: Schema.String,
    /** Without Authorization; names in lower case. */
    headers: Schema.Record(Schema.String, Schema.String),
    /** What was in Authorization: "none", "bearer [token#1]", "basic [client]", … */
    auth: Schema.String,
    /** What a POST brought along, redacted; absent when it was nothing. */
    content: Schema.optionalKey(Schema.String)
  }),
  response: Schema.optionalKey(
    Schema.Struct({
      status: Schema.Int,
      /** Names in lower case; repeated headers joined with a comma. */
      headers: Schema.Record(Schema.String, Schema.String),
      body: Body
    })
  ),
  /** No answer at all, or one that broke off: a code such as ECONNREFUSED, never a URL. */
  failure: Schema.optionalKey(Schema.String),
  /** What the manifest said about the file, for downloads. */
  declared: Schema.optionalKey(Schema.Struct({ type: Schema.String })),
  /** For fhir-kit-client: whether it took the answer, and its complaint if not. */
  accepted: Schema.optionalKey(Schema.Boolean),
  /** Milliseconds since the run began, and what the exchange took. */
  startedAt: Schema.Int,
  took: Schema.Int,
  /**
   * The wall clock when the answer was there, ISO 8601: what `Expires` and `transactionTime` are compared with. Where the run moved the
   * server's clock, so much later.
   */
  at: Schema.String
})
export type Exchange = typeof Exchange.Type

/** What became of a step. A step that did not run says why, and names the step that was to feed it. */
export const StepRecord = Schema.Struct({
  kind: Schema.Literal("step"),
  scenario: Schema.String,
  step: Schema.String,
  outcome: Schema.Literals(["ran", "blocked", "not-applicable", "not-run"]),
  because: Schema.optionalKey(Schema.String)
})
export type StepRecord = typeof StepRecord.Type

/** The end mark of a capture: its last line. A capture without it, or with other numbers of lines, is not whole. */
export const CaptureEnd = Schema.Struct({
  kind: Schema.Literal("end"),
  exchanges: Schema.Int,
  steps: Schema.Int
})
export type CaptureEnd = typeof CaptureEnd.Type

/** One line of `capture.jsonl`: the whole of what checks may look at, and the end mark. */
export const CaptureLine = Schema.Union([Exchange, StepRecord, CaptureEnd])
export type CaptureLine = typeof CaptureLine.Type

/** The end mark that makes these lines whole. */
export const endOf = (lines: ReadonlyArray<CaptureLine>): CaptureEnd => ({
  kind: "end",
  exchanges: lines.filter(({ kind }) => kind === "exchange").length,
  steps: lines.filter(({ kind }) => kind === "step").length
})

/** Whether the lines are all that the run recorded: the end mark is the last of them, and right. */
export const isWhole = (lines: ReadonlyArray<CaptureLine>): boolean => {
  const end = lines.at(-1)
  const { exchanges, steps } = endOf(lines)
  return end?.kind === "end" && end.exchanges === exchanges && end.steps === steps
}
