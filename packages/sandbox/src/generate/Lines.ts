import { type ApiVersion, type ClaimFilter, pause, type ResourceType, type Unavailable } from "../DataSource.ts"
import { ccwId, headOf } from "./ccw/Head.ts"
import { type FacilityType } from "./claims/ClaimType.ts"
import { slots } from "./claims/History.ts"
import { facilityClaim } from "./claims/Institutional.ts"
import { pharmacyClaim } from "./claims/Pharmacy.ts"
import { professionalClaim } from "./claims/Professional.ts"
import { ccwSightings, idrSightings, isWanted, type Sighting } from "./claims/Sighting.ts"
import { easternSecond, type Instant, isoDay } from "./Dates.ts"
import { currentMbi, idrClaim, type PersonIndex } from "./Ids.ts"
import type { Json } from "./Json.ts"
import { type Person, person } from "./People.ts"
import { pendingClaim } from "./pac/Claim.ts"
import { pendingResponse } from "./pac/ClaimResponse.ts"
import { pendingClaims } from "./pac/History.ts"
import type { Seed } from "./Random.ts"
import { ccwUpdate, idrUpdate } from "./Updates.ts"
import { coveragesV1 } from "./v1/Coverage.ts"
import { facilityV1 } from "./v1/Facility.ts"
import { patientV1 } from "./v1/Patient.ts"
import { pharmacyV1 } from "./v1/Pharmacy.ts"
import { professionalV1 } from "./v1/Professional.ts"
import { coveragesV2 } from "./v2/Coverage.ts"
import { facilityV2 } from "./v2/Facility.ts"
import { patientV2 } from "./v2/Patient.ts"
import { pharmacyV2 } from "./v2/Pharmacy.ts"
import { professionalV2 } from "./v2/Professional.ts"
import { coveragesV3 } from "./v3/Coverage.ts"
import { facilityV3 } from "./v3/Facility.ts"
import { patientV3 } from "./v3/Patient.ts"
import { pharmacyV3 } from "./v3/Pharmacy.ts"
import { professionalV3 } from "./v3/Professional.ts"

/** What is wanted of each person. */
export interface Wanted {
  readonly seed: Seed
  readonly scale: number
  readonly version: ApiVersion
  readonly type: ResourceType
  readonly since?: Instant | undefined
  readonly until: Instant
  readonly filter: ClaimFilter
  /** The first of the list's people; the others follow. */
  readonly start: PersonIndex
  /** Places on the list of people whom the claims server does not know, and for whom it fails. */
  readonly unknown: ReadonlySet<number>
  readonly failing: ReadonlySet<number>
}

/** The lines of one type for the people at some places of the list, made one at a time as they are asked for, with a pause after each person. */
export function* lines(wanted: Wanted, places: ReadonlyArray<number>): Generator<string | Unavailable | typeof pause> {
  for (const place of places) {
    const index = wanted.start + place
    const why = unavailable(wanted, place)
    if (why === undefined) yield* linesOf(wanted, person(wanted.seed, index))
    else if (why !== "nothing") yield { why, mbi: currentMbi(index) }
    yield pause
  }
}

/**
 * What stands in the way of a person's resources. BCDA asks for open claims by MBI, without looking the person up: the claims server then just
 * has nothing of people whom it does not know.
 */
const unavailable = ({ failing, type, unknown }: Wanted, place: number): Unavailable["why"] | "nothing" | undefined =>
  unknown.has(place)
    ? type === "Claim" || type === "ClaimResponse"
      ? "nothing"
      : "unknown"
    : failing.has(place)
      ? "failed"
      : undefined

const linesOf = (wanted: Wanted, who: Person): Iterable<Json> => {
  switch (wanted.type) {
    case "Patient":
    case "Coverage":
      return records(wanted, who)
    case "ExplanationOfBenefit":
      return wanted.version === "v3" ? claimsV3(wanted, who) : claimsV1V2(wanted, who, wanted.version)
    case "Claim":
    case "ClaimResponse":
      return pendings(wanted, who)
  }
}

const records = ({ seed, since, type, until, version }: Wanted, who: Person): ReadonlyArray<Json> => {
  const updated = version === "v3" ? idrUpdate(seed, who.index, until) : ccwUpdate(seed, who.index, until)
  if (updated === undefined || (since !== undefined && updated <= since)) return []
  const patient = type === "Patient"
  switch (version) {
    case "v1":
      return patient ? [patientV1(seed, who, updated)] : coveragesV1(who, updated)
    case "v2":
      return patient ? [patientV2(who, updated)] : coveragesV2(who, updated)
    case "v3":
      return patient ? [patientV3(who, updated)] : coveragesV3(who, updated)
  }
}

/** Claims sorted by id as text, as v1 and v2 are. */
const sorted = (found: ReadonlyArray<Sighting>, id: (of: Sighting) => string): ReadonlyArray<Sighting> =>
  found
    .map((sighting) => ({ sighting, id: id(sighting) }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ sighting }) => sighting)

function* claimsV1V2(
  { filter, scale, seed, since, until }: Wanted,
  who: Person,
  version: "v1" | "v2"
): Generator<Json> {
  const found = slots(seed, who, scale)
    .flatMap((slot) => ccwSightings(slot, until))
    .filter((sighting) => isWanted(sighting, filter, since, "ccw"))
  const created = easternSecond(until)
  for (const sighting of sorted(found, (of) => ccwId(seed, of))) {
    const { type } = sighting.slot
    const head = headOf(seed, sighting)
    if (type === "PDE") {
      const claim = pharmacyClaim(seed, sighting)
      yield version === "v1" ? pharmacyV1(claim, head) : pharmacyV2(claim, head, created)
    } else if (type === "CARRIER" || type === "DME") {
      const claim = professionalClaim(seed, sighting)
      yield version === "v1" ? professionalV1(claim, head) : professionalV2(claim, head, created)
    } else {
      const claim = facilityClaim(seed, sighting, type satisfies FacilityType)
      yield version === "v1" ? facilityV1(claim, head) : facilityV2(claim, head, created)
    }
  }
}

function* claimsV3({ filter, scale, seed, since, until }: Wanted, who: Person): Generator<Json> {
  const found = slots(seed, who, scale)
    .flatMap((slot) => idrSightings(seed, slot, until))
    .filter((sighting) => isWanted(sighting, filter, since, "idr"))
  for (const sighting of sorted(found, ({ slot, variant }) => idrClaim(seed, slot.key, variant))) {
    const { type } = sighting.slot
    if (type === "PDE") yield pharmacyV3(seed, pharmacyClaim(seed, sighting))
    else if (type === "CARRIER" || type === "DME") yield professionalV3(seed, professionalClaim(seed, sighting))
    else yield facilityV3(seed, facilityClaim(seed, sighting, type))
  }
}

/** Claims still at work, v2 only. The service-date filter of a runout export holds for them too. */
function* pendings({ filter, seed, since, type, until, version }: Wanted, who: Person): Generator<Json> {
  if (version !== "v2") return
  for (const claim of pendingClaims(seed, who, until)) {
    if (since !== undefined && claim.updated <= since) continue
    const through = isoDay(claim.through)
    if (filter.serviceFrom !== undefined && through < filter.serviceFrom) continue
    if (filter.serviceTo !== undefined && through > filter.serviceTo) continue
    yield type === "Claim" ? pendingClaim(claim, until) : pendingResponse(claim, until)
  }
}
