import type { FacilityClaim } from "../claims/Institutional.ts"
import type { ProfessionalClaim } from "../claims/Professional.ts"
import type { Cents } from "../Money.ts"

/** An amount of a whole claim. v1 shows it as an extension with money, v2 in `benefitBalance`. */
export interface Amount<C> {
  readonly name: string
  readonly display: string
  readonly of: (claim: C) => Cents
}

/** A count of days, visits or weights of a whole claim; both versions have them in `benefitBalance`. */
export interface Count<C> {
  readonly name: string
  readonly display: string
  readonly count: (claim: C) => number
}

const amount = <C>(name: string, display: string, of: (claim: C) => Cents): Amount<C> => ({ name, display, of })
const count = <C>(name: string, display: string, of: (claim: C) => number): Count<C> => ({ name, display, count: of })
const none = (): Cents => 0

export const primaryPayer: Amount<ProfessionalClaim | FacilityClaim> = amount(
  "prpayamt",
  "NCH Primary Payer (if not Medicare) Claim Paid Amount",
  (claim) => claim.primary
)

export const professional: ReadonlyArray<Amount<ProfessionalClaim>> = [
  amount(
    "carr_clm_cash_ddctbl_apld_amt",
    "Carrier Claim Cash Deductible Applied Amount (sum of all line-level deductible amounts)",
    (c) => c.deductible
  ),
  amount("nch_clm_prvdr_pmt_amt", "NCH Claim Provider Payment Amount", (c) => c.toProvider),
  amount("nch_clm_bene_pmt_amt", "NCH Claim Payment Amount to Beneficiary", (c) => c.toPatient),
  amount(
    "nch_carr_clm_sbmtd_chrg_amt",
    "NCH Carrier Claim Submitted Charge Amount (sum of all line-level submitted charges)",
    (c) => c.charge
  ),
  amount(
    "nch_carr_clm_alowd_amt",
    "NCH Carrier Claim Allowed Charge Amount (sum of all line-level allowed charges)",
    (c) => c.allowed
  )
]

