import { professional as amounts, primaryPayer } from "../ccw/Amounts.ts"
import { coded, codedAs, counted, identified, value } from "../ccw/Elements.ts"
import type { Head } from "../ccw/Head.ts"
import { bloodTest, weekly } from "../ccw/Information.ts"
import { professional as line } from "../ccw/LineAmounts.ts"
import { CLAIM_NUMBERS, locality, nearLine, professional as terms } from "../ccw/Terms.ts"
import type { ProfessionalClaim, ProfessionalLine } from "../claims/Professional.ts"
import { ccwName } from "../claims/Providers.ts"
import { isoDay } from "../Dates.ts"
import { coding, collect, concept, each, information, type Part, period } from "../Fhir.ts"
import { type Json, list, optional, print, quote, raw, template } from "../Json.ts"
import { blueButton, hl7, NDC, NPI, variable } from "../Systems.ts"
import { explanationOfBenefit } from "./Eob.ts"
import { adjudication, careTeamMember, diagnoses, info, moneyExtension, moneyV1, numbers, reasoned } from "./Parts.ts"

/** The v1 ExplanationOfBenefit of doctors (CARRIER) and suppliers (DME). */

const extensions: ReadonlyArray<Part<ProfessionalClaim>> = [
  moneyExtension(primaryPayer),
  terms.contractor,
  terms.control,
  terms.denial,
  terms.assignment,
  terms.trial,
  ...amounts.map(moneyExtension)
]

const reducedPayment = reasoned(
  "carr_line_rdcd_pmt_phys_astn_c",
  "Carrier Line Reduced Payment Physician Assistant Code"
)
const processing = reasoned("line_prcsg_ind_cd", "Line Processing Indicator Code")
const eightyPercent = coded("line_pmt_80_100_cd", "0", "80%")

const common: ReadonlyArray<Part<ProfessionalLine>> = [
  adjudication(line.paid, eightyPercent),
  adjudication(line.toPatient),
  adjudication(line.toProvider),
  adjudication(line.deductible),
  adjudication(line.primary),
  adjudication(line.coinsurance),
  adjudication(line.charge),
  adjudication(line.allowed),
  (of) => (of.allowed > 0 ? processing("A", "Allowed") : processing("O", "Other"))
]

const adjudications = {
  CARRIER: [() => reducedPayment("0", "N/A"), ...common],
  DME: [adjudication(line.primaryAllowed), adjudication(line.purchasePrice), ...common]
} as const satisfies Record<string, ReadonlyArray<Part<ProfessionalLine>>>

const supplyCount = template<{ units: number }>((at) => ({
  url: variable("dmerc_line_mtus_cnt"),
  valueQuantity: { code: "3", system: variable("dmerc_line_mtus_cd"), unit: "Number of services", value: raw(at.units) }
}))

const savings = print({ url: variable("dmerc_line_scrn_svgs_amt"), valueQuantity: { value: 0 } })

const testResult = template<{ id: string }>((at) => ({
  url: variable("line_hct_hgb_rslt_num"),
  valueReference: { reference: `#${at.id}` }
}))

const item = template<{
  adjudication: Json
  careTeam: Json
  category: Json
  diagnosis: number
  extension: Json
  location: Json
  modifier: Json | undefined
  units: number
  sequence: number
  service: Json
  period: Json
}>((at) => ({
  adjudication: raw(at.adjudication),
  careTeamLinkId: raw(at.careTeam),
  category: raw(at.category),
  diagnosisLinkId: [raw(at.diagnosis)],
  extension: raw(at.extension),
  locationCodeableConcept: raw(at.location),
  modifier: optional(at.modifier),
  quantity: { value: raw(at.units) },
  sequence: raw(at.sequence),
  service: { coding: [raw(at.service)] },
  servicedPeriod: raw(at.period)
}))

const location = template<{ coding: Json; extension: Json }>((at) => ({
  coding: [raw(at.coding)],
  extension: raw(at.extension)
}))
const modifierOf = template<{ code: string; version: string }>((at) => ({
  coding: [{ system: blueButton("hcpcs"), code: at.code, version: at.version }]
}))
const serviceOf = template<{ code: string; version: string }>((at) => ({
  system: blueButton("hcpcs"),
  code: at.code,
  version: at.version
}))

const referralRequest = template<{ id: string; npi: string; display: Json | undefined; patient: string }>((at) => ({
  resourceType: "ReferralRequest",
  id: at.id,
  status: "completed",
  subject: { reference: `Patient/${at.patient}` },
  requester: { agent: { display: optional(at.display), identifier: { system: NPI, value: at.npi } } },
  recipient: [{ display: optional(at.display), identifier: { system: NPI, value: at.npi } }]
}))

/** The year whose code set the codes are of, as CMS shows it: its last digit. */
const version = (claim: ProfessionalClaim): string => isoDay(claim.slot.from).slice(3, 4)

