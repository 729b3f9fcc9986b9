import type { Claim } from "../claims/Claim.ts"
import { isOneIn } from "../claims/History.ts"
import type { FacilityClaim } from "../claims/Institutional.ts"
import type { PharmacyClaim } from "../claims/Pharmacy.ts"
import type { ProfessionalClaim } from "../claims/Professional.ts"
import { isReplacement } from "../claims/Sighting.ts"
import { isoDay } from "../Dates.ts"
import { coding, concept, type Info, type Payload, period } from "../Fhir.ts"
import { quote, raw, template } from "../Json.ts"
import { idrContract } from "../People.ts"
import { hashText } from "../Random.ts"
import { carin, cms, hl7, nubc, UNITS } from "../Systems.ts"

/** `supportingInfo` of v3: under CMS's own word and `info`, or under CARIN's word alone. */

type Entry<C> = Info<C>

const info = coding(hl7("claiminformationcategory"), "info", "Information")

const own = <C>(code: string, display: string, payload: (claim: C) => Payload | undefined): Entry<C> => ({
  category: concept(coding(cms("Supporting-Information"), code, display), info),
  payload
})

const standard = <C>(code: string, payload: (claim: C) => Payload | undefined): Entry<C> => ({
  category: concept(coding(carin("C4BBSupportingInfoType"), code)),
  payload
})

const coded = (system: string, code: string, display?: string): Payload => ({
  code: concept(coding(cms(system), code, display))
})
const on = (day: number): Payload => ({ timingDate: quote(isoDay(day)) })
const text = (value: string): Payload => ({ valueString: quote(value) })

const pints = template<{ value: number }>((at) => ({
  code: "[pt_us]",
  system: UNITS,
  unit: "pint",
  value: raw(at.value)
}))
const counted = template<{ unit: string; value: number }>((at) => ({ unit: at.unit, value: raw(at.value) }))

/** When the warehouse got this version of the claim. */
const loaded = own<Claim>("CLM_IDR_LD_DT", "Claim IDR Load Date", ({ sighting }) =>
  on(Math.floor(sighting.lastUpdated / 86_400_000))
)
const received = standard<Claim>("clmrecvddate", ({ slot }) => on(slot.received))
const weekly = own<Claim>("CLM_NCH_WKLY_PROC_DT", "Weekly Process Date", ({ slot }) => on(slot.processed))
const processed = own<Claim>("CLM_CMS_PROC_DT", "FI Claim Process Date", ({ slot }) => on(slot.processed - 2))
const contractor = own<FacilityClaim | ProfessionalClaim>("CLM_CNTRCTR_NUM", "Claim Contractor Number", (c) =>
  coded("CLM-CNTRCTR-NUM", c.contractor)
)
const adjustment = own<Claim>("CLM_ADJSTMT_TYPE_CD", "Claim Adjustment Type Code", ({ sighting }) =>
  isReplacement(sighting)
    ? coded("CLM-ADJSTMT-TYPE-CD", "2", "DEBIT ADJUSTMENT")
    : sighting.final
      ? coded("CLM-ADJSTMT-TYPE-CD", "0", "ORIGINAL")
      : coded("CLM-ADJSTMT-TYPE-CD", "1", "CREDIT ADJUSTMENT")
)
const query = own<Claim>("CLM_QUERY_CD", "Claim Query Code", () => coded("CLM-QUERY-CD", "3", "FINAL BILL"))
const paidStatus = own<Claim>("CLM_PD_STUS_CD", "Claim Paid Status Code", ({ sighting }) =>
  sighting.paidStatus === undefined ? undefined : coded("CLM-PD-STUS-CD", sighting.paidStatus)
)
const TRIAL = hashText("trial")
const trial = own<ProfessionalClaim>("CLM_CLNCL_TRIL_NUM", "Clinical Trial Number", ({ slot }) =>
  isOneIn(20, TRIAL, slot) ? text("99999999") : undefined
)

