import { coded, codedAs, counted, procedureOf, value } from "../ccw/Elements.ts"
import type { Head } from "../ccw/Head.ts"
import { claimQuery, facilityKind } from "../ccw/Terms.ts"
import type { FacilityClaim, FacilityLine, ProcedureUse } from "../claims/Institutional.ts"
import { isoDay, utcMidnight } from "../Dates.ts"
import { coding, collect, concept, each, information, money } from "../Fhir.ts"
import { integer, type Json, list, optional, print, quote, raw, template } from "../Json.ts"
import {
  blueButton,
  carin,
  carinProfile,
  hl7,
  ICD_9_CM,
  ICD_10,
  ICD_10_PCS,
  NDC,
  NPI,
  nubc,
  UNITS
} from "../Systems.ts"
import { explanationOfBenefit } from "./Eob.ts"
import { kinds, prepared } from "./FacilityKinds.ts"
import { careTeam, clinician, diagnoses, type Member, totalCharge, upinIdentifier } from "./Parts.ts"

/** The v2 ExplanationOfBenefit of facilities. */

const item = template<{
  adjudication: Json
  careTeam: Json | undefined
  extension: Json | undefined
  state: string
  modifier: Json | undefined
  product: Json | undefined
  quantity: Json | undefined
  revenue: Json
  sequence: number
  on: Json | undefined
}>((at) => ({
  adjudication: raw(at.adjudication),
  careTeamSequence: optional(at.careTeam),
  extension: optional(at.extension),
  locationAddress: { state: at.state },
  modifier: optional(at.modifier),
  productOrService: optional(at.product),
  quantity: optional(at.quantity),
  revenue: raw(at.revenue),
  sequence: raw(at.sequence),
  servicedDate: optional(at.on)
}))

const amountOf = template<{ value: number }>((at) => ({ value: raw(at.value) }))
const hcpcs = (code: string): Json => coding(blueButton("hcpcs"), code)
const unitOfMeasure = concept(coding(UNITS, "ML", "Milliliter"))
const revenueOf = template<{ coding: Json; extension: Json | undefined }>((at) => ({
  coding: raw(at.coding),
  extension: optional(at.extension)
}))
const product = template<{ coding: Json; extension: Json | undefined }>((at) => ({
  coding: raw(at.coding),
  extension: optional(at.extension)
}))
/** CMS shows the deductible's code under NUBC's system for revenue codes as well; the revenue code is the first coding. */
const subject = [
  coding(nubc("RevenueCodes"), "0"),
  value("rev_cntr_ddctbl_coinsrnc_cd", "0", "Charges are subject to deductible and coinsurance")
]
const fee = list([
  coded(
    "rev_cntr_stus_ind_cd",
    "A",
    "Services not paid under OPPS; uses a different fee schedule (e.g., ambulance, PT, mammography)"
  )
])

const itemOf = (claim: FacilityClaim, performing: Json) => {
  const { lines, stay } = kinds[claim.type]
  const status = claim.type === "OUTPATIENT" || claim.type === "HHA"
  return (of: FacilityLine): Json => {
    const { drug, modifiers, revenue } = of
    // Service units are an extension here, and `quantity` is the drug's; units of measure come as modifiers.
    return item({
      adjudication: collect(lines, of),
      careTeam: of.performing ? performing : undefined,
      extension: of.units === 0 ? undefined : list([counted("rev_cntr_unit_cnt", of.units)]),
      state: claim.facility.state,
      modifier:
        modifiers.length === 0 && drug === undefined
          ? undefined
          : list([...modifiers.map((code) => concept(hcpcs(code))), drug === undefined ? undefined : unitOfMeasure]),
      product:
        revenue.service === undefined
          ? undefined
          : product({
              coding: list([
                claim.type === "INPATIENT" ? value("hcpcs_cd", revenue.service) : undefined,
                hcpcs(revenue.service)
              ]),
              extension:
                drug === undefined || claim.type !== "OUTPATIENT"
                  ? undefined
                  : list([codedAs(NDC, coding(NDC, drug.ndc, drug.name))])
            }),
      quantity: drug === undefined ? undefined : amountOf({ value: drug.amount }),
      revenue: revenueOf({
        coding: list([
          value("rev_cntr", revenue.code, revenue.display),
          ...(claim.type === "OUTPATIENT" ? [] : subject)
        ]),
        extension: status ? fee : undefined
      }),
      sequence: of.sequence,
      on: stay ? undefined : quote(isoDay(of.on))
    })
  }
}

const procedures = (uses: ReadonlyArray<ProcedureUse>): Json | undefined =>
  uses.length === 0
    ? undefined
    : each(uses, ({ on, procedure: { code, display, icd } }, index) =>
        procedureOf({
          date: utcMidnight(on),
          concept:
            icd === 10
              ? concept(coding(ICD_10_PCS, code, display), coding(ICD_10, code, display))
              : concept(coding(ICD_9_CM, code, display)),
          sequence: index + 1
        })
      )

const organization = template<{ ccn: string; npi: string; name: string }>((at) => [
  {
    resourceType: "Organization",
    id: "provider-org",
    meta: { profile: [carinProfile("C4BB-Organization")] },
    identifier: [
      { type: { coding: [{ system: hl7("v2-0203"), code: "PRN" }] }, value: at.ccn },
      { type: { coding: [{ system: carin("C4BBIdentifierType"), code: "npi" }] }, system: NPI, value: at.npi }
    ],
    active: true,
    name: at.name
  }
])

const team = (claim: FacilityClaim): ReadonlyArray<Member> => [
  clinician("attending", claim.attending),
  ...(claim.operating === undefined ? [] : [clinician("operating", claim.operating)]),
  ...(claim.otherOperating === undefined ? [] : [clinician("otheroperating", claim.otherOperating)]),
  ...(claim.type === "HOSPICE" ? [{ role: "performing" as const, identifier: upinIdentifier }] : []),
  clinician("performing", claim.performing)
]

const facilityOf = template<{ kind: Json }>((at) => ({ extension: [raw(at.kind)] }))
const paid = template<{ amount: Json }>((at) => ({ amount: raw(at.amount) }))
const providerOrg = print({ reference: "#provider-org" })
const query = list([claimQuery])
const total = totalCharge<FacilityClaim>("submitted", (claim) => claim.charge)

export const facilityV2 = (claim: FacilityClaim, head: Head, created: string): Json => {
  const { subType, types, word, information: entries } = kinds[claim.type]
  const { balance, extensions } = prepared[claim.type]
  const members = team(claim)
  const performing = claim.type === "HOSPICE" ? [members.length - 1, members.length] : [members.length]
  return explanationOfBenefit(head, created, {
    benefitBalance: balance(claim),
    query,
    careTeam: careTeam(members),
    contained: organization(claim.facility),
    diagnosis: diagnoses(claim, types),
    extension: collect(extensions, claim),
    facility: facilityOf({ kind: facilityKind(claim) }),
    item: each(claim.lines, itemOf(claim, each(performing, integer))),
    payment: paid({ amount: money(claim.paid) }),
    procedure: procedures(claim.procedures),
    provider: providerOrg,
    subType,
    supportingInfo: information(entries, claim),
    total: total(claim) ?? list([]),
    type: list([
      value("nch_clm_type_cd", claim.billing.number, claim.billing.numberDisplay),
      coding(blueButton("eob-type"), claim.type),
      word
    ])
  })
}
