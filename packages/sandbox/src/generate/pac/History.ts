import { countAt } from "../claims/ClaimType.ts"
import { loadInstant } from "../claims/History.ts"
import { type Facility, facility } from "../claims/Providers.ts"
import { type Diagnosis, diagnosis } from "../codes/Diagnoses.ts"
import { type Billing, billing, DRGS } from "../codes/Facility.ts"
import { type Procedure, procedure } from "../codes/Services.ts"
import { type Day, dayOf, type Instant } from "../Dates.ts"
import type { Cents } from "../Money.ts"
import { isOver, type Person } from "../People.ts"
import { hashText, type Seed, type Stream, scramble, stream } from "../Random.ts"
import { type PendingLine, pendingLines } from "./Lines.ts"

/** Which system works on a claim: FISS for facilities, MCS for doctors. Supplies are not shown while at work. */
export type Processor = "fiss" | "mcs"

/** A claim that Medicare is still working on, or finished less than 60 days ago, as v2 shows it. */
export interface PendingClaim {
  readonly person: Person
  readonly processor: Processor
  /** The claim's number with its sign: 22 hex digits (FISS) or 14 (MCS). */
  readonly number: string
  readonly from: Day
  readonly through: Day
  readonly received: Day
  /** When the status was reached; also `lastUpdated`. */
  readonly updated: Instant
  /** The processor's own status code, and what it means in FHIR. */
  readonly status: string
  readonly outcome: "queued" | "partial" | "complete"
  readonly cancelled: boolean
  readonly total: Cents
  readonly diagnoses: ReadonlyArray<Diagnosis>
  readonly procedure?: Procedure & { readonly on: Day }
  readonly billing: Billing
  readonly admissionType?: string
  readonly drg?: string
  readonly facility: Facility
  /** Empty on every second claim. */
  readonly lines: ReadonlyArray<PendingLine>
}

/** A claim disappears this long after its last change. */
const LIFE_DAYS = 60
/** Services are laid out in windows of this many days. */
const WINDOW = 60
/** Longest time from the end of a service to the claim's last change. */
const LONGEST = 45

/**
 * How many claims of a window a person has: shares and percentiles of CMS's 2025 release of synthetic people (39% have any FISS claim, 12% any
 * MCS claim), brought down a quarter because a claim is seen for longer than a window.
 */
const COUNTS = {
  fiss: { any: 0.3, p50: 0, p90: 3, p99: 18, max: 40 },
  mcs: { any: 0.11, p50: 0, p90: 1, p99: 18, max: 120 }
} as const

const PURPOSE = { fiss: hashText("pac-fiss"), mcs: hashText("pac-mcs") } as const
const CONTENT = { fiss: hashText("pac-fiss-claim"), mcs: hashText("pac-mcs-claim") } as const

const queued = { fiss: ["A"], mcs: ["A", "1"] } as const
const partial = { fiss: ["S", "T", "I"], mcs: ["C", "L", "3"] } as const
/** R of FISS, and R and Z of MCS, cancel the claim. */
const complete = { fiss: ["P", "P", "P", "D", "R"], mcs: ["D", "E", "4", "5", "R", "Z"] } as const

const word = (value: number, key: number): string => scramble(value, key).toString(16).padStart(8, "0")

const numberOf = (seed: Seed, index: number, place: number, processor: Processor): string => {
  const first = word(index, seed ^ PURPOSE[processor])
  // Multiplying by an odd number keeps 24-bit numbers apart.
  const second = (Math.imul(place, 0x9e3779b1) & 0xffffff).toString(16).padStart(6, "0")
  return processor === "mcs" ? `-${first}${second}` : `-${first}${second}${word(place, seed ^ index)}`
}

/** The pending claims of a person at a time, FISS before MCS, as CMS orders them by id. */
export const pendingClaims = (seed: Seed, who: Person, until: Instant): ReadonlyArray<PendingClaim> => {
  const last = dayOf(until)
  const found: Array<PendingClaim> = []
  for (const processor of ["fiss", "mcs"] as const) {
    const first = Math.floor((last - LIFE_DAYS - LONGEST - WINDOW) / WINDOW)
    for (let window = first; window <= Math.floor(last / WINDOW); window++) {
      const draw = stream(seed, who.index, PURPOSE[processor], window)
      const count = Math.round(countAt(COUNTS[processor], draw.unit()))
      for (let i = 0; i < count; i++) {
        const claim = pending(seed, who, processor, window * 256 + i, window * WINDOW, until)
        if (claim !== undefined) found.push(claim)
      }
    }
  }
  return found
}

const pending = (
  seed: Seed,
  who: Person,
  processor: Processor,
  place: number,
  window: Day,
  until: Instant
): PendingClaim | undefined => {
  const draw = stream(seed, who.index, CONTENT[processor], place)
  const from = window + draw.between(0, WINDOW - 1)
  const { a, b } = who.enrollment
  const covered = processor === "fiss" ? (a ?? b) : b
  if (covered === undefined || from < covered.start || isOver(covered, from)) return undefined
  const bill = billing(draw.pick(["OUTPATIENT", "INPATIENT", "SNF", "HHA"]), draw)
  const stay = processor === "fiss" && bill.line === "V"
  const through = from + (stay ? draw.between(1, 10) : 0)
  const state = stateAt(seed, draw, processor, through, until)
  if (state === undefined) return undefined
  const operated = processor === "fiss" && draw.chance(0.3)
  const what = procedure(draw, 10)
  const on = draw.between(from, through)
  return {
    person: who,
    processor,
    number: numberOf(seed, who.index, place, processor),
    from,
    through,
    ...state,
    total: processor === "fiss" ? draw.between(20_000, 6_000_000) : draw.between(5_000, 90_000),
    diagnoses: Array.from({ length: draw.between(1, 4) }, () => diagnosis(draw, 10)),
    ...(operated ? { procedure: { ...what, on } } : {}),
    billing: bill,
    ...(stay ? { admissionType: draw.pick(["1", "2", "3"]), drg: draw.pick(DRGS).code } : {}),
    facility: facility(seed, draw.unit(), "OUTPATIENT"),
    lines: pendingLines(seed, who.index, processor, place, from, through)
  }
}

/** What the processor says at a time: queued, then partial, then complete; nothing before it got the claim, nothing 60 days after. */
const stateAt = (seed: Seed, draw: Stream, processor: Processor, through: Day, until: Instant) => {
  const received = through + draw.between(1, 8)
  const jitter = draw.unit()
  const started = received + 1 + draw.between(1, 5)
  const finished = started + draw.between(3, 25)
  const words = {
    queued: draw.pick([...queued[processor]]),
    partial: draw.pick([...partial[processor]]),
    complete: draw.pick([...complete[processor]])
  }
  const steps = [
    ["complete", finished],
    ["partial", started],
    ["queued", received + 1]
  ] as const
  for (const [outcome, on] of steps) {
    const updated = loadInstant(seed, on, jitter)
    if (updated > until) continue
    if (dayOf(until) - on > LIFE_DAYS) return undefined
    const status = words[outcome]
    return {
      received,
      updated,
      outcome,
      status,
      cancelled: outcome === "complete" && (status === "R" || status === "Z")
    }
  }
  return undefined
}
