import { ccwShown, IDR_FLOOR, idrLoad, loadInstant } from "./claims/History.ts"
import { day, dayOf, type Instant, yearOf } from "./Dates.ts"
import type { PersonIndex } from "./Ids.ts"
import { hashText, type Seed, stream } from "./Random.ts"

/**
 * When a person's own record (Patient and Coverage) was last loaded: once a year, on a day of the person's own, so that any `_since` within
 * the last year selects some people and not all.
 */

const UPDATE = hashText("update")
const FIRST_YEAR = 2019

const refresh = (seed: Seed, index: PersonIndex, year: number) => {
  const draw = stream(seed, index, UPDATE, year)
  return { on: day(year, 1, 1) + draw.between(3, 360), jitter: draw.unit() }
}

/** v1 and v2; all five records of a person have it in common. Nothing before there was any. */
export const ccwUpdate = (seed: Seed, index: PersonIndex, until: Instant): Instant | undefined => {
  for (let year = yearOf(dayOf(until)); year >= FIRST_YEAR; year--) {
    const { jitter, on } = refresh(seed, index, year)
    const at = ccwShown(loadInstant(seed, on, jitter))
    if (at <= until) return at
  }
  return undefined
}

/** v3, whose first load was in March 2026. */
export const idrUpdate = (seed: Seed, index: PersonIndex, until: Instant): Instant | undefined => {
  for (let year = yearOf(dayOf(until)); year >= FIRST_YEAR; year--) {
    const { jitter, on } = refresh(seed, index, year)
    if (on < IDR_FLOOR) break
    const at = loadInstant(seed, on, jitter)
    if (at <= until) return at
  }
  const first = idrLoad(seed, IDR_FLOOR, refresh(seed, index, FIRST_YEAR).jitter)
  return first <= until ? first : undefined
}