/** Amounts of facility claims by their variable. */
export const facility = {
  passThrough: amount<FacilityClaim>("clm_pass_thru_per_diem_amt", "Claim Pass Thru Per Diem Amount", (c) => c.perDiem),
  professionalComponent: amount<FacilityClaim>(
    "nch_profnl_cmpnt_chrg_amt",
    "Professional Component Charge Amount",
    none
  ),
  capital: amount<FacilityClaim>("clm_tot_pps_cptl_amt", "Claim Total PPS Capital Amount", (c) => c.capital.total),
  operatingIme: amount<FacilityClaim>(
    "ime_op_clm_val_amt",
    "Operating Indirect Medical Education Amount",
    (c) => c.operatingIme
  ),
  operatingDsh: amount<FacilityClaim>(
    "dsh_op_clm_val_amt",
    "Operating Disproportionate Share Amount",
    (c) => c.operatingDsh
  ),
  uncompensated: amount<FacilityClaim>(
    "clm_uncompd_care_pmt_amt",
    "Claim Uncompensated Care Payment Amount",
    (c) => c.uncompensated
  ),
  deductible: amount<FacilityClaim>(
    "nch_bene_ip_ddctbl_amt",
    "NCH Beneficiary Inpatient (or other Part A) Deductible Amount",
    (c) => c.deductible
  ),
  coinsurance: amount<FacilityClaim>(
    "nch_bene_pta_coinsrnc_lblty_amt",
    "NCH Beneficiary Part A Coinsurance Liability Amount",
    (c) => c.coinsurance
  ),
  noncovered: amount<FacilityClaim>(
    "nch_ip_ncvrd_chrg_amt",
    "NCH Inpatient(or other Part A) Non-covered Charge Amount",
    (c) => c.noncovered
  ),
  deduction: amount<FacilityClaim>(
    "nch_ip_tot_ddctn_amt",
    "NCH Inpatient (or other Part A) Total Deductible/Coinsurance Amount",
    (c) => c.deductible + c.coinsurance
  ),
  capitalDsh: amount<FacilityClaim>(
    "clm_pps_cptl_dsprprtnt_shr_amt",
    "Claim PPS Capital Disproportionate Share Amount",
    (c) => c.capital.dsh
  ),
  capitalException: amount<FacilityClaim>("clm_pps_cptl_excptn_amt", "Claim PPS Capital Exception Amount", none),
  capitalFsp: amount<FacilityClaim>(
    "clm_pps_cptl_fsp_amt",
    "Claim PPS Capital Federal Specific Portion (FSP) Amount",
    (c) => c.capital.fsp
  ),
  capitalIme: amount<FacilityClaim>(
    "clm_pps_cptl_ime_amt",
    "Claim PPS Capital Indirect Medical Education (IME) Amount",
    (c) => c.capital.ime
  ),
  capitalOutlier: amount<FacilityClaim>("clm_pps_cptl_outlier_amt", "Claim PPS Capital Outlier Amount", none),
  capitalHarmless: amount<FacilityClaim>(
    "clm_pps_old_cptl_hld_hrmls_amt",
    "Claim PPS Old Capital Hold Harmless Amount",
    none
  ),
  outlier: amount<FacilityClaim>("nch_drg_outlier_aprvd_pmt_amt", "NCH DRG Outlier Approved Payment Amount", none),
  blood: amount<FacilityClaim>(
    "nch_bene_blood_ddctbl_lblty_am",
    "NCH Beneficiary Blood Deductible Liability Amount",
    none
  ),
  partBDeductible: amount<FacilityClaim>(
    "nch_bene_ptb_ddctbl_amt",
    "NCH Beneficiary Part B Deductible Amount",
    (c) => c.deductible
  ),
  partBCoinsurance: amount<FacilityClaim>(
    "nch_bene_ptb_coinsrnc_amt",
    "NCH Beneficiary Part B Coinsurance Amount",
    (c) => c.coinsurance
  ),
  toProvider: amount<FacilityClaim>("clm_op_prvdr_pmt_amt", "Claim Outpatient Provider Payment Amount", (c) => c.paid),
  toPatient: amount<FacilityClaim>("clm_op_bene_pmt_amt", "Claim Outpatient Payment Amount to Beneficiary", none)
} as const

/** Counts of facility claims by their variable. */
export const counts = {
  coinsuranceDays: count<FacilityClaim>(
    "bene_tot_coinsrnc_days_cnt",
    "Beneficiary Total Coinsurance Days Count",
    (c) => c.days.coinsurance
  ),
  otherDays: count<FacilityClaim>(
    "clm_non_utlztn_days_cnt",
    "Claim Medicare Non Utilization Days Count",
    (c) => c.days.noncovered
  ),
  days: count<FacilityClaim>("clm_utlztn_day_cnt", "Claim Medicare Utilization Day Count", (c) => c.days.covered),
  drgWeight: count<FacilityClaim>("clm_pps_cptl_drg_wt_num", "Claim PPS Capital DRG Weight Number", (c) =>
    Math.round((c.drg?.weight ?? 0) / 10_000)
  ),
  reserveDays: count<FacilityClaim>(
    "bene_lrd_used_cnt",
    "Beneficiary Medicare Lifetime Reserve Days (LRD) Used Count",
    (c) => c.days.reserve
  ),
  visits: count<FacilityClaim>("clm_hha_tot_visit_cnt", "Claim HHA Total Visit Count", (c) => c.visits)
} as const

/** What a hospital or nursing home stay was charged to the patient for, and what its payment is made of. */
export const stayAmounts = [
  facility.deductible,
  facility.coinsurance,
  facility.noncovered,
  facility.deduction,
  facility.capitalDsh,
  facility.capitalException,
  facility.capitalFsp,
  facility.capitalIme,
  facility.capitalOutlier,
  facility.capitalHarmless
]
