import { type Billing, billing, DRGS, type Revenue, revenues } from "../codes/Facility.ts"
import { type Drug, drug, type Procedure, procedure } from "../codes/Services.ts"
import { type Day, yearOf } from "../Dates.ts"
import { type Cents, partADeductible, partB, partBDeductible, share, split, sum } from "../Money.ts"
import { type Seed, type Stream, weighted } from "../Random.ts"
import { type Claim, contentOf, correction, diagnosesOf, icdAt } from "./Claim.ts"
import type { FacilityType } from "./ClaimType.ts"
import { type Facility, facility, type Provider, provider } from "./Providers.ts"
import { isReplacement, type Sighting } from "./Sighting.ts"

/**
 * One revenue line. Payment by line exists for outpatient (paid + deductible + coinsurance = allowed ≤ charge), home health and hospice; hospital
 * stays and nursing homes are paid as a whole, their lines only carry charges.
 */
export interface FacilityLine {
  readonly sequence: number
  readonly revenue: Revenue
  readonly modifiers: ReadonlyArray<string>
  readonly units: number
  readonly on: Day
  readonly rate: Cents
  readonly charge: Cents
  readonly noncovered: Cents
  readonly allowed: Cents
  readonly deductible: Cents
  readonly coinsurance: Cents
  readonly paid: Cents
  readonly drug?: Drug & { readonly amount: number }
  /** ANSI codes of why less was paid than charged. */
  readonly reasons: ReadonlyArray<string>
  readonly performing: boolean
}

export interface ProcedureUse {
  readonly procedure: Procedure
  readonly on: Day
}

/** A claim of a facility. All amounts of the whole add up from the lines, or for stays: paid + deductible + coinsurance + primary = allowed. */
export interface FacilityClaim extends Claim {
  readonly type: FacilityType
  readonly billing: Billing
  readonly facility: Facility
  readonly attending: Provider
  readonly operating?: Provider
  readonly otherOperating?: Provider
  readonly performing: Provider
  readonly lines: ReadonlyArray<FacilityLine>
  readonly procedures: ReadonlyArray<ProcedureUse>
  readonly contractor: string
  /** Frequency code, the last digit of the type of bill: `1` admission to discharge, `7` replacement. */
  readonly frequency: string
  readonly discharge: { readonly code: string; readonly display: string }
  readonly stillPatient: boolean
  readonly admission: { readonly from: Day; readonly through: Day; readonly type: string; readonly source: string }
  readonly drg?: { readonly code: string; readonly weight: number }
  readonly visits: number
  readonly lupa: boolean
  readonly hospicePeriod: number
  readonly bloodPints: number
  readonly days: {
    readonly covered: number
    readonly coinsurance: number
    readonly noncovered: number
    readonly reserve: number
  }
  readonly nonPayment?: { readonly code: string; readonly display: string }
  readonly charge: Cents
  readonly noncovered: Cents
  readonly allowed: Cents
  readonly deductible: Cents
  readonly coinsurance: Cents
  readonly paid: Cents
  readonly primary: Cents
  /** Another insurance comes first, whether it paid or not. */
  readonly otherPayer: boolean
  readonly capital: { readonly total: Cents; readonly fsp: Cents; readonly dsh: Cents; readonly ime: Cents }
  readonly operatingDsh: Cents
  readonly operatingIme: Cents
  readonly uncompensated: Cents
  readonly perDiem: Cents
}

