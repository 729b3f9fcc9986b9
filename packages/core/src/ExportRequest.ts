import { Schema } from "effect"
import type { Target } from "./Target.ts"

/**
 * Whose data. On BCDA, `all`: everybody attributed (`Group/all`); `runout`: last year's attribution (`Group/runout`), which BCDA keeps for 180
 * days; `patient`: everybody attributed (`Patient`). They differ with `since`: `Group/all` may give newly attributed people's whole
 * history, `Patient` gives everybody only what changed.
 *
 * On other servers, `{ group }`: the members of a Group, by its id; `patient`: all patients; `system`: all there is.
 */
export const Scope = Schema.Union([
  Schema.Literals(["all", "runout", "patient", "system"]),
  Schema.Struct({ group: Schema.NonEmptyString })
])
export type Scope = typeof Scope.Type

/** What to export. Plain data: it can be stored, compared and sent again. `RequestRules.check` says what a server would not like about one. */
export class ExportRequest extends Schema.Class<ExportRequest>("ExportRequest")({
  scope: Scope,
  /** Resource types (`_type`). Default: the server's, all that this entity may have. Case matters; BCDA refuses a type that is there twice. */
  types: Schema.optional(Schema.Array(Schema.String)),
  /**
   * Only what changed after this FHIR instant (`_since`), with time and zone: `2026-06-01T00:00:00Z`. Sent as given.
   * Use the `transactionTime` of an earlier receipt, and only once everything of that export is safe. Dates alone and instants in the
   * future are refused by the server.
   */
  since: Schema.optional(Schema.String),
  /**
   * A search that resources have to match (`_typeFilter`), as plain text and not URL-encoded; a list of them where the server takes
   * several. BCDA takes one, on ExplanationOfBenefit, v3 only; `TypeFilter` writes it:
   * `ExplanationOfBenefit?_tag=https://bluebutton.cms.gov/fhir/CodeSystem/System-Type|SharedSystem`.
   * Names BCDA knows: `_tag`, `service-date`, `outcome`; a comma means or, `&` means and.
   */
  typeFilter: Schema.optional(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  /**
   * Any other parameters of a server that is no BCDA, by name, as plain text: `{ _elements: "Patient.id" }`. For BCDA they are refused: it
   * would ignore them without a word.
   */
  parameters: Schema.optional(Schema.Record(Schema.String, Schema.String))
}) {
  /** The kick-off URL of a request on a target. */
  static toUrl(request: ExportRequest, target: Target): string {
    const query: Array<string> = []
    if (request.types !== undefined && request.types.length > 0) {
      query.push(`_type=${request.types.map(encodeURIComponent).join(",")}`)
    }
    if (request.since !== undefined) query.push(`_since=${encodeURIComponent(request.since)}`)
    for (const filter of ExportRequest.typeFilters(request)) query.push(`_typeFilter=${encodeTwice(filter)}`)
    for (const [name, value] of Object.entries(request.parameters ?? {})) {
      query.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    }
    return target.api(pathOf(request.scope)) + (query.length === 0 ? "" : `?${query.join("&")}`)
  }

  /** The same request with another `since`, or with none. */
  static withSince(request: ExportRequest, since: string | undefined): ExportRequest {
    const { scope, types, typeFilter, parameters } = request
    return new ExportRequest({ scope, types, since, typeFilter, parameters })
  }

  /** The type filters as a list, whichever way they were given. */
  static typeFilters({ typeFilter }: ExportRequest): ReadonlyArray<string> {
    if (typeFilter === undefined) return []
    return typeof typeFilter === "string" ? [typeFilter] : typeFilter
  }
}

const pathOf = (scope: Scope): string => {
  if (scope === "system") return "$export"
  if (scope === "patient") return "Patient/$export"
  return `Group/${typeof scope === "string" ? scope : encodeURIComponent(scope.group)}/$export`
}

/**
 * BCDA decodes `_typeFilter` twice, and the second time a plus sign would become a space and a percent sign start an escape. Those two
 * are therefore encoded once more than the rest, which reads the same on a server that decodes once and then takes the search apart.
 */
const encodeTwice = (filter: string): string => encodeURIComponent(filter.replaceAll("%", "%25").replaceAll("+", "%2B"))
