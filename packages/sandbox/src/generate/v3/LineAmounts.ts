import type { FacilityLine } from "../claims/Institutional.ts"
import type { PharmacyClaim } from "../claims/Pharmacy.ts"
import type { ProfessionalLine } from "../claims/Professional.ts"
import { type Amounts, amount, otherStatus, zero } from "./Amounts.ts"

const line = {
  allowed: amount<{ readonly allowed: number }>(
    "CLM_LINE_ALOWD_CHRG_AMT",
    "Line Allowed Charge Amount",
    (l) => l.allowed,
    "eligible"
  ),
  deductible: amount<{ readonly deductible: number }>(
    "CLM_LINE_MDCR_DDCTBL_AMT",
    "Cash Deductible Amount",
    (l) => l.deductible,
    "deductible"
  ),
  paid: amount<{ readonly paid: number }>("CLM_LINE_CVRD_PD_AMT", "Payment Amount", (l) => l.paid, "benefit"),
  charge: amount<{ readonly charge: number }>(
    "CLM_LINE_SBMT_CHRG_AMT",
    "Line Submitted Charge Amount",
    (l) => l.charge,
    "submitted"
  ),
  otaf: zero("CLM_LINE_OTAF_AMT", "Provider Obligation To Accept as Full Amount"),
  toPatientNothing: zero("CLM_LINE_BENE_PD_AMT", "Payment Amount to Beneficiary", "paidtopatient"),
  byPatient: amount<FacilityLine>(
    "CLM_LINE_BENE_PMT_AMT",
    "Line Paid By Beneficiary Amount",
    (l) => l.deductible + l.coinsurance,
    "paidbypatient"
  ),
  noncovered: amount<FacilityLine>(
    "CLM_LINE_NCVRD_CHRG_AMT",
    "Non-Covered Charge Amount",
    (l) => l.noncovered,
    "noncovered"
  ),
  facilityToProvider: amount<FacilityLine>(
    "CLM_LINE_PRVDR_PMT_AMT",
    "Line Provider Payment Amount",
    (l) => l.paid,
    "paidtoprovider"
  ),
  adjusted: amount<FacilityLine>(
    "CLM_LINE_INSTNL_ADJSTD_AMT",
    "Revenue Center Coinsurance/Wage Adjusted Coinsurance Amount",
    (l) => l.coinsurance
  ),
  reduced: zero("CLM_LINE_INSTNL_RDCD_AMT", "Revenue Center Reduced Coinsurance Amount"),
  firstPayer: zero("CLM_LINE_INSTNL_MSP1_PD_AMT", "Revenue Center 1st MSP Paid Amount", "priorpayerpaid"),
  secondPayer: zero("CLM_LINE_INSTNL_MSP2_PD_AMT", "Revenue Center 2nd MSP Paid Amount", "priorpayerpaid"),
  rate: amount<FacilityLine>("CLM_LINE_INSTNL_RATE_AMT", "Revenue Center Rate Amount", (l) => l.rate),
  addOn: zero("CLM_LINE_ADD_ON_PYMT_AMT", "Add On Payment Amount"),
  therapy: zero("CLM_LINE_CARR_PSYCH_OT_LMT_AMT", "Therapy Amount Applied to Limit"),
  coinsurance: amount<ProfessionalLine>(
    "CLM_LINE_MDCR_COINSRNC_AMT",
    "Coinsurance Amount",
    (l) => l.coinsurance,
    "coinsurance"
  ),
  toPatient: amount<ProfessionalLine>(
    "CLM_LINE_BENE_PD_AMT",
    "Payment Amount to Beneficiary",
    (l) => l.toPatient,
    "paidtopatient"
  ),
  toProvider: amount<ProfessionalLine>(
    "CLM_LINE_PRVDR_PMT_AMT",
    "Line Provider Payment Amount",
    (l) => l.toProvider,
    "paidtoprovider"
  ),
  price: amount<ProfessionalLine>("CLM_LINE_PRFNL_DME_PRICE_AMT", "Purchase Price Amount", (l) =>
    l.service.kind === "P" ? l.charge : 0
  )
}