/** The type of bill, whole under NUBC's system, and CMS's three codes, which grow by a digit each. */
const bill = standard<FacilityClaim>("typeofbill", ({ billing, frequency }) => {
  const two = billing.facility + billing.classification
  return {
    code: concept(
      coding(nubc("TypeOfBill"), `0${two}${frequency}`),
      coding(cms("CLM-BILL-FAC-TYPE-CD"), billing.facility),
      coding(cms("CLM-BILL-CLSFCTN-CD"), two),
      coding(cms("CLM-BILL-FREQ-CD"), two + frequency)
    )
  }
})

const benefit = own<Claim>("CLM_BNFT_ENHNCMT_CD", "Claim Benefit Enhancement Code", () =>
  coded("CLM-BNFT-ENHNCMT-CD", "5")
)
const facilitySwitch = (code: string, display: string) =>
  own<Claim>(code, display, ({ slot }) =>
    isOneIn(7, hashText(code), slot) ? coded("CLM-BNFT-ENHNCMT-CD-SWITCH", "Y") : undefined
  )

const admission = standard<FacilityClaim>("admissionperiod", ({ admission: of }) => ({
  timingPeriod: period(isoDay(of.from), isoDay(of.through))
}))
const origin = standard<FacilityClaim>("pointoforigin", ({ admission: of }) => ({
  code: concept(coding(nubc("PointOfOrigin"), of.source), coding(cms("CLM-ADMSN-SRC-CD"), of.source))
}))
const discharge = standard<FacilityClaim>("discharge-status", ({ discharge: of }) => ({
  code: concept(
    coding(nubc("PatDischargeStatus"), of.code),
    coding(cms("BENE-PTNT-STUS-CD"), of.code, of.display.toUpperCase())
  )
}))
const admissionType = standard<FacilityClaim>("admtype", ({ admission: of }) => ({
  code: concept(coding(nubc("PriorityTypeOfAdmitOrVisit"), of.type), coding(cms("CLM-ADMSN-TYPE-CD"), of.type))
}))
const managedCare = own<FacilityClaim>("CLM_MDCR_INSTNL_MCO_PD_SW", "MCO Paid Switch", () =>
  coded("CLM-MDCR-INSTNL-MCO-PD-SW", "0", "No managed care organization (MCO) payment")
)
const action = own<FacilityClaim>("CLM_FI_ACTN_CD", "Claim Fiscal Intermediary Action Code", () =>
  coded("CLM-FI-ACTN-CD", "1", "Original debit action (always a 1 for all regular bills)")
)
/** v3 does not pad DRGs with zeros: `65`. */
const drg = standard<FacilityClaim>("drg", ({ drg: of }) =>
  of === undefined
    ? undefined
    : {
        code: concept(
          coding(
            "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software",
            String(Number(of.code))
          )
        )
      }
)
const disposition = own<FacilityClaim>("CLM_DISP_CD", "Claim Disposition Code", () =>
  coded("CLM-DISP-CD", "01", "DEBIT ACCEPTED")
)
const fips = <C extends { readonly slot: Claim["slot"] }>(code: string, display: string): Entry<C> =>
  own<C>(code, display, ({ slot }) => coded("US-FIPS-STATE-CODES", slot.person.state.fips))

