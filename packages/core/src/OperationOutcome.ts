/** Reads FHIR OperationOutcomes, in the shapes of all three API versions. */
import { Option, Schema } from "effect"
import { readDocuments } from "./internal/documents.ts"
import { quote } from "./Redact.ts"

/** One issue. `text` is for people: redacted, and empty when the server gave none. */
export interface Issue {
  readonly severity: "fatal" | "error" | "warning" | "information"
  readonly code: string
  readonly text: string
}

/** What a body holds. */
export interface Outcomes {
  /** Of every OperationOutcome in the body, in order. */
  readonly issues: ReadonlyArray<Issue>
  /** How many JSON documents the body is; BCDA sends two in one body for archived jobs and empty job lists. */
  readonly documents: number
  /** The first text there is, or empty: what to tell a person. */
  readonly text: string
}

const optionalText = Schema.optional(Schema.NullOr(Schema.String))
const Outcome = Schema.Struct({ resourceType: Schema.Literal("OperationOutcome"), issue: Schema.Array(Schema.Unknown) })
const Severity = Schema.Literals(["fatal", "error", "warning", "information"])
const Texts = Schema.Struct({
  code: optionalText,
  diagnostics: optionalText,
  details: Schema.optional(
    Schema.NullOr(
      Schema.Struct({
        text: optionalText,
        coding: Schema.optional(Schema.NullOr(Schema.Array(Schema.Struct({ display: optionalText }))))
      })
    )
  )
})
const decode = Schema.decodeUnknownOption(Outcome)
const decodeSeverity = Schema.decodeUnknownOption(Schema.Struct({ severity: Severity }))
const decodeTexts = Schema.decodeUnknownOption(Texts)

/**
 * The issues of one resource; none if it is not an OperationOutcome.
 * v1 writes `diagnostics`, v2 adds `details.coding` and `details.text`, v3 `details.text`; each may be missing, and warnings have
 * `details.text` alone. An issue that is not built as FHIR has it, or has a severity FHIR does not know, counts as an error rather than
 * not at all.
 */
export const fromResource = (resource: unknown): ReadonlyArray<Issue> =>
  Option.match(decode(resource), {
    onNone: () => [],
    onSome: (outcome) => outcome.issue.map(issueOf)
  })

const issueOf = (issue: unknown): Issue => {
  const { code, diagnostics, details } = Option.getOrElse(decodeTexts(issue), (): typeof Texts.Type => ({}))
  return {
    severity: Option.match(decodeSeverity(issue), { onNone: () => "error", onSome: ({ severity }) => severity }),
    code: quote(code ?? ""),
    text: quote(diagnostics || details?.text || details?.coding?.find((coding) => coding.display)?.display || "")
  }
}

/** The issues of a body, which may be several documents, or none: then there are no issues, and that is not an error. */
export const parse = (body: string): Outcomes => {
  const { documents } = readDocuments(body)
  const issues = documents.flatMap(fromResource)
  return { issues, documents: documents.length, text: issues.find((issue) => issue.text !== "")?.text ?? "" }
}
