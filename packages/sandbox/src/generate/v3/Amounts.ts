import type { FacilityClaim } from "../claims/Institutional.ts"
import type { PharmacyClaim } from "../claims/Pharmacy.ts"
import type { ProfessionalClaim } from "../claims/Professional.ts"
import { money, type Part, type Standard, standards } from "../Fhir.ts"
import { constant, type Json, print, raw, template } from "../Json.ts"
import { carin, cms } from "../Systems.ts"

/** Adjudicated amounts and counts of v3, by CMS's code for each; CMS gives some of them a standard word too, which then comes first. */

const categoryOf = (code: string, display: string, standard?: Standard) => ({
  coding: [
    ...(standard === undefined ? [] : [constant(standards[standard])]),
    { system: cms("Adjudication"), code, display }
  ]
})

export const amount = <A>(code: string, display: string, of: (from: A) => number, standard?: Standard): Part<A> => {
  const entry = template<{ money: Json }>((at) => ({
    amount: raw(at.money),
    category: categoryOf(code, display, standard)
  }))
  return (from) => entry({ money: money(of(from)) })
}

const count = <A>(code: string, display: string, of: (from: A) => number): Part<A> => {
  const entry = template<{ value: number }>((at) => ({ category: categoryOf(code, display), value: raw(at.value) }))
  return (from) => entry({ value: of(from) })
}

const none = (): number => 0
export const zero = (code: string, display: string, standard?: Standard): Part<unknown> => {
  const made = amount<unknown>(code, display, none, standard)
  const printed = made(undefined)
  return () => printed
}

const status = (code: string, display: string): Part<unknown> => {
  const printed = print({
    category: {
      coding: [
        {
          system: carin("C4BBAdjudicationDiscriminator"),
          code: "benefitpaymentstatus",
          display: "Benefit Payment Status"
        }
      ]
    },
    reason: { coding: [{ system: carin("C4BBPayerAdjudicationStatus"), code, display }] }
  })
  return () => printed
}
export const otherStatus = status("other", "Other")

/** Amounts in the order in which they come. */
export type Amounts<C> = ReadonlyArray<Part<C>>

/** What a processing system still reckons with, and NCH no longer does. */
const pending: Amounts<unknown> = [
  zero("CLM_BENE_INTRST_PD_AMT", "Beneficiary Interest Paid Amount"),
  zero("CLM_BLOOD_LBLTY_AMT", "Beneficiary Blood Deductible Liability Amount"),
  zero("CLM_BLOOD_NCVRD_CHRG_AMT", "Blood Noncovered Charge Amount"),
  zero("CLM_COB_PTNT_RESP_AMT", "Coordination of Benefits Patient Responsibility Amount"),
  zero("CLM_PRVDR_INTRST_PD_AMT", "Provider Interest Paid Amount"),
  zero("CLM_PRVDR_OTAF_AMT", "Provider Obligation To Accept as Full Amount"),
  zero("CLM_PRVDR_RMNG_DUE_AMT", "Remaining Amount to Provider")
]