/** The third entry of nursing homes is the one that their lines point to. */
export const facility: ReadonlyArray<Entry<FacilityClaim>> = [
  adjustment,
  loaded,
  own("CLM_LINE_PMD_UNIQ_TRKNG_NUM", "Prior Authorization Unique Tracking Number", ({ slot, type }) =>
    type === "SNF" ? text(`-A${100_000_000_000 + slot.key}T`) : undefined
  ),
  bill,
  facilitySwitch("CLM_NGACO_PDSCHRG_HCBS_SW", "Post Discharge Home Visit Benefit Enhancement Indicator"),
  facilitySwitch("CLM_NGACO_TLHLTH_SW", "Telehealth Benefit Enhancement Indicator"),
  benefit,
  own("CLM_BLOOD_PT_FRNSH_QTY", "Blood Pints Furnished Quantity", (c) =>
    c.bloodPints === 0 ? undefined : { valueQuantity: pints({ value: c.bloodPints }) }
  ),
  query,
  contractor,
  own("CLM_NCH_PRMRY_PYR_CD", "NCH Primary Payer Code", (c) =>
    c.otherPayer ? coded("CLM-NCH-PRMRY-PYR-CD", "A") : undefined
  ),
  disposition,
  admission,
  received,
  weekly,
  own("CLM_QLFY_STAY_FROM_DT", "Qualified Stay From Date", (c) =>
    c.type === "SNF" ? on(c.admission.from - 4) : undefined
  ),
  own("CLM_QLFY_STAY_THRU_DT", "Qualified Stay Through Date", (c) =>
    c.type === "SNF" ? on(c.admission.from) : undefined
  ),
  own("CLM_ACTV_CARE_THRU_DT", "Covered Care Through Date", ({ slot, type }) =>
    type === "HHA" ? on(slot.through) : undefined
  ),
  own("CLM_NCVRD_FROM_DT", "Noncovered Stay From Date", (c) => (c.noncovered > 0 ? on(c.slot.from) : undefined)),
  own("CLM_NCVRD_THRU_DT", "Noncovered Stay Through Date", (c) => (c.noncovered > 0 ? on(c.slot.through) : undefined)),
  processed,
  own("CLM_NRLN_RIC_CD", "Near Line Record Identification Code", ({ billing }) =>
    coded("CLM-NRLN-RIC-CD", billing.line)
  ),
  origin,
  discharge,
  admissionType,
  managedCare,
  own("CLM_MDCR_NPMT_RSN_CD", "Claim Non Payment Reason Code", ({ nonPayment }) =>
    nonPayment === undefined
      ? undefined
      : coded("CLM-MDCR-NPMT-RSN-CD", nonPayment.code, nonPayment.display.toUpperCase())
  ),
  action,
  own("CLM_HHA_LUP_IND_CD", "Claim Lupa Indicator Code", (c) =>
    c.type === "HHA" && c.lupa
      ? coded("CLM-HHA-LUP-IND-CD", "L", "Low utilization payment adjustment (LUPA) claim")
      : undefined
  ),
  own("CLM_HHA_RFRL_CD", "Claim Referral Code", ({ type }) =>
    type === "HHA" ? coded("CLM-HHA-RFRL-CD", "1", "PHYSICIAN REFERRAL") : undefined
  ),
  own("CLM_PPS_IND_CD", "Claim PPS Indicator Code", ({ type }) =>
    type === "SNF" ? coded("CLM-PPS-IND-CD", "2") : undefined
  ),
  fips("PRVDR_FAC_FIPS_ST_CD", "Federal Information Processing Standards (FIPS) State Code"),
  drg
]

export const facilityShared: ReadonlyArray<Entry<FacilityClaim>> = [
  loaded,
  bill,
  query,
  contractor,
  disposition,
  admission,
  received,
  processed,
  paidStatus,
  origin,
  discharge,
  admissionType,
  managedCare,
  action,
  drg
]

/** The first two entries are those that lines point to. */
export const professional: ReadonlyArray<Entry<ProfessionalClaim>> = [
  loaded,
  benefit,
  fips("RNDRG_PRVDR_FIPS_ST_CD", "Rendering Provider FIPS State Code"),
  facilitySwitch("CLM_NGACO_PDSCHRG_HCBS_SW", "Post Discharge Home Visit Benefit Enhancement Indicator"),
  facilitySwitch("CLM_NGACO_CPTATN_SW", "AIPBP Benefit Enhancement Indicator"),
  received,
  contractor,
  trial,
  query,
  weekly,
  own("CLM_CARR_PMT_DNL_CD", "Claim Payment Denial Code", (c) =>
    c.denied ? coded("CLM-CARR-PMT-DNL-CD", "0", "DENIED") : coded("CLM-CARR-PMT-DNL-CD", "1", "PHYSICIAN/SUPPLIER")
  )
]

