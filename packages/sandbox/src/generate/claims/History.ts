import { DAY_MILLIS, type Day, day, fridayFrom, type Instant, midnight, yearOf } from "../Dates.ts"
import { CLAIMS_PER_PERSON, type ClaimKey } from "../Ids.ts"
import { type Period, type Person } from "../People.ts"
import { hashText, type Seed, scramble, stream } from "../Random.ts"
import { type ClaimType, claimTypes, countAt, traits } from "./ClaimType.ts"

/**
 * When things happened: the dates of every claim of a person, without its content.
 *
 * The data is alive. Claims are laid out from 2014 to the end of 2035 and become visible when they are loaded, a few weeks after the service;
 * some are adjusted or voided later. What an export shows depends on its upper bound (`Selection.until`) alone, so an export of today and one
 * with `_since` of the last one's transaction time together are what a full export of tomorrow is.
 */
export interface Slot {
  readonly person: Person
  readonly type: ClaimType
  readonly key: ClaimKey
  readonly from: Day
  readonly through: Day
  readonly received: Day
  /** The Friday that ended the week of processing. */
  readonly processed: Day
  /** When v1 and v2 (CCW) got the claim, and v3 (IDR). */
  readonly loaded: { readonly ccw: Instant; readonly idr: Instant }
  /** When the claim, and then its replacement, stopped being the last word. Only the last may have no replacement. */
  readonly closings: ReadonlyArray<Closing>
  /** v3 also has the claim as its own processing system saw it. */
  readonly shared: boolean
  /** The first claim of its year that bears the year's deductible (Part B), or the first hospital stay of its year (Part A). */
  readonly deductible: boolean
}

export interface Closing {
  readonly ccw: Instant
  readonly idr: Instant
  /** Another version took its place; otherwise the claim is void. */
  readonly replaced: boolean
}

/** First and last day on which a service can begin. */
export const FIRST_DAY = day(2014, 1, 1)
export const LAST_DAY = day(2035, 12, 31)
/** v1 and v2 give everything loaded before this day the same `lastUpdated`, 2020-01-01. */
const CCW_FLOOR = day(2020, 2, 12)
export const CCW_FLOOR_SHOWN: Instant = midnight(day(2020, 1, 1))
/** v3 has nothing older: neither loads nor services. */
export const IDR_FLOOR = day(2026, 3, 26)
export const IDR_FIRST_SERVICE = day(2021, 3, 1)
/** How many years of the published counts the layout is. */
const SPAN = (LAST_DAY - FIRST_DAY) / 365.25 / 8

const COUNT = hashText("count")
const SLOT = hashText("slot")
const LOAD = hashText("load")

/**
 * An instant in the load of a day: loads are batches, so thousands of records share a second and differ in milliseconds.
 * `jitter` is 0 to 1 and tells the records of a batch apart.
 */
export const loadInstant = (seed: Seed, at: Day, jitter: number): Instant => {
  const draw = stream(seed, at, LOAD, 0)
  const second = draw.between(13 * 3600, 21 * 3600)
  return midnight(at) + (second + Math.floor(jitter * 4)) * 1000 + Math.floor(((jitter * 4) % 1) * 1000)
}

/** An instant as v1 and v2 show it in `lastUpdated`. */
export const ccwShown = (instant: Instant): Instant => (instant < midnight(CCW_FLOOR) ? CCW_FLOOR_SHOWN : instant)

/** The load in which v3 got a record: never before there was v3. */
export const idrLoad = (seed: Seed, at: Day, jitter: number): Instant =>
  loadInstant(seed, Math.max(at, IDR_FLOOR), jitter)

const enrolled = (who: Person, part: "a" | "b" | "d"): Period | undefined =>
  part === "d" ? who.enrollment.d?.period : who.enrollment[part]

/** All claims of a person, loaded or not, oldest ordinal first. `scale` 1 gives CMS's published numbers. */
export const slots = (seed: Seed, who: Person, scale: number): ReadonlyArray<Slot> => {
  const found: Array<Slot> = []
  let ordinal = 0
  const counts = stream(seed, who.index, COUNT, 0)
  for (const type of claimTypes) {
    const { counts: published, part } = traits[type]
    const exact = countAt(published, counts.unit()) * SPAN * scale
    const rounded = Math.floor(exact) + (counts.chance(exact % 1) ? 1 : 0)
    // Who has any at full scale has one at every scale, so that a small set of people shows all types.
    const count = exact > 0 ? Math.max(1, rounded) : 0
    const period = enrolled(who, part)
    for (let i = 0; i < count && ordinal < CLAIMS_PER_PERSON; i++, ordinal++) {
      const slot = period === undefined ? undefined : place(seed, who, type, ordinal, period)
      if (slot !== undefined) found.push(slot)
    }
  }
  return withDeductibles(found)
}

const place = (seed: Seed, who: Person, type: ClaimType, ordinal: number, period: Period): Slot | undefined => {
  const draw = stream(seed, who.index, SLOT, ordinal)
  const from = draw.between(FIRST_DAY, LAST_DAY)
  const through = from + traits[type].length(draw)
  if (from < period.start || (period.end !== undefined && through > period.end)) return undefined
  const received = through + draw.between(3, 14)
  const processed = fridayFrom(received + draw.between(1, 14))
  const landing = processed + draw.between(1, 6)
  const jitter = draw.unit()
  const fate = draw.unit()
  const first = landing + draw.between(30, 200)
  const shared = draw.chance(traits[type].shared)
  const second = first + draw.between(30, 200)
  const closing = (on: Day, replaced: boolean): Closing => ({
    ccw: loadInstant(seed, on, jitter),
    idr: idrLoad(seed, on + 1, jitter),
    replaced
  })
  return {
    person: who,
    type,
    key: who.index * CLAIMS_PER_PERSON + ordinal,
    from,
    through,
    received,
    processed,
    loaded: { ccw: loadInstant(seed, landing, jitter), idr: idrLoad(seed, landing + 1, jitter) },
    closings:
      fate >= 0.06 ? [] : [closing(first, fate < 0.045), ...(fate < 0.01 ? [closing(second, fate < 0.007)] : [])],
    shared,
    deductible: false
  }
}

const deductibleOf = (slot: Slot): string | undefined => {
  const { part } = traits[slot.type]
  if (slot.type === "HHA" || slot.type === "HOSPICE" || slot.type === "SNF" || part === "d") return undefined
  return `${part}${yearOf(slot.from)}`
}

const withDeductibles = (found: ReadonlyArray<Slot>): ReadonlyArray<Slot> => {
  const first = new Map<string, Slot>()
  for (const slot of found) {
    const kind = deductibleOf(slot)
    if (kind === undefined) continue
    const other = first.get(kind)
    if (other === undefined || slot.from < other.from) first.set(kind, slot)
  }
  const bearers = new Set(first.values())
  return found.map((slot) => (bearers.has(slot) ? { ...slot, deductible: true } : slot))
}

/** Whether a claim is one of those, one in `many`, of which something rare is true. `what` tells one rare thing from another. */
export const isOneIn = (many: number, what: number, { key }: Slot): boolean => scramble(key, what) % many === 0

/** Milliseconds in a number of days. */
export const days = (count: number): Instant => count * DAY_MILLIS
