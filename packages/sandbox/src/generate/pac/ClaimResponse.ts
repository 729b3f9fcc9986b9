import { coded, dated } from "../ccw/Elements.ts"
import { dayOf, easternInstant, easternSecond, type Instant, isoDay } from "../Dates.ts"
import { each } from "../Fhir.ts"
import { type Json, list, optional, raw, template } from "../Json.ts"
import { carin, variable } from "../Systems.ts"
import { claimType, containedPatient, numberSystem, pendingId, uniqueClaimId } from "./Claim.ts"
import type { PendingClaim } from "./History.ts"

const responseOf = template<{
  id: string
  number: string
  system: string
  patient: Json
  created: string
  extension: Json
  item: Json | undefined
  lastUpdated: string
  outcome: string
  status: string
  type: Json
}>((at) => ({
  resourceType: "ClaimResponse",
  id: at.id,
  meta: { lastUpdated: at.lastUpdated },
  contained: [raw(at.patient)],
  extension: raw(at.extension),
  identifier: [{ type: uniqueClaimId, system: at.system, value: at.number }],
  status: at.status,
  type: { coding: [raw(at.type)] },
  use: "claim",
  patient: { reference: "#patient" },
  created: at.created,
  insurer: { identifier: { value: "CMS" } },
  request: { reference: `Claim/${at.id}` },
  outcome: at.outcome,
  item: optional(at.item)
}))

const reduction = template<{ system: string; code: string }>((at) => ({
  category: {
    coding: [{ system: carin("C4BBAdjudicationDiscriminator"), code: "denialreason", display: "Denial Reason" }]
  },
  reason: { coding: [{ system: at.system, code: at.code }] }
}))

/** Why an accountable care organization's agreement lowers the payment: remark, adjustment reason and group. */
const reductions = each(
  [
    ["rarc", "N83"],
    ["carc", "132"],
    ["cagc", "CO"]
  ] as const,
  ([kind, code]) => reduction({ system: variable(`fiss/aco-red-${kind}`), code })
)
const reducedOf = template<{ adjudication: Json }>((at) => [{ adjudication: raw(at.adjudication) }])
const reduced = reducedOf({ adjudication: reductions })

/** The v2 ClaimResponse: one for each Claim, under the same id, with the processor's status and what it means. */
export const pendingResponse = (claim: PendingClaim, until: Instant): Json => {
  const fiss = claim.processor === "fiss"
  const [status, received, reached] = fiss
    ? (["fiss/curr-status", "fiss/recd-dt-cymd", "fiss/curr-tran-dt-cymd"] as const)
    : (["mcs/status-code", "mcs/claim-receipt-date", "mcs/status-date"] as const)
  return responseOf({
    id: pendingId(claim),
    number: claim.number,
    system: numberSystem[claim.processor],
    patient: containedPatient(claim.person, claim.processor),
    created: easternSecond(until),
    extension: list([
      coded(status, claim.status),
      dated(received, isoDay(claim.received)),
      dated(reached, isoDay(dayOf(claim.updated))),
      ...(fiss && claim.lines.length > 0 ? [coded("fiss/group-code", "CO")] : [])
    ]),
    item: fiss && claim.lines.length > 1 ? reduced : undefined,
    lastUpdated: easternInstant(claim.updated),
    outcome: claim.outcome,
    status: claim.cancelled ? "cancelled" : "active",
    type: claimType[claim.processor]
  })
}
