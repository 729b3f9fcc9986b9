import type { FacilityClaim } from "../claims/Institutional.ts"
import type { PharmacyClaim } from "../claims/Pharmacy.ts"
import type { BloodTest, ProfessionalClaim } from "../claims/Professional.ts"
import { isReplacement } from "../claims/Sighting.ts"
import { isoDay } from "../Dates.ts"
import { coding, concept, type Payload, period, quantity } from "../Fhir.ts"
import { type Json, quote, raw, template } from "../Json.ts"
import { nubc, UNITS } from "../Systems.ts"
import { value } from "./Elements.ts"
import { ADMISSION_TYPES, FREQUENCIES, PRIMARY_PAYER } from "./Terms.ts"

/** A fact about a claim that v1 calls information and v2 supportingInfo, under a variable's name. */
export interface Fact<C> {
  readonly name: string
  readonly display: string
  readonly payload: (claim: C) => Payload | undefined
}

const fact = <C>(name: string, display: string, payload: (claim: C) => Payload | undefined): Fact<C> => ({
  name,
  display,
  payload
})

const code = (name: string, of: string, display?: string): Payload => ({ code: concept(value(name, of, display)) })
const on = (day: number): Payload => ({ timingDate: quote(isoDay(day)) })

const pints = template<{ value: number }>((at) => ({
  code: "[pt_us]",
  system: UNITS,
  unit: "pint",
  value: raw(at.value)
}))

export const weekly = fact<ProfessionalClaim | FacilityClaim>(
  "nch_wkly_proc_dt",
  "NCH Weekly Claim Processing Date",
  ({ slot }) => on(slot.processed)
)

export const facility = {
  patientStatus: fact<FacilityClaim>("nch_ptnt_stus_ind_cd", "NCH Patient Status Indicator Code", (c) =>
    c.stillPatient
      ? code("nch_ptnt_stus_ind_cd", "C", "Still a patient")
      : code("nch_ptnt_stus_ind_cd", "A", "Discharged")
  ),
  admissionType: fact<FacilityClaim>(
    "clm_ip_admsn_type_cd",
    "Claim Inpatient Admission Type Code",
    ({ admission }) => ({
      code: concept(coding(nubc("PriorityTypeOfAdmitOrVisit"), admission.type, ADMISSION_TYPES[admission.type]))
    })
  ),
  source: fact<FacilityClaim>("clm_src_ip_admsn_cd", "Claim Source Inpatient Admission Code", (c) =>
    code("clm_src_ip_admsn_cd", c.admission.source)
  ),
  drg: fact<FacilityClaim>("clm_drg_cd", "Claim Diagnosis Related Group Code (or MS-DRG Code)", ({ drg }) =>
    drg === undefined ? undefined : code("clm_drg_cd", drg.code)
  ),
  blood: fact<FacilityClaim>("nch_blood_pnts_frnshd_qty", "NCH Blood Pints Furnished Quantity", (c) => ({
    valueQuantity: pints({ value: c.bloodPints })
  })),
  managedCare: fact<FacilityClaim>("clm_mco_pd_sw", "Claim MCO Paid Switch", () =>
    code("clm_mco_pd_sw", "0", "No managed care organization (MCO) payment")
  ),
  frequency: fact<FacilityClaim>("clm_freq_cd", "Claim Frequency Code", (c) =>
    code("clm_freq_cd", c.frequency, FREQUENCIES[c.frequency])
  ),
  discharge: fact<FacilityClaim>("ptnt_dschrg_stus_cd", "Patient Discharge Status Code", ({ discharge }) =>
    code("ptnt_dschrg_stus_cd", discharge.code, discharge.display)
  ),
  primaryPayer: fact<FacilityClaim>("nch_prmry_pyr_cd", "NCH Primary Payer Code (if not Medicare)", (c) =>
    c.otherPayer ? code("nch_prmry_pyr_cd", PRIMARY_PAYER.code, PRIMARY_PAYER.display) : undefined
  ),
  prospective: fact<FacilityClaim>("clm_pps_ind_cd", "Claim PPS Indicator Code", () =>
    code("clm_pps_ind_cd", "2", "PPS bill; claim contains PPS indicator")
  ),
  lowUse: fact<FacilityClaim>(
    "clm_hha_lupa_ind_cd",
    "Claim HHA Low Utilization Payment Adjustment (LUPA) Indicator Code",
    (c) => (c.lupa ? code("clm_hha_lupa_ind_cd", "L", "Low utilization payment adjustment (LUPA) claim") : undefined)
  ),
  referral: fact<FacilityClaim>("clm_hha_rfrl_cd", "Claim HHA Referral Code", () =>
    code(
      "clm_hha_rfrl_cd",
      "1",
      "Physician referral - The patient was admitted upon the recommendation of a personal physician."
    )
  ),
  visits: fact<FacilityClaim>("clm_hha_tot_visit_cnt", "Claim HHA Total Visit Count", (c) => ({
    valueQuantity: quantity({ value: c.visits })
  })),
  noncoveredStay: fact<FacilityClaim>("nch_vrfd_ncvrd_stay_from_dt", "NCH Verified Non-covered Stay From Date", (c) =>
    c.noncovered > 0 ? { timingPeriod: period(isoDay(c.slot.from), isoDay(c.slot.through)) } : undefined
  ),
  exhausted: fact<FacilityClaim>(
    "nch_bene_mdcr_bnfts_exhtd_dt_i",
    "NCH Beneficiary Medicare Benefits Exhausted Date",
    (c) => (c.noncovered > 0 ? on(c.slot.through) : undefined)
  ),
  qualifiedStay: fact<FacilityClaim>("nch_qlfyd_stay_from_dt", "NCH Qualified Stay From Date", (c) => ({
    timingPeriod: period(isoDay(c.admission.from - 4), isoDay(c.admission.from))
  }))
} as const

