import { type Amount, facility as amount, type Count, counts, primaryPayer, stayAmounts } from "../ccw/Amounts.ts"
import { coded, counted, dated, identified } from "../ccw/Elements.ts"
import { type Fact, facility as fact, weekly } from "../ccw/Information.ts"
import { facility as line } from "../ccw/LineAmounts.ts"
import { documentControl, NEAR_LINE, nonPayment } from "../ccw/Terms.ts"
import type { FacilityType } from "../claims/ClaimType.ts"
import type { FacilityClaim, FacilityLine } from "../claims/Institutional.ts"
import { isoDay } from "../Dates.ts"
import { coding, type Info, type Part, period } from "../Fhir.ts"
import { type Json, print } from "../Json.ts"
import { carin, hl7 } from "../Systems.ts"
import {
  adjudication,
  benefitBalance,
  type DiagnosisTypes,
  denialReason,
  facilityTypes,
  info,
  moneyExtension,
  professionalTypes,
  snfTypes
} from "./Parts.ts"

/** What differs between the five kinds of facility claims in v2. */
export interface Kind {
  /** Amounts of the whole claim that are extensions; all others are in the balance. */
  readonly amounts: ReadonlyArray<Amount<FacilityClaim>>
  readonly balance: ReadonlyArray<Amount<FacilityClaim> | Count<FacilityClaim>>
  readonly information: ReadonlyArray<Info<FacilityClaim>>
  readonly lines: ReadonlyArray<Part<FacilityLine>>
  readonly types: DiagnosisTypes
  readonly subType: Json
  readonly word: Json
  readonly stay: boolean
}

const reasonAt =
  (index: 0 | 1, name: string): Part<FacilityLine> =>
  ({ reasons }) => {
    const code = reasons[index]
    return code === undefined ? undefined : denialReason(name, code)
  }

const charges = [adjudication(line.rate), adjudication(line.charge), adjudication(line.noncovered)]

/** A fact whose payload depends on the claim, for entries that only v2 has. */
const own = (payload: Fact<FacilityClaim>["payload"]): Fact<FacilityClaim> => ({ name: "", display: "", payload })

const entry = {
  received: info<FacilityClaim>(weekly, ["clmrecvddate", "Claim Received Date"]),
  bill: info(fact.frequency, ["typeofbill", "Type of Bill", "alone"]),
  discharge: info(fact.discharge, ["discharge-status", "Discharge Status", "alone"]),
  admission: info(
    own(({ admission, type }) => ({
      timingPeriod: period(isoDay(admission.from), type === "HHA" ? undefined : isoDay(admission.through))
    })),
    ["admissionperiod", "Admission Period", "alone"]
  ),
  admissionType: info(fact.admissionType, ["admtype", "Information"]),
  primaryPayer: info(fact.primaryPayer),
  patientStatus: info(fact.patientStatus),
  source: info(fact.source),
  drg: info(fact.drg),
  blood: info(fact.blood),
  managedCare: info(fact.managedCare),
  prospective: info(fact.prospective),
  lowUse: info(fact.lowUse),
  referral: info(fact.referral),
  visits: info(fact.visits),
  noncoveredStay: info(fact.noncoveredStay),
  exhausted: info(fact.exhausted),
  qualifiedStay: info(fact.qualifiedStay)
} as const

const subType = (code: string, text: string): Json =>
  print({ coding: [{ system: carin("C4BBInstitutionalClaimSubType"), code }], text })
const inpatient = subType("inpatient", "Inpatient")
const outpatient = subType("outpatient", "Outpatient")
const institutional = coding(hl7("claim-type"), "institutional", "Institutional")
const professional = coding(hl7("claim-type"), "professional", "Professional")

