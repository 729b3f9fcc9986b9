import { type Amount, facility as amount, type Count, counts, primaryPayer, stayAmounts } from "../ccw/Amounts.ts"
import { identified } from "../ccw/Elements.ts"
import { type Fact, facility as fact, weekly } from "../ccw/Information.ts"
import { facility as line } from "../ccw/LineAmounts.ts"
import { documentControl, nonPayment } from "../ccw/Terms.ts"
import type { FacilityType } from "../claims/ClaimType.ts"
import type { FacilityClaim, FacilityLine } from "../claims/Institutional.ts"
import { type Info, type Part } from "../Fhir.ts"
import { type Json } from "../Json.ts"
import { adjudication, countBalance, info, moneyExtension, reasoned } from "./Parts.ts"

/** What differs between the five kinds of facility claims in v1. */
export interface Kind {
  /** Amounts of the whole claim, shown as extensions. */
  readonly amounts: ReadonlyArray<Amount<FacilityClaim>>
  readonly counts: ReadonlyArray<Count<FacilityClaim>>
  readonly facts: ReadonlyArray<Fact<FacilityClaim>>
  readonly lines: ReadonlyArray<Part<FacilityLine>>
  /** Claim type in FHIR's words: home health has none, outpatient is professional. */
  readonly word?: "institutional" | "professional"
  /** Whether the billable period says that it is the final bill. */
  readonly query: boolean
  readonly stay: boolean
}

const reason = [
  reasoned("rev_cntr_1st_ansi_cd", "Revenue Center 1st ANSI Code"),
  reasoned("rev_cntr_2nd_ansi_cd", "Revenue Center 2nd ANSI Code")
] as const

const reasonAt =
  (index: 0 | 1): Part<FacilityLine> =>
  ({ reasons }) => {
    const code = reasons[index]
    return code === undefined ? undefined : reason[index](code)
  }

const charges = [adjudication(line.rate), adjudication(line.charge), adjudication(line.noncovered)]

export const kinds: Readonly<Record<FacilityType, Kind>> = {
  HHA: {
    amounts: [],
    counts: [counts.visits],
    facts: [weekly, fact.frequency, fact.discharge, fact.primaryPayer, fact.lowUse, fact.referral],
    lines: [reasonAt(0), ...charges, adjudication(line.paid)],
    query: false,
    stay: false
  },
  HOSPICE: {
    amounts: [],
    counts: [counts.days],
    facts: [weekly, fact.patientStatus, fact.frequency, fact.discharge, fact.primaryPayer],
    lines: [adjudication(line.toProvider), adjudication(line.toPatient), ...charges, adjudication(line.paid)],
    word: "institutional",
    query: false,
    stay: false
  },
  INPATIENT: {
    amounts: [
      amount.operatingIme,
      amount.operatingDsh,
      amount.passThrough,
      amount.professionalComponent,
      amount.capital,
      amount.operatingIme,
      amount.uncompensated,
      ...stayAmounts,
      amount.outlier,
      amount.blood
    ],
    counts: [counts.coinsuranceDays, counts.otherDays, counts.days],
    facts: [
      weekly,
      fact.patientStatus,
      fact.admissionType,
      fact.source,
      fact.blood,
      fact.managedCare,
      fact.frequency,
      fact.discharge,
      fact.primaryPayer
    ],
    lines: charges,
    word: "institutional",
    query: true,
    stay: true
  },
  OUTPATIENT: {
    amounts: [
      amount.professionalComponent,
      amount.partBDeductible,
      amount.partBCoinsurance,
      amount.toProvider,
      amount.toPatient,
      amount.blood
    ],
    counts: [],
    facts: [weekly, fact.managedCare, fact.frequency, fact.discharge, fact.primaryPayer],
    lines: [
      reasonAt(0),
      reasonAt(1),
      adjudication(line.blood),
      adjudication(line.deductible),
      adjudication(line.coinsurance),
      adjudication(line.reduced),
      adjudication(line.firstPayer),
      adjudication(line.secondPayer),
      adjudication(line.toProvider),
      adjudication(line.toPatient),
      adjudication(line.byPatient),
      adjudication(line.paid),
      ...charges
    ],
    word: "professional",
    query: true,
    stay: false
  },
  SNF: {
    amounts: [...stayAmounts, amount.blood],
    counts: [counts.days, counts.coinsuranceDays, counts.otherDays],
    facts: [
      weekly,
      fact.admissionType,
      fact.source,
      fact.noncoveredStay,
      fact.exhausted,
      fact.patientStatus,
      fact.blood,
      fact.qualifiedStay,
      fact.managedCare,
      fact.frequency,
      fact.discharge,
      fact.primaryPayer
    ],
    lines: charges,
    word: "institutional",
    query: true,
    stay: true
  }
}

/** A kind, ready to be printed. */
export interface Printed {
  readonly extensions: ReadonlyArray<Part<FacilityClaim>>
  readonly balance?: (claim: FacilityClaim) => Json
  readonly facts: ReadonlyArray<Info<FacilityClaim>>
}

const printed = (kind: Kind): Printed => ({
  extensions: [
    ...kind.amounts.map(moneyExtension),
    nonPayment,
    moneyExtension(primaryPayer),
    (claim) => identified("fi_num", claim.contractor),
    (claim) => identified("fi_doc_clm_cntl_num", documentControl(claim)),
    (claim) => identified("fi_orig_clm_cntl_num", documentControl(claim))
  ],
  ...(kind.counts.length === 0 ? {} : { balance: countBalance(kind.counts) }),
  facts: kind.facts.map(info)
})

export const prepared: Readonly<Record<FacilityType, Printed>> = {
  HHA: printed(kinds.HHA),
  HOSPICE: printed(kinds.HOSPICE),
  INPATIENT: printed(kinds.INPATIENT),
  OUTPATIENT: printed(kinds.OUTPATIENT),
  SNF: printed(kinds.SNF)
}
