import { coded, value } from "../ccw/Elements.ts"
import type { Head } from "../ccw/Head.ts"
import { pharmacy as fact } from "../ccw/Information.ts"
import { pharmacy as amounts } from "../ccw/LineAmounts.ts"
import { planExtensions } from "../ccw/Terms.ts"
import type { PharmacyClaim } from "../claims/Pharmacy.ts"
import { ccwName } from "../claims/Providers.ts"
import { isoDay } from "../Dates.ts"
import { coding, collect, concept, information } from "../Fhir.ts"
import { type Json, list, quote, raw, template } from "../Json.ts"
import { blueButton, NDC, NPI, variable } from "../Systems.ts"
import { explanationOfBenefit } from "./Eob.ts"
import { adjudication, careTeamMember, info } from "./Parts.ts"

/** The v1 ExplanationOfBenefit of a filled prescription (PDE). */

const covered = concept(value("drug_cvrg_stus_cd", "C", "Covered"))
const adjudications = amounts.map((amount, index) => adjudication(amount, undefined, index === 0 ? covered : undefined))

const facts = [
  fact.daw,
  fact.dispensing,
  fact.coverage,
  fact.adjustment,
  fact.format,
  fact.pricing,
  fact.catastrophic,
  fact.origin,
  fact.brand,
  fact.pharmacyKind,
  fact.residence,
  fact.clarification
].map(info)

const item = template<{
  adjudication: Json
  fill: number
  supply: number
  quantity: number
  ndc: string
  name: string
  on: string
}>((at) => ({
  adjudication: raw(at.adjudication),
  careTeamLinkId: [2],
  detail: [
    { type: { coding: [{ system: "http://hl7.org/fhir/v3/ActCode", code: "RXDINV", display: "Rx dispense invoice" }] } }
  ],
  quantity: {
    extension: [
      { url: variable("fill_num"), valueQuantity: { value: raw(at.fill) } },
      { url: variable("days_suply_num"), valueQuantity: { value: raw(at.supply) } }
    ],
    value: raw(at.quantity)
  },
  sequence: 1,
  service: { coding: [{ system: NDC, code: at.ndc, display: at.name }] },
  servicedDate: at.on
}))

const npiType = { coding: [{ system: NPI, code: "NPI", display: "National Provider Identifier" }] }
const organization = template<{ name: string; npi: string }>((at) => ({
  display: at.name,
  identifier: { system: NPI, type: npiType, value: at.npi }
}))
const facility = template<{ name: string; npi: string; kind: Json }>((at) => ({
  display: at.name,
  extension: [raw(at.kind)],
  identifier: { system: NPI, type: npiType, value: at.npi }
}))
const payment = template<{ date: string }>((at) => ({ date: at.date }))
const kind = coded("phrmcy_srvc_type_cd", "01", "Community/retail pharmacy")

export const pharmacyV1 = (claim: PharmacyClaim, head: Head): Json => {
  const { npi, name } = claim.pharmacy
  return explanationOfBenefit(head, {
    careTeam: list([
      careTeamMember({
        role: "primary",
        value: claim.prescriber.npi,
        sequence: 2,
        display: claim.prescriber.listed ? quote(ccwName(claim.prescriber)) : undefined
      })
    ]),
    facility: facility({ name, npi, kind }),
    information: information(facts, claim),
    item: list([
      item({
        adjudication: collect(adjudications, claim),
        fill: claim.fill,
        supply: claim.supply,
        quantity: claim.quantity,
        ndc: claim.drug.ndc,
        name: claim.drug.name,
        on: isoDay(claim.slot.from)
      })
    ]),
    organization: organization({ name, npi }),
    payment: payment({ date: isoDay(claim.paidOn) }),
    plan: planExtensions(claim),
    prescription: claim.prescription,
    type: list([
      coding(blueButton("eob-type"), "PDE"),
      coding("http://hl7.org/fhir/ex-claimtype", "pharmacy", "Pharmacy")
    ])
  })
}