export const kinds: Readonly<Record<FacilityType, Kind>> = {
  HHA: {
    amounts: [],
    balance: [primaryPayer],
    information: [
      entry.received,
      entry.bill,
      entry.discharge,
      entry.primaryPayer,
      entry.prospective,
      entry.lowUse,
      entry.referral,
      entry.visits,
      entry.admission
    ],
    lines: [reasonAt(0, "rev_cntr_1st_ansi_cd"), ...charges, adjudication(line.paid)],
    types: professionalTypes,
    subType: inpatient,
    word: professional,
    stay: false
  },
  HOSPICE: {
    amounts: [],
    balance: [counts.days, primaryPayer],
    information: [
      entry.received,
      entry.patientStatus,
      entry.admission,
      entry.bill,
      entry.discharge,
      entry.primaryPayer
    ],
    lines: [...charges, adjudication(line.toProvider), adjudication(line.toPatient), adjudication(line.paid)],
    types: facilityTypes,
    subType: inpatient,
    word: institutional,
    stay: false
  },
  INPATIENT: {
    amounts: [amount.operatingIme, amount.uncompensated, amount.operatingDsh],
    balance: [
      amount.passThrough,
      amount.professionalComponent,
      amount.capital,
      counts.coinsuranceDays,
      counts.otherDays,
      ...stayAmounts,
      amount.outlier,
      amount.blood,
      primaryPayer,
      counts.days,
      counts.drgWeight,
      counts.reserveDays
    ],
    information: [
      entry.patientStatus,
      entry.admission,
      entry.admissionType,
      entry.source,
      entry.drg,
      entry.blood,
      entry.managedCare,
      entry.bill,
      entry.discharge,
      entry.primaryPayer,
      entry.received
    ],
    lines: charges,
    types: facilityTypes,
    subType: inpatient,
    word: institutional,
    stay: true
  },
  OUTPATIENT: {
    amounts: [],
    balance: [
      amount.professionalComponent,
      amount.partBDeductible,
      amount.partBCoinsurance,
      amount.toProvider,
      amount.toPatient,
      amount.blood,
      primaryPayer
    ],
    information: [entry.received, entry.managedCare, entry.bill, entry.discharge, entry.primaryPayer],
    lines: [
      reasonAt(0, "rev_cntr_1st_ansi_cd"),
      reasonAt(1, "rev_cntr_2nd_ansi_cd"),
      ...charges,
      adjudication(line.blood),
      adjudication(line.deductible),
      adjudication(line.coinsurance),
      adjudication(line.reduced),
      adjudication(line.firstPayer),
      adjudication(line.secondPayer),
      adjudication(line.toProvider),
      adjudication(line.toPatient),
      adjudication(line.byPatient),
      adjudication(line.paid)
    ],
    types: facilityTypes,
    subType: outpatient,
    word: institutional,
    stay: false
  },
  SNF: {
    amounts: [],
    balance: [counts.days, counts.coinsuranceDays, counts.otherDays, ...stayAmounts, amount.blood, primaryPayer],
    information: [
      entry.received,
      entry.admissionType,
      entry.source,
      entry.noncoveredStay,
      entry.exhausted,
      entry.drg,
      entry.patientStatus,
      entry.admission,
      entry.qualifiedStay,
      entry.prospective,
      entry.blood,
      entry.managedCare,
      entry.bill,
      entry.discharge,
      entry.primaryPayer
    ],
    lines: charges,
    types: snfTypes,
    subType: inpatient,
    word: institutional,
    stay: true
  }
}

const action = coded("fi_clm_actn_cd", "1", "Original debit action (always a 1 for all regular bills)")

const extensionsOf = (type: FacilityType): ReadonlyArray<Part<FacilityClaim>> => [
  ({ billing }) => coded("nch_near_line_rec_ident_cd", billing.line, NEAR_LINE[billing.line]),
  ...(kinds[type].stay ? [() => action] : []),
  ...kinds[type].amounts.map(moneyExtension),
  (claim) => identified("fi_doc_clm_cntl_num", documentControl(claim)),
  ({ slot }) => dated("fi_clm_proc_dt", isoDay(slot.processed - 7)),
  nonPayment,
  ({ billing }) => coded("clm_srvc_clsfctn_type_cd", billing.classification),
  (claim) => coded("fi_num", claim.contractor),
  (claim) => (claim.type === "HOSPICE" ? counted("bene_hospc_prd_cnt", claim.hospicePeriod) : undefined)
]

const prepare = (type: FacilityType) => ({
  extensions: extensionsOf(type),
  balance: benefitBalance(kinds[type].balance)
})
/** Each kind, ready to be printed. */
export const prepared: Readonly<Record<FacilityType, ReturnType<typeof prepare>>> = {
  HHA: prepare("HHA"),
  HOSPICE: prepare("HOSPICE"),
  INPATIENT: prepare("INPATIENT"),
  OUTPATIENT: prepare("OUTPATIENT"),
  SNF: prepare("SNF")
}
