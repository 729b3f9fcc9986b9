/**
 * A target as a run sees it: the server, and what is declared of it beforehand. A file, a built-in name or a plain `Target` all become one.
 *
 * What is declared decides what is asked of the server (levels, methods, safe or not, how much) and what counts as its own business
 * (`not-applicable` for what it does not claim to have). A probe compares it with the CapabilityStatement and says where they differ.
 */
import { AuthKind, Dialect, Target, TargetError } from "@bcda-kit/core"
import { Result, Schema } from "effect"
import { IgVersion } from "./Requirement.ts"

/**
 * Whose server it is, which decides what may be done to it.
 *
 * - `embedded`, `mock`: started for this; anything goes.
 * - `other`: a server of the user's; anything goes that the scenarios have.
 * - `sandbox`: CMS's public one, shared by everybody: nothing that strains it.
 * - `production`: real people's claims: reads, and the one job they need.
 */
export const TargetKind = Schema.Literals(["embedded", "sandbox", "production", "mock", "other"])
export type TargetKind = typeof TargetKind.Type

/** How a kick-off is sent. */
export const KickOffMethod = Schema.Literals(["GET", "POST"])
export type KickOffMethod = typeof KickOffMethod.Type

const Amount = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** The most a run may cost the server. What is absent has no limit. */
export const Budget = Schema.Struct({
  /** Jobs started, whether wanted or not. */
  jobs: Schema.optionalKey(Amount),
  /** Requests of every kind: polls, tokens and clean-up included. */
  requests: Schema.optionalKey(Amount),
  /** Within any minute; a run waits for its turn. At least 1. */
  requestsPerMinute: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
  /** Tokens issued. Attempts that are meant to be refused do not count. */
  tokens: Schema.optionalKey(Amount)
})
export type Budget = typeof Budget.Type

/** The name of an environment variable; a secret itself has no place in a descriptor. */
const VariableName = Schema.String.check(Schema.isPattern(/^[A-Z_][A-Z0-9_]*$/u))

/** Where in the environment the credentials are. */
export const SecretNames = Schema.Struct({
  clientId: VariableName,
  /** With `auth` basic. */
  clientSecret: VariableName,
  /** With `auth` smart: a private key, JWK or JWKS as JSON, or PKCS#8 PEM with a `keyId`. */
  key: VariableName
})

/** Which `$export`s there are. A server that is no BCDA is taken to have `Patient/$export` alone as long as nobody says more. */
export const Levels = Schema.Struct({
  patient: Schema.Boolean,
  /** Ids of groups that can be exported, the one to use first. Empty: no group level. */
  group: Schema.Array(Schema.String),
  system: Schema.Boolean
})
export type Levels = typeof Levels.Type

/** What is known of the data behind the server. */
export const DataFacts = Schema.Struct({
  /** Every type that an export without `_type` has files of. Empty: not known. */
  types: Schema.Array(Schema.String),
  /** Types to export when any will do: little data, one file each. */
  smallTypes: Schema.NonEmptyArray(Schema.String),
  /** Whether ids of Patients are negative numbers, CMS's sign of made-up people. */
  negativePatientIds: Schema.Boolean,
  /** Types whose export is known to be empty. */
  empty: Schema.Array(Schema.String)
})
export type DataFacts = typeof DataFacts.Type

const auth = { tokenEndpoint: Schema.optionalKey(Schema.String), tokenScope: Schema.optionalKey(Schema.String) }

/** Everything declared of a target. Holds no secret, so that it can be printed and stored. */
export const TargetDescriptor = Schema.Struct({
  name: Schema.String,
  kind: TargetKind,
  /** Origin and optional path of a BCDA, or the FHIR base of another server. */
  baseUrl: Schema.String,
  apiVersion: Dialect,
  auth: AuthKind,
  ...auth,
  allowedOrigins: Schema.optionalKey(Schema.Array(Schema.String)),
  keyId: Schema.optionalKey(Schema.String),
  secrets: SecretNames,
  levels: Levels,
  methods: Schema.NonEmptyArray(KickOffMethod),
  /** The edition of the IG it follows; the profile of a server that is no BCDA. */
  ig: IgVersion,
  /** As in `CapabilityStatement.fhirVersion`. */
  fhirVersion: Schema.String,
  data: DataFacts,
  budget: Budget
})
export type TargetDescriptor = typeof TargetDescriptor.Type

/**
 * The JSON form of a descriptor: everything but the base URL has a default, the one of `TargetDescriptor` of a plain `Target`. An unknown
 * member is an error, so that a misspelt limit is not a missing one.
 */
export const TargetFile = Schema.Struct({
  /** For editors; not read. The JSON Schema is published as `target.schema.json`. */
  $schema: Schema.optionalKey(Schema.String),
  name: Schema.optionalKey(Schema.String),
  kind: Schema.optionalKey(TargetKind),
  baseUrl: Schema.String,
  apiVersion: Schema.optionalKey(Dialect),
  auth: Schema.optionalKey(AuthKind),
  ...auth,
  allowedOrigins: Schema.optionalKey(Schema.Array(Schema.String)),
  /** With `auth` smart: the `kid`, for a key that has none of its own or one among several. */
  keyId: Schema.optionalKey(Schema.String),
  secrets: Schema.optionalKey(
    Schema.Struct({
      clientId: Schema.optionalKey(VariableName),
      clientSecret: Schema.optionalKey(VariableName),
      key: Schema.optionalKey(VariableName)
    })
  ),
  levels: Schema.optionalKey(
    Schema.Struct({
      patient: Schema.optionalKey(Schema.Boolean),
      group: Schema.optionalKey(Schema.Array(Schema.String)),
      system: Schema.optionalKey(Schema.Boolean)
    })
  ),
  methods: Schema.optionalKey(Schema.NonEmptyArray(KickOffMethod)),
  ig: Schema.optionalKey(IgVersion),
  fhirVersion: Schema.optionalKey(Schema.String),
  data: Schema.optionalKey(
    Schema.Struct({
      types: Schema.optionalKey(Schema.Array(Schema.String)),
      smallTypes: Schema.optionalKey(Schema.NonEmptyArray(Schema.String)),
      negativePatientIds: Schema.optionalKey(Schema.Boolean),
      empty: Schema.optionalKey(Schema.Array(Schema.String))
    })
  ),
  budget: Schema.optionalKey(Budget)
})
export type TargetFile = typeof TargetFile.Type

