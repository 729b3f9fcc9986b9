import { professional as amounts } from "../ccw/Amounts.ts"
import { coded, codedAs, counted, identified, value } from "../ccw/Elements.ts"
import type { Head } from "../ccw/Head.ts"
import { bloodTest, weekly } from "../ccw/Information.ts"
import { professional as line } from "../ccw/LineAmounts.ts"
import { CLAIM_NUMBERS, locality, NEAR_LINE, professional as terms } from "../ccw/Terms.ts"
import type { ProfessionalClaim, ProfessionalLine } from "../claims/Professional.ts"
import { ccwName } from "../claims/Providers.ts"
import { isoDay } from "../Dates.ts"
import { coding, collect, concept, each, type Info, information, money, type Part, period, reference } from "../Fhir.ts"
import { integer, type Json, list, optional, print, quote, raw, template } from "../Json.ts"
import { blueButton, NDC, NPI, TAXONOMY, variable } from "../Systems.ts"
import { explanationOfBenefit } from "./Eob.ts"
import {
  adjudication,
  benefitBalance,
  careTeam,
  clinician,
  denialReason,
  diagnoses,
  displayOf,
  info,
  type Member,
  npiIdentifier,
  professionalTypes,
  supplierTypes,
  totalCharge
} from "./Parts.ts"

/** The v2 ExplanationOfBenefit of doctors (CARRIER) and suppliers (DME). */

const nearLine = (code: "M" | "O"): Part<ProfessionalClaim> => {
  const extension = coded("nch_near_line_rec_ident_cd", code, NEAR_LINE[code])
  return () => extension
}
const shared = [terms.contractor, terms.control, terms.denial, terms.assignment, terms.trial, terms.entry]
const extensions: Readonly<Record<"CARRIER" | "DME", ReadonlyArray<Part<ProfessionalClaim>>>> = {
  CARRIER: [nearLine("O"), ...shared],
  DME: [nearLine("M"), ...shared]
}

const eightyPercent = coded("line_pmt_80_100_cd", "0", "80%")
const notReduced = denialReason("carr_line_rdcd_pmt_phys_astn_c", "0", "N/A")
const common = [
  adjudication(line.paid, eightyPercent),
  adjudication(line.toPatient),
  adjudication(line.toProvider),
  adjudication(line.deductible),
  adjudication(line.primary),
  adjudication(line.coinsurance),
  adjudication(line.charge),
  adjudication(line.allowed)
]
const adjudications: Readonly<Record<"CARRIER" | "DME", ReadonlyArray<Part<ProfessionalLine>>>> = {
  CARRIER: [() => notReduced, ...common],
  DME: [
    adjudication(line.revenueToProvider),
    adjudication(line.primaryAllowed),
    adjudication(line.purchasePrice),
    ...common,
    adjudication(line.toPatientAgain),
    adjudication(line.purchasePrice)
  ]
}

const item = template<{
  adjudication: Json
  careTeam: Json
  category: Json
  diagnosis: number
  extension: Json
  information: Json | undefined
  location: Json
  modifier: Json | undefined
  product: Json
  units: number
  sequence: number
  period: Json
}>((at) => ({
  adjudication: raw(at.adjudication),
  careTeamSequence: raw(at.careTeam),
  category: raw(at.category),
  diagnosisSequence: [raw(at.diagnosis)],
  extension: raw(at.extension),
  informationSequence: optional(at.information),
  locationCodeableConcept: raw(at.location),
  modifier: optional(at.modifier),
  productOrService: raw(at.product),
  quantity: { value: raw(at.units) },
  sequence: raw(at.sequence),
  servicedPeriod: raw(at.period)
}))

