/** What `bcda.config.ts`, `.js` or `.json` may say. The schema is published with the package, for editors, as `bcda.config.schema.json`. */
import { ApiVersion, AuthKind, Dialect } from "@bcda-kit/core"
import { Schema } from "effect"
import { NightlyConfig } from "./NightlyConfig.ts"

/** The servers that have a name without a configuration. */
export const builtIn = ["embedded", "sandbox", "production"] as const

/** The name of an environment variable; a secret itself has no place in a configuration. */
const VariableName = Schema.String.check(
  Schema.isPattern(/^[A-Za-z_][A-Za-z0-9_]*$/u, { expected: "the name of an environment variable" })
)

const Name = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9._-]*$/u, {
    expected: "a name of letters, digits, dots, underscores and hyphens"
  })
)

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

const described = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.optionalKey(schema.annotate({ description }))

/** One more server. */
export const ConfiguredTarget = Schema.Struct({
  baseUrl: described(Schema.String, "Origin and optional path of a BCDA, or the FHIR base of another server"),
  extends: described(
    Schema.Literals(["sandbox", "production"]),
    "CMS's server that this is, with credentials or options of its own; in place of baseUrl"
  ),
  apiVersion: described(Dialect, "v1, v2, v3 or, for a server that is no BCDA, fhir. Default: v3"),
  auth: described(AuthKind, "How to get a token. Default: basic, and smart where apiVersion is fhir"),
  tokenEndpoint: described(Schema.String, "Where tokens come from, if the server does not say so itself"),
  tokenScope: described(Schema.String, "The OAuth scopes to ask for, with spaces between them"),
  allowedOrigins: described(Schema.Array(Schema.String), "Other origins that may see the token, such as a file server"),
  caFile: described(
    Schema.String,
    "PEM file of certificate authorities to trust besides Node's own; relative to this file"
  ),
  secrets: described(
    Schema.Struct({
      clientId: described(VariableName, "Default: BCDA_CLIENT_ID"),
      clientSecret: described(VariableName, "With auth basic. Default: BCDA_CLIENT_SECRET"),
      key: described(VariableName, "With auth smart, the private key. Default: BCDA_KEY")
    }),
    "Names of the environment variables that hold the credentials; never the credentials"
  ),
  credentialsMade: described(
    Schema.String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/u, { expected: "a day such as 2026-01-31" })),
    "The day when the credentials were made: bcda doctor warns before BCDA's 90 days are over"
  ),
  keyId: described(Schema.String, "The kid of the private key; PEM needs it"),
  group: described(Schema.String, "Whose data an export asks for: all, runout, or a Group's id")
}).check(
  Schema.makeFilter((target) =>
    (target.baseUrl === undefined) !== (target.extends === undefined)
      ? undefined
      : "exactly one of baseUrl and extends is needed"
  )
)
export type ConfiguredTarget = typeof ConfiguredTarget.Type

/** What an export may be told beforehand. */
const exportFields = {
  target: described(Schema.String, "embedded, sandbox, production, the name of a target below targets, or a URL"),
  apiVersion: described(ApiVersion, "As --api-version"),
  out: described(Schema.String, "As --out; relative to this file"),
  group: described(Schema.String, "As --group"),
  patient: described(Schema.Boolean, "As --patient"),
  type: described(Schema.Array(Schema.String).check(Schema.isMinLength(1)), "As --type"),
  since: described(Schema.String, "As --since: a FHIR instant, or auto"),
  typeFilter: described(Schema.String, "As --type-filter"),
  claims: described(Schema.Literals(["adjudicated", "partial", "all"]), "As --claims"),
  finalAction: described(Schema.Boolean, "As --final-action"),
  serviceFrom: described(Schema.String, "As --service-from"),
  serviceTo: described(Schema.String, "As --service-to"),
  watermarks: described(Schema.String, "As --watermarks; relative to this file"),
  acceptErrors: described(Schema.Boolean, "As --accept-errors"),
  evenIfUnchanged: described(Schema.Boolean, "As --even-if-unchanged"),
  adopt: described(Schema.Boolean, "As --adopt"),
  cancelOnInterrupt: described(Schema.Boolean, "As --cancel-on-interrupt"),
  verify: described(Schema.Literals(["json", "bytes"]), "As --verify"),
  concurrency: described(Count, "As --concurrency"),
  gzip: described(Schema.Literals(["keep", "decode"]), "As --gzip"),
  limits: described(
    Schema.Struct({
      answerBytes: Schema.optionalKey(Count),
      files: Schema.optionalKey(Count),
      fileBytes: Schema.optionalKey(Count),
      lineBytes: Schema.optionalKey(Count),
      inflation: Schema.optionalKey(Count)
    }),
    "As --limits: what the server may send at most"
  )
}

export const ExportDefaults = Schema.Struct(exportFields)
export type ExportDefaults = typeof ExportDefaults.Type

/** The whole file. */
export const ConfigFile = Schema.Struct({
  $schema: described(Schema.String, "Where the JSON Schema of this file is, for editors"),
  targets: described(
    Schema.Record(Name, ConfiguredTarget),
    "Servers by name, for --target NAME. embedded, sandbox and production are taken"
  ),
  presets: described(Schema.Record(Name, ExportDefaults), "Options of exports by name, for bcda export --preset NAME"),
  defaults: described(
    ExportDefaults,
    "What holds where neither the command line, nor the preset, nor the target says else"
  ),
  nightly: described(NightlyConfig, "What bcda nightly does")
})
export type ConfigFile = typeof ConfigFile.Type

/** The JSON Schema (draft 2020-12) of the file. */
export const configJsonSchema = (): { readonly [key: string]: unknown } => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(ConfigFile, { onExcessProperty: "error" })
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "bcda.config.json of bcda-kit",
    ...schema,
    ...(Object.keys(definitions).length > 0 && { $defs: definitions })
  }
}
