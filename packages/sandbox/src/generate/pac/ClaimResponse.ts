import { coded, dated } from "../ccw/Elements.ts"
import { dayOf, easternInstant, easternSecond, type Instant, isoDay } from "../Dates.ts"
import { type Json, list, raw, template } from "../Json.ts"
import { claimType, containedPatient, numberSystem, pendingId, uniqueClaimId } from "./Claim.ts"
import type { PendingClaim } from "./History.ts"

const responseOf = template<{
  id: string
  number: string
  system: string
  patient: Json
  created: string
  extension: Json
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
  outcome: at.outcome
}))

/** The v2 ClaimResponse: one for each Claim, under the same id, with the processor's status and what it means. */
export const pendingResponse = (claim: PendingClaim, until: Instant): Json => {
  const [status, received, reached] =
    claim.processor === "fiss"
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
      dated(reached, isoDay(dayOf(claim.updated)))
    ]),
    lastUpdated: easternInstant(claim.updated),
    outcome: claim.outcome,
    status: claim.cancelled ? "cancelled" : "active",
    type: claimType[claim.processor]
  })
}
