import type { FacilityType } from "../claims/ClaimType.ts"
import { isOneIn } from "../claims/History.ts"
import type { FacilityClaim, FacilityLine, ProcedureUse } from "../claims/Institutional.ts"
import { outcomeOf } from "../claims/Sighting.ts"
import { isoDay } from "../Dates.ts"
import { coding, collect, each, information, money, period } from "../Fhir.ts"
import { integer, type Json, list, optional, print, raw, template } from "../Json.ts"
import { hashText, type Seed } from "../Random.ts"
import { carin, cms, cmsExtension, ICD_10_PCS, NDC, nubc, UNITS } from "../Systems.ts"
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
import { facility as settledInfo, facilityShared as sharedInfo } from "./Information.ts"
import { lineAmounts } from "./LineAmounts.ts"

/** The v3 ExplanationOfBenefit of facilities, settled (NCH) or as FISS, their processing system, has it. */

const codedOf = template<{ url: string; coding: Json }>((at) => ({ url: at.url, valueCoding: raw(at.coding) }))
const coded = (name: string, code: string): Json =>
  codedOf({ url: cmsExtension(name), coding: coding(cms(name), code) })

const settled = list([
  coded("CLM-OTAF-ONE-IND-CD", "N"),
  coded("CLM-REV-CNTR-STUS-CD", "A"),
  coded("CLM-REV-DSCNT-IND-CD", "1"),
  coded("CLM-REV-PACKG-IND-CD", "0"),
  coded("CLM-REV-PMT-MTHD-CD", "2")
])

const item = template<{
  adjudication: Json
  detail: Json | undefined
  extension: Json | undefined
  information: Json | undefined
  modifier: Json | undefined
  product: Json | undefined
  units: number
  revenue: Json
  sequence: number
  period: Json
}>((at) => ({
  adjudication: raw(at.adjudication),
  detail: optional(at.detail),
  extension: optional(at.extension),
  informationSequence: optional(at.information),
  modifier: optional(at.modifier),
  productOrService: optional(at.product),
  quantity: { value: raw(at.units) },
  revenue: { coding: raw(at.revenue) },
  sequence: raw(at.sequence),
  servicedPeriod: raw(at.period)
}))

const detail = template<{ ndc: string; amount: number }>((at) => [
  {
    productOrService: { coding: [{ system: NDC, code: at.ndc }] },
    quantity: { code: "mL", system: UNITS, unit: "ML", value: raw(at.amount) },
    sequence: 1
  }
])
const codings = template<{ codings: Json }>((at) => ({ coding: raw(at.codings) }))
/** Where the supportingInfo of nursing homes has the tracking number. */
const trackingNumber = list([integer(3)])
const subject = coding(cms("CLM-DDCTBL-COINSRNC-CD"), "0", "Charges are subject to deductible and coinsurance")

/** Home health and nursing home codes (HIPPS) have a code system of their own. */
const HIPPS = "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/ProspMedicareFeeSvcPmtGen/HIPPSCodes"
const service = (line: FacilityLine): Json | undefined => {
  const code = line.revenue.service
  if (code === undefined) return undefined
  return line.revenue.code === "0022" || line.revenue.code === "0023" ? coding(HIPPS, code) : hcpcs(code)
}

const itemOf = (claim: FacilityClaim) => {
  const shared = claim.sighting.system === "SharedSystem"
  return (of: FacilityLine): Json => {
    const product = service(of)
    const stay = claim.type === "INPATIENT" || claim.type === "SNF"
    return item({
      adjudication: shared ? collect(lineAmounts.facilityShared, of) : collect(lineAmounts.facility, of),
      detail: of.drug === undefined ? undefined : detail({ ndc: of.drug.ndc, amount: of.drug.amount }),
      extension: shared ? undefined : settled,
      information: claim.type === "SNF" && !shared ? trackingNumber : undefined,
      modifier: of.modifiers.length === 0 ? undefined : list([codings({ codings: each(of.modifiers, hcpcs) })]),
      product: product === undefined ? undefined : codings({ codings: list([product]) }),
      units: of.units,
      revenue: list([
        coding(cms("CLM-REV-CNTR-CD"), of.revenue.code, of.revenue.display.toUpperCase()),
        coding(nubc("RevenueCodes"), of.revenue.code),
        shared ? undefined : subject
      ]),
      sequence: of.sequence,
      period: stay ? period(isoDay(claim.slot.from), isoDay(claim.slot.through)) : period(isoDay(of.on), isoDay(of.on))
    })
  }
}