const LINE_COUNTS: Readonly<Record<FacilityType, ReturnType<typeof weighted<readonly [number, number]>>>> = {
  HHA: weighted([[[2, 4], 1]]),
  HOSPICE: weighted([
    [[1, 4], 8],
    [[5, 8], 2]
  ]),
  INPATIENT: weighted([
    [[1, 6], 8],
    [[7, 11], 2]
  ]),
  OUTPATIENT: weighted([
    [[1, 2], 7],
    [[3, 6], 3]
  ]),
  SNF: weighted([
    [[1, 6], 90],
    [[7, 20], 7],
    [[30, 67], 3]
  ])
}
const DIAGNOSES: Readonly<Record<FacilityType, readonly [number, number]>> = {
  HHA: [2, 6],
  HOSPICE: [2, 6],
  INPATIENT: [3, 12],
  OUTPATIENT: [3, 16],
  SNF: [3, 12]
}
const HOME = { code: "01", display: "Discharged to home/self-care (routine charge)." }
/** The dash is no slip: CMS's own text has it. */
const DISCHARGES = weighted([
  [HOME, 70],
  [
    {
      code: "03",
      display:
        "Discharged/transferred to skilled nursing facility (SNF) with Medicare certification in anticipation of covered skilled care."
    },
    12
  ],
  [{ code: "06", display: "Discharged/transferred to home care of organized home health service organization." }, 12],
  [{ code: "51", display: "Discharged/transferred to a Hospice – medical facility." }, 6]
])
const STILL = { code: "30", display: "Still patient." }
/** Part A coinsurance a day from the 21st day in a nursing home. */
const SNF_DAILY: Cents = 19450

const isStay = (type: FacilityType): boolean => type === "INPATIENT" || type === "SNF"

export const facilityClaim = (seed: Seed, sighting: Sighting, type: FacilityType): FacilityClaim => {
  const { slot } = sighting
  const draw = contentOf(seed, slot)
  const icd = icdAt(slot.through)
  const stay = isStay(type)
  const [fewest, most] = DIAGNOSES[type]
  const diagnoses = diagnosesOf(draw, icd, draw.between(fewest, most), {
    admitting: stay,
    reason: type === "OUTPATIENT" && draw.chance(0.5),
    external: true,
    poa: type !== "OUTPATIENT" && type !== "HOSPICE"
  })
  const bill = billing(type, draw)
  const where = facility(seed, draw.unit(), type)
  const attending = provider(seed, draw.unit())
  const surgeons = [provider(seed, draw.unit()), provider(seed, draw.unit())] as const
  const performing = provider(seed, draw.unit())
  const operated = (stay || type === "OUTPATIENT") && draw.chance(0.5)
  const assisted = operated && draw.chance(0.5)
  const length = slot.through - slot.from + 1
  const primaryPays = draw.chance(0.08)
  const lines = linesOf(draw, type, sighting)
  const charge = sum(lines, (line) => line.charge)
  const noncovered = sum(lines, (line) => line.noncovered)
  const whole = stay
    ? stayAmounts(
        draw,
        type,
        charge - noncovered,
        slot.deductible ? partADeductible(yearOf(slot.from)) : 0,
        length,
        primaryPays
      )
    : {
        allowed: sum(lines, (line) => line.allowed),
        deductible: sum(lines, (line) => line.deductible),
        coinsurance: sum(lines, (line) => line.coinsurance),
        paid: sum(lines, (line) => line.paid),
        primary: 0
      }
  const total = type === "INPATIENT" ? share(whole.paid, 0.08) : 0
  const [fsp = 0, dsh = 0, ime = 0] = split(total, [8, 1, 1])
  const stillPatient = type === "HOSPICE" || type === "HHA" || draw.chance(0.05)
  const discharge = draw.choose(DISCHARGES)
  const drg = draw.pick(DRGS)
  const procedures = operated
    ? Array.from({ length: type === "INPATIENT" ? draw.between(1, 6) : 1 }, () => ({
        procedure: procedure(draw, icd),
        on: draw.between(slot.from, slot.through)
      }))
    : []
  return {
    slot,
    sighting,
    type,
    icd,
    diagnoses,
    billing: bill,
    facility: where,
    attending,
    ...(operated ? { operating: surgeons[0] } : {}),
    ...(assisted ? { otherOperating: surgeons[1] } : {}),
    performing,
    lines,
    procedures,
    contractor: draw.pick(["14011", "13201", "06014"]),
    frequency: isReplacement(sighting) ? "7" : "1",
    discharge: stillPatient ? STILL : discharge,
    stillPatient,
    admission: {
      from: slot.from - (type === "HHA" || type === "HOSPICE" ? draw.between(0, 40) : 0),
      through: slot.through,
      type: draw.pick(["1", "2", "3"]),
      source: draw.pick(["1", "2", "4"])
    },
    ...(stay ? { drg } : {}),
    visits: draw.between(2, 12),
    lupa: draw.chance(0.3),
    hospicePeriod: draw.between(1, 3),
    bloodPints: draw.chance(0.2) ? draw.between(1, 4) : 0,
    days: { covered: length, coinsurance: type === "SNF" ? Math.max(0, length - 20) : 0, noncovered: 0, reserve: 0 },
    ...(draw.chance(0.25) ? { nonPayment: { code: "P", display: "Payment requested" } } : {}),
    charge,
    noncovered,
    ...whole,
    otherPayer: primaryPays,
    capital: { total, fsp, dsh, ime },
    operatingDsh: share(total, 0.3),
    operatingIme: share(total, 0.2),
    uncompensated: share(total, 0.1),
    perDiem: type === "INPATIENT" ? draw.between(0, 4000) : 0
  }
}

