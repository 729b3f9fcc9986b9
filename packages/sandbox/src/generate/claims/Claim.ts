import { type Diagnosis, diagnosis, externalCause } from "../codes/Diagnoses.ts"
import { type Day, day } from "../Dates.ts"
import { CLAIMS_PER_PERSON } from "../Ids.ts"
import { hashText, type Seed, type Stream, stream } from "../Random.ts"
import type { Slot } from "./History.ts"
import type { Sighting } from "./Sighting.ts"

/** What a diagnosis is on a claim for. Each API version words and orders these in its own way. */
export type Role = "principal" | "admitting" | "other" | "external-first" | "external" | "reason"

export interface DiagnosisUse {
  readonly diagnosis: Diagnosis
  readonly role: Role
  /** Present on admission, on hospital stays: Y, N, U or W. */
  readonly poa?: string
}

/** What every claim has, whatever its type. */
export interface Claim {
  readonly slot: Slot
  readonly sighting: Sighting
  readonly diagnoses: ReadonlyArray<DiagnosisUse>
  /** The code set in force: ICD-10 since October 2015. */
  readonly icd: 9 | 10
}

/** ICD-10 came into force with services of this day. */
const ICD_10 = day(2015, 10, 1)

export const icdAt = (at: Day): 9 | 10 => (at < ICD_10 ? 9 : 10)

const CONTENT = hashText("claim")

/**
 * The draws for a claim's content: the same for all its versions, so that a replacement and the processing system's version tell the same
 * story with other amounts.
 */
export const contentOf = (seed: Seed, slot: Slot): Stream =>
  stream(seed, slot.person.index, CONTENT, slot.key % CLAIMS_PER_PERSON)

/** How much of the original charge a version has: each replacement corrects it. */
export const correction = ({ variant }: Sighting): number => (variant === 1 ? 0.9 : variant === 3 ? 0.8 : 1)

/** Distinct diagnoses: the principal one, then others, then external causes on some. */
export const diagnosesOf = (
  draw: Stream,
  icd: 9 | 10,
  count: number,
  options: { readonly admitting: boolean; readonly reason: boolean; readonly external: boolean; readonly poa: boolean }
): ReadonlyArray<DiagnosisUse> => {
  const seen = new Map<string, Diagnosis>()
  for (let tries = 0; seen.size < count && tries < count * 3; tries++) {
    const next = diagnosis(draw, icd)
    seen.set(next.code, next)
  }
  const poa = (): { readonly poa?: string } =>
    options.poa ? { poa: draw.chance(0.85) ? "Y" : draw.pick(["N", "U", "W"]) } : {}
  const found: Array<DiagnosisUse> = []
  for (const diagnosis of seen.values()) {
    if (found.length === 0) {
      if (options.admitting) found.push({ diagnosis, role: "admitting" })
      found.push({ diagnosis, role: "principal", ...poa() })
    } else found.push({ diagnosis, role: "other", ...poa() })
  }
  if (options.external && draw.chance(0.2)) {
    found.push({ diagnosis: externalCause(draw, icd), role: "external-first", ...poa() })
    if (draw.chance(0.5)) found.push({ diagnosis: externalCause(draw, icd), role: "external", ...poa() })
  }
  if (options.reason) found.push({ diagnosis: diagnosis(draw, icd), role: "reason" })
  return found
}