const rx = (
  name: string,
  display: string,
  of: (claim: PharmacyClaim) => readonly [string, string?]
): Fact<PharmacyClaim> => fact(name, display, (claim) => code(name, ...of(claim)))

export const pharmacy = {
  daw: rx("daw_prod_slctn_cd", "Dispense as Written (DAW) Product Selection Code", (c) =>
    c.daw === "0" ? [c.daw, "No Product Selection Indicated (may also have missing values)"] : [c.daw]
  ),
  dispensing: fact<PharmacyClaim>("dspnsng_stus_cd", "Dispensing Status Code", (c) =>
    c.fill === 0 ? code("dspnsng_stus_cd", "P", "Partial fill") : undefined
  ),
  coverage: rx("drug_cvrg_stus_cd", "Drug Coverage Status Code", () => ["C", "Covered"]),
  adjustment: fact<PharmacyClaim>("adjstmt_dltn_cd", "Adjustment Deletion Code", ({ sighting }) =>
    isReplacement(sighting)
      ? code("adjstmt_dltn_cd", "A", "Adjustment")
      : sighting.final
        ? undefined
        : code("adjstmt_dltn_cd", "D", "Deletion")
  ),
  format: rx("nstd_frmt_cd", "Non-Standard Format Code", () => ["X", "X12 837"]),
  pricing: fact<PharmacyClaim>("prcng_excptn_cd", "Pricing Exception Code", (c) =>
    c.otherPayer > 0 ? code("prcng_excptn_cd", "M", "Medicare is a secondary payer (MSP)") : undefined
  ),
  catastrophic: fact<PharmacyClaim>("ctstrphc_cvrg_cd", "Catastrophic Coverage Code", (c) =>
    c.above > 0 ? code("ctstrphc_cvrg_cd", "C", "Above attachment point") : undefined
  ),
  origin: rx("rx_orgn_cd", "Prescription Origination Code", (c) => [
    c.origin,
    c.origin === "3" ? "Electronic" : "Written"
  ]),
  brand: rx("brnd_gnrc_cd", "Brand-Generic Code Reported by Submitting Plan", (c) =>
    c.drug.brand ? ["B", "Brand"] : ["G", "Generic Null/missing"]
  ),
  pharmacyKind: rx("phrmcy_srvc_type_cd", "Pharmacy service type code", () => ["01", "Community/retail pharmacy"]),
  residence: rx("ptnt_rsdnc_cd", "Patient Residence Code", () => ["01", "Home"]),
  clarification: fact<PharmacyClaim>("submsn_clr_cd", "Submission clarification code", (c) =>
    c.drug.compound ? code("submsn_clr_cd", "08", "Process compound for approved ingredients") : undefined
  )
} as const

const observation = template<{ id: string; coding: Json; value: number }>((at) => ({
  resourceType: "Observation",
  id: at.id,
  status: "unknown",
  code: { coding: [raw(at.coding)] },
  valueQuantity: { value: raw(at.value) }
}))

/** Hemoglobin or hematocrit, as v1 and v2 contain it. */
export const bloodTest = (id: string, test: BloodTest): Json =>
  observation({ id, coding: value("line_hct_hgb_type_cd", test.code, test.display), value: test.value })
