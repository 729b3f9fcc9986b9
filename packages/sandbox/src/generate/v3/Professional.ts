import type { ProfessionalClaim, ProfessionalLine } from "../claims/Professional.ts"
import { outcomeOf } from "../claims/Sighting.ts"
import { isoDay } from "../Dates.ts"
import { coding, collect, each, information, money, period } from "../Fhir.ts"
import { type Json, list, optional, raw, template } from "../Json.ts"
import type { Seed } from "../Random.ts"
import { cms, cmsExtension, NDC, UNITS } from "../Systems.ts"
import { claimAmounts, totals } from "./Amounts.ts"
import {
  careTeamMember,
  diagnoses,
  explanationOfBenefit,
  hcpcs,
  insurer,
  insurerOrganization,
  practitioner,
  typeOf
} from "./Eob.ts"
import { professional as settledInfo, professionalShared as sharedInfo } from "./Information.ts"
import { lineAmounts } from "./LineAmounts.ts"

/** The v3 ExplanationOfBenefit of doctors (CARRIER) and suppliers (DME), settled or as the processing system has it. */

const coded = (name: string, code: string, display?: string): Json =>
  codedOf({ url: cmsExtension(name), coding: coding(cms(name), code, display) })
const codedOf = template<{ url: string; coding: Json }>((at) => ({ url: at.url, valueCoding: raw(at.coding) }))
const decimal = template<{ url: string; value: number }>((at) => ({ url: at.url, valueDecimal: raw(at.value) }))

const taxNumber = template<{ value: string }>((at) => ({
  url: cmsExtension("CLM-PRVDR-TAX-NUM"),
  valueIdentifier: { value: at.value }
}))

const deductible = coded("CLM-SRVC-DDCTBL-SW", "0", "Service Subject to Deductible")
const fixed = [
  coded("CLM-PMT-80-100-CD", "0", "80%"),
  deductible,
  coded("CLM-MTUS-IND-CD", "3", "SERVICES"),
  coded("CLM-PHYSN-ASTNT-CD", "0", "N/A"),
  coded("CLM-PRVDR-TYPE-CD", "1", "PHYSICIANS OR SUPPLIERS BILLING AS SOLO PRACTITIONERS")
]

const extensions = (claim: ProfessionalClaim, of: ProfessionalLine): Json =>
  claim.sighting.system === "SharedSystem"
    ? list([deductible])
    : list([
        // BCDA asks for tax numbers, always.
        taxNumber({ value: claim.practice.tax }),
        ...fixed,
        coded("CLM-PRVDR-SPCLTY-CD", claim.rendering.specialty.code, claim.rendering.specialty.display.toUpperCase()),
        of.allowed > 0 ? coded("CLM-PRCSG-IND-CD", "A", "Allowed") : coded("CLM-PRCSG-IND-CD", "O", "Other"),
        decimal({ url: cmsExtension("CLM-LINE-PRFNL-MTUS-CNT"), value: of.units })
      ])

const item = template<{
  adjudication: Json
  detail: Json | undefined
  diagnosis: number
  extension: Json
  place: Json
  modifier: Json | undefined
  product: Json
  units: number
  sequence: number
  period: Json
}>((at) => ({
  adjudication: raw(at.adjudication),
  detail: optional(at.detail),
  diagnosisSequence: [raw(at.diagnosis)],
  extension: raw(at.extension),
  informationSequence: [2],
  locationCodeableConcept: { coding: [raw(at.place)] },
  modifier: optional(at.modifier),
  productOrService: { coding: [raw(at.product)] },
  quantity: { value: raw(at.units) },
  sequence: raw(at.sequence),
  servicedPeriod: raw(at.period)
}))

/** A drug given with a service, without its amount. */
const detail = template<{ ndc: string }>((at) => [
  { productOrService: { coding: [{ system: NDC, code: at.ndc }] }, sequence: 1 }
])
const modifiers = template<{ codings: Json }>((at) => [{ coding: raw(at.codings) }])
const PLACES = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"