/** Contained resources are numbered: the referral first, then the blood tests. */
const testId = (claim: ProfessionalClaim, of: ProfessionalLine): string =>
  String(
    (claim.referring === undefined ? 0 : 1) +
      claim.lines.filter((other) => other.blood && other.sequence <= of.sequence).length
  )

const itemOf =
  (claim: ProfessionalClaim) =>
  (of: ProfessionalLine): Json => {
    const dme = claim.slot.type === "DME"
    const { service } = of
    return item({
      adjudication: collect(adjudications[dme ? "DME" : "CARRIER"], of),
      careTeam: numbers([2, 3]),
      category: concept(value("line_cms_type_srvc_cd", service.kind, service.kindDisplay)),
      diagnosis: of.diagnosis,
      extension: list([
        ...(dme
          ? [identified("suplrnum", claim.practice.npi), savings, supplyCount({ units: of.units })]
          : [coded("carr_line_mtus_cd", "3", "Services"), counted("carr_line_mtus_cnt", of.units)]),
        coded("betos_cd", service.betos, service.betosDisplay),
        of.primary > 0 ? coded("line_bene_prmry_pyr_cd", "E", "Workers' compensation") : undefined,
        coded("line_service_deductible", "0", "Service Subject to Deductible"),
        of.blood === undefined ? undefined : testResult({ id: testId(claim, of) }),
        of.drug === undefined ? undefined : codedAs(NDC, coding(NDC, of.drug.ndc, of.drug.name))
      ]),
      location: location({
        coding: value("line_place_of_srvc_cd", of.place.code, of.place.display),
        extension: list([
          coded("prvdr_state_cd", claim.rendering.state),
          ...(dme
            ? [
                coded("dmerc_line_prcng_state_cd", claim.rendering.state),
                coded(
                  "dmerc_line_supplr_type_cd",
                  "3",
                  "Suppliers (other than sole proprietorship) for whom employer identification (EI) numbers are used in coding the ID field."
                )
              ]
            : [
                coded("prvdr_zip", `${claim.practice.zip}0000`),
                locality(claim.rendering.state),
                identified("carr_line_clia_lab_num", "99D9999999")
              ])
        ])
      }),
      modifier:
        of.modifiers.length === 0
          ? undefined
          : each(of.modifiers, (code) => modifierOf({ code, version: version(claim) })),
      units: of.units,
      sequence: of.sequence,
      service: serviceOf({ code: service.code, version: version(claim) }),
      period: period(isoDay(of.from), isoDay(of.through))
    })
  }

const careTeam = (claim: ProfessionalClaim): Json => {
  const { practice, rendering } = claim
  const participates = coded("prtcptng_ind_cd", "1", "Participating")
  return list([
    careTeamMember({
      role: "primary",
      value: rendering.npi,
      sequence: 2,
      display: rendering.listed ? quote(ccwName(rendering)) : undefined,
      extension:
        claim.slot.type === "DME"
          ? list([participates])
          : list([
              coded("carr_line_prvdr_type_cd", "1"),
              participates,
              codedAs(NPI, coding(NPI, practice.npi, practice.name))
            ]),
      qualification: concept(value("prvdr_spclty", rendering.specialty.code, rendering.specialty.display)),
      responsible: true
    }),
    careTeamMember({ role: "other", system: hl7("v2-0203"), value: practice.tax, sequence: 3, responsible: true })
  ])
}

const contained = (claim: ProfessionalClaim): Json | undefined => {
  const { referring } = claim
  const parts = [
    referring === undefined
      ? undefined
      : referralRequest({
          id: "1",
          npi: referring.npi,
          display: referring.listed ? quote(ccwName(referring)) : undefined,
          patient: claim.slot.person.ccw
        }),
    ...claim.lines.map((of) => (of.blood === undefined ? undefined : bloodTest(testId(claim, of), of.blood)))
  ]
  return parts.some((part) => part !== undefined) ? list(parts) : undefined
}

const facts = [info(weekly)]
const referralOne = print({ reference: "#1" })

export const professionalV1 = (claim: ProfessionalClaim, head: Head): Json => {
  const dme = claim.slot.type === "DME"
  return explanationOfBenefit(head, {
    careTeam: careTeam(claim),
    contained: contained(claim),
    diagnosis: diagnoses(claim, { inpatient: false }),
    disposition: quote("01"),
    extension: collect(extensions, claim),
    information: information(facts, claim),
    item: each(claim.lines, itemOf(claim)),
    payment: paid({ amount: moneyV1(claim.paid) }),
    referral: claim.referring === undefined ? undefined : referralOne,
    type: list([
      value("nch_clm_type_cd", claim.number, CLAIM_NUMBERS[claim.number]),
      coding(blueButton("eob-type"), claim.slot.type),
      dme ? undefined : coding("http://hl7.org/fhir/ex-claimtype", "professional", "Professional"),
      nearLine(dme ? "M" : "O")
    ])
  })
}

const paid = template<{ amount: Json }>((at) => ({ amount: raw(at.amount) }))
