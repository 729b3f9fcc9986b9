import type { Claim } from "../claims/Claim.ts"
import type { ClaimType } from "../claims/ClaimType.ts"
import { isOneIn } from "../claims/History.ts"
import { idrName, type Provider } from "../claims/Providers.ts"
import { FINAL_ACTION, outcomeOf, type Sighting, SYSTEM_TYPE } from "../claims/Sighting.ts"
import { dotted } from "../codes/Diagnoses.ts"
import { isLevelOne } from "../codes/Services.ts"
import { isoDay, utcInstant, utcMidnight } from "../Dates.ts"
import { coding, concept, each, reference } from "../Fhir.ts"
import { controlNumber, idrClaim } from "../Ids.ts"
import { constant, type Json, list, optional, print, raw, template } from "../Json.ts"
import { hashText, type Seed } from "../Random.ts"
import { CPT, carin, carinProfile, cms, HCPCS, hl7, ICD_9_CM, ICD_10_CM, NPI, TAXONOMY, usCore } from "../Systems.ts"

const CONTROL_NUMBER = "https://bluebutton.cms.gov/identifiers/CLM-CNTL-NUM"

/** The members of a v3 ExplanationOfBenefit that differ by type. */
export interface Body {
  readonly adjudication: Json
  readonly careTeam: Json
  readonly contained: Json
  readonly diagnosis?: Json
  readonly insurer?: Json
  readonly item: Json
  readonly part: string
  readonly payment: Json
  readonly procedure?: Json | undefined
  readonly profile: string
  /** NPI of the contained billing provider; some claims do not tell it. */
  readonly provider: string | undefined
  readonly subType?: Json
  readonly supportingInfo: Json
  readonly total: Json
  readonly type: Json
}

const eob = template<{
  adjudication: Json
  start: string
  end: string
  careTeam: Json
  contained: Json
  created: string
  diagnosis: Json | undefined
  id: string
  control: string
  insurer: Json | undefined
  item: Json
  lastUpdated: string
  source: string
  system: string
  final: string
  outcome: string
  part: string
  patient: string
  payment: Json
  procedure: Json | undefined
  profile: string
  provider: Json
  related: Json | undefined
  subType: Json | undefined
  supportingInfo: Json
  total: Json
  type: Json
}>((at) => ({
  resourceType: "ExplanationOfBenefit",
  id: at.id,
  meta: {
    lastUpdated: at.lastUpdated,
    source: at.source,
    profile: [`${carinProfile("C4BB-ExplanationOfBenefit-")}${at.profile}|2.2.0`],
    tag: [
      { system: SYSTEM_TYPE, code: at.system },
      { system: FINAL_ACTION, code: at.final }
    ]
  },
  contained: raw(at.contained),
  identifier: [
    {
      type: { coding: [{ system: carin("C4BBIdentifierType"), code: "uc", display: "Unique Claim ID" }] },
      value: at.id
    },
    { system: CONTROL_NUMBER, value: at.control }
  ],
  status: "active",
  type: { coding: raw(at.type) },
  subType: optional(at.subType),
  use: "claim",
  patient: { reference: `Patient/${at.patient}` },
  billablePeriod: { start: at.start, end: at.end },
  created: at.created,
  insurer: optional(at.insurer),
  provider: raw(at.provider),
  outcome: at.outcome,
  related: optional(at.related),
  careTeam: raw(at.careTeam),
  supportingInfo: raw(at.supportingInfo),
  diagnosis: optional(at.diagnosis),
  procedure: optional(at.procedure),
  insurance: [{ focal: true, coverage: { display: `Part ${at.part}` } }],
  item: raw(at.item),
  adjudication: raw(at.adjudication),
  total: raw(at.total),
  payment: raw(at.payment)
}))

/** Where a claim that has a new control number names the one it had before. */
const related = template<{ control: string }>((at) => [
  {
    relationship: { coding: [{ system: hl7("ex-relatedclaimrelationship"), code: "prior" }] },
    reference: { system: CONTROL_NUMBER, value: at.control }
  }
])

const RENUMBERED = hashText("renumbered")

