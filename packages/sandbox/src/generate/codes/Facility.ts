import type { FacilityType } from "../claims/ClaimType.ts"
import type { Stream } from "../Random.ts"

type Some<A> = [A, ...Array<A>]

/** A revenue center with the price range of one unit in dollars, and the service code that goes with it, if any. */
export interface Revenue {
  readonly code: string
  readonly display: string
  readonly rate: readonly [number, number]
  readonly units: readonly [number, number]
  readonly service?: string
}

/** Revenue centers by type; the first one is on every claim. */
const REVENUES: Readonly<Record<FacilityType, Some<Revenue>>> = {
  HHA: [
    { code: "0023", display: "Home health services paid under PPS", rate: [0, 0], units: [0, 0], service: "1AFKS" },
    { code: "0551", display: "Skilled nursing-visit charge", rate: [110, 190], units: [1, 6], service: "G0299" },
    { code: "0421", display: "Physical therapy-visit charge", rate: [110, 200], units: [1, 6], service: "G0151" },
    {
      code: "0571",
      display: "Home health aide (home health)-visit charge",
      rate: [50, 90],
      units: [1, 8],
      service: "G0156"
    }
  ],
  HOSPICE: [
    { code: "0651", display: "Hospice services-routine home care", rate: [150, 230], units: [5, 30], service: "Q5001" },
    { code: "0551", display: "Skilled nursing-visit charge", rate: [90, 150], units: [1, 12], service: "G0299" },
    { code: "0657", display: "Hospice services-physician services", rate: [60, 180], units: [1, 2], service: "99214" }
  ],
  INPATIENT: [
    { code: "0111", display: "Private medical or general-medical/surgical/GYN", rate: [900, 3200], units: [1, 12] },
    { code: "0250", display: "Pharmacy-general classification", rate: [10, 90], units: [4, 60] },
    { code: "0270", display: "Medical/surgical supplies-general classification", rate: [20, 400], units: [1, 20] },
    { code: "0300", display: "Laboratory-general classification", rate: [15, 140], units: [2, 30] },
    { code: "0360", display: "Operating room services-general classification", rate: [1800, 9000], units: [1, 2] },
    { code: "0450", display: "Emergency room-general classification", rate: [400, 2600], units: [1, 1] },
    {
      code: "0636",
      display: "Drugs requiring specific identification-detailed coding",
      rate: [5, 60],
      units: [1, 20],
      service: "J1100"
    }
  ],
  OUTPATIENT: [
    { code: "0510", display: "Clinic-general classification", rate: [90, 380], units: [1, 1], service: "G0463" },
    { code: "0301", display: "Laboratory-chemistry", rate: [10, 120], units: [1, 3], service: "80048" },
    {
      code: "0450",
      display: "Emergency room-general classification",
      rate: [400, 2200],
      units: [1, 1],
      service: "G0382"
    },
    { code: "0730", display: "EKG/ECG-general classification", rate: [40, 260], units: [1, 1], service: "93000" },
    {
      code: "0636",
      display: "Drugs requiring specific identification-detailed coding",
      rate: [5, 60],
      units: [1, 20],
      service: "J1100"
    },
    { code: "0324", display: "Radiology diagnostic-chest X-ray", rate: [60, 420], units: [1, 1], service: "71046" }
  ],
  SNF: [
    { code: "0022", display: "Skilled nursing facility PPS", rate: [0, 0], units: [6, 30], service: "KAGD1" },
    {
      code: "0120",
      display: "Semi-private 2 bed (medical or general)-general classification",
      rate: [280, 620],
      units: [6, 30]
    },
    {
      code: "0420",
      display: "Physical therapy-general classification",
      rate: [60, 180],
      units: [2, 20],
      service: "97110"
    },
    { code: "0250", display: "Pharmacy-general classification", rate: [5, 60], units: [1, 40] }
  ]
}

export const revenues = (type: FacilityType): Some<Revenue> => REVENUES[type]

/** How a facility bills: first digits of the type of bill, and CMS's claim type number (CCW and IDR agree on it). */
export interface Billing {
  readonly facility: string
  readonly facilityDisplay: string
  readonly classification: string
  readonly number: string
  readonly numberDisplay: string
  /** Near-line record code. */
  readonly line: string
}

const PART_A_LINE = "V"
const PART_B_LINE = "W"

export const billing = (type: FacilityType, draw: Stream): Billing => {
  switch (type) {
    case "HHA":
      return {
        facility: "3",
        facilityDisplay: "Home Health Agency (HHA)",
        classification: "2",
        number: "10",
        numberDisplay: "Home Health Agency (HHA) claim",
        line: PART_B_LINE
      }
    case "HOSPICE":
      return {
        facility: "8",
        facilityDisplay: "Ambulatory Surgery Center (ASC) or other special facility (e.g. hospice)",
        classification: "1",
        number: "50",
        numberDisplay: "Hospice claim",
        line: PART_A_LINE
      }
    case "INPATIENT":
      return {
        facility: "1",
        facilityDisplay: "Hospital",
        classification: "1",
        number: "60",
        numberDisplay: "Inpatient claim",
        line: PART_A_LINE
      }
    case "OUTPATIENT":
      return {
        facility: "1",
        facilityDisplay: "Hospital",
        classification: "3",
        number: "40",
        numberDisplay: "Hospital Outpatient claim",
        line: PART_B_LINE
      }
    case "SNF":
      return draw.chance(0.85)
        ? {
            facility: "2",
            facilityDisplay: "Skilled Nursing Facility (SNF)",
            classification: "1",
            number: "20",
            numberDisplay: "Non swing bed Skilled Nursing Facility (SNF) claim",
            line: PART_A_LINE
          }
        : {
            facility: "1",
            facilityDisplay: "Hospital",
            classification: "8",
            number: "30",
            numberDisplay: "Swing bed SNF claim",
            line: PART_A_LINE
          }
  }
}

/** MS-DRGs of common stays with their weights, times 10,000. */
export const DRGS: Some<{ readonly code: string; readonly weight: number }> = [
  { code: "291", weight: 13406 },
  { code: "470", weight: 19003 },
  { code: "871", weight: 18722 },
  { code: "190", weight: 11138 },
  { code: "194", weight: 8716 },
  { code: "065", weight: 10182 }
]
