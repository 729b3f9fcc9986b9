import { coded } from "../ccw/Elements.ts"
import type { Head } from "../ccw/Head.ts"
import { type Fact, pharmacy as fact } from "../ccw/Information.ts"
import { pharmacy as amounts } from "../ccw/LineAmounts.ts"
import { planExtensions } from "../ccw/Terms.ts"
import type { PharmacyClaim } from "../claims/Pharmacy.ts"
import { isoDay } from "../Dates.ts"
import { coding, collect, concept, information, money, quantity } from "../Fhir.ts"
import { type Json, list, raw, template } from "../Json.ts"
import { blueButton, carin, hl7, NDC, NPI } from "../Systems.ts"
import { explanationOfBenefit } from "./Eob.ts"
import { adjudication, careTeam, clinician, info } from "./Parts.ts"

/** The v2 ExplanationOfBenefit of a filled prescription (PDE). */

const own = (payload: Fact<PharmacyClaim>["payload"]): Fact<PharmacyClaim> => ({ name: "", display: "", payload })

const invoice = concept(coding(hl7("v3-ActCode"), "RXDINV", "Rx dispense invoice"))

const entries = [
  info(
    own(() => ({ code: invoice })),
    ["compoundcode", "Compound Code", "alone"]
  ),
  info(
    own(({ fill }) => ({ valueQuantity: quantity({ value: fill }) })),
    ["refillnum", "Refill Number", "alone"]
  ),
  info(
    own(({ supply }) => ({ valueQuantity: quantity({ value: supply }) })),
    ["dayssupply", "Days Supply", "alone"]
  ),
  info(fact.coverage),
  info(fact.daw),
  info(fact.dispensing),
  info(fact.adjustment),
  info(fact.format),
  info(fact.pricing),
  info(fact.catastrophic),
  info(fact.origin, ["rxorigincode", "Rx Origin Code", "alone"]),
  info(fact.brand, ["brandgenericindicator", "Brand Generic Indicator", "alone"]),
  info(fact.residence),
  info(fact.clarification)
]

const adjudications = amounts.map((amount) => adjudication(amount))

const item = template<{ adjudication: Json; quantity: number; ndc: string; name: string; on: string }>((at) => [
  {
    adjudication: raw(at.adjudication),
    careTeamSequence: [1],
    productOrService: { coding: [{ system: NDC, code: at.ndc, display: at.name }] },
    quantity: { value: raw(at.quantity) },
    sequence: 1,
    servicedDate: at.on
  }
])

const facility = template<{ name: string; npi: string; kind: Json }>((at) => ({
  display: at.name,
  extension: [raw(at.kind)],
  identifier: { type: { coding: [{ system: carin("C4BBIdentifierType"), code: "npi" }] }, value: at.npi }
}))
const provider = template<{ npi: string }>((at) => ({ identifier: { system: NPI, value: at.npi } }))
const total = template<{ cost: Json; other: Json }>((at) => [
  {
    amount: raw(at.cost),
    category: { coding: [{ system: carin("C4BBAdjudication"), code: "drugcost", display: "Drug Cost" }] }
  },
  {
    amount: raw(at.other),
    category: { coding: [{ system: carin("C4BBPayerAdjudicationStatus"), code: "other", display: "Other" }] }
  }
])
const payment = template<{ date: string }>((at) => ({ date: at.date }))
const kind = coded("phrmcy_srvc_type_cd", "01", "Community/retail pharmacy")

export const pharmacyV2 = (claim: PharmacyClaim, head: Head, created: string): Json => {
  const { npi, name } = claim.pharmacy
  return explanationOfBenefit(head, created, {
    careTeam: careTeam([clinician("prescribing", claim.prescriber)]),
    facility: facility({ name, npi, kind }),
    item: item({
      adjudication: collect(adjudications, claim),
      quantity: claim.quantity,
      ndc: claim.drug.ndc,
      name: claim.drug.name,
      on: isoDay(claim.slot.from)
    }),
    payment: payment({ date: isoDay(claim.paidOn) }),
    plan: planExtensions(claim),
    prescription: claim.prescription,
    provider: provider({ npi }),
    supportingInfo: information(entries, claim),
    total: total({ cost: money(claim.total), other: money(0) }),
    type: list([coding(blueButton("eob-type"), "PDE"), coding(hl7("claim-type"), "pharmacy", "Pharmacy")])
  })
}
