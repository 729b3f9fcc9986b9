import type { PharmacyClaim } from "../claims/Pharmacy.ts"
import { isReplacement } from "../claims/Sighting.ts"
import { isoDay } from "../Dates.ts"
import { coding, collect, concept, information } from "../Fhir.ts"
import { constant, type Json, list, optional, raw, template } from "../Json.ts"
import type { Seed } from "../Random.ts"
import { carin, hl7, NDC, UNITS } from "../Systems.ts"
import { claimAmounts, totals } from "./Amounts.ts"
import { careTeamMember, explanationOfBenefit, practitioner, typeOf } from "./Eob.ts"
import { pharmacy as entries } from "./Information.ts"
import { lineAmounts } from "./LineAmounts.ts"

/** The v3 ExplanationOfBenefit of a filled prescription (PDE). What the plan paid is not in it. */

/** CMS's own kind of provider number, here always an NPI; its URLs begin with http. */
const qualifier = coding("http://bluebutton.cms.gov/fhir/CodeSystem/PRVDR-ID-QLFYR-CD", "01", "NPI Number")
const identifierType = concept(qualifier, coding(hl7("v2-0203"), "NPI", "National provider identifier"))
const generic = template<{ value: string }>((at) => ({
  type: { coding: [constant(qualifier)] },
  system: "http://bluebutton.cms.gov/fhir/identifiers/GenericIdNum",
  value: at.value
}))

const item = template<{
  adjudication: Json
  detail: Json | undefined
  product: Json
  quantity: Json
  on: string
}>((at) => [
  {
    adjudication: raw(at.adjudication),
    detail: optional(at.detail),
    productOrService: { coding: [raw(at.product)] },
    quantity: raw(at.quantity),
    sequence: 1,
    servicedDate: at.on
  }
])
/** Of a mixture only the parts have a drug code. */
const detail = template<{ ndc: string; quantity: number }>((at) => [
  {
    productOrService: { coding: [{ system: NDC, code: at.ndc }] },
    quantity: { code: "mL", system: UNITS, unit: "ML", value: raw(at.quantity) },
    sequence: 1
  }
])
const plain = template<{ value: number }>((at) => ({ value: raw(at.value) }))
const compound = coding(carin("C4BBCompoundLiteral"), "compound")
const payment = template<{ date: string }>((at) => ({ date: at.date }))

/** CLM-TYPE-CD of drugs: original, adjusted, deleted. */
const number = ({ sighting }: PharmacyClaim): readonly [code: string, display: string] =>
  isReplacement(sighting)
    ? ["2", "MEDICARE PART D ADJUSTED CLAIM"]
    : sighting.final
      ? ["1", "MEDICARE PART D ORIGINAL CLAIM"]
      : ["3", "MEDICARE PART D DELETED CLAIM"]

export const pharmacyV3 = (seed: Seed, claim: PharmacyClaim): Json => {
  const { drug, pharmacy } = claim
  const [code, display] = number(claim)
  return explanationOfBenefit(seed, claim, {
    adjudication: collect(claimAmounts.pharmacy, claim),
    careTeam: list([careTeamMember("prescribing", claim.prescriber, 1, { identifierType })]),
    contained: list([
      practitioner({
        npi: pharmacy.npi,
        family: pharmacy.name,
        given: "Pharmacy",
        more: generic({ value: pharmacy.npi })
      })
    ]),
    item: item({
      adjudication: collect(lineAmounts.pharmacy, claim),
      detail: drug.compound ? detail({ ndc: drug.ndc, quantity: claim.quantity }) : undefined,
      product: drug.compound ? compound : coding(NDC, drug.ndc),
      quantity: plain({ value: claim.quantity }),
      on: isoDay(claim.slot.from)
    }),
    part: "D",
    payment: payment({ date: isoDay(claim.paidOn) }),
    profile: "Pharmacy",
    provider: pharmacy.npi,
    supportingInfo: information(entries, claim),
    total: collect(totals.pharmacy, claim),
    type: typeOf("PDE", code, display, "pharmacy")
  })
}
