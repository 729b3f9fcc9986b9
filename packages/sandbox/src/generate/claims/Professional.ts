import { type Drug, drug, type Place, place, type Service, supply, visit } from "../codes/Services.ts"
import { type Day, yearOf } from "../Dates.ts"
import { type Cents, partB, partBDeductible, share, sum } from "../Money.ts"
import { type Seed, weighted } from "../Random.ts"
import { type Claim, contentOf, correction, diagnosesOf, icdAt } from "./Claim.ts"
import { type Facility, facility, type Provider, provider } from "./Providers.ts"
import type { Sighting } from "./Sighting.ts"

/** One line of a doctor's or supplier's bill. Its amounts add up: paid + deductible + coinsurance + primary = allowed ≤ charge. */
export interface ProfessionalLine {
  readonly sequence: number
  readonly service: Service
  readonly modifiers: ReadonlyArray<string>
  readonly units: number
  readonly place: Place
  readonly from: Day
  readonly through: Day
  /** Sequence of the diagnosis the line is about. */
  readonly diagnosis: number
  readonly charge: Cents
  readonly allowed: Cents
  readonly deductible: Cents
  readonly coinsurance: Cents
  /** What Medicare paid: to the provider, or on unassigned claims to the patient. */
  readonly paid: Cents
  readonly toProvider: Cents
  readonly toPatient: Cents
  /** Paid by an insurer who pays before Medicare. */
  readonly primary: Cents
  /** A blood test's result. */
  readonly blood?: BloodTest
  readonly drug?: Drug
}

export interface BloodTest {
  /** `R1` hemoglobin, `R2` hematocrit. */
  readonly code: string
  readonly display: string
  readonly value: number
}

/** A claim of type CARRIER or DME. */
export interface ProfessionalClaim extends Claim {
  readonly lines: ReadonlyArray<ProfessionalLine>
  readonly rendering: Provider
  readonly referring?: Provider
  /** The group practice or supplier. */
  readonly practice: Facility
  readonly contractor: string
  readonly assigned: boolean
  readonly denied: boolean
  /** `71`, `72` carrier, `81`, `82` supplies. */
  readonly number: string
  readonly charge: Cents
  readonly allowed: Cents
  readonly deductible: Cents
  readonly coinsurance: Cents
  readonly paid: Cents
  readonly toProvider: Cents
  readonly toPatient: Cents
  readonly primary: Cents
}

const LINES = weighted([
  [0, 70],
  [1, 12],
  [2, 12],
  [3, 5.5],
  [4, 0.5]
])
const BLOOD: readonly [BloodTest, BloodTest] = [
  { code: "R1", display: "Hemoglobin Test", value: 42 },
  { code: "R2", display: "Hematocrit Test", value: 44.4 }
]

/** Mostly one, seldom many, and now and then more than a client expects. */
const lineCount = (kind: number, between: (low: number, high: number) => number): number =>
  kind === 0 ? 1 : kind === 1 ? 2 : kind === 2 ? between(3, 6) : kind === 3 ? between(7, 21) : between(31, 40)

export const professionalClaim = (seed: Seed, sighting: Sighting): ProfessionalClaim => {
  const { slot } = sighting
  const draw = contentOf(seed, slot)
  const dme = slot.type === "DME"
  const icd = icdAt(slot.from)
  const diagnoses = diagnosesOf(draw, icd, draw.between(2, dme ? 4 : 8), {
    admitting: false,
    reason: false,
    external: false,
    poa: false
  })
  const rendering = provider(seed, draw.unit())
  const other = provider(seed, draw.unit())
  const referring = draw.chance(dme ? 1 : 0.6) ? other : undefined
  const practice = facility(seed, draw.unit(), "OUTPATIENT")
  const contractor = draw.pick(["13282", "14212", "31143"])
  const assigned = draw.chance(0.97)
  const denied = draw.chance(0.02)
  const number = dme ? draw.pick(["81", "82"]) : draw.chance(0.97) ? "71" : "72"
  const primaryShare = draw.chance(0.02) ? 0.3 : 0
  let owed = slot.deductible ? partBDeductible(yearOf(slot.from)) : 0
  const factor = correction(sighting)
  const count = dme ? draw.between(1, 3) : lineCount(draw.choose(LINES), (low, high) => draw.between(low, high))
  const lines = Array.from({ length: count }, (_, index): ProfessionalLine => {
    const service = dme ? supply(draw) : visit(draw)
    const units = service.code.startsWith("A") ? draw.between(1, 6) : 1
    const from = draw.between(slot.from, slot.through)
    const charge = share(Math.round(draw.between(service.charge[0] * 100, service.charge[1] * 100)) * units, factor)
    const allowed = denied ? 0 : share(charge, 0.4 + draw.unit() * 0.4)
    const primary = share(allowed, primaryShare)
    const medicare = partB(allowed - primary, owed)
    owed -= medicare.deductible
    const modifiers = draw.chance(0.4) ? service.modifiers : []
    const test = draw.chance(0.06) ? draw.pick(BLOOD) : undefined
    const given = draw.chance(service.code.startsWith("J") ? 1 : 0.03) ? drug(draw) : undefined
    return {
      sequence: index + 1,
      service,
      modifiers,
      units,
      place: dme ? { code: "12", display: "Home" } : place(draw),
      from,
      through: dme ? slot.through : from,
      diagnosis: draw.between(1, diagnoses.length),
      charge,
      allowed,
      ...medicare,
      toProvider: assigned ? medicare.paid : 0,
      toPatient: assigned ? 0 : medicare.paid,
      primary,
      ...(test === undefined ? {} : { blood: test }),
      ...(given === undefined ? {} : { drug: given })
    }
  })
  return {
    slot,
    sighting,
    icd,
    diagnoses,
    lines,
    rendering,
    ...(referring === undefined ? {} : { referring }),
    practice,
    contractor,
    assigned,
    denied,
    number,
    charge: sum(lines, (line) => line.charge),
    allowed: sum(lines, (line) => line.allowed),
    deductible: sum(lines, (line) => line.deductible),
    coinsurance: sum(lines, (line) => line.coinsurance),
    paid: sum(lines, (line) => line.paid),
    toProvider: sum(lines, (line) => line.toProvider),
    toPatient: sum(lines, (line) => line.toPatient),
    primary: sum(lines, (line) => line.primary)
  }
}
