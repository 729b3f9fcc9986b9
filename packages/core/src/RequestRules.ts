/** What a server would not like about a request, or would not do, said before anything is sent. */
import { Duration, Result } from "effect"
import { InvalidRequest } from "./Errors.ts"
import { ExportRequest } from "./ExportRequest.ts"
import { parseInstant } from "./internal/instants.ts"
import type { ApiVersion, Target } from "./Target.ts"
import { TypeFilter } from "./TypeFilter.ts"

/** The resource types of each API version of BCDA. v1 also accepts Observation, and then its job fails. */
export const resourceTypes: Readonly<Record<ApiVersion, ReadonlyArray<string>>> = {
  v1: ["Patient", "Coverage", "ExplanationOfBenefit"],
  v2: ["Patient", "Coverage", "ExplanationOfBenefit", "Claim", "ClaimResponse"],
  v3: ["Patient", "Coverage", "ExplanationOfBenefit"]
}

/** What `check` needs besides the request and the target. */
export interface RuleOptions {
  /** Milliseconds since 1970, by this machine. */
  readonly now: number
  /** How far this machine's clock may be behind the server's. */
  readonly clockSkew: Duration.Duration
}

/**
 * Fails with everything that is wrong with a request for this target, in words that say what to do instead. For BCDA these are the rules that
 * it enforces, and those that it does not but should: what it would ignore, drop or misread without a word. Rules that depend on who asks
 * (data kinds, models, attribution) stay the server's. For other servers only what cannot be sent at all.
 * Source: bcda-app `ValidateRequestURL` and `bulkRequest`.
 */
export const check = (
  request: ExportRequest,
  target: Target,
  options: RuleOptions
): Result.Result<void, InvalidRequest> => {
  const { apiVersion } = target
  const flaws = apiVersion === "fhir" ? plainFlaws(request) : bcdaFlaws(request, apiVersion, options)
  return flaws.length === 0 ? Result.void : Result.fail(new InvalidRequest({ detail: flaws.join("; ") }))
}

const ownNames = new Set(["_type", "_since", "_typeFilter"])

const plainFlaws = ({ scope, parameters }: ExportRequest): ReadonlyArray<string> => [
  ...(scope === "all" || scope === "runout"
    ? [`the scope ${scope} is a group of BCDA's; give { group } with an id of this server, patient or system`]
    : []),
  ...Object.keys(parameters ?? {})
    .filter((name) => ownNames.has(name))
    .map((name) => `${name} has a field of its own in the request; leave it out of the other parameters`)
]

const bcdaFlaws = (request: ExportRequest, version: ApiVersion, options: RuleOptions): ReadonlyArray<string> => [
  ...scopeFlaws(request),
  ...typeFlaws(request, version),
  ...sinceFlaws(request, options),
  ...filterFlaws(request, version),
  ...Object.keys(request.parameters ?? {}).map((name) =>
    name === "_elements"
      ? "BCDA refuses _elements; leave it out and drop what is not wanted afterwards"
      : `BCDA ignores ${JSON.stringify(name)} without a word; leave it out`
  )
]

const scopeFlaws = ({ scope }: ExportRequest): ReadonlyArray<string> => {
  if (scope === "system") return ["BCDA has no export of the whole system; give all, runout or patient"]
  return typeof scope === "string" || scope.group === "all" || scope.group === "runout"
    ? []
    : [`BCDA has the groups all and runout, and no group ${JSON.stringify(scope.group)}`]
}

const typeFlaws = ({ types = [] }: ExportRequest, version: ApiVersion): ReadonlyArray<string> => {
  const known = resourceTypes[version]
  const flaws = types
    .filter((type, index) => types.indexOf(type) === index && !known.includes(type))
    .map((type) => `${version} has no type ${JSON.stringify(type)}${hint(type, version)}`)
  const repeated = new Set(types.filter((type, index) => types.indexOf(type) !== index))
  return [
    ...flaws,
    ...[...repeated].map((type) => `the type ${JSON.stringify(type)} is there twice; BCDA refuses that`)
  ]
}

const hint = (type: string, version: ApiVersion): string => {
  const meant = resourceTypes[version].find((known) => known.toLowerCase() === type.trim().toLowerCase())
  if (meant !== undefined) return `, but ${meant}; case and spaces matter`
  if (type.includes(",")) return "; give each type as an element of its own"
  if (type === "Observation") return ", though it accepts it: the job would fail"
  if (type === "Claim" || type === "ClaimResponse") {
    return version === "v1"
      ? "; partially adjudicated claims are in v2, and in v3 as ExplanationOfBenefit"
      : "; ask for ExplanationOfBenefit, with TypeFilter.partiallyAdjudicated or TypeFilter.allClaims"
  }
  return `; it has ${resourceTypes[version].join(", ")}`
}

const sinceFlaws = ({ since }: ExportRequest, { now, clockSkew }: RuleOptions): ReadonlyArray<string> => {
  if (since === undefined) return []
  const millis = parseInstant(since)
  if (millis === undefined) {
    return [
      `since is ${JSON.stringify(since)}, and must be a whole instant with time and zone, such as 2026-06-01T00:00:00Z`
    ]
  }
  return millis > now + Duration.toMillis(clockSkew)
    ? [`since is ${since}, which is in the future by this machine's clock; BCDA refuses that`]
    : []
}

const filterFlaws = (request: ExportRequest, version: ApiVersion): ReadonlyArray<string> => {
  const [filter, ...more] = ExportRequest.typeFilters(request)
  if (filter === undefined) return []
  if (version !== "v3") return [`${version} ignores a type filter; only v3 has it`]
  if (more.length > 0) return ["BCDA takes one type filter: join what must hold with &, and alternatives with commas"]
  const flaw = TypeFilter.flaw(filter)
  if (flaw !== undefined) return [`type filter: ${flaw}`]
  const { types = [] } = request
  return types.length === 0 || types.includes("ExplanationOfBenefit")
    ? []
    : ["a type filter only concerns ExplanationOfBenefit, which is not among the types"]
}
