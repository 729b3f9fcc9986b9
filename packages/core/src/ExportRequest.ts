import { Schema } from "effect"
import type { Target } from "./Target.ts"

/** What to export. Plain data: it can be stored, compared and sent again. */
export class ExportRequest extends Schema.Class<ExportRequest>("ExportRequest")({
  /**
   * `all`: everybody attributed (`Group/all`); `runout`: last year's attribution (`Group/runout`), which BCDA keeps for 180 days;
   * `patient`: everybody attributed (`Patient`). They differ with `since`: `Group/all` may give newly attributed people's whole
   * history, `Patient` gives everybody only what changed.
   */
  scope: Schema.Literals(["all", "runout", "patient"]),
  /** Resource types (`_type`). Default: the server's, all that this entity may have. Case matters; a type twice is refused by the server. */
  types: Schema.optional(Schema.Array(Schema.String)),
  /**
   * Only what changed after this FHIR instant (`_since`), with time and zone: `2026-06-01T00:00:00Z`. Sent as given.
   * Use the `transactionTime` of an earlier receipt, and only once everything of that export is safe. Dates alone and instants in the
   * future are refused by the server.
   */
  since: Schema.optional(Schema.String),
  /**
   * One search on ExplanationOfBenefit (`_typeFilter`), v3 only, as plain text and not URL-encoded:
   * `ExplanationOfBenefit?_tag=https://bluebutton.cms.gov/fhir/CodeSystem/System-Type|SharedSystem`.
   * Names BCDA knows: `_tag`, `service-date`, `outcome`; a comma means or, `&` means and.
   */
  typeFilter: Schema.optional(Schema.String)
}) {
  /** The kick-off URL of a request on a target. */
  static toUrl(request: ExportRequest, target: Target): string {
    const query: Array<string> = []
    if (request.types !== undefined && request.types.length > 0) {
      query.push(`_type=${request.types.map(encodeURIComponent).join(",")}`)
    }
    if (request.since !== undefined) query.push(`_since=${encodeURIComponent(request.since)}`)
    if (request.typeFilter !== undefined) query.push(`_typeFilter=${encodeTwice(request.typeFilter)}`)
    const path = request.scope === "patient" ? "Patient/$export" : `Group/${request.scope}/$export`
    return target.api(path) + (query.length === 0 ? "" : `?${query.join("&")}`)
  }
}

/**
 * BCDA decodes `_typeFilter` twice, and the second time a plus sign would become a space and a percent sign start an escape. Those two
 * are therefore encoded once more than the rest, which reads the same on a server that decodes once and then takes the search apart.
 */
const encodeTwice = (filter: string): string => encodeURIComponent(filter.replaceAll("%", "%25").replaceAll("+", "%2B"))
