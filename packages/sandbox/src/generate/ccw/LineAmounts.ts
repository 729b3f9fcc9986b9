import type { FacilityLine } from "../claims/Institutional.ts"
import type { PharmacyClaim } from "../claims/Pharmacy.ts"
import type { ProfessionalLine } from "../claims/Professional.ts"
import type { Standard } from "../Fhir.ts"
import type { Cents } from "../Money.ts"

/** An adjudicated amount of one line: v1 shows the variable alone, v2 the standard word before it. */
export interface LineAmount<L> {
  readonly name: string
  readonly display: string
  readonly standard: Standard
  readonly of: (line: L) => Cents
}

const amount = <L>(standard: Standard, name: string, display: string, of: (line: L) => Cents): LineAmount<L> => ({
  standard,
  name,
  display,
  of
})
const none = (): Cents => 0

export const professional = {
  primaryAllowed: amount<ProfessionalLine>(
    "eligible",
    "line_prmry_alowd_chrg_amt",
    "Line Primary Payer Allowed Charge Amount",
    (l) => (l.primary > 0 ? l.allowed : 0)
  ),
  purchasePrice: amount<ProfessionalLine>(
    "submitted",
    "line_dme_prchs_price_amt",
    "Line DME Purchase Price Amount",
    (l) => (l.service.kind === "P" ? l.charge : 0)
  ),
  paid: amount<ProfessionalLine>("benefit", "line_nch_pmt_amt", "Line NCH Medicare Payment Amount", (l) => l.paid),
  toPatient: amount<ProfessionalLine>(
    "paidtopatient",
    "line_bene_pmt_amt",
    "Line Payment Amount to Beneficiary",
    (l) => l.toPatient
  ),
  toProvider: amount<ProfessionalLine>(
    "paidtoprovider",
    "line_prvdr_pmt_amt",
    "Line Provider Payment Amount",
    (l) => l.toProvider
  ),
  deductible: amount<ProfessionalLine>(
    "deductible",
    "line_bene_ptb_ddctbl_amt",
    "Line Beneficiary Part B Deductible Amount",
    (l) => l.deductible
  ),
  primary: amount<ProfessionalLine>(
    "priorpayerpaid",
    "line_bene_prmry_pyr_pd_amt",
    "Line Primary Payer (if not Medicare) Paid Amount",
    (l) => l.primary
  ),
  coinsurance: amount<ProfessionalLine>(
    "coinsurance",
    "line_coinsrnc_amt",
    "Line Beneficiary Coinsurance Amount",
    (l) => l.coinsurance
  ),
  charge: amount<ProfessionalLine>("submitted", "line_sbmtd_chrg_amt", "Line Submitted Charge Amount", (l) => l.charge),
  allowed: amount<ProfessionalLine>("eligible", "line_alowd_chrg_amt", "Line Allowed Charge Amount", (l) => l.allowed),
  /** Supplies in v2 say some amounts twice, under other words. */
  revenueToProvider: amount<ProfessionalLine>(
    "paidtoprovider",
    "rev_cntr_prvdr_pmt_amt",
    "Revenue Center (Medicare) Provider Payment Amount",
    (l) => l.toProvider
  ),
  toPatientAgain: amount<ProfessionalLine>(
    "paidtoprovider",
    "line_bene_pmt_amt",
    "Line Payment Amount to Beneficiary",
    (l) => l.toPatient
  )
} as const

export const facility = {
  rate: amount<FacilityLine>("submitted", "rev_cntr_rate_amt", "Revenue Center Rate Amount", (l) => l.rate),
  charge: amount<FacilityLine>(
    "submitted",
    "rev_cntr_tot_chrg_amt",
    "Revenue Center Total Charge Amount",
    (l) => l.charge
  ),
  noncovered: amount<FacilityLine>(
    "noncovered",
    "rev_cntr_ncvrd_chrg_amt",
    "Revenue Center Non-Covered Charge Amount",
    (l) => l.noncovered
  ),
  /** CMS puts the payment under `submitted` in v2. */
  paid: amount<FacilityLine>(
    "submitted",
    "rev_cntr_pmt_amt_amt",
    "Revenue Center (Medicare) Payment Amount",
    (l) => l.paid
  ),
  toProvider: amount<FacilityLine>(
    "paidtoprovider",
    "rev_cntr_prvdr_pmt_amt",
    "Revenue Center (Medicare) Provider Payment Amount",
    (l) => l.paid
  ),
  toPatient: amount<FacilityLine>(
    "paidtopatient",
    "rev_cntr_bene_pmt_amt",
    "Revenue Center Payment Amount to Beneficiary",
    none
  ),
  blood: amount<FacilityLine>(
    "deductible",
    "rev_cntr_blood_ddctbl_amt",
    "Revenue Center Blood Deductible Amount",
    none
  ),
  deductible: amount<FacilityLine>(
    "deductible",
    "rev_cntr_cash_ddctbl_amt",
    "Revenue Center Cash Deductible Amount",
    (l) => l.deductible
  ),
  coinsurance: amount<FacilityLine>(
    "coinsurance",
    "rev_cntr_coinsrnc_wge_adjstd_c",
    "Revenue Center Coinsurance/Wage Adjusted Coinsurance Amount",
    (l) => l.coinsurance
  ),
  reduced: amount<FacilityLine>(
    "coinsurance",
    "rev_cntr_rdcd_coinsrnc_amt",
    "Revenue Center Reduced Coinsurance Amount",
    none
  ),
  firstPayer: amount<FacilityLine>(
    "priorpayerpaid",
    "rev_cntr_1st_msp_pd_amt",
    "Revenue Center 1st Medicare Secondary Payer (MSP) Paid Amount",
    none
  ),
  secondPayer: amount<FacilityLine>(
    "priorpayerpaid",
    "rev_cntr_2nd_msp_pd_amt",
    "Revenue Center 2nd Medicare Secondary Payer (MSP) Paid Amount",
    none
  ),
  byPatient: amount<FacilityLine>(
    "paidbypatient",
    "rev_cntr_ptnt_rspnsblty_pmt",
    "Revenue Center Patient Responsibility Payment Amount",
    (l) => l.deductible + l.coinsurance
  )
} as const

export const pharmacy: ReadonlyArray<LineAmount<PharmacyClaim>> = [
  amount(
    "benefit",
    "cvrd_d_plan_pd_amt",
    "Amount paid by Part D plan for the PDE (drug is covered by Part D)",
    (c) => c.plan
  ),
  amount(
    "coinsurance",
    "gdc_blw_oopt_amt",
    "Gross Drug Cost Below Part D Out-of-Pocket Threshold (GDCB)",
    (c) => c.below
  ),
  amount(
    "coinsurance",
    "gdc_abv_oopt_amt",
    "Gross Drug Cost Above Part D Out-of-Pocket Threshold (GDCA)",
    (c) => c.above
  ),
  amount("paidbypatient", "ptnt_pay_amt", "Amount Paid by Patient", (c) => c.patient),
  amount("priorpayerpaid", "othr_troop_amt", "Other True Out-of-Pocket (TrOOP) Amount", (c) => c.otherTroop),
  amount("discount", "lics_amt", "Amount paid for the PDE by Part D low income subsidy", (c) => c.subsidy),
  amount(
    "priorpayerpaid",
    "plro_amt",
    "Reduction in patient liability due to payments by other payers (PLRO)",
    (c) => c.otherPayer
  ),
  amount("drugcost", "tot_rx_cst_amt", "Total drug cost (Part D)", (c) => c.total),
  amount("discount", "rptd_gap_dscnt_num", "Gap Discount Amount", (c) => c.discount)
]
