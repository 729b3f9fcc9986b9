import { Schema } from "effect"

/** The server's FHIR CapabilityStatement: the fields this client reads, and everything else as it came. */
export const CapabilityStatement = Schema.StructWithRest(
  Schema.Struct({
    resourceType: Schema.Literal("CapabilityStatement"),
    /** `3.0.1` on v1, `4.0.1` on v2 and v3. */
    fhirVersion: Schema.String,
    /** BCDA's release, such as `r292`. */
    software: Schema.optionalKey(
      Schema.Struct({ name: Schema.optionalKey(Schema.String), version: Schema.optionalKey(Schema.String) })
    )
  }),
  [Schema.Record(Schema.String, Schema.Unknown)]
)
export type CapabilityStatement = typeof CapabilityStatement.Type