const hosts: Readonly<Record<string, TargetKind>> = {
  "sandbox.bcda.cms.gov": "sandbox",
  "api.bcda.cms.gov": "production",
  "bcda.cms.gov": "production"
}

/** CMS's hosts are what they are, whatever anybody declares; other hosts are what is declared. */
const kindOf = (baseUrl: string, declared: TargetKind = "other"): TargetKind =>
  hosts[new URL(baseUrl).hostname] ?? declared

/** What is spent at most on servers that are not one's own: three jobs and about sixty requests are one night. */
const budgets: Readonly<Record<TargetKind, Budget>> = {
  embedded: {},
  mock: {},
  other: {},
  sandbox: { jobs: 3, requests: 60, requestsPerMinute: 30, tokens: 1 },
  production: { jobs: 1, requests: 60, requestsPerMinute: 20, tokens: 1 }
}

const bcdaFhir = { v1: "3.0.1", v2: "4.0.1", v3: "4.0.1", fhir: "4.0.1" }

/** What is taken to be so of a target of which nothing more is said. A stricter budget than the kind's own can be declared, a looser one not. */
export const describeTarget = (target: Target, file: Omit<TargetFile, "baseUrl"> = {}): TargetDescriptor => {
  const { name, baseUrl, apiVersion, auth, tokenEndpoint, tokenScope, allowedOrigins, isBcda } = target
  const kind = kindOf(baseUrl, file.kind)
  return {
    name,
    kind,
    baseUrl,
    apiVersion,
    auth,
    ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }),
    ...(tokenScope === undefined ? {} : { tokenScope }),
    ...(allowedOrigins === undefined ? {} : { allowedOrigins }),
    ...(file.keyId === undefined ? {} : { keyId: file.keyId }),
    secrets: { clientId: "BCDA_CLIENT_ID", clientSecret: "BCDA_CLIENT_SECRET", key: "BCDA_KEY", ...file.secrets },
    levels:
      file.levels === undefined
        ? { patient: true, group: isBcda ? ["all", "runout"] : [], system: false }
        : { patient: false, group: [], system: false, ...file.levels },
    methods: file.methods ?? ["GET"],
    ig: file.ig ?? "stu2",
    fhirVersion: file.fhirVersion ?? bcdaFhir[apiVersion],
    data: {
      types: [],
      smallTypes: isBcda ? ["Patient", "Coverage"] : ["Patient"],
      negativePatientIds: kind === "sandbox" || kind === "embedded",
      empty: [],
      ...file.data
    },
    budget: stricter(budgets[kind], file.budget ?? {})
  }
}

const stricter = (own: Budget, declared: Budget): Budget => {
  const least = (name: keyof Budget): number | undefined => {
    const [a, b] = [own[name], declared[name]]
    return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
  }
  const [jobs, requests, requestsPerMinute, tokens] = [
    least("jobs"),
    least("requests"),
    least("requestsPerMinute"),
    least("tokens")
  ]
  return {
    ...(jobs === undefined ? {} : { jobs }),
    ...(requests === undefined ? {} : { requests }),
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(tokens === undefined ? {} : { tokens })
  }
}

/** A descriptor from what a file says. Fails with `TargetError` if the addresses in it cannot be a target's. */
export const descriptorFromFile = (file: TargetFile): Result.Result<TargetDescriptor, TargetError> => {
  const { allowedOrigins, apiVersion, auth, name, tokenEndpoint, tokenScope } = file
  return Target.fromUrl(file.baseUrl, { allowedOrigins, apiVersion, auth, name, tokenEndpoint, tokenScope }).pipe(
    Result.flatMap((target) => {
      const descriptor = describeTarget(target, file)
      return Object.values(exportPaths(descriptor)).some((path) => path !== undefined)
        ? Result.succeed(descriptor)
        : Result.fail(new TargetError({ detail: "its levels name nothing that can be exported" }))
    })
  )
}

/** The part of a descriptor that is core's: where to send what, and where tokens may go. */
export const targetOf = (descriptor: TargetDescriptor): Target => {
  const { allowedOrigins, apiVersion, auth, baseUrl, name, tokenEndpoint, tokenScope } = descriptor
  return new Target({
    name,
    baseUrl,
    apiVersion,
    auth,
    ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }),
    ...(tokenScope === undefined ? {} : { tokenScope }),
    ...(allowedOrigins === undefined ? {} : { allowedOrigins })
  })
}

/** Either, as a descriptor. */
export const descriptorOf = (target: Target | TargetDescriptor): TargetDescriptor =>
  target instanceof Target ? describeTarget(target) : target

/** The path below the FHIR base of the `$export` that a run uses: the first group's, else that of all patients, else the system's. */
export const exportPaths = ({
  levels
}: TargetDescriptor): Readonly<Record<"group" | "patient" | "system", string | undefined>> => ({
  group: levels.group[0] === undefined ? undefined : `Group/${encodeURIComponent(levels.group[0])}/$export`,
  patient: levels.patient ? "Patient/$export" : undefined,
  system: levels.system ? "$export" : undefined
})