export const professionalShared: ReadonlyArray<Entry<ProfessionalClaim>> = [
  loaded,
  benefit,
  received,
  contractor,
  trial,
  own("CLM_MDCR_PRFNL_PRVDR_ASGNMT_SW", "Provider Assignment Indicator", (c) =>
    c.assigned
      ? coded("CLM-MDCR-PRFNL-PRVDR-ASGNMT-SW", "A", "Assigned claim")
      : coded("CLM-MDCR-PRFNL-PRVDR-ASGNMT-SW", "N", "Non-assigned claim")
  ),
  paidStatus,
  own("CLM_AUDT_TRL_STUS_CD", "Claim Status Code", ({ sighting }) =>
    coded("CLM-AUDT-TRL-STUS-CD", sighting.paidStatus ?? "S")
  )
]

const drugPlan = (claim: PharmacyClaim) => claim.slot.person.enrollment.d

export const pharmacy: ReadonlyArray<Entry<PharmacyClaim>> = [
  adjustment,
  loaded,
  own("CLM_SBMT_FRMT_CD", "Claim Submission Format Code", () =>
    coded("CLM-SBMT-FRMT-CD", "N", "NCPDP ELECTRONIC SUBMISSION")
  ),
  own("CLM_SBMTR_CNTRCT_NUM", "Submitter Contract Number", (c) => {
    const plan = drugPlan(c)
    return plan === undefined ? undefined : text(idrContract(plan))
  }),
  own("CLM_SBMTR_CNTRCT_PBP_NUM", "Submitter Contract PBP Number", (c) => text(drugPlan(c)?.package ?? "000")),
  received,
  processed,
  own("CLM_PHRMCY_SRVC_TYPE_CD", "Pharmacy Service Type Code", () =>
    coded("CLM-PHRMCY-SRVC-TYPE-CD", "01", "Community/retail pharmacy")
  ),
  standard("rxorigincode", ({ origin: code }) => ({
    code: concept(coding(hl7("NCPDPPrescriptionOriginCode"), code), coding(cms("CLM-LINE-RX-ORGN-CD"), code))
  })),
  standard("brandgenericindicator", ({ drug }) => {
    const [code, display] = drug.brand ? ["B", "Brand"] : ["G", "Generic Null/Missing"]
    return {
      code: concept(
        coding(hl7("NCPDPBrandGenericIndicator"), code, display),
        coding(cms("CLM-BRND-GNRC-CD"), code, display)
      )
    }
  }),
  own("CLM_PTNT_RSDNC_CD", "Patient Residence Code", () => coded("CLM-PTNT-RSDNC-CD", "01", "Home")),
  own("CLM_LTC_DSPNSNG_MTHD_CD", "Submission Clarification Code", ({ drug }) =>
    drug.compound ? coded("CLM-LTC-DSPNSNG-MTHD-CD", "08", "Process compound for approved ingredients") : undefined
  ),
  standard("compoundcode", ({ drug }) => {
    const [code, display] = drug.compound ? ["2", "Compound"] : ["1", "Not a Compound"]
    return {
      code: concept(coding(hl7("NCPDPCompoundCode"), code, display), coding(cms("CLM-CMPND-CD"), code, display))
    }
  }),
  standard("dayssupply", ({ supply }) => ({ valueQuantity: counted({ unit: "days", value: supply }) })),
  standard("refillnum", ({ fill }) => ({ valueQuantity: counted({ unit: "fill", value: fill }) })),
  standard("dawcode", ({ daw }) => ({
    code: concept(coding(hl7("NCPDPDispensedAsWrittenOrProductSelectionCode"), daw))
  })),
  own("CLM_DRUG_CVRG_STUS_CD", "Drug Coverage Status Code", () => coded("CLM-DRUG-CVRG-STUS-CD", "C", "Covered")),
  own("CLM_CTSTRPHC_CVRG_IND_CD", "Catastrophic Coverage Code", ({ above }) =>
    above > 0 ? coded("CLM-CTSTRPHC-CVRG-IND-CD", "C") : undefined
  ),
  own("CLM_LINE_RX_NUM", "Claim Line Prescription Service Reference Number", ({ prescription }) => text(prescription))
]
