import { type Day, day, isoDay, monthStart } from "./Dates.ts"
import * as Ids from "./Ids.ts"
import { type Json, quote } from "./Json.ts"
import { digits, familyName, givenName } from "./Names.ts"
import { hashText, type Seed, stream, weighted } from "./Random.ts"

/** A stretch of days, the end included; without an end it still runs. */
export interface Period {
  readonly start: Day
  readonly end?: Day
}

/** A plan of a private insurer under contract with Medicare (Part C or D). */
export interface Plan {
  /** 0 to 9; v1 and v2 call the contract `Z1000` to `Z1009`, v3 `Z0001` to `Z0010`. */
  readonly contract: number
  /** Plan benefit package. */
  readonly package: string
  readonly period: Period
  /** Whether the insurer's address is known: only then v3 says who pays. */
  readonly insurer?: string
}

/** What a person is enrolled in. v1 and v2 always show Parts A to D, enrolled or not; v3 shows only what is here. */
export interface Enrollment {
  readonly a?: Period
  readonly b?: Period
  readonly c?: Plan
  readonly d?: Plan & { readonly member: string; readonly subsidy: number; readonly costShare: ReadonlyArray<string> }
  readonly dual?: { readonly status: string; readonly kind: string; readonly period: Period }
}

export interface Mbi {
  readonly value: string
  readonly period: Period
}

export interface State {
  readonly usps: string
  /** CMS's own number for the state (Social Security Administration code), which v1 shows. */
  readonly ssa: string
  readonly fips: string
  readonly zips: string
}

/** A person as Medicare knows them, whatever the API version. */
export interface Person {
  readonly index: Ids.PersonIndex
  /** Id in v1 and v2. */
  readonly ccw: string
  /** Id in v3. */
  readonly idr: string
  /** The current MBI first, then those it replaced, newest first. */
  readonly mbis: readonly [Mbi, ...Array<Mbi>]
  readonly family: string
  readonly given: ReadonlyArray<string>
  /** What v1 and v2 append to the family name and the first name. */
  readonly digits: readonly [string, string]
  readonly female: boolean
  readonly birth: Day
  readonly death?: Day
  /** CMS race code, `0` to `6`. */
  readonly race: string
  readonly state: State
  readonly zip: string
  readonly language: string
  /** Medicare status: `10` aged, `11` aged with kidney failure, `20` disabled, `21` both. */
  readonly status: string
  readonly enrollment: Enrollment
  /** Ids (v3) of records that turned out to be the same person. */
  readonly merged: ReadonlyArray<string>
}

const PERSON = hashText("person")
const ENROLLMENT = hashText("enrollment")

const STATES = weighted<State>([
  [{ usps: "MA", ssa: "22", fips: "25", zips: "010" }, 60],
  [{ usps: "RI", ssa: "41", fips: "44", zips: "028" }, 8],
  [{ usps: "NH", ssa: "30", fips: "33", zips: "030" }, 8],
  [{ usps: "ME", ssa: "20", fips: "23", zips: "039" }, 8],
  [{ usps: "VT", ssa: "47", fips: "50", zips: "050" }, 8],
  [{ usps: "CT", ssa: "07", fips: "09", zips: "060" }, 8]
])
const RACES = weighted([
  ["1", 76],
  ["5", 12],
  ["2", 5],
  ["4", 4],
  ["3", 1],
  ["6", 1],
  ["0", 1]
])
const STATUSES = weighted([
  ["10", 76],
  ["11", 4],
  ["20", 16],
  ["21", 4]
])
const MBI_COUNTS = weighted([
  [1, 80],
  [2, 14],
  [3, 5],
  [4, 1]
])
const PARTS = weighted([
  ["ab", 89],
  ["a", 4],
  ["b", 4],
  ["", 3]
])
const DUAL_STATUSES = ["01", "02", "03", "04", "05", "06", "08"] as const
const COST_SHARES = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"] as const
const INSURERS = ["Bluestem Health Plan", "Kettle & Pine Mutual", "Harborlight Insurance"] as const

