import { coded, counted, procedureOf, value } from "../ccw/Elements.ts"
import type { Head } from "../ccw/Head.ts"
import { claimQuery, facilityKind, nearLine } from "../ccw/Terms.ts"
import type { FacilityClaim, FacilityLine, ProcedureUse } from "../claims/Institutional.ts"
import type { Provider } from "../claims/Providers.ts"
import { isoDay, utcMidnight } from "../Dates.ts"
import { coding, collect, concept, each, information } from "../Fhir.ts"
import { type Json, list, optional, quote, raw, template } from "../Json.ts"
import { blueButton, ICD_9_CM, ICD_10, NPI, UNITS, variable } from "../Systems.ts"
import { explanationOfBenefit } from "./Eob.ts"
import { kinds, prepared } from "./FacilityKinds.ts"
import { careTeamMember, diagnoses, moneyV1, numbers } from "./Parts.ts"

/** The v1 ExplanationOfBenefit of facilities. */

const item = template<{
  adjudication: Json
  careTeam: Json | undefined
  extension: Json | undefined
  state: string
  modifier: Json | undefined
  units: number
  revenue: Json
  sequence: number
  service: Json | undefined
  on: Json | undefined
}>((at) => ({
  adjudication: raw(at.adjudication),
  careTeamLinkId: optional(at.careTeam),
  extension: optional(at.extension),
  locationAddress: { state: at.state },
  modifier: optional(at.modifier),
  quantity: { value: raw(at.units) },
  revenue: raw(at.revenue),
  sequence: raw(at.sequence),
  service: optional(at.service),
  servicedDate: optional(at.on)
}))

const drugAmount = template<{ amount: number }>((at) => ({
  url: variable("rev_cntr_ndc_qty"),
  valueQuantity: { code: "ML", system: UNITS, unit: "Milliliter", value: raw(at.amount) }
}))

const revenueOf = template<{ coding: Json; extension: Json }>((at) => ({
  coding: [raw(at.coding)],
  extension: raw(at.extension)
}))
const serviceOf = template<{ code: string; extension: Json | undefined }>((at) => ({
  coding: [{ system: blueButton("hcpcs"), code: at.code }],
  extension: optional(at.extension)
}))
const subject = coded("rev_cntr_ddctbl_coinsrnc_cd", "0", "Charges are subject to deductible and coinsurance")
const fee = coded(
  "rev_cntr_stus_ind_cd",
  "A",
  "Services not paid under OPPS; uses a different fee schedule (e.g., ambulance, PT, mammography)"
)

const itemOf = (claim: FacilityClaim, performing: number) => {
  const { stay } = kinds[claim.type]
  const status = claim.type === "OUTPATIENT" || claim.type === "HHA"
  return (of: FacilityLine): Json =>
    item({
      adjudication: collect(kinds[claim.type].lines, of),
      careTeam: of.performing ? numbers([performing]) : undefined,
      extension: of.drug === undefined ? undefined : list([drugAmount({ amount: of.drug.amount })]),
      state: claim.facility.state,
      modifier:
        of.modifiers.length === 0 ? undefined : each(of.modifiers, (code) => serviceOf({ code, extension: undefined })),
      units: of.units,
      revenue: revenueOf({
        coding: value("rev_cntr", of.revenue.code, of.revenue.display),
        extension: list([status ? fee : undefined, claim.type === "OUTPATIENT" ? undefined : subject])
      }),
      sequence: of.sequence,
      service:
        of.revenue.service === undefined
          ? undefined
          : serviceOf({
              code: of.revenue.service,
              extension:
                of.drug === undefined || claim.type !== "OUTPATIENT"
                  ? undefined
                  : list([coded("rev_cntr_ide_ndc_upc_num", of.drug.ndc)])
            }),
      on: stay ? undefined : quote(isoDay(of.on))
    })
}