const professionalLines: Amounts<ProfessionalLine> = [
  line.therapy,
  line.coinsurance,
  line.allowed,
  line.deductible,
  line.toPatient,
  line.toProvider,
  line.paid,
  line.price,
  line.charge,
  otherStatus
]

/** Amounts of one line. */
export const lineAmounts = {
  facility: [
    line.deductible,
    zero("CLM_LINE_BLOOD_DDCTBL_AMT", "Blood Deductible Amount"),
    line.toPatientNothing,
    line.byPatient,
    line.noncovered,
    line.facilityToProvider,
    line.paid,
    line.charge,
    line.adjusted,
    line.reduced,
    line.firstPayer,
    line.secondPayer,
    line.rate,
    line.addOn,
    zero("CLM_REV_CNTR_TDAPA_AMT", "Transitional Drug Add-On Payment Adjustment")
  ] satisfies Amounts<FacilityLine>,
  facilityShared: [
    line.allowed,
    line.deductible,
    line.otaf,
    line.toPatientNothing,
    line.byPatient,
    line.noncovered,
    line.facilityToProvider,
    line.paid,
    zero("CLM_LINE_NCVRD_PD_AMT", "Amount Paid for Noncovered Product or Service"),
    zero("CLM_LINE_OTHR_TP_PD_AMT", "Other Third Party Paid Amount"),
    line.charge,
    line.adjusted,
    line.reduced,
    line.firstPayer,
    line.secondPayer,
    line.rate,
    line.addOn,
    zero("CLM_LINE_NON_EHR_RDCTN_AMT", "Non-EHR Reduction Amount")
  ] satisfies Amounts<FacilityLine>,
  professional: [
    ...professionalLines,
    zero("CLM_LINE_PRFNL_INTRST_AMT", "Professional Interest Amount"),
    amount<ProfessionalLine>("CLM_MDCR_PRMRY_PYR_ALOWD_AMT", "Line Primary Payer Allowed Amount", (l) =>
      l.primary > 0 ? l.allowed : 0
    ),
    amount<ProfessionalLine>(
      "CLM_BENE_PRMRY_PYR_PD_AMT",
      "Line Primary Payer Paid Amount",
      (l) => l.primary,
      "priorpayerpaid"
    ),
    zero("CLM_LINE_DMERC_SCRN_SVGS_AMT", "Screen Savings Amount", "discount")
  ] satisfies Amounts<ProfessionalLine>,
  professionalShared: [...professionalLines, line.otaf] satisfies Amounts<ProfessionalLine>,
  pharmacy: [
    amount<PharmacyClaim>("CLM_LINE_PLRO_AMT", "Patient Liability Reduction Other Paid Amount", (c) => c.otherPayer),
    amount<PharmacyClaim>("CLM_LINE_LIS_AMT", "Low Income Cost Sharing Subsidy Amount", (c) => c.subsidy),
    amount<PharmacyClaim>(
      "CLM_LINE_GRS_BLW_THRSHLD_AMT",
      "Gross Drug Cost Below Out Of Pocket Threshold",
      (c) => c.below
    ),
    amount<PharmacyClaim>(
      "CLM_LINE_GRS_ABOVE_THRSHLD_AMT",
      "Gross Drug Cost Above Out Of Pocket Threshold",
      (c) => c.above
    ),
    amount<PharmacyClaim>("CLM_LINE_RPTD_GAP_DSCNT_AMT", "Claim Line Reported Gap Discount Amount", (c) => c.discount),
    amount<PharmacyClaim>("TOT_RX_CST_AMT", "Total RX Cost Amount", (c) => c.total, "submitted")
  ] satisfies Amounts<PharmacyClaim>
}
