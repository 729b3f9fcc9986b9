import type { Head } from "../ccw/Head.ts"
import type { ClaimType } from "../claims/ClaimType.ts"
import { type Json, optional, raw, template } from "../Json.ts"
import { variable } from "../Systems.ts"

/** The members that differ by type. */
export interface Body {
  readonly benefitBalance?: Json
  readonly query?: Json
  readonly careTeam: Json
  readonly contained?: Json | undefined
  readonly diagnosis?: Json
  readonly disposition?: Json
  readonly extension?: Json
  readonly facility?: Json
  readonly hospitalization?: Json
  readonly information: Json
  readonly item: Json
  readonly organization?: Json
  readonly payment: Json
  readonly plan?: Json
  readonly prescription?: string
  readonly procedure?: Json | undefined
  readonly provider?: Json
  readonly referral?: Json | undefined
  readonly totalCost?: Json
  readonly type: Json
}

const eob = template<{
  benefitBalance: Json | undefined
  query: Json | undefined
  start: string
  end: string
  careTeam: Json
  contained: Json | undefined
  diagnosis: Json | undefined
  disposition: Json | undefined
  extension: Json | undefined
  facility: Json | undefined
  hospitalization: Json | undefined
  id: string
  identifier: Json
  information: Json
  coverage: string
  plan: Json | undefined
  item: Json
  lastUpdated: string
  organization: Json | undefined
  patient: string
  payment: Json
  procedure: Json | undefined
  provider: Json | undefined
  referral: Json | undefined
  status: string
  totalCost: Json | undefined
  type: Json
}>((at) => ({
  resourceType: "ExplanationOfBenefit",
  id: at.id,
  meta: { lastUpdated: at.lastUpdated },
  contained: optional(at.contained),
  extension: optional(at.extension),
  identifier: raw(at.identifier),
  status: at.status,
  type: { coding: raw(at.type) },
  patient: { reference: `Patient/${at.patient}` },
  billablePeriod: { extension: optional(at.query), start: at.start, end: at.end },
  provider: optional(at.provider),
  organization: optional(at.organization),
  referral: optional(at.referral),
  facility: optional(at.facility),
  disposition: optional(at.disposition),
  information: raw(at.information),
  careTeam: raw(at.careTeam),
  diagnosis: optional(at.diagnosis),
  procedure: optional(at.procedure),
  insurance: { coverage: { extension: optional(at.plan), reference: `Coverage/part-${at.coverage}-${at.patient}` } },
  hospitalization: optional(at.hospitalization),
  item: raw(at.item),
  totalCost: optional(at.totalCost),
  payment: raw(at.payment),
  benefitBalance: optional(at.benefitBalance)
}))

const claimIdentifiers = template<{ number: string; group: string }>((at) => [
  { system: variable("clm_id"), value: at.number },
  { system: "https://bluebutton.cms.gov/resources/identifier/claim-group", value: at.group }
])

const eventIdentifiers = template<{ number: string; group: string; prescription: string }>((at) => [
  { system: variable("pde_id"), value: at.number },
  { system: "https://bluebutton.cms.gov/resources/identifier/claim-group", value: at.group },
  { system: variable("rx_srvc_rfrnc_num"), value: at.prescription }
])

/** The Coverage that a v1 claim points to, by type. */
const COVERAGE: Readonly<Record<ClaimType, "a" | "b" | "d">> = {
  CARRIER: "b",
  DME: "b",
  HHA: "b",
  HOSPICE: "a",
  INPATIENT: "a",
  OUTPATIENT: "b",
  SNF: "a",
  PDE: "d"
}

/** Prints a v1 (STU3) ExplanationOfBenefit. */
export const explanationOfBenefit = (head: Head, body: Body): Json =>
  eob({
    benefitBalance: body.benefitBalance,
    query: body.query,
    start: head.start,
    end: head.end,
    careTeam: body.careTeam,
    contained: body.contained,
    diagnosis: body.diagnosis,
    disposition: body.disposition,
    extension: body.extension,
    facility: body.facility,
    hospitalization: body.hospitalization,
    id: head.id,
    identifier:
      body.prescription === undefined
        ? claimIdentifiers(head)
        : eventIdentifiers({ number: head.number, group: head.group, prescription: body.prescription }),
    information: body.information,
    coverage: COVERAGE[head.type],
    plan: body.plan,
    item: body.item,
    lastUpdated: head.lastUpdated,
    organization: body.organization,
    patient: head.patient,
    payment: body.payment,
    procedure: body.procedure,
    provider: body.provider,
    referral: body.referral,
    status: head.status,
    totalCost: body.totalCost,
    type: body.type
  })
