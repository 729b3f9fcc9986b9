import type { Head } from "../ccw/Head.ts"
import type { ClaimType } from "../claims/ClaimType.ts"
import { type Json, optional, raw, template } from "../Json.ts"
import { carin, carinProfile, variable } from "../Systems.ts"

/** The members of a v2 ExplanationOfBenefit that differ by type. */
export interface Body {
  readonly benefitBalance?: Json
  readonly query?: Json
  readonly careTeam: Json
  readonly contained?: Json | undefined
  readonly diagnosis?: Json
  readonly disposition?: Json
  readonly extension?: Json
  readonly facility?: Json
  readonly item: Json
  readonly payment: Json
  readonly plan?: Json
  readonly prescription?: string
  readonly procedure?: Json | undefined
  readonly provider: Json
  readonly referral?: Json | undefined
  readonly subType?: Json
  readonly supportingInfo: Json
  readonly total: Json
  readonly type: Json
}

const eob = template<{
  benefitBalance: Json | undefined
  query: Json | undefined
  start: string
  end: string
  careTeam: Json
  contained: Json | undefined
  created: string
  diagnosis: Json | undefined
  disposition: Json | undefined
  extension: Json | undefined
  facility: Json | undefined
  id: string
  identifier: Json
  coverage: string
  plan: Json | undefined
  item: Json
  lastUpdated: string
  patient: string
  payment: Json
  procedure: Json | undefined
  profile: string
  provider: Json
  referral: Json | undefined
  status: string
  subType: Json | undefined
  supportingInfo: Json
  total: Json
  type: Json
}>((at) => ({
  resourceType: "ExplanationOfBenefit",
  id: at.id,
  meta: { lastUpdated: at.lastUpdated, profile: [carinProfile(`C4BB-ExplanationOfBenefit-${at.profile}`)] },
  contained: optional(at.contained),
  extension: optional(at.extension),
  identifier: raw(at.identifier),
  status: at.status,
  type: { coding: raw(at.type) },
  subType: optional(at.subType),
  use: "claim",
  patient: { reference: `Patient/${at.patient}` },
  billablePeriod: { extension: optional(at.query), start: at.start, end: at.end },
  created: at.created,
  insurer: { identifier: { value: "CMS" } },
  provider: raw(at.provider),
  referral: optional(at.referral),
  facility: optional(at.facility),
  outcome: "complete",
  disposition: optional(at.disposition),
  careTeam: raw(at.careTeam),
  supportingInfo: raw(at.supportingInfo),
  diagnosis: optional(at.diagnosis),
  procedure: optional(at.procedure),
  insurance: [
    { focal: true, coverage: { extension: optional(at.plan), reference: `Coverage/part-${at.coverage}-${at.patient}` } }
  ],
  item: raw(at.item),
  total: raw(at.total),
  payment: raw(at.payment),
  benefitBalance: optional(at.benefitBalance)
}))

const uc = { coding: [{ system: carin("C4BBIdentifierType"), code: "uc", display: "Unique Claim ID" }] }
const group = "https://bluebutton.cms.gov/resources/identifier/claim-group"
const claimIdentifiers = template<{ number: string; group: string }>((at) => [
  { type: uc, system: variable("clm_id"), value: at.number },
  { type: uc, system: group, value: at.group }
])
const eventIdentifiers = template<{ number: string; group: string; prescription: string }>((at) => [
  { type: uc, system: variable("pde_id"), value: at.number },
  { type: uc, system: group, value: at.group },
  { type: uc, system: variable("rx_srvc_rfrnc_num"), value: at.prescription }
])

/**
 * Profile and Coverage by type, with two slips of CMS's: supplies (DME) have the profile of a hospital stay and point to Part A, home health has
 * a doctor's profile. Read the eob-type, never these.
 */
const KINDS: Readonly<Record<ClaimType, { readonly profile: string; readonly coverage: "a" | "b" | "d" }>> = {
  CARRIER: { profile: "Professional-NonClinician", coverage: "b" },
  DME: { profile: "Inpatient-Institutional", coverage: "a" },
  HHA: { profile: "Professional-NonClinician", coverage: "b" },
  HOSPICE: { profile: "Inpatient-Institutional", coverage: "a" },
  INPATIENT: { profile: "Inpatient-Institutional", coverage: "a" },
  OUTPATIENT: { profile: "Outpatient-Institutional", coverage: "b" },
  SNF: { profile: "Inpatient-Institutional", coverage: "a" },
  PDE: { profile: "Pharmacy", coverage: "d" }
}

/** Prints a v2 (R4) ExplanationOfBenefit. `created` is when the answer was put together, so it changes with every export. */
export const explanationOfBenefit = (head: Head, created: string, body: Body): Json => {
  const { coverage, profile } = KINDS[head.type]
  return eob({
    benefitBalance: body.benefitBalance,
    query: body.query,
    start: head.start,
    end: head.end,
    careTeam: body.careTeam,
    contained: body.contained,
    created,
    diagnosis: body.diagnosis,
    disposition: body.disposition,
    extension: body.extension,
    facility: body.facility,
    id: head.id,
    identifier:
      body.prescription === undefined
        ? claimIdentifiers(head)
        : eventIdentifiers({ number: head.number, group: head.group, prescription: body.prescription }),
    coverage,
    plan: body.plan,
    item: body.item,
    lastUpdated: head.lastUpdated,
    patient: head.patient,
    payment: body.payment,
    procedure: body.procedure,
    profile,
    provider: body.provider,
    referral: body.referral,
    status: head.status,
    subType: body.subType,
    supportingInfo: body.supportingInfo,
    total: body.total,
    type: body.type
  })
}