const procedures = (uses: ReadonlyArray<ProcedureUse>): Json | undefined =>
  uses.length === 0
    ? undefined
    : each(uses, ({ on, procedure }, index) =>
        procedureOf({
          date: utcMidnight(on),
          concept: concept(coding(procedure.icd === 10 ? ICD_10 : ICD_9_CM, procedure.code, procedure.display)),
          sequence: index + 1
        })
      )

const hospitalization = template<{ start: string; end: Json | undefined; extension: Json | undefined }>((at) => ({
  start: at.start,
  end: optional(at.end),
  extension: optional(at.extension)
}))

const stayOf = (claim: FacilityClaim): Json | undefined =>
  claim.type === "OUTPATIENT"
    ? undefined
    : hospitalization({
        start: isoDay(claim.admission.from),
        end: claim.type === "HHA" ? undefined : quote(isoDay(claim.admission.through)),
        extension: claim.type === "HOSPICE" ? list([counted("bene_hospc_prd_cnt", claim.hospicePeriod)]) : undefined
      })

/** v1 has no attending physician: operating is `assist`, the other surgeon `other`, everybody else `primary`. */
const careTeam = (claim: FacilityClaim) => {
  const members: Array<readonly ["assist" | "other" | "primary", Provider]> = []
  if (claim.operating !== undefined) members.push(["assist", claim.operating])
  if (claim.otherOperating !== undefined) members.push(["other", claim.otherOperating])
  members.push(["primary", claim.attending], ["primary", claim.performing])
  return {
    json: list(members.map(([role, { npi }], index) => careTeamMember({ role, value: npi, sequence: index + 2 }))),
    performing: members.length + 1
  }
}

const organizationOf = template<{ display: string; npi: string }>((at) => ({
  display: at.display,
  identifier: { system: NPI, value: at.npi }
}))
const facilityOf = template<{ display: string; npi: string; kind: Json }>((at) => ({
  display: at.display,
  extension: [raw(at.kind)],
  identifier: { system: NPI, value: at.npi }
}))
const providerOf = template<{ ccn: string }>((at) => ({ identifier: { system: variable("prvdr_num"), value: at.ccn } }))
const paid = template<{ amount: Json }>((at) => ({ amount: raw(at.amount) }))
const query = list([claimQuery])

export const facilityV1 = (claim: FacilityClaim, head: Head): Json => {
  const kind = kinds[claim.type]
  const { balance, extensions, facts } = prepared[claim.type]
  const team = careTeam(claim)
  const { facility } = claim
  return explanationOfBenefit(head, {
    ...(balance === undefined ? {} : { benefitBalance: balance(claim) }),
    ...(kind.query ? { query } : {}),
    careTeam: team.json,
    diagnosis: diagnoses(claim, {
      ...(claim.drg === undefined ? {} : { drg: claim.drg.code }),
      inpatient: claim.type === "INPATIENT"
    }),
    extension: collect(extensions, claim),
    facility: facilityOf({ display: facility.name, npi: facility.npi, kind: facilityKind(claim) }),
    ...hospitalizationOf(claim),
    information: information(facts, claim),
    item: each(claim.lines, itemOf(claim, team.performing)),
    organization: organizationOf({ display: facility.name, npi: facility.npi }),
    payment: paid({ amount: moneyV1(claim.paid) }),
    procedure: procedures(claim.procedures),
    provider: providerOf(facility),
    totalCost: moneyV1(claim.charge),
    type: list([
      value("nch_clm_type_cd", claim.billing.number, claim.billing.numberDisplay),
      coding(blueButton("eob-type"), claim.type),
      kind.word === undefined
        ? undefined
        : coding(
            "http://hl7.org/fhir/ex-claimtype",
            kind.word,
            kind.word === "institutional" ? "Institutional" : "Professional"
          ),
      nearLine(claim.billing.line),
      value("clm_srvc_clsfctn_type_cd", claim.billing.classification)
    ])
  })
}

const hospitalizationOf = (claim: FacilityClaim): { readonly hospitalization?: Json } => {
  const stay = stayOf(claim)
  return stay === undefined ? {} : { hospitalization: stay }
}