const facilityCommon: Amounts<FacilityClaim> = [
  otherStatus,
  amount("CLM_OPRTNL_DSPRTNT_AMT", "Operating Disproportionate Share Amount", (c) => c.operatingDsh),
  amount("CLM_OPRTNL_IME_AMT", "Operating Indirect Medical Education Amount", (c) => c.operatingIme),
  count(
    "CLM_MDCR_IP_LRD_USE_CNT",
    "Beneficiary Medicare Lifetime Reserve Days (LRD) Used Count",
    (c) => c.days.reserve
  ),
  count("CLM_INSTNL_MDCR_COINS_DAY_CNT", "Beneficiary Total Coinsurance Days Count", (c) => c.days.coinsurance),
  count("CLM_INSTNL_NCVRD_DAY_CNT", "Claim Medicare Non Utilization Days Count", (c) => c.days.noncovered),
  count("CLM_MDCR_HOSPC_PRD_CNT", "Hospice Period Count", (c) => (c.type === "HOSPICE" ? c.hospicePeriod : 0)),
  count("CLM_MDCR_HHA_TOT_VISIT_CNT", "Claim HHA Visit Count", (c) => (c.type === "HHA" ? c.visits : 0)),
  count("CLM_MDCR_IP_PPS_DRG_WT_NUM", "PPS DRG Weight Number", (c) => (c.drg?.weight ?? 0) / 10_000),
  count("CLM_INSTNL_CVRD_DAY_CNT", "Claim Medicare Utilization Day Count", (c) => c.days.covered),
  amount("CLM_INSTNL_PER_DIEM_AMT", "Claim Pass Thru Per Diem Amount", (c) => c.perDiem),
  amount("CLM_MDCR_IP_PPS_DSPRPRTNT_AMT", "Claim PPS Capital Disproportionate Share Amount", (c) => c.capital.dsh),
  zero("CLM_MDCR_IP_PPS_EXCPTN_AMT", "Claim PPS Capital Exception Amount"),
  amount(
    "CLM_MDCR_IP_PPS_CPTL_FSP_AMT",
    "Claim PPS Capital Federal Specific Portion (FSP) Amount",
    (c) => c.capital.fsp
  ),
  amount(
    "CLM_MDCR_IP_PPS_CPTL_IME_AMT",
    "Claim PPS Capital Indirect Medical Education (IME) Amount",
    (c) => c.capital.ime
  ),
  zero("CLM_MDCR_IP_PPS_OUTLIER_AMT", "Claim PPS Capital Outlier Amount"),
  zero("CLM_MDCR_IP_PPS_CPTL_HRMLS_AMT", "Claim PPS Old Capital Hold Harmless Amount"),
  amount("CLM_MDCR_IP_PPS_CPTL_TOT_AMT", "Claim Total PPS Capital Amount", (c) => c.capital.total),
  amount("CLM_MDCR_INSTNL_PRMRY_PYR_AMT", "Primary Payer (if not Medicare) Claim Paid Amount", (c) => c.primary),
  zero("CLM_INSTNL_PRFNL_AMT", "Professional Component Charge Amount"),
  zero("CLM_INSTNL_DRG_OUTLIER_AMT", "DRG Outlier Approved Payment Amount"),
  amount("CLM_HIPPS_UNCOMPD_CARE_AMT", "Claim Uncompensated Care Payment Amount", (c) => c.uncompensated),
  amount("CLM_MDCR_IP_BENE_DDCTBL_AMT", "Beneficiary Inpatient (or other Part A) Deductible Amount", (c) =>
    c.type === "INPATIENT" ? c.deductible : 0
  ),
  zero("CLM_FINL_STDZD_PYMT_AMT", "Standardized Payment Amount"),
  zero("CLM_HAC_RDCTN_PYMT_AMT", "Hospital Acquired Condition Reduction Amount"),
  zero("CLM_HIPPS_MODEL_BNDLD_PMT_AMT", "Blended Payment Amount"),
  zero("CLM_HIPPS_READMSN_RDCTN_AMT", "Readmission Reduction Amount"),
  zero("CLM_HIPPS_VBP_AMT", "HIPPS Value Based Purchasing Amount"),
  zero("CLM_INSTNL_LOW_VOL_PMT_AMT", "Low Volume Payment Amount"),
  zero("CLM_MDCR_IP_1ST_YR_RATE_AMT", "First Year Rate Amount"),
  zero("CLM_MDCR_IP_SCND_YR_RATE_AMT", "Second Year Rate Amount"),
  zero("CLM_PPS_MD_WVR_STDZD_VAL_AMT", "Maryland Waiver Standardized Amount"),
  zero("CLM_SITE_NTRL_CST_BSD_PYMT_AMT", "Site-Neutral Cost-Based Payment Amount"),
  zero("CLM_SITE_NTRL_IP_PPS_PYMT_AMT", "Site-Neutral IPPS Payment Amount"),
  zero("CLM_SS_OUTLIER_STD_PYMT_AMT", "Short Stay Outlier Payment Amount")
]

/** Amounts of the whole claim, `adjudication` of the ExplanationOfBenefit. */
export const claimAmounts = {
  facility: [
    ...facilityCommon,
    zero("CLM_BLOOD_CHRG_AMT", "Blood Charge Amount"),
    zero("CLM_BLOOD_LBLTY_AMT", "Beneficiary Blood Deductible Liability Amount"),
    zero("CLM_BLOOD_NCVRD_CHRG_AMT", "Blood Noncovered Charge Amount")
  ] satisfies Amounts<FacilityClaim>,
  facilityShared: [
    ...facilityCommon,
    ...pending,
    zero("CLM_TOT_CNTRCTL_AMT", "Total Contractual Amount Discrepancy")
  ] satisfies Amounts<FacilityClaim>,
  professional: [
    otherStatus,
    amount<ProfessionalClaim>("CLM_MDCR_PRFNL_PRMRY_PYR_AMT", "Primary Payer Paid Amount", (c) => c.primary)
  ] satisfies Amounts<ProfessionalClaim>,
  professionalShared: [
    otherStatus,
    ...pending,
    zero("CLM_PRVDR_ACNT_RCVBL_OFST_AMT", "Provider Offset Amount")
  ] satisfies Amounts<ProfessionalClaim>,
  pharmacy: [status("outofnetwork", "Out Of Network")] satisfies Amounts<PharmacyClaim>
}