const procedureOf = template<{ date: string; code: string; sequence: number; type: string }>((at) => ({
  date: at.date,
  procedureCodeableConcept: { coding: [{ system: ICD_10_PCS, code: at.code }] },
  sequence: raw(at.sequence),
  type: [{ coding: [{ system: carin("C4BBClaimProcedureType"), code: at.type }] }]
}))

const procedures = (uses: ReadonlyArray<ProcedureUse>): Json | undefined =>
  uses.length === 0
    ? undefined
    : each(uses, ({ on, procedure }, index) =>
        procedureOf({
          date: isoDay(on),
          code: procedure.code,
          sequence: index + 1,
          type: index === 0 ? "principal" : "other"
        })
      )

interface Kind {
  readonly part: "A" | "B"
  readonly profile: "Inpatient-Institutional" | "Outpatient-Institutional"
  readonly subType: Json
}

const subType = (code: string): Json => print({ coding: [{ system: carin("C4BBInstitutionalClaimSubType"), code }] })
const inpatient = { profile: "Inpatient-Institutional", subType: subType("inpatient") } as const
const outpatient = { profile: "Outpatient-Institutional", subType: subType("outpatient") } as const

const KINDS: Readonly<Record<FacilityType, Kind>> = {
  HHA: { ...inpatient, part: "B" },
  HOSPICE: { ...inpatient, part: "A" },
  INPATIENT: { ...inpatient, part: "A" },
  OUTPATIENT: { ...outpatient, part: "B" },
  SNF: { ...inpatient, part: "A" }
}

const NUMBERS: Readonly<Record<string, string>> = {
  "10": "MEDICARE HHA CLAIM",
  "20": "MEDICARE NON SWING BED SNF CLAIM",
  "30": "MEDICARE SWING BED SNF CLAIM",
  "40": "MEDICARE HOSPITAL OUTPATIENT CLAIM",
  "50": "MEDICARE HOSPICE CLAIM",
  "60": "MEDICARE INPATIENT CLAIM"
}

/** FISS numbers its claims by type of bill: 1000 and up while at work, 2000 and up when done. */
const number = ({ billing, sighting }: FacilityClaim): readonly [code: string, display: string] => {
  if (sighting.system !== "SharedSystem") return [billing.number, NUMBERS[billing.number] ?? ""]
  const phase = outcomeOf(sighting) === "partial" ? "1" : "2"
  const bill = `0${billing.facility}${billing.classification}`
  return [`${phase}${bill}`, `${bill}X MEDICARE SS - PHASE ${phase}`]
}

/** Claims that do not tell their billing provider. */
const UNKNOWN = hashText("unknown-provider")

const payment = template<{ amount: Json }>((at) => ({ amount: raw(at.amount) }))

export const facilityV3 = (seed: Seed, claim: FacilityClaim): Json => {
  const shared = claim.sighting.system === "SharedSystem"
  const { facility, type } = claim
  const { part, profile, subType } = KINDS[type]
  const [code, display] = number(claim)
  const known = !isOneIn(25, UNKNOWN, claim.slot)
  return explanationOfBenefit(seed, claim, {
    adjudication: shared ? collect(claimAmounts.facilityShared, claim) : collect(claimAmounts.facility, claim),
    careTeam: list([
      careTeamMember("attending", claim.attending, 1, { qualified: true }),
      claim.operating === undefined ? undefined : careTeamMember("operating", claim.operating, 2, {}),
      claim.otherOperating === undefined ? undefined : careTeamMember("otheroperating", claim.otherOperating, 3, {}),
      careTeamMember("rendering", claim.performing, 4, {})
    ]),
    contained: list([
      insurerOrganization,
      known
        ? practitioner({
            npi: facility.npi,
            family: facility.name,
            given: "Facility",
            ...(shared ? {} : { zip: facility.zip })
          })
        : undefined
    ]),
    diagnosis: diagnoses(claim, false),
    insurer,
    item: each(claim.lines, itemOf(claim)),
    part,
    payment: payment({ amount: money(claim.paid) }),
    procedure: procedures(claim.procedures),
    profile,
    provider: known ? facility.npi : undefined,
    subType,
    supportingInfo: shared ? information(sharedInfo, claim) : information(settledInfo, claim),
    total: shared ? collect(totals.facilityShared, claim) : collect(totals.facility, claim),
    type: typeOf(type, code, display, "institutional")
  })
}