/** The person at a place. Cheap enough to be made anew for each resource type. */
export const person = (seed: Seed, index: Ids.PersonIndex): Person => {
  const draw = stream(seed, index, PERSON, 0)
  const female = draw.chance(0.54)
  const family = familyName(draw)
  const given = [givenName(draw, female)]
  if (draw.chance(0.4)) given.push(givenName(draw, female).slice(0, 1))
  const birth = day(draw.between(1936, 1955), draw.between(1, 12), draw.between(1, 28))
  const status = draw.choose(STATUSES)
  const state = draw.choose(STATES)
  const lastDay = Math.max(day(draw.between(2016, 2034), draw.between(1, 12), draw.between(1, 28)), birth + 70 * 366)
  const death = draw.chance(0.2) ? lastDay : undefined
  const race = draw.choose(RACES)
  const zip = state.zips + String(draw.between(1, 99)).padStart(2, "0")
  const language = draw.chance(0.85) ? "en" : draw.chance(0.8) ? "es" : "unknown"
  const tails = [digits(draw), digits(draw)] as const
  // People with a disability have Medicare before they are 65.
  const start = monthStart(birth + Math.floor(365.25 * (status.startsWith("2") ? draw.between(48, 58) : 65)))
  return {
    index,
    ccw: Ids.ccwPatient(index),
    idr: Ids.idrPatient(seed, index),
    mbis: mbis(seed, index),
    family,
    given,
    digits: tails,
    female,
    birth,
    ...(death === undefined ? {} : { death }),
    race,
    state,
    zip,
    language,
    status,
    enrollment: enrollment(seed, index, start, death),
    merged: draw.chance(0.02) ? [`-${draw.between(1_000_000, 9_999_999)}`] : []
  }
}

const MBIS = hashText("mbi")

const mbis = (seed: Seed, index: Ids.PersonIndex): Person["mbis"] => {
  const draw = stream(seed, index, MBIS, 0)
  const count = draw.choose(MBI_COUNTS)
  let start = day(draw.between(2017, 2019), draw.between(1, 12), draw.between(1, 28))
  const older: Array<Mbi> = []
  for (let i = 1; i < count; i++) {
    const next = start + draw.between(90, 700)
    older.unshift({ value: Ids.retiredMbi(draw), period: { start, end: next - 1 } })
    start = next
  }
  return [{ value: Ids.currentMbi(index), period: { start } }, ...older]
}

const enrollment = (seed: Seed, index: Ids.PersonIndex, start: Day, death: Day | undefined): Enrollment => {
  const draw = stream(seed, index, ENROLLMENT, 0)
  const parts = draw.choose(PARTS)
  const until = (from: Day): Period => (death === undefined ? { start: from } : { start: from, end: death })
  const plan = (period: Period): Plan => ({
    contract: draw.between(0, 9),
    package: String(draw.between(1, 40)).padStart(3, "0"),
    period,
    ...(draw.chance(0.3) ? { insurer: draw.pick(INSURERS) } : {})
  })
  const advantage = draw.chance(0.3)
  const drugs = draw.chance(0.9)
  const dual = draw.chance(0.25)
  // A stay in a private plan ends before the first claim: claims of such a time never reach BCDA.
  const c = plan({ start: start + 31, end: Math.max(start + 365, day(2013, 12, 31)) })
  const d = plan(until(Math.max(start, day(2011, 1, 1))))
  const kind = draw.pick(["F", "N"])
  const status = draw.pick(DUAL_STATUSES)
  const costShare = Array.from({ length: 12 }, () => draw.pick(COST_SHARES))
  const subsidy = draw.pick([25, 50, 75, 100])
  const member = draw.text("0123456789", 9)
  if (parts === "") return {}
  return {
    ...(parts.includes("a") ? { a: until(start) } : {}),
    ...(parts.includes("b") ? { b: until(start) } : {}),
    ...(advantage ? { c } : {}),
    ...(drugs ? { d: { ...d, member, subsidy, costShare } } : {}),
    ...(dual ? { dual: { status, kind, period: until(start + 200) } } : {})
  }
}

/** Whether a period has ended by a day. */
export const isOver = (period: Period, at: Day): boolean => period.end !== undefined && period.end < at

/** The first name as v1 and v2 show it, then initials. */
export const givenWithDigits = (who: Person): ReadonlyArray<string> =>
  who.given.map((name, position) => (position === 0 ? name + who.digits[1] : name))

export const familyWithDigits = (who: Person): string => who.family + who.digits[0]

/** A plan's contract number in v1 and v2. */
export const ccwContract = (plan: Plan): string => `Z${1000 + plan.contract}`

/** A plan's contract number in v3. */
export const idrContract = (plan: Plan): string => `Z${String(plan.contract + 1).padStart(4, "0")}`

/** The day of death, printed, once it has happened. */
export const deathBy = (who: Person, at: Day): Json | undefined =>
  who.death !== undefined && who.death <= at ? quote(isoDay(who.death)) : undefined
