import { coded } from "../ccw/Elements.ts"
import { easternInstant, easternMidnight, easternSecond, type Instant, isoDay } from "../Dates.ts"
import { coding, concept, each, money, period } from "../Fhir.ts"
import { constant, integer, type Json, list, optional, print, quote, raw, template } from "../Json.ts"
import { familyWithDigits, givenWithDigits, type Person } from "../People.ts"
import { blueButton, carin, hl7, ICD_10_CM, ICD_10_PCS, MBI, NPI, nubc, variable } from "../Systems.ts"
import { sex } from "../v2/Patient.ts"
import type { PendingClaim, Processor } from "./History.ts"
import { pendingItems } from "./Lines.ts"

/** v2 Claim and what it shares with ClaimResponse. Neither points to the Patient file: the contained patient's MBI is the only way there. */

/** The variable that holds a processor's claim number. */
export const numberSystem: Readonly<Record<Processor, string>> = {
  fiss: variable("fiss/dcn"),
  mcs: variable("mcs/icn")
}

/** `f-` or `m-`, then the number with its sign: two hyphens. */
export const pendingId = ({ number, processor }: PendingClaim): string => `${processor.charAt(0)}-${number}`

export const uniqueClaimId = {
  coding: [{ system: carin("C4BBIdentifierType"), code: "uc", display: "Unique Claim ID" }]
}

const patientOf = template<{
  birth: Json | undefined
  sex: Json
  gender: string
  mbi: string
  family: string
  given: Json
  text: string
}>((at) => ({
  resourceType: "Patient",
  id: "patient",
  birthDate: optional(at.birth),
  extension: [raw(at.sex)],
  gender: at.gender,
  identifier: [
    {
      type: { coding: [{ system: hl7("v2-0203"), code: "MC", display: "Patient's Medicare Number" }] },
      system: MBI,
      value: at.mbi
    }
  ],
  name: [{ family: at.family, given: raw(at.given), text: at.text }]
}))

/** The patient as the processor knows them, names cut to what its records hold; the text says how. */
export const containedPatient = (who: Person, processor: Processor): Json => {
  const given = givenWithDigits(who)[0] ?? ""
  const fiss = processor === "fiss"
  const first = fiss ? given.slice(0, 10) : `${given.slice(0, 1)}.`
  const family = familyWithDigits(who).slice(0, fiss ? 15 : 6)
  const hint = fiss ? "([max 10 chars of first], [max 15 chars of last])" : "([first initial], [max 6 chars of last])"
  return patientOf({
    birth: fiss ? quote(isoDay(who.birth)) : undefined,
    sex: sex(who),
    gender: who.female ? "female" : "male",
    mbi: who.mbis[0].value,
    family,
    given: list([quote(first)]),
    text: `${first} ${family} ${hint}`
  })
}

export const claimType: Readonly<Record<Processor, Json>> = {
  fiss: coding(hl7("claim-type"), "institutional", "Institutional"),
  mcs: coding(hl7("claim-type"), "professional", "Professional")
}

/** CMS's synthetic data hides every tax number. */
const TAX = "XX-XXXXXXX"
const taxType = { coding: [{ system: hl7("v2-0203"), code: "TAX", display: "Tax ID number" }] }
const providerNumber = template<{ ccn: string }>((at) => ({
  type: { coding: [{ system: hl7("v2-0203"), code: "PRN", display: "Provider number" }] },
  system: variable("fiss/meda-prov-6"),
  value: at.ccn
}))
const facilityTax = print({ type: taxType, system: variable("fiss/fed-tax-nb"), value: TAX })
const doctorTax = print({ type: taxType, system: variable("mcs/bill-prov-ein"), value: TAX })
const npiOf = template<{ npi: string }>((at) => ({
  type: { coding: [{ system: carin("C4BBIdentifierType"), code: "npi", display: "National Provider Identifier" }] },
  system: NPI,
  value: at.npi
}))
const facilityOrg = template<{ identifier: Json }>((at) => ({
  resourceType: "Organization",
  id: "provider-org",
  identifier: raw(at.identifier)
}))
const doctorOrg = template<{ identifier: Json }>((at) => ({
  resourceType: "Organization",
  id: "provider-org",
  extension: [constant(coded("mcs/bill-prov-type", "20")), constant(coded("mcs/bill-prov-spec", "01"))],
  identifier: raw(at.identifier)
}))

/** Who bills. As the lines are, the NPI is on every second claim. */
const providerOrg = ({ facility, lines, processor }: PendingClaim): Json => {
  const npi = lines.length === 0 ? undefined : npiOf({ npi: facility.npi })
  return processor === "fiss"
    ? facilityOrg({ identifier: list([providerNumber({ ccn: facility.ccn }), facilityTax, npi]) })
    : doctorOrg({ identifier: list([doctorTax, npi]) })
}

