import type { Day } from "../Dates.ts"
import type { Stream } from "../Random.ts"

/** The eight kinds of ExplanationOfBenefit, by the code in `https://bluebutton.cms.gov/resources/codesystem/eob-type`. */
export const claimTypes = ["CARRIER", "DME", "HHA", "HOSPICE", "INPATIENT", "OUTPATIENT", "SNF", "PDE"] as const
export type ClaimType = (typeof claimTypes)[number]
export type ProfessionalType = "CARRIER" | "DME"
export type FacilityType = "HHA" | "HOSPICE" | "INPATIENT" | "OUTPATIENT" | "SNF"

/** What is known about a type before any claim of it is made. */
export interface Traits {
  /** Share of people who have any, then the number of claims of a person in the middle, at the 90th and the 99th percentile, and at most. */
  readonly counts: {
    readonly any: number
    readonly p50: number
    readonly p90: number
    readonly p99: number
    readonly max: number
  }
  /** The part of Medicare that pays. */
  readonly part: "a" | "b" | "d"
  /** Days from the first to the last day of service. */
  readonly length: (draw: Stream) => Day
  /** How likely v3 also has the claim from the system that processed it. */
  readonly shared: number
}

const within = (low: number, high: number) => (draw: Stream) => draw.between(low, high)

/**
 * Counts are those that CMS published for the synthetic people behind v1 and v2 (release of 2021-08-16, 10,000 people, claims of about
 * eight years).
 */
export const traits: Readonly<Record<ClaimType, Traits>> = {
  CARRIER: {
    counts: { any: 0.97, p50: 27, p90: 56, p99: 61, max: 74 },
    part: "b",
    length: (draw) => (draw.chance(0.85) ? 0 : draw.between(1, 8)),
    shared: 0.5
  },
  DME: {
    counts: { any: 0.68, p50: 1, p90: 2, p99: 3, max: 4 },
    part: "b",
    length: (draw) => (draw.chance(0.7) ? 0 : draw.between(1, 30)),
    shared: 0.5
  },
  HHA: { counts: { any: 0.13, p50: 0, p90: 9, p99: 29, max: 57 }, part: "b", length: within(10, 30), shared: 0.5 },
  HOSPICE: { counts: { any: 0.23, p50: 0, p90: 1, p99: 1, max: 3 }, part: "a", length: within(5, 30), shared: 0.5 },
  INPATIENT: {
    counts: { any: 0.82, p50: 2, p90: 10, p99: 46, max: 149 },
    part: "a",
    length: within(1, 12),
    shared: 0.5
  },
  OUTPATIENT: {
    counts: { any: 1, p50: 21, p90: 58, p99: 350, max: 1766 },
    part: "b",
    length: (draw) => (draw.chance(0.9) ? 0 : draw.between(1, 5)),
    shared: 0.5
  },
  SNF: { counts: { any: 0.32, p50: 0, p90: 1, p99: 2, max: 4 }, part: "a", length: within(6, 30), shared: 0.5 },
  PDE: { counts: { any: 0.93, p50: 11, p90: 44, p99: 256, max: 1470 }, part: "d", length: within(0, 0), shared: 0 }
}

/**
 * A person's number of claims of a type over the published eight years: the quantile function through the published points. Beyond nine in ten
 * it climbs late and steeply, or the mean would be far above the published one.
 */
export const countAt = ({ any, p50, p90, p99, max }: Traits["counts"], unit: number): number => {
  const none = 1 - any
  if (unit < none) return 0
  const points = [
    ...(none < 0.5 ? [[0.5, p50] as const] : []),
    ...(none < 0.9 ? [[0.9, p90] as const] : []),
    [0.99, p99] as const
  ]
  let low = none
  let from = 1
  for (const [high, to] of [...points, [1, max] as const]) {
    if (unit <= high) {
      const way = (unit - low) / (high - low)
      return from + (to - from) * (high > 0.9 ? way * way * way : way)
    }
    low = high
    from = to
  }
  return max
}