/** Some claims get a new control number on their way from the processing system to the settled claims. Drugs keep theirs. */
const isRenumbered = ({ slot, system }: Sighting): boolean =>
  system === "NationalClaimsHistory" && isOneIn(25, RENUMBERED, slot)

/** `meta.source`: where the record comes from. The processing systems are FISS (facilities), MCS (doctors) and VMS (supplies). */
const sourceOf = ({ slot, system }: Sighting): string =>
  system === "DDPS"
    ? "DDPS"
    : system === "NationalClaimsHistory"
      ? "NCH"
      : slot.type === "CARRIER"
        ? "MCS"
        : slot.type === "DME"
          ? "VMS"
          : "FISS"

/** Prints a v3 (R4, CARIN 2.2.0) ExplanationOfBenefit. */
export const explanationOfBenefit = (seed: Seed, { sighting, slot }: Claim, body: Body): Json => {
  const renumbered = isRenumbered(sighting)
  return eob({
    adjudication: body.adjudication,
    start: isoDay(slot.from),
    end: isoDay(slot.through),
    careTeam: body.careTeam,
    contained: body.contained,
    created: utcMidnight(slot.processed),
    diagnosis: body.diagnosis,
    id: idrClaim(seed, slot.key, sighting.variant),
    control: controlNumber(seed, slot.key, renumbered),
    insurer: body.insurer,
    item: body.item,
    lastUpdated: utcInstant(sighting.lastUpdated),
    source: sourceOf(sighting),
    system: sighting.system,
    final: sighting.final ? "FinalAction" : "NotFinalAction",
    outcome: outcomeOf(sighting),
    part: body.part,
    patient: slot.person.idr,
    payment: body.payment,
    procedure: body.procedure,
    profile: body.profile,
    provider: body.provider === undefined ? absent : reference(`#${body.provider}`),
    related: renumbered ? related({ control: controlNumber(seed, slot.key) }) : undefined,
    subType: body.subType,
    supportingInfo: body.supportingInfo,
    total: body.total,
    type: body.type
  })
}

/** What stands where a claim should name its billing provider and does not. */
const absent = print({
  extension: [{ url: "http://hl7.org/fhir/StructureDefinition/data-absent-reason", valueCode: "unknown" }]
})

export const insurer = print({ reference: "#insurer-org" })
export const insurerOrganization = print({
  resourceType: "Organization",
  id: "insurer-org",
  meta: { profile: [`${carinProfile("C4BB-Organization")}|2.2.0`, `${usCore("us-core-organization")}|7.0.0`] },
  active: true,
  name: "Centers for Medicare and Medicaid Services"
})

const npiType = coding(hl7("v2-0203"), "NPI", "National provider identifier")
export const npiConcept = concept(npiType)

const practitionerOf = template<{
  npi: string
  family: string
  given: string
  identifiers: Json
  address: Json | undefined
}>((at) => ({
  resourceType: "Practitioner",
  id: at.npi,
  meta: { profile: [`${carinProfile("C4BB-Practitioner")}|2.2.0`, `${usCore("us-core-practitioner")}|7.0.0`] },
  address: optional(at.address),
  identifier: raw(at.identifiers),
  name: [{ family: at.family, given: [at.given] }]
}))
const npiIdentifier = template<{ npi: string }>((at) => ({
  type: { coding: [constant(npiType)] },
  system: NPI,
  value: at.npi
}))
const postal = template<{ zip: string }>((at) => [{ postalCode: at.zip }])

/** The billing provider, contained under the NPI as id. CMS sends companies as practitioners too. */
export const practitioner = (of: {
  readonly npi: string
  readonly family: string
  readonly given: string
  readonly zip?: string
  readonly more?: Json
}): Json =>
  practitionerOf({
    npi: of.npi,
    family: of.family,
    given: of.given,
    identifiers: list([npiIdentifier({ npi: of.npi }), of.more]),
    address: of.zip === undefined ? undefined : postal({ zip: of.zip })
  })

const ROLES = {
  attending: "Attending",
  operating: "Operating",
  otheroperating: "Other Operating",
  prescribing: "Prescribing provider",
  referring: "Referring",
  rendering: "Rendering provider"
} as const
export type Role = keyof typeof ROLES