const claimOf = template<{
  id: string
  number: string
  system: string
  contained: Json
  created: string
  diagnosis: Json
  extension: Json
  facility: Json | undefined
  insurance: Json | undefined
  item: Json | undefined
  lastUpdated: string
  period: Json
  procedure: Json | undefined
  status: string
  supportingInfo: Json | undefined
  total: Json
  type: Json
}>((at) => ({
  resourceType: "Claim",
  id: at.id,
  meta: { lastUpdated: at.lastUpdated },
  contained: raw(at.contained),
  extension: raw(at.extension),
  identifier: [{ type: uniqueClaimId, system: at.system, value: at.number }],
  status: at.status,
  type: { coding: [raw(at.type)] },
  use: "claim",
  patient: { reference: "#patient" },
  billablePeriod: raw(at.period),
  created: at.created,
  provider: { reference: "#provider-org" },
  priority: { coding: [{ system: hl7("processpriority"), code: "normal", display: "Normal" }] },
  facility: optional(at.facility),
  supportingInfo: optional(at.supportingInfo),
  diagnosis: raw(at.diagnosis),
  procedure: optional(at.procedure),
  insurance: optional(at.insurance),
  item: optional(at.item),
  total: raw(at.total)
}))

const diagnosisOf = template<{ code: string; poa: Json | undefined; sequence: number; type: Json | undefined }>(
  (at) => ({
    diagnosisCodeableConcept: { coding: [{ system: ICD_10_CM, code: at.code }] },
    onAdmission: optional(at.poa),
    sequence: raw(at.sequence),
    type: optional(at.type)
  })
)
const admitting = print([
  { coding: [{ system: hl7("ex-diagnosistype"), code: "admitting", display: "Admitting Diagnosis" }] }
])
const principal = print([
  { coding: [{ system: hl7("ex-diagnosistype"), code: "principal", display: "Principal Diagnosis" }] }
])

const presentOnAdmission = concept(coding(variable("fiss/diag-poa-ind"), "Y"))

const procedureOf = template<{ date: string; code: string }>((at) => [
  { date: at.date, procedureCodeableConcept: { coding: [{ system: ICD_10_PCS, code: at.code }] }, sequence: 1 }
])

const medicare = print([
  { coverage: { identifier: { system: variable("fiss/payers-name"), value: "MEDICARE" } }, focal: true, sequence: 1 }
])

const entry = template<{ category: Json; code: Json; sequence: Json }>((at) => ({
  category: raw(at.category),
  code: raw(at.code),
  sequence: raw(at.sequence)
}))
const category = {
  bill: concept(coding(carin("C4BBSupportingInfoType"), "typeofbill", "Type of Bill")),
  drg: concept(
    coding(hl7("claiminformationcategory"), "info", "Information"),
    coding(blueButton("information"), variable("clm_drg_cd"), "Claim Diagnosis Related Group Code (or MS-DRG Code)")
  ),
  admission: concept(
    coding(carin("C4BBSupportingInfoType"), "admtype", "Information"),
    coding(blueButton("information"), variable("clm_ip_admsn_type_cd"), "Claim Inpatient Admission Type Code")
  )
}

const supportingInfo = (claim: PendingClaim): Json => {
  const entries = [
    { category: category.bill, code: coding(variable("fiss/freq-cd"), "1") },
    ...(claim.drg === undefined ? [] : [{ category: category.drg, code: coding(variable("clm_drg_cd"), claim.drg) }]),
    ...(claim.admissionType === undefined
      ? []
      : [{ category: category.admission, code: coding(nubc("PriorityTypeOfAdmitOrVisit"), claim.admissionType) }])
  ]
  return each(entries, (of, index) =>
    entry({ category: of.category, code: concept(of.code), sequence: integer(index + 1) })
  )
}

const facilityOf = template<{ extension: Json }>((at) => ({ extension: [raw(at.extension)] }))

/** The v2 Claim. Doctors' claims have no facility, insurance, procedure or supportingInfo. */
export const pendingClaim = (claim: PendingClaim, until: Instant): Json => {
  const fiss = claim.processor === "fiss"
  return claimOf({
    id: pendingId(claim),
    number: claim.number,
    system: numberSystem[claim.processor],
    contained: list([containedPatient(claim.person, claim.processor), providerOrg(claim)]),
    created: easternSecond(until),
    diagnosis: each(claim.diagnoses, ({ code }, index) =>
      diagnosisOf({
        code,
        // Said of hospital stays whose lines are told.
        poa: fiss && claim.drg !== undefined && claim.lines.length > 0 ? presentOnAdmission : undefined,
        sequence: index + 1,
        type: !fiss ? undefined : index === 0 ? (claim.drg === undefined ? principal : admitting) : undefined
      })
    ),
    extension: list([fiss ? coded("fiss/serv-typ-cd", claim.billing.classification) : coded("mcs/claim-type", "3")]),
    facility: fiss ? facilityOf({ extension: coded("fiss/lob-cd", claim.billing.facility) }) : undefined,
    insurance: fiss ? medicare : undefined,
    item: claim.lines.length === 0 ? undefined : pendingItems(claim.lines),
    lastUpdated: easternInstant(claim.updated),
    period: period(isoDay(claim.from), isoDay(claim.through)),
    procedure:
      claim.procedure === undefined
        ? undefined
        : procedureOf({ date: easternMidnight(claim.procedure.on), code: claim.procedure.code }),
    status: claim.cancelled ? "cancelled" : "active",
    supportingInfo: fiss ? supportingInfo(claim) : undefined,
    total: money(claim.total),
    type: claimType[claim.processor]
  })
}
