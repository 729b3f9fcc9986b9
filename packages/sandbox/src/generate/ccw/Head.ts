import type { ClaimType } from "../claims/ClaimType.ts"
import { CCW_FLOOR_SHOWN } from "../claims/History.ts"
import type { Sighting } from "../claims/Sighting.ts"
import { easternInstant, isoDay, utcInstant } from "../Dates.ts"
import { ccwClaim, claimGroup } from "../Ids.ts"
import type { Seed } from "../Random.ts"

/** What every v1 and v2 ExplanationOfBenefit begins with. */
export interface Head {
  readonly type: ClaimType
  /** `carrier--10000931498648`: the type, a hyphen, the claim's (negative) number. */
  readonly id: string
  readonly number: string
  readonly group: string
  readonly patient: string
  readonly status: "active" | "cancelled"
  readonly start: string
  readonly end: string
  readonly lastUpdated: string
}

/** The id of a claim's version in v1 and v2; claims are sorted by it as text. */
export const ccwId = (seed: Seed, { slot, variant }: Sighting): string =>
  `${slot.type.toLowerCase()}-${ccwClaim(seed, slot.key, variant)}`

export const headOf = (seed: Seed, sighting: Sighting): Head => {
  const { lastUpdated, slot } = sighting
  const id = ccwId(seed, sighting)
  return {
    type: slot.type,
    id,
    number: id.slice(slot.type.length + 1),
    group: claimGroup(seed, slot.key),
    patient: slot.person.ccw,
    status: sighting.final ? "active" : "cancelled",
    start: isoDay(slot.from),
    end: isoDay(slot.through),
    // Records that were there before CMS kept the time are the only ones in UTC.
    lastUpdated: lastUpdated === CCW_FLOOR_SHOWN ? utcInstant(lastUpdated) : easternInstant(lastUpdated)
  }
}