interface Whole {
  readonly allowed: number
  readonly charge: number
  readonly paid: number
  readonly deductible: number
  readonly coinsurance: number
}
const whole = {
  allowed: amount<Whole>("CLM_ALOWD_CHRG_AMT", "Allowed Charge Amount", (c) => c.allowed, "eligible"),
  charge: amount<Whole>("CLM_SBMT_CHRG_AMT", "Total Charge Amount", (c) => c.charge, "submitted"),
  byPatient: amount<Whole>(
    "CLM_BENE_PMT_AMT",
    "Paid By Beneficiary Amount",
    (c) => c.deductible + c.coinsurance,
    "paidbypatient"
  ),
  toProvider: amount<ProfessionalClaim>(
    "CLM_PRVDR_PMT_AMT",
    "Provider Payment Amount",
    (c) => c.toProvider,
    "paidtoprovider"
  ),
  facilityToProvider: amount<Whole>("CLM_PRVDR_PMT_AMT", "Provider Payment Amount", (c) => c.paid, "paidtoprovider"),
  deductible: amount<Whole>("CLM_MDCR_DDCTBL_AMT", "Beneficiary Deductible Amount", (c) => c.deductible, "deductible"),
  coinsurance: amount<Whole>(
    "CLM_MDCR_COINSRNC_AMT",
    "Beneficiary Coinsurance Liability Amount",
    (c) => c.coinsurance,
    "coinsurance"
  ),
  noncovered: amount<{ readonly noncovered?: number }>(
    "CLM_NCVRD_CHRG_AMT",
    "Inpatient(or other Part A) Non-covered Charge Amount",
    (c) => c.noncovered ?? 0,
    "noncovered"
  ),
  otherPayer: zero("CLM_OTHR_TP_PD_AMT", "Other Third Party Payer Paid Amount", "priorpayerpaid"),
  toPatient: zero("CLM_MDCR_INSTNL_BENE_PD_AMT", "Institutional Paid to Beneficiary Amount", "paidtopatient"),
  /** Settled facility claims say 0 here, whatever was allowed. */
  notAllowed: zero("CLM_ALOWD_CHRG_AMT", "Allowed Charge Amount", "eligible")
}

/** `total` of the ExplanationOfBenefit. */
export const totals = {
  facility: [
    whole.notAllowed,
    whole.charge,
    whole.byPatient,
    whole.facilityToProvider,
    whole.deductible,
    whole.coinsurance,
    whole.noncovered,
    whole.toPatient
  ] satisfies Amounts<FacilityClaim>,
  facilityShared: [
    whole.allowed,
    whole.charge,
    whole.byPatient,
    whole.facilityToProvider,
    whole.deductible,
    whole.coinsurance,
    whole.noncovered,
    whole.otherPayer,
    whole.toPatient
  ] satisfies Amounts<FacilityClaim>,
  professional: [
    whole.allowed,
    whole.charge,
    whole.byPatient,
    whole.toProvider,
    whole.deductible
  ] satisfies Amounts<ProfessionalClaim>,
  professionalShared: [
    whole.allowed,
    whole.charge,
    whole.byPatient,
    whole.toProvider,
    whole.deductible,
    whole.coinsurance,
    zero("CLM_NCVRD_CHRG_AMT", "Inpatient(or other Part A) Non-covered Charge Amount", "noncovered"),
    whole.otherPayer,
    zero("CLM_BENE_PMT_COINSRNC_AMT", "Beneficiary Coinsurance Amount", "coinsurance")
  ] satisfies Amounts<ProfessionalClaim>,
  pharmacy: [
    amount<PharmacyClaim>("CLM_BENE_PMT_AMT", "Paid By Beneficiary Amount", (c) => c.patient, "paidbypatient"),
    amount<PharmacyClaim>(
      "CLM_OTHR_TP_PD_AMT",
      "Other Third Party Payer Paid Amount",
      (c) => c.otherTroop,
      "priorpayerpaid"
    ),
    amount<PharmacyClaim>("TOT_RX_CST_AMT", "Total RX Cost Amount", (c) => c.total, "submitted")
  ] satisfies Amounts<PharmacyClaim>
}
