import type { FacilityClaim } from "../claims/Institutional.ts"
import type { PharmacyClaim } from "../claims/Pharmacy.ts"
import type { ProfessionalClaim } from "../claims/Professional.ts"
import { type Part } from "../Fhir.ts"
import { type Json, list } from "../Json.ts"
import { ccwContract } from "../People.ts"
import { coded, identified, value } from "./Elements.ts"

/** CMS's words for codes, as v1 and v2 show them beside the code. */

export const NEAR_LINE: Readonly<Record<string, string>> = {
  M: "Part B DMEPOS claim record (processed by DME Regional Carrier)",
  O: "Part B physician/supplier claim record (processed by local carriers; can include DMEPOS services)",
  V: "Part A institutional claim record (inpatient [IP], skilled nursing facility [SNF], hospice [HOS], or home health agency [HHA])",
  W: "Part B institutional claim record (outpatient [HOP], HHA)"
}

export const CLAIM_NUMBERS: Readonly<Record<string, string>> = {
  "71": "Local carrier non-durable medical equipment, prosthetics, orthotics, and supplies (DMEPOS) claim",
  "72": "Local carrier DMEPOS claim",
  "81": "DMERC; non-DMEPOS claim",
  "82": "DMERC; DMEPOS claim"
}

const POA: Readonly<Record<string, string>> = {
  Y: "Diagnosis was present at the time of admission (POA)",
  N: "Diagnosis was not present at the time of admission",
  U: "Documentation is insufficient to determine if condition was present on admission",
  W: "Provider is unable to clinically determine whether condition was present on admission"
}

/** Present on admission, as an extension of the diagnosis; `number` counts the codes of the source claim. */
export const presentOnAdmission = (code: string, number: number, external: boolean): Json =>
  coded(`clm_${external ? "e_" : ""}poa_ind_sw${number}`, code, POA[code])

export const MEDICARE_STATUS: Readonly<Record<string, string>> = {
  "10": "Aged without end-stage renal disease (ESRD)",
  "11": "Aged with ESRD",
  "20": "Disabled without ESRD",
  "21": "Disabled with ESRD"
}

export const RACES: Readonly<Record<string, string>> = {
  "0": "Unknown",
  "1": "White",
  "2": "Black",
  "3": "Other",
  "4": "Asian",
  "5": "Hispanic",
  "6": "North American Native"
}

export const ADMISSION_TYPES: Readonly<Record<string, string>> = {
  "1": "Emergency - The patient required immediate medical intervention as a result of severe, life threatening, or potentially disabling conditions. Generally, the patient was admitted through the emergency room.",
  "2": "Urgent - The patient required immediate attention for the care and treatment of a physical or mental disorder.",
  "3": "Elective - The patient's condition permitted adequate time to schedule the availability of suitable accommodations."
}

export const FREQUENCIES: Readonly<Record<string, string>> = {
  "1": "Admit thru discharge claim",
  "7": "Replacement of prior claim"
}

/** Who pays if not Medicare alone. */
export const PRIMARY_PAYER = {
  code: "A",
  display: "Employer group health plan (EGHP) insurance for an aged beneficiary"
} as const

export const claimQuery: Json = coded("claim_query_cd", "3", "Final bill")

/** Extensions that doctors' and suppliers' claims share in v1 and v2. */
export const professional = {
  contractor: (claim) => identified("carr_num", claim.contractor),
  control: (claim) => identified("carr_clm_cntl_num", String(74_000_000_000_000 + (claim.slot.key % 1_000_000_000))),
  denial: (claim) =>
    claim.denied
      ? coded("carr_clm_pmt_dnl_cd", "0", "Denied")
      : coded("carr_clm_pmt_dnl_cd", "1", "Physician/supplier"),
  assignment: (claim) =>
    claim.assigned ? coded("asgmntcd", "A", "Assigned claim") : coded("asgmntcd", "N", "Non-assigned claim"),
  trial: () => identified("clm_clncl_tril_num", "0"),
  entry: () =>
    coded(
      "carr_clm_entry_cd",
      "1",
      "Original debit; void of original debit (If CLM_DISP_CD = 3, code 1 means voided original debit)"
    )
} as const satisfies Readonly<Record<string, Part<ProfessionalClaim>>>

/** What the claim's processing says about payment; absent on most facility claims. */
export const nonPayment: Part<FacilityClaim> = ({ nonPayment: reason }) =>
  reason === undefined ? undefined : coded("clm_mdcr_non_pmt_rsn_cd", reason.code, reason.display)

export const documentControl = (claim: FacilityClaim): string =>
  String(20_000_000_000_000 + (claim.slot.key % 1_000_000_000))

export const facilityKind = ({ billing }: FacilityClaim): Json =>
  coded("clm_fac_type_cd", billing.facility, billing.facilityDisplay)

export const nearLine = (code: string): Json => value("nch_near_line_rec_ident_cd", code, NEAR_LINE[code])

/** Contract and package of the drug plan that reported the event. */
export const planExtensions = (claim: PharmacyClaim): Json => {
  const plan = claim.slot.person.enrollment.d
  return list([
    identified("plan_cntrct_rec_id", plan === undefined ? "0" : ccwContract(plan)),
    identified("plan_pbp_rec_num", plan?.package ?? "000")
  ])
}

/** The area whose fees apply; CMS has a text for some. */
export const locality = (state: string): Json =>
  state === "CT" ? coded("carr_line_prcng_lclty_cd", "15", "CONNECTICUT") : coded("carr_line_prcng_lclty_cd", "01")