const itemOf =
  (claim: ProfessionalClaim) =>
  (of: ProfessionalLine): Json =>
    item({
      adjudication: collect(
        claim.sighting.system === "SharedSystem" ? lineAmounts.professionalShared : lineAmounts.professional,
        of
      ),
      detail: of.drug === undefined ? undefined : detail({ ndc: of.drug.ndc }),
      diagnosis: of.diagnosis,
      extension: extensions(claim, of),
      place: coding(PLACES, of.place.code, of.place.display),
      modifier: of.modifiers.length === 0 ? undefined : modifiers({ codings: each(of.modifiers, hcpcs) }),
      product: hcpcs(of.service.code),
      units: of.units,
      sequence: of.sequence,
      period: period(isoDay(of.from), isoDay(of.through))
    })

const observation = template<{ id: string; coding: Json; unit: string; value: number }>((at) => ({
  resourceType: "Observation",
  id: at.id,
  status: "final",
  code: { coding: [raw(at.coding)] },
  performer: [{ identifier: { system: "http://terminology.hl7.org/NamingSystem/CLIA", value: "99D9999999" } }],
  valueQuantity: { code: at.unit, system: UNITS, unit: at.unit, value: raw(at.value) }
}))
const LOINC = "http://loinc.org"
const TESTS: Readonly<Record<string, readonly [coding: Json, unit: string, factor: number]>> = {
  R1: [coding(LOINC, "718-7", "Hemoglobin [Mass/volume] in Blood"), "g/dL", 0.3],
  R2: [coding(LOINC, "4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count"), "%", 1]
}

const test = ({ blood, sequence }: ProfessionalLine): Json | undefined => {
  const known = blood === undefined ? undefined : TESTS[blood.code]
  return blood === undefined || known === undefined
    ? undefined
    : observation({
        id: String(sequence),
        coding: known[0],
        unit: known[1],
        value: Math.round(blood.value * known[2] * 10) / 10
      })
}

const NUMBERS: Readonly<Record<string, string>> = {
  "71": "MEDICARE PART B PROFESSIONAL PHYSICIAN/SUPPLIER CLAIM (NON-DMEPOS)",
  "72": "MEDICARE PART B PROFESSIONAL PHYSICIAN/SUPPLIER CLAIM (DMEPOS)",
  "81": "MEDICARE DURABLE MEDICAL EQUIPMENT CLAIM (NON-DMEPOS)",
  "82": "MEDICARE DURABLE MEDICAL EQUIPMENT CLAIM (DMEPOS)"
}

const number = (claim: ProfessionalClaim): readonly [code: string, display: string] => {
  const { sighting, slot } = claim
  if (sighting.system !== "SharedSystem") return [claim.number, NUMBERS[claim.number] ?? ""]
  const phase = outcomeOf(sighting) === "partial" ? "1" : "2"
  return slot.type === "DME" ? [`${phase}800`, "DME MEDICARE SS DME"] : [`${phase}700`, "MEDICARE SS PROFESSIONAL"]
}

const payment = template<{ amount: Json }>((at) => ({ amount: raw(at.amount) }))

export const professionalV3 = (seed: Seed, claim: ProfessionalClaim): Json => {
  const shared = claim.sighting.system === "SharedSystem"
  const { practice, referring, rendering, slot } = claim
  const [code, display] = number(claim)
  return explanationOfBenefit(seed, claim, {
    adjudication: shared ? collect(claimAmounts.professionalShared, claim) : collect(claimAmounts.professional, claim),
    careTeam: list([
      careTeamMember("rendering", rendering, 1, { qualified: !shared, typed: !shared }),
      referring === undefined ? undefined : careTeamMember("referring", referring, 2, { typed: false })
    ]),
    contained: list([
      insurerOrganization,
      ...claim.lines.map(test),
      practitioner({ npi: practice.npi, family: practice.name, given: rendering.given })
    ]),
    diagnosis: diagnoses(claim, true),
    insurer,
    item: each(claim.lines, itemOf(claim)),
    part: "B",
    payment: payment({ amount: money(claim.paid) }),
    profile: "Professional-NonClinician",
    provider: practice.npi,
    supportingInfo: shared ? information(sharedInfo, claim) : information(settledInfo, claim),
    total: shared ? collect(totals.professionalShared, claim) : collect(totals.professional, claim),
    type: typeOf(slot.type, code, display, "professional")
  })
}
