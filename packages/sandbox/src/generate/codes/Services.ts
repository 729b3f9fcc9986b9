import type { Stream } from "../Random.ts"

/** A procedure or supply code; texts are left out on purpose, those of CPT level I codes belong to the AMA. */
export interface Service {
  readonly code: string
  /** Usual charge in dollars, lowest and highest. */
  readonly charge: readonly [number, number]
  readonly betos: string
  readonly betosDisplay?: string
  /** CMS type of service. */
  readonly kind: string
  readonly kindDisplay: string
  readonly modifiers: ReadonlyArray<string>
}

type Some<A> = [A, ...Array<A>]
const NONE: ReadonlyArray<string> = []
const medical = { kind: "1", kindDisplay: "Medical care", modifiers: NONE }
const lab = { kind: "5", kindDisplay: "Diagnostic laboratory", modifiers: NONE }

const VISITS: Some<Service> = [
  {
    ...medical,
    code: "99213",
    charge: [75, 180],
    betos: "M1B",
    betosDisplay: "Office visits - established",
    modifiers: ["25"]
  },
  { ...medical, code: "99214", charge: [110, 250], betos: "M1B", betosDisplay: "Office visits - established" },
  { ...medical, code: "93000", charge: [20, 90], betos: "T2A", betosDisplay: "Other tests - electrocardiograms" },
  {
    ...lab,
    code: "80048",
    charge: [10, 60],
    betos: "T1G",
    betosDisplay: "Lab tests - other (Medicare fee schedule)",
    modifiers: ["QW"]
  },
  {
    ...lab,
    code: "36415",
    charge: [3, 20],
    betos: "T1A",
    betosDisplay: "Lab tests - routine venipuncture (non Medicare fee schedule)"
  },
  { ...medical, code: "G0439", charge: [120, 210], betos: "M1B", betosDisplay: "Office visits - established" },
  { ...medical, code: "J1100", charge: [5, 40], betos: "O1E", betosDisplay: "Other drugs", modifiers: ["JZ"] },
  { ...medical, code: "G0008", charge: [15, 45], betos: "O1G", betosDisplay: "Immunizations/Vaccinations" }
]

const SUPPLIES: Some<Service> = [
  {
    code: "E1390",
    charge: [150, 320],
    betos: "D1C",
    betosDisplay: "Oxygen and supplies",
    kind: "R",
    kindDisplay: "Rental of DME",
    modifiers: ["RR"]
  },
  {
    code: "E0601",
    charge: [60, 240],
    betos: "D1E",
    betosDisplay: "Other DME",
    kind: "R",
    kindDisplay: "Rental of DME",
    modifiers: ["RR", "KX"]
  },
  {
    code: "A4253",
    charge: [20, 70],
    betos: "D1F",
    betosDisplay: "Prosthetic/Orthotic devices",
    kind: "P",
    kindDisplay: "Lump sum purchase of DME, prosthetics orthotics",
    modifiers: ["NU", "KX"]
  },
  {
    code: "K0001",
    charge: [40, 120],
    betos: "D1D",
    betosDisplay: "Wheelchairs",
    kind: "P",
    kindDisplay: "Lump sum purchase of DME, prosthetics orthotics",
    modifiers: ["NU"]
  }
]

export const visit = (draw: Stream): Service => draw.pick(VISITS)
export const supply = (draw: Stream): Service => draw.pick(SUPPLIES)

/** Whether a code is CPT level I (five digits): v3 gives those a code system of their own. */
export const isLevelOne = (code: string): boolean => /^\d{5}$/.test(code) || /^\d{2}$/.test(code)

/** A place of service with CMS's text. */
export interface Place {
  readonly code: string
  readonly display: string
}

const PLACES: Some<Place> = [
  { code: "11", display: "Office" },
  { code: "22", display: "On Campus-Outpatient Hospital" },
  { code: "12", display: "Home" },
  { code: "81", display: "Independent Laboratory" }
]
export const place = (draw: Stream): Place => draw.pick(PLACES)

/** A procedure of a hospital stay, ICD-10-PCS or (before October 2015) ICD-9. */
export interface Procedure {
  readonly code: string
  readonly display: string
  readonly icd: 9 | 10
}

const PROCEDURES: Some<Procedure> = [
  { code: "5A1221Z", display: "PERFORMANCE OF CARDIAC OUTPUT, CONTINUOUS", icd: 10 },
  { code: "30233N1", display: "TRANSFUSE NONAUT RED BLOOD CELLS IN PERIPH VEIN, PERC", icd: 10 },
  { code: "0SRD0J9", display: "REPLACEMENT OF LEFT KNEE JOINT WITH SYNTH SUB, CEMENT, OPEN", icd: 10 },
  { code: "0DJ08ZZ", display: "INSPECTION OF UPPER INTESTINAL TRACT, ENDO", icd: 10 }
]
const OLD_PROCEDURES: Some<Procedure> = [
  { code: "9904", display: "PACKED CELL TRANSFUSION", icd: 9 },
  { code: "8154", display: "TOTAL KNEE REPLACEMENT", icd: 9 }
]
export const procedure = (draw: Stream, icd: 9 | 10): Procedure => draw.pick(icd === 10 ? PROCEDURES : OLD_PROCEDURES)

/** A drug: an invented NDC of 11 digits (labeler 99999 belongs to nobody), its price in dollars, and units a day. */
export interface Drug {
  readonly ndc: string
  readonly name: string
  readonly price: readonly [number, number]
  readonly daily: number
  readonly brand: boolean
  readonly compound: boolean
}

const DRUGS: Some<Drug> = [
  { ndc: "99999000101", name: "Sandbox Tablet - PLACEBO", price: [4, 18], daily: 1, brand: false, compound: false },
  { ndc: "99999000220", name: "Sandbox Capsule - PLACEBO", price: [8, 45], daily: 2, brand: false, compound: false },
  {
    ndc: "99999000347",
    name: "Sandbox Inhaler - PLACEBO",
    price: [120, 420],
    daily: 0.3,
    brand: true,
    compound: false
  },
  {
    ndc: "99999000415",
    name: "Sandbox Solution <2.5% - PLACEBO",
    price: [60, 600],
    daily: 2.5,
    brand: true,
    compound: false
  },
  { ndc: "99999000518", name: "Sandbox Ointment - PLACEBO", price: [15, 90], daily: 1, brand: false, compound: true }
]
export const drug = (draw: Stream): Drug => draw.pick(DRUGS)
