import { npi } from "../Ids.ts"
import { facilityName, familyName, givenName } from "../Names.ts"
import { hashText, type Seed, stream, weighted } from "../Random.ts"

/** A clinician. */
export interface Provider {
  readonly npi: string
  readonly family: string
  readonly given: string
  /** Whether a name is on file: v1 and v2 then show it. */
  readonly listed: boolean
  readonly specialty: Specialty
  readonly tax: string
  readonly state: string
}

/** A hospital, nursing home, agency or pharmacy. */
export interface Facility {
  readonly npi: string
  /** CMS certification number, six digits; 99 is no state's. */
  readonly ccn: string
  readonly name: string
  readonly tax: string
  readonly state: string
  readonly zip: string
}

export interface Specialty {
  /** CMS specialty code and its text. */
  readonly code: string
  readonly display: string
  /** Provider taxonomy and its text. */
  readonly taxonomy: string
  readonly taxonomyDisplay: string
}

const PROVIDER = hashText("provider")
const FACILITY = hashText("facility")
const PROVIDERS = 400
const FACILITIES = 80

const SPECIALTIES = weighted<Specialty>([
  [
    {
      code: "11",
      display: "Internal medicine",
      taxonomy: "207R00000X",
      taxonomyDisplay: "Internal Medicine Physician"
    },
    40
  ],
  [
    { code: "08", display: "Family practice", taxonomy: "207Q00000X", taxonomyDisplay: "Family Medicine Physician" },
    30
  ],
  [
    { code: "06", display: "Cardiology", taxonomy: "207RC0000X", taxonomyDisplay: "Cardiovascular Disease Physician" },
    12
  ],
  [
    { code: "14", display: "Neurosurgery", taxonomy: "207T00000X", taxonomyDisplay: "Neurological Surgery Physician" },
    8
  ],
  [{ code: "41", display: "Optometrist", taxonomy: "152W00000X", taxonomyDisplay: "Optometrist" }, 10]
])

const STATES = ["MA", "MA", "MA", "RI", "NH", "ME", "VT", "CT"] as const

/** A number of a clinician, drawn with a unit from 0 to 1. */
export const provider = (seed: Seed, unit: number): Provider => {
  const number = Math.floor(unit * PROVIDERS)
  const draw = stream(seed, number, PROVIDER, 0)
  return {
    npi: npi(number),
    family: familyName(draw),
    given: givenName(draw, draw.chance(0.5)),
    listed: draw.chance(0.5),
    specialty: draw.choose(SPECIALTIES),
    tax: `0${draw.text("0123456789", 8)}`,
    state: draw.pick(STATES)
  }
}

export const facility = (seed: Seed, unit: number, type: Parameters<typeof facilityName>[1]): Facility => {
  const number = Math.floor(unit * FACILITIES)
  const draw = stream(seed, number, FACILITY, hashText(type))
  return {
    npi: npi(PROVIDERS + number + (hashText(type) % 90) * FACILITIES),
    ccn: `99${draw.text("0123456789", 4)}`,
    name: facilityName(draw, type),
    tax: `0${draw.text("0123456789", 8)}`,
    state: draw.pick(STATES),
    zip: `0${draw.between(1001, 6900)}`
  }
}

/** v1 and v2 show names in capitals, `DR. GIVEN FAMILY MD`. */
export const ccwName = ({ family, given }: Provider): string => `DR. ${given} ${family} MD`.toUpperCase()

/** v3 shows `Family, Given`. */
export const idrName = ({ family, given }: Provider): string => `${family}, ${given}`
