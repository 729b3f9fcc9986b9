import type { Stream } from "../Random.ts"

/** A diagnosis code without its dot, and CMS's short text for it, which only v2 and v1 show. */
export interface Diagnosis {
  readonly code: string
  readonly display: string
  readonly icd: 9 | 10
}

const ten = (code: string, display: string): Diagnosis => ({ code, display, icd: 10 })
const nine = (code: string, display: string): Diagnosis => ({ code, display, icd: 9 })

type Some<A> = [A, ...Array<A>]

/** Common diagnoses of older people, none of them about substance use, which never reaches BCDA. */
const TEN: Some<Diagnosis> = [
  ten("I10", "ESSENTIAL (PRIMARY) HYPERTENSION"),
  ten("E785", "HYPERLIPIDEMIA, UNSPECIFIED"),
  ten("E119", "TYPE 2 DIABETES MELLITUS WITHOUT COMPLICATIONS"),
  ten("E1122", "TYPE 2 DIABETES MELLITUS W DIABETIC CHRONIC KIDNEY DISEASE"),
  ten("N183", "CHRONIC KIDNEY DISEASE, STAGE 3 (MODERATE)"),
  ten("I2510", "ATHSCL HEART DISEASE OF NATIVE CORONARY ARTERY W/O ANG PCTRS"),
  ten("I480", "PAROXYSMAL ATRIAL FIBRILLATION"),
  ten("I509", "HEART FAILURE, UNSPECIFIED"),
  ten("J449", "CHRONIC OBSTRUCTIVE PULMONARY DISEASE, UNSPECIFIED"),
  ten("J189", "PNEUMONIA, UNSPECIFIED ORGANISM"),
  ten("M179", "OSTEOARTHRITIS OF KNEE, UNSPECIFIED"),
  ten("M545", "LOW BACK PAIN"),
  ten("M810", "AGE-RELATED OSTEOPOROSIS W/O CURRENT PATHOLOGICAL FRACTURE"),
  ten("K219", "GASTRO-ESOPHAGEAL REFLUX DISEASE WITHOUT ESOPHAGITIS"),
  ten("N390", "URINARY TRACT INFECTION, SITE NOT SPECIFIED"),
  ten("R5383", "OTHER FATIGUE"),
  ten("R0602", "SHORTNESS OF BREATH"),
  ten("R079", "CHEST PAIN, UNSPECIFIED"),
  ten("H2513", "AGE-RELATED NUCLEAR CATARACT, BILATERAL"),
  ten("Z0000", "ENCNTR FOR GENERAL ADULT MEDICAL EXAM W/O ABNORMAL FINDINGS"),
  ten("Z7901", "LONG TERM (CURRENT) USE OF ANTICOAGULANTS"),
  ten("F0390", "UNSPECIFIED DEMENTIA WITHOUT BEHAVIORAL DISTURBANCE"),
  ten("G20", "PARKINSON'S DISEASE"),
  ten("D649", "ANEMIA, UNSPECIFIED"),
  ten("E039", "HYPOTHYROIDISM, UNSPECIFIED"),
  ten("A419", "SEPSIS, UNSPECIFIED ORGANISM")
]

const TEN_EXTERNAL: Some<Diagnosis> = [
  ten("W19XXXA", "UNSPECIFIED FALL, INITIAL ENCOUNTER"),
  ten("W010XXA", "FALL SAME LEV FROM SLIP/TRIP W/O STRIKE AGAINST OBJECT, INIT"),
  ten("Y92009", "UNSP PLACE IN UNSP NON-INSTITUTIONAL RESIDENCE AS PLACE")
]

const NINE: Some<Diagnosis> = [
  nine("4019", "HYPERTENSION NOS"),
  nine("2724", "HYPERLIPIDEMIA NEC/NOS"),
  nine("25000", "DMII WO CMP NT ST UNCNTR"),
  nine("41400", "COR ATH UNSP VSL NTV/GFT"),
  nine("42731", "ATRIAL FIBRILLATION"),
  nine("4280", "CHF NOS"),
  nine("496", "CHR AIRWAY OBSTRUCT NEC"),
  nine("486", "PNEUMONIA, ORGANISM NOS"),
  nine("53081", "ESOPHAGEAL REFLUX"),
  nine("2449", "HYPOTHYROIDISM NOS"),
  nine("5990", "URIN TRACT INFECTION NOS"),
  nine("7242", "LUMBAGO"),
  nine("3310", "ALZHEIMER'S DISEASE")
]

const NINE_EXTERNAL: Some<Diagnosis> = [nine("E8889", "FALL NOS"), nine("E8859", "FALL FROM SLIPPING NEC")]

export const diagnosis = (draw: Stream, icd: 9 | 10): Diagnosis => draw.pick(icd === 10 ? TEN : NINE)

export const externalCause = (draw: Stream, icd: 9 | 10): Diagnosis =>
  draw.pick(icd === 10 ? TEN_EXTERNAL : NINE_EXTERNAL)

/** The code with its dot, as v3 writes it. v3 begins after ICD-10 did, so the odd external causes of ICD-9 never come here. */
export const dotted = (code: string): string => (code.length > 3 ? `${code.slice(0, 3)}.${code.slice(3)}` : code)
