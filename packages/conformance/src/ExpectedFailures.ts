/**
 * Known breaches, listed beforehand. An entry excuses one verdict of one check and nothing else; the check still runs, and a list that is no
 * longer true turns the run red: an entry whose check passes, whose check breaks in another way, that stands for no check, or whose date to
 * look at it again has gone by. What is no verdict on the matter (`blocked`, `engine-error`, …) is never excused.
 */

import { Dialect } from "@bcda-kit/core"
import { Schema } from "effect"
import { ProfileId } from "./Profile.ts"
import { Severity } from "./Requirement.ts"
import { type TargetDescriptor, TargetKind } from "./TargetDescriptor.ts"

const day = /^\d{4}-\d{2}-\d{2}$/u

/** A breach that is known, of one check, with a reason and the day until which it is borne. */
export const ExpectedFailure = Schema.Struct({
  /** Id of the check. */
  check: Schema.String,
  /** The verdict that is excused; a graver one, or a milder one, is not. */
  verdict: Severity,
  /** Where the check breaks, as in `Evidence.at`; if it breaks anywhere else too, that is not excused. Default: anywhere. */
  at: Schema.optionalKey(Schema.NonEmptyArray(Schema.String)),
  /** Profiles, kinds and names of targets, and API versions that the entry is for. Default: all. */
  profiles: Schema.optionalKey(Schema.NonEmptyArray(ProfileId)),
  kinds: Schema.optionalKey(Schema.NonEmptyArray(TargetKind)),
  targets: Schema.optionalKey(Schema.NonEmptyArray(Schema.String)),
  apiVersions: Schema.optionalKey(Schema.NonEmptyArray(Dialect)),
  /** Why it is so, and why it is borne. */
  reason: Schema.NonEmptyString,
  /** Where that can be read. */
  link: Schema.String.check(Schema.isPattern(/^https?:\/\/\S+$/u)),
  /** The last day (UTC) on which the entry counts without anybody having looked at it again: 2027-03-31. */
  review: Schema.String.check(
    Schema.isPattern(day),
    Schema.makeFilter((text) => !Number.isNaN(Date.parse(text)) || "not a day of the calendar")
  )
})
export type ExpectedFailure = typeof ExpectedFailure.Type

/** A file of expected failures. */
export const ExpectedFailures = Schema.Struct({
  /** The format of the file; a reader refuses a number it does not know. */
  format: Schema.Literal(1),
  /** For editors; not read. The JSON Schema is published as `expected.schema.json`. */
  $schema: Schema.optionalKey(Schema.String),
  expected: Schema.Array(ExpectedFailure)
})
export type ExpectedFailures = typeof ExpectedFailures.Type

/** Why a list is not true any more. */
export const Surprise = Schema.Struct({
  check: Schema.String,
  what: Schema.Literals(["passes", "breaks otherwise", "matches nothing", "past its date"]),
  /** A sentence for people. */
  text: Schema.String
})
export type Surprise = typeof Surprise.Type

/** What decides whether an entry is for a run. */
export interface Occasion {
  readonly descriptor: TargetDescriptor
  readonly profile: ProfileId
}

const includes = <A>(list: ReadonlyArray<A> | undefined, one: A): boolean => list === undefined || list.includes(one)

/** The entries of a list that are for a run. */
export const entriesFor = (
  list: ReadonlyArray<ExpectedFailure>,
  { descriptor, profile }: Occasion
): ReadonlyArray<ExpectedFailure> =>
  list.filter(
    ({ apiVersions, kinds, profiles, targets }) =>
      includes(profiles, profile) &&
      includes(kinds, descriptor.kind) &&
      includes(targets, descriptor.name) &&
      includes(apiVersions, descriptor.apiVersion)
  )

/** As much of a verdict as an entry looks at. */
interface Judged {
  readonly check: string
  readonly verdict: string
  readonly evidence: ReadonlyArray<{ readonly at: string; readonly holds: boolean }>
}

const fits = (entry: ExpectedFailure, { evidence, verdict }: Judged): boolean =>
  verdict === entry.verdict && evidence.every(({ at, holds }) => holds || includes(entry.at, at))

/** The entry that excuses a verdict, if one does. Pure. */
export const excuseFor = (entries: ReadonlyArray<ExpectedFailure>, judged: Judged): ExpectedFailure | undefined => {
  const entry = entries.find(({ check }) => check === judged.check)
  return entry !== undefined && fits(entry, judged) ? entry : undefined
}

const breaches: ReadonlySet<string> = new Set(Severity.literals)

const broken = ({ evidence }: Judged): string =>
  [...new Set(evidence.filter(({ holds }) => !holds).map(({ at }) => at))].join(", ")

const surpriseOf = (entry: ExpectedFailure, judged: Judged | undefined): Surprise | undefined => {
  const { check } = entry
  if (judged?.verdict === "pass") {
    return { check, what: "passes", text: `${check} passes, and was expected to ${entry.verdict}` }
  }
  if (judged === undefined || !breaches.has(judged.verdict) || fits(entry, judged)) return undefined
  const found = `${judged.verdict} at ${broken(judged)}`
  const wanted = `${entry.verdict}${entry.at === undefined ? "" : ` at ${entry.at.join(", ")}`}`
  return { check, what: "breaks otherwise", text: `${check} was expected to ${wanted}, and does ${found}` }
}

/** When the day of an entry is over, in milliseconds since 1970. */
const dueAt = ({ review }: ExpectedFailure): number => Date.parse(review) + 86_400_000

/**
 * What of a list is no longer true. `judged` are the verdicts before anything was excused, `known` the checks that the profile judges.
 * Pure: the time is given, in milliseconds since 1970.
 */
export const surprisesOf = (
  entries: ReadonlyArray<ExpectedFailure>,
  options: { readonly judged: Iterable<Judged>; readonly known: ReadonlySet<string>; readonly now: number }
): ReadonlyArray<Surprise> => {
  const verdicts = new Map(Array.from(options.judged, (one) => [one.check, one]))
  return entries.flatMap((entry, index): ReadonlyArray<Surprise> => {
    const { check } = entry
    if (!options.known.has(check)) {
      return [
        { check, what: "matches nothing", text: `${check} is expected to fail, and the profile has no such check` }
      ]
    }
    if (entries.findIndex((other) => other.check === check) !== index) {
      return [
        { check, what: "matches nothing", text: `${check} is expected to fail twice; the second entry never counts` }
      ]
    }
    const surprise = surpriseOf(entry, verdicts.get(check))
    const text = `the entry for ${check} was to be looked at again by ${entry.review}`
    const late: ReadonlyArray<Surprise> = options.now >= dueAt(entry) ? [{ check, what: "past its date", text }] : []
    return [...(surprise === undefined ? [] : [surprise]), ...late]
  })
}