const location = template<{ coding: Json; extension: Json }>((at) => ({
  coding: [raw(at.coding)],
  extension: raw(at.extension)
}))
const product = template<{ code: string; extension: Json | undefined }>((at) => ({
  coding: [{ system: blueButton("hcpcs"), code: at.code }],
  extension: optional(at.extension)
}))
const modifierOf = template<{ code: string; version: string }>((at) => ({
  coding: [{ system: blueButton("hcpcs"), code: at.code, version: at.version }]
}))
const supplyCount = template<{ units: number }>((at) => ({
  url: variable("dmerc_line_mtus_cnt"),
  valueQuantity: { code: "3", system: variable("dmerc_line_mtus_cd"), unit: "Number of services", value: raw(at.units) }
}))
const savings = print({ url: variable("dmerc_line_scrn_svgs_amt"), valueQuantity: { value: 0 } })

const supplyExtensions = (claim: ProfessionalClaim, of: ProfessionalLine): ReadonlyArray<Json> => [
  identified("suplrnum", claim.practice.npi),
  coded("tax_num", claim.practice.tax),
  savings,
  supplyCount({ units: of.units }),
  coded("dmerc_line_prcng_state_cd", claim.rendering.state),
  coded(
    "dmerc_line_supplr_type_cd",
    "3",
    "Suppliers (other than sole proprietorship) for whom employer identification (EI) numbers are used in coding the ID field."
  )
]

const visitExtensions = (claim: ProfessionalClaim, of: ProfessionalLine): ReadonlyArray<Json> => [
  coded("tax_num", claim.practice.tax),
  counted("carr_line_mtus_cnt", of.units),
  coded("carr_line_mtus_cnt", "3"),
  coded("carr_line_mtus_cd", "3", "Services")
]

const itemOf = (claim: ProfessionalClaim, performing: Json) => {
  const dme = claim.slot.type === "DME"
  const version = isoDay(claim.slot.from).slice(3, 4)
  let tests = 1
  return (of: ProfessionalLine): Json => {
    const { service } = of
    if (of.blood !== undefined) tests++
    return item({
      adjudication: collect(adjudications[dme ? "DME" : "CARRIER"], of),
      careTeam: performing,
      category: concept(value("line_cms_type_srvc_cd", service.kind, service.kindDisplay)),
      diagnosis: of.diagnosis,
      extension: list([
        ...(dme ? supplyExtensions(claim, of) : visitExtensions(claim, of)),
        coded("betos_cd", service.betos, service.betosDisplay),
        of.primary > 0 ? coded("line_bene_prmry_pyr_cd", "E", "Workers' compensation") : undefined,
        of.allowed > 0 ? coded("line_prcsg_ind_cd", "A", "Allowed") : coded("line_prcsg_ind_cd", "O", "Other"),
        coded("line_service_deductible", "0", "Service Subject to Deductible")
      ]),
      information: of.blood === undefined ? undefined : list([integer(tests)]),
      location: location({
        coding: value("line_place_of_srvc_cd", of.place.code, of.place.display),
        extension: list([
          coded("prvdr_state_cd", claim.rendering.state),
          ...(dme
            ? []
            : [
                coded("prvdr_zip", `${claim.practice.zip}0000`),
                locality(claim.rendering.state),
                identified("carr_line_clia_lab_num", "99D9999999")
              ])
        ])
      }),
      modifier: of.modifiers.length === 0 ? undefined : each(of.modifiers, (code) => modifierOf({ code, version })),
      product: product({
        code: service.code,
        extension: of.drug === undefined ? undefined : list([codedAs(NDC, coding(NDC, of.drug.ndc, of.drug.name))])
      }),
      units: of.units,
      sequence: of.sequence,
      period: period(isoDay(of.from), isoDay(of.through))
    })
  }
}

