import { Effect, Result } from "effect"
import type { Behaviour } from "../Behaviour.ts"
import type { ApiVersion } from "../DataSource.ts"
import { headerLines, type Received, Refusal, refuseIf } from "./Http.ts"
import { outcome } from "./OperationOutcome.ts"
import { type Micros, parseRfc3339 } from "./Time.ts"
import { parseTypeFilter, type TypeFilter } from "./TypeFilter.ts"
import type { Exchange } from "./World.ts"

/** Parameters of an export that passed BCDA's validation. */
export interface ExportParameters {
  readonly since: Micros | undefined
  /** Items of the first `_type`, or undefined when there was none. They may still be nonsense. */
  readonly types: ReadonlyArray<string> | undefined
  readonly typeFilter: TypeFilter | undefined
}

const bad = (version: ApiVersion, message: string) =>
  new Refusal({ reply: outcome(version, 400, "structure", message) })

const outputFormats = ["ndjson", "application/fhir+ndjson", "application/ndjson"]

/** First item that came before in the list. */
export const repeated = (items: ReadonlyArray<string>): string | undefined =>
  items.find((item, index) => items.indexOf(item) !== index)

/**
 * BCDA's look at the URL, in its order. Parameters that it does not know are ignored without a word, and so are second
 * and later `_type` and `_since`.
 */
export const validateUrl = Effect.fnUntraced(function* ({ now, query, version }: Exchange) {
  const format = query.first("_outputFormat")
  if (format !== undefined && !outputFormats.includes(format)) {
    // BCDA prints this list in a random order.
    return yield* bad(version, `_outputFormat parameter must be one of [${outputFormats.join(" ")}]`)
  }
  if (query.first("_elements") !== undefined) {
    return yield* bad(version, "Invalid parameter: this server does not support the _elements parameter.")
  }
  if (query.pairs.some(([name]) => name.startsWith("?"))) {
    return yield* bad(version, "Invalid parameter: query parameters cannot start with ?")
  }
  const sinceText = query.first("_since")
  const since = sinceText === undefined ? undefined : parseRfc3339(sinceText)
  if (sinceText !== undefined && since === undefined) {
    const message = "Invalid date format supplied in _since parameter.  Date must be in FHIR Instant format."
    return yield* bad(version, message)
  }
  if (since !== undefined && since > now) {
    const message = "Invalid date format supplied in _since parameter. Date must be a date that has already passed"
    return yield* bad(version, message)
  }
  const types = query.first("_type")?.split(",")
  const repeatedType = repeated(types ?? [])
  if (repeatedType !== undefined) return yield* bad(version, `Repeated resource type ${repeatedType}`)
  const typeFilter = version === "v3" ? parseTypeFilter(query.all("_typeFilter")) : Result.succeed(undefined)
  if (Result.isFailure(typeFilter)) return yield* bad(version, typeFilter.failure)
  const parameters: ExportParameters = { since, types, typeFilter: typeFilter.success }
  return parameters
})

/** Tokens of a header: comma lists of all its lines, parameters cut off, lower case. */
const tokens = (received: Received, name: string): ReadonlyArray<string> =>
  headerLines(received, name)
    .flatMap((line) => line.split(","))
    .filter((item) => item.trim() !== "")
    .map((item) => (item.split(";")[0] ?? "").trim().toLowerCase())

/** The whole first line, as BCDA took it until 2026-08-18. */
const firstLine = (received: Received, name: string): ReadonlyArray<string> =>
  headerLines(received, name)
    .slice(0, 1)
    .filter((line) => line !== "")

const headerFault = (received: Received, read: Behaviour["headers"]): string | undefined => {
  const values = read === "exact" ? firstLine : tokens
  const accept = values(received, "accept")
  if (accept.length === 0) return "Accept header is required"
  if (!accept.includes("application/fhir+json")) {
    return "application/fhir+json is the only supported response format"
  }
  const prefer = values(received, "prefer")
  if (prefer.length === 0) return "Prefer header is required"
  return prefer.includes("respond-async") ? undefined : "Only asynchronous responses are supported"
}

/** Exports and the job list need `Accept: application/fhir+json` and `Prefer: respond-async`, checked in this order. */
export const validateHeaders = ({ received, version, world }: Exchange): Effect.Effect<void, Refusal> => {
  const fault = headerFault(received, world.behaviour.headers)
  return refuseIf(fault === undefined ? undefined : outcome(version, 400, "structure", fault))
}