const roles = Object.fromEntries(
  Object.entries(ROLES).map(([code, display]) => [
    code,
    concept(coding(hl7("claimcareteamrole"), code, display), coding(carin("C4BBClaimCareTeamRole"), code, display))
  ])
)

const member = template<{
  display: string
  identifierType: Json
  npi: string
  type: Json | undefined
  qualification: Json | undefined
  role: Json
  sequence: number
}>((at) => ({
  provider: {
    display: at.display,
    identifier: { type: raw(at.identifierType), system: NPI, value: at.npi },
    type: optional(at.type)
  },
  qualification: optional(at.qualification),
  role: raw(at.role),
  sequence: raw(at.sequence)
}))

const PRACTITIONER = print("Practitioner")

/** A member of the care team. Each role is coded twice; sequences may skip. */
export const careTeamMember = (
  role: Role,
  who: Provider,
  sequence: number,
  options: { readonly qualified?: boolean; readonly typed?: boolean; readonly identifierType?: Json }
): Json =>
  member({
    display: idrName(who),
    identifierType: options.identifierType ?? npiConcept,
    npi: who.npi,
    type: options.typed === false ? undefined : PRACTITIONER,
    qualification:
      options.qualified === true
        ? concept(coding(cms("CLM-PRVDR-SPCLTY-CD"), who.specialty.code), coding(TAXONOMY, who.specialty.taxonomy))
        : undefined,
    role: roles[role] ?? npiConcept,
    sequence
  })

const diagnosisOf = template<{ coding: Json; poa: Json | undefined; sequence: number; type: Json }>((at) => ({
  diagnosisCodeableConcept: { coding: [raw(at.coding)] },
  onAdmission: optional(at.poa),
  sequence: raw(at.sequence),
  type: raw(at.type)
}))
const typed = (system: string, code: string): Json => print([{ coding: [{ system, code }] }])
const principal = typed(hl7("ex-diagnosistype"), "principal")
const admitting = typed(hl7("ex-diagnosistype"), "admitting")
const c4bb = (code: string): Json => typed(carin("C4BBClaimDiagnosisType"), code)
const other = c4bb("other")
const secondary = c4bb("secondary")
const external = c4bb("externalcauseofinjury")
const reason = c4bb("patientreasonforvisit")
const POA = "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/HospitalAcqCond/Coding"

/** Diagnoses with their dots; doctors call the others `secondary`, facilities `other`. */
export const diagnoses = (claim: Claim, professional: boolean): Json =>
  each(claim.diagnoses, ({ diagnosis, poa, role }, index) =>
    diagnosisOf({
      coding: coding(diagnosis.icd === 10 ? ICD_10_CM : ICD_9_CM, dotted(diagnosis.code)),
      poa: poa === undefined ? undefined : concept(coding(POA, poa)),
      sequence: index + 1,
      type:
        role === "principal"
          ? principal
          : role === "admitting"
            ? admitting
            : role === "reason"
              ? reason
              : role !== "other"
                ? external
                : professional
                  ? secondary
                  : other
    })
  )

/** A service or modifier code: CPT's own under the AMA's system, all others under CMS's. */
export const hcpcs = (code: string): Json => coding(isLevelOne(code) ? CPT : HCPCS, code)

const TYPE_DISPLAYS: Readonly<Record<ClaimType, string>> = {
  CARRIER: "Professional Physician/Supplier Claim",
  DME: "Durable Medical Equipment Claim",
  HHA: "Home Health Services",
  HOSPICE: "Hospice Care",
  INPATIENT: "Inpatient Hospital Care",
  OUTPATIENT: "Outpatient Hospital Care",
  SNF: "Skilled Nursing Facility Care",
  PDE: "Drug Plan Event"
}

/** The three codings of `type`: CMS's number, HL7's word, the eob-type. */
export const typeOf = (type: ClaimType, number: string, display: string, word: string): Json =>
  list([
    coding(cms("CLM-TYPE-CD"), number, display),
    coding(hl7("claim-type"), word),
    coding(cms("EOB-TYPE"), type, TYPE_DISPLAYS[type])
  ])
