/** What a configuration may say about `bcda nightly`. */
import { Schema } from "effect"

const described = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.optionalKey(schema.annotate({ description }))

const Amount = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** One target of every night. */
export const NightlyTarget = Schema.Struct({
  target: Schema.String.annotate({
    description:
      "As --target: a name below targets, embedded, sandbox, production, a URL, or a file that describes a target, relative to this file"
  }),
  profile: described(
    Schema.Literals(["bcda-today", "bcda-page", "ig-stu2", "ig-stu3", "ig-stu4-ballot"]),
    "As --profile of bcda conformance"
  ),
  expected: described(Schema.String, "As --expected of bcda conformance: a file, relative to this one, or none"),
  only: described(Schema.Array(Schema.String).check(Schema.isMinLength(1)), "As --only of bcda conformance"),
  budget: described(
    Schema.Struct({
      jobs: Schema.optionalKey(Amount),
      requests: Schema.optionalKey(Amount),
      requestsPerMinute: Schema.optionalKey(Count),
      tokens: Schema.optionalKey(Amount)
    }),
    "The most that the suite may cost the server; can be stricter than what its kind allows, never looser"
  ),
  type: described(
    Schema.Array(Schema.String).check(Schema.isMinLength(1)),
    "What the small export asks for. Default: the first of the target's small types, Patient on a BCDA"
  ),
  export: described(Schema.Boolean, "Whether there is an export. Default: true"),
  yesProduction: described(Schema.Boolean, "As --yes-production: needed where real people's claims are")
})
export type NightlyTarget = typeof NightlyTarget.Type

/** The part of the file called `nightly`. */
export const NightlyConfig = Schema.Struct({
  targets: described(
    Schema.Array(NightlyTarget).check(Schema.isMinLength(1)),
    "Which targets have a night, in this order"
  ),
  history: described(Schema.String, "As --history; relative to this file"),
  out: described(Schema.String, "As --out; relative to this file"),
  state: described(Schema.String, "As --state; relative to this file"),
  keep: described(Count, "As --keep: of how many nights the reports stay")
})
export type NightlyConfig = typeof NightlyConfig.Type