const stayAmounts = (
  draw: Stream,
  type: FacilityType,
  covered: Cents,
  owed: Cents,
  length: number,
  primaryPays: boolean
) => {
  const allowed = share(covered, 0.35 + draw.unit() * 0.3)
  const deductible = Math.min(type === "INPATIENT" ? owed : 0, allowed)
  const coinsurance = type === "SNF" ? Math.min(allowed, Math.max(0, length - 20) * SNF_DAILY) : 0
  const primary = primaryPays ? share(allowed - deductible - coinsurance, 0.4) : 0
  return { allowed, deductible, coinsurance, primary, paid: allowed - deductible - coinsurance - primary }
}

const linesOf = (draw: Stream, type: FacilityType, sighting: Sighting): ReadonlyArray<FacilityLine> => {
  const { slot } = sighting
  const all = revenues(type)
  const [fewest, most] = draw.choose(LINE_COUNTS[type])
  const factor = correction(sighting)
  let owed = type === "OUTPATIENT" && slot.deductible ? partBDeductible(yearOf(slot.from)) : 0
  const lines = Array.from({ length: draw.between(fewest, most) }, (_, index): FacilityLine => {
    const revenue = index === 0 ? all[0] : draw.pick(all)
    const units = draw.between(revenue.units[0], revenue.units[1])
    const rate = share(draw.between(revenue.rate[0] * 100, revenue.rate[1] * 100), factor)
    const charge = rate * units
    const noncovered = draw.chance(0.05) ? share(charge, 0.2) : 0
    const allowed = isStay(type) || type === "HHA" ? 0 : share(charge - noncovered, 0.4 + draw.unit() * 0.4)
    const medicare = type === "OUTPATIENT" ? partB(allowed, owed) : { deductible: 0, coinsurance: 0, paid: allowed }
    owed -= medicare.deductible
    const medicine = revenue.code === "0250" || revenue.code === "0636" || (index > 0 && draw.chance(0.05))
    const given = medicine ? { drug: { ...drug(draw), amount: draw.between(1, 500) / 10 } } : {}
    return {
      sequence: index + 1,
      revenue,
      modifiers: revenue.service !== undefined && draw.chance(0.3) ? [draw.pick(["GP", "59", "PO"])] : [],
      units,
      on: draw.between(slot.from, slot.through),
      rate,
      charge,
      noncovered,
      allowed,
      ...medicare,
      ...given,
      reasons: draw.chance(0.3) ? (draw.chance(0.5) ? ["CO45"] : ["CO45", "PR1"]) : [],
      performing: draw.chance(0.7)
    }
  })
  if (type !== "HHA") return lines
  // Home health is paid for the episode: all of it stands on the first line.
  const episode = share(
    sum(lines, (line) => line.charge - line.noncovered),
    0.75
  )
  return lines.map((line, index) => (index === 0 ? { ...line, allowed: episode, paid: episode } : line))
}
