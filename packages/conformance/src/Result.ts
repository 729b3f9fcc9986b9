/**
 * The lines of `results.jsonl`: a header, one verdict for each check, a footer. The file is the truth; every report is a view of it.
 * A file without a footer belongs to a run that did not reach its end.
 */
import { Schema } from "effect"
import { ExpectedFailure, Surprise } from "./ExpectedFailures.ts"
import { Plan } from "./Plan.ts"
import { ProbeLine } from "./Probe.ts"
import { ProfileId } from "./Profile.ts"
import { Severity } from "./Requirement.ts"
import { Smoke } from "./Smoke.ts"
import { TargetDescriptor } from "./TargetDescriptor.ts"

/**
 * - `pass`: every assertion held, on at least one exchange.
 * - `fail`, `warn`, `info`: an assertion did not hold; which of them follows from the requirements (SHALL or a promise, SHOULD or known
 *   behaviour, MAY).
 * - `not-applicable`: the target has no such thing. `not-run`: chosen out, or the moment had passed.
 * - `blocked`: an earlier step failed, or the server never answered; `because` names it.
 * - `expected-fail`: a known breach that was listed beforehand: see `ExpectedFailure`. `excused` says what was listed.
 * - `engine-error`: the suite's own fault: a check that broke, asserted nothing or saw no exchange.
 */
export const VerdictKind = Schema.Literals([
  "pass",
  "fail",
  "warn",
  "info",
  "not-applicable",
  "not-run",
  "blocked",
  "expected-fail",
  "engine-error"
])
export type VerdictKind = typeof VerdictKind.Type

/** What shows that an assertion held, or where it did not: the exchanges and the places in them. Redacted, as they are. */
export const Evidence = Schema.Struct({
  /** Id of the exchange in `capture.jsonl`. */
  exchange: Schema.String,
  step: Schema.String,
  method: Schema.String,
  url: Schema.String,
  status: Schema.optionalKey(Schema.Int),
  /** `status`, `header NAME`, `body $.path`, `file FACT`. */
  at: Schema.String,
  /** The line of the body, from 1, and the bytes before what is meant: of a file's NDJSON, or of the text that was kept. */
  line: Schema.optionalKey(Schema.Int),
  offset: Schema.optionalKey(Schema.Int),
  expected: Schema.String,
  actual: Schema.String,
  holds: Schema.Boolean,
  /** Whose statement it is: ids of the registry, those of the check that count under the profile. Absent in files of before. */
  requirements: Schema.optionalKey(Schema.Array(Schema.String))
})
export type Evidence = typeof Evidence.Type

/** The first line of the results: which server was judged, when, by what, and what that was to cost. */
export const HeaderLine = Schema.Struct({
  kind: Schema.Literal("header"),
  /** The format of the file; a reader refuses a number it does not know. */
  format: Schema.Literal(1),
  target: Schema.Struct({
    name: Schema.String,
    baseUrl: Schema.String,
    apiVersion: Schema.String,
    auth: Schema.String
  }),
  profile: ProfileId,
  /** Everything declared of the target: what a stored run needs to be judged again. */
  descriptor: Schema.optionalKey(TargetDescriptor),
  /** The checks chosen, by id or area; absent when all of the profile are. */
  only: Schema.optionalKey(Schema.Array(Schema.String)),
  plan: Schema.optionalKey(Plan),
  /** How the first exchanges went. If they did not go well, nothing else was asked. */
  smoke: Schema.optionalKey(Smoke),
  /** The descriptor beside the CapabilityStatement. */
  probe: Schema.optionalKey(Schema.Array(ProbeLine)),
  /** ISO 8601. */
  startedAt: Schema.String,
  /** How many checks will have a verdict if the run reaches its end. */
  checks: Schema.Int,
  types: Schema.Array(Schema.String)
})
export type HeaderLine = typeof HeaderLine.Type

/** What came of one check. */
export const VerdictLine = Schema.Struct({
  kind: Schema.Literal("verdict"),
  check: Schema.String,
  title: Schema.String,
  /** The scenario whose exchanges decided it. */
  scenario: Schema.String,
  requirements: Schema.Array(Schema.String),
  verdict: VerdictKind,
  /** What the breach found is worth under the profile; without one, what the gravest would be. */
  severity: Schema.optionalKey(Severity),
  /** Of the first assertion that did not hold. */
  expected: Schema.optionalKey(Schema.String),
  actual: Schema.optionalKey(Schema.String),
  /** Why there is no verdict on the matter itself. */
  because: Schema.optionalKey(Schema.String),
  /** Of an `expected-fail`: the entry that excuses it. `severity` says what it would have been. */
  excused: Schema.optionalKey(
    Schema.Struct({
      reason: ExpectedFailure.fields.reason,
      link: ExpectedFailure.fields.link,
      review: ExpectedFailure.fields.review
    })
  ),
  /** How many assertions were made. */
  assertions: Schema.Int,
  /** Ids of the exchanges looked at. */
  exchanges: Schema.Array(Schema.String),
  /** Every assertion that did not hold, and the first few that did. */
  evidence: Schema.Array(Evidence)
})
export type VerdictLine = typeof VerdictLine.Type

/** How many checks came to which verdict. */
export const Counts = Schema.Struct({
  pass: Schema.Int,
  fail: Schema.Int,
  warn: Schema.Int,
  info: Schema.Int,
  "not-applicable": Schema.Int,
  "not-run": Schema.Int,
  blocked: Schema.Int,
  "expected-fail": Schema.Int,
  "engine-error": Schema.Int
})
export type Counts = typeof Counts.Type

/** The last line of the results. A file without it is of a run that was cut off. */
export const FooterLine = Schema.Struct({
  kind: Schema.Literal("footer"),
  counts: Counts,
  /** What was listed as expected to fail and did not do so; any of them makes the run red. */
  surprises: Schema.optionalKey(Schema.Array(Surprise)),
  /** Whether every check has its verdict. */
  complete: Schema.Boolean,
  /** How many requests were sent, clean-up included. */
  exchanges: Schema.Int,
  /** Milliseconds. */
  took: Schema.Int
})
export type FooterLine = typeof FooterLine.Type

/** One line of `results.jsonl`. */
export const ResultLine = Schema.Union([HeaderLine, VerdictLine, FooterLine])
export type ResultLine = typeof ResultLine.Type

/** How many verdicts of each kind. */
export const countVerdicts = (verdicts: Iterable<{ readonly verdict: VerdictKind }>): Counts => {
  const counts: Record<VerdictKind, number> = {
    pass: 0,
    fail: 0,
    warn: 0,
    info: 0,
    "not-applicable": 0,
    "not-run": 0,
    blocked: 0,
    "expected-fail": 0,
    "engine-error": 0
  }
  for (const { verdict } of verdicts) counts[verdict]++
  return counts
}