const team = (claim: ProfessionalClaim): ReadonlyArray<Member> => {
  const { practice, referring, rendering } = claim
  const dme = claim.slot.type === "DME"
  const { specialty } = rendering
  const participates = coded("prtcptng_ind_cd", "1", "Participating")
  return [
    ...(referring === undefined ? [] : [clinician("referring", referring)]),
    {
      role: "performing",
      identifier: npiIdentifier(rendering.npi),
      display: displayOf(rendering),
      extension: list(dme ? [participates] : [coded("carr_line_prvdr_type_cd", "1"), participates]),
      qualification: concept(
        coding(TAXONOMY, specialty.taxonomy, specialty.taxonomyDisplay),
        value("prvdr_spclty", specialty.code, specialty.display)
      ),
      responsible: true
    },
    ...(dme
      ? []
      : [{ role: "primary" as const, identifier: npiIdentifier(practice.npi), display: quote(practice.name) }])
  ]
}

const received = info(weekly, ["clmrecvddate", "Claim Received Date"])

/** One entry per blood test, pointing to the contained Observation of its line. */
const testInfo = (of: ProfessionalLine): Info<ProfessionalClaim> =>
  info({
    name: "line_hct_hgb_rslt_num",
    display: "Hematocrit / Hemoglobin Test Results",
    payload: () => ({ valueReference: reference(`#line-observation-${of.sequence}`) })
  })

const tested = (claim: ProfessionalClaim): ReadonlyArray<ProfessionalLine> =>
  claim.lines.filter((of) => of.blood !== undefined)

const referralOf = template<{ display: Json | undefined; identifier: Json }>((at) => ({
  display: optional(at.display),
  identifier: raw(at.identifier)
}))
const billing = template<{ npi: string }>((at) => ({
  identifier: { system: variable("carr_clm_blg_npi_num"), value: at.npi }
}))
const supplier = template<{ npi: string; display: string }>((at) => ({
  display: at.display,
  identifier: { system: NPI, value: at.npi },
  type: "Practitioner"
}))
const paid = template<{ amount: Json }>((at) => ({ amount: raw(at.amount) }))
const balances = benefitBalance(amounts)
/** Not the charge: CMS shows what earlier payers paid, which is nothing. The charge is in `benefitBalance`. */
const total = totalCharge<ProfessionalClaim>("priorpayerpaid", () => 0)

export const professionalV2 = (claim: ProfessionalClaim, head: Head, created: string): Json => {
  const dme = claim.slot.type === "DME"
  const { referring, rendering } = claim
  const tests = tested(claim)
  const performing = referring === undefined ? 1 : 2
  const sequences = dme ? [performing] : [performing, performing + 1]
  return explanationOfBenefit(head, created, {
    benefitBalance: balances(claim),
    careTeam: careTeam(team(claim)),
    contained:
      tests.length === 0
        ? undefined
        : each(tests, ({ blood, sequence }) =>
            blood === undefined ? undefined : bloodTest(`line-observation-${sequence}`, blood)
          ),
    diagnosis: diagnoses(claim, dme ? supplierTypes : professionalTypes),
    disposition: quote("01"),
    extension: collect(extensions[dme ? "DME" : "CARRIER"], claim),
    item: each(claim.lines, itemOf(claim, each(sequences, integer))),
    payment: paid({ amount: money(claim.paid) }),
    provider: dme
      ? supplier({ npi: rendering.npi, display: ccwName(rendering) })
      : billing({ npi: claim.practice.npi }),
    referral:
      referring === undefined
        ? undefined
        : referralOf({ display: displayOf(referring), identifier: npiIdentifier(referring.npi) }),
    supportingInfo: information([received, ...tests.map(testInfo)], claim),
    total: total(claim) ?? list([]),
    type: list([
      value("nch_clm_type_cd", claim.number, CLAIM_NUMBERS[claim.number]),
      coding(blueButton("eob-type"), claim.slot.type),
      dme ? institutional : professional
    ])
  })
}

const professional = coding("http://terminology.hl7.org/CodeSystem/claim-type", "professional", "Professional")
const institutional = coding("http://terminology.hl7.org/CodeSystem/claim-type", "institutional", "Institutional")
