import type { ClaimFilter } from "../../DataSource.ts"
import { type Instant, isoDay } from "../Dates.ts"
import { hashText, type Seed, stream } from "../Random.ts"
import { ccwShown, IDR_FIRST_SERVICE, idrLoad, type Slot } from "./History.ts"

/** Where v3 got a claim from: settled (NCH, and DDPS for drugs), or as its processing system still has it. */
export type System = "NationalClaimsHistory" | "DDPS" | "SharedSystem"

/** One version of a claim as one export shows it. */
export interface Sighting {
  readonly slot: Slot
  /** 0 the claim, 1 its replacement, 2 the processing system's version. Each has ids of its own. */
  readonly variant: 0 | 1 | 2
  readonly system: System
  /** Whether it is the last word on the service: v1 and v2 call the others `cancelled`, v3 tags them `NotFinalAction`. */
  readonly final: boolean
  readonly lastUpdated: Instant
  /** For {@link System} `SharedSystem`: CLM_PD_STUS_CD. */
  readonly paidStatus?: string
}

export const SYSTEM_TYPE = "https://bluebutton.cms.gov/fhir/CodeSystem/System-Type"
export const FINAL_ACTION = "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action"

const SHARED = hashText("shared")

/** v1 and v2: a closed claim stays and is cancelled; its replacement is a claim of its own in the same claim group. */
export const ccwSightings = (slot: Slot, until: Instant): ReadonlyArray<Sighting> => {
  const { closed, loaded } = slot
  if (ccwShown(loaded.ccw) > until) return []
  const over = closed !== undefined && ccwShown(closed.ccw) <= until
  const base = { slot, system: slot.type === "PDE" ? "DDPS" : "NationalClaimsHistory" } as const
  const first: Sighting = { ...base, variant: 0, final: !over, lastUpdated: ccwShown(over ? closed.ccw : loaded.ccw) }
  return over && closed.replaced
    ? [first, { ...base, variant: 1, final: true, lastUpdated: ccwShown(closed.ccw) }]
    : [first]
}

/** v3: closed claims stay too, tagged NotFinalAction; the processing system's version comes first and stays. */
export const idrSightings = (seed: Seed, slot: Slot, until: Instant): ReadonlyArray<Sighting> => {
  if (slot.through < IDR_FIRST_SERVICE) return []
  const { closed, loaded } = slot
  const found: Array<Sighting> = []
  const base = { slot, system: slot.type === "PDE" ? "DDPS" : "NationalClaimsHistory" } as const
  if (slot.shared) {
    const draw = stream(seed, slot.person.index, SHARED, slot.key)
    const jitter = draw.unit()
    const received = idrLoad(seed, slot.received + 1, jitter)
    const settled = idrLoad(seed, slot.processed, jitter)
    const stuck = draw.chance(0.2)
    const early = draw.pick(["I", "S", "T"])
    const late = draw.chance(0.9) ? "P" : draw.pick(["R", "D"])
    const notFinal = draw.chance(0.7)
    if (received <= until) {
      const done = !stuck && settled <= until
      found.push({
        slot,
        variant: 2,
        system: "SharedSystem",
        final: done || !notFinal,
        lastUpdated: done ? settled : received,
        paidStatus: done ? late : early
      })
    }
  }
  if (loaded.idr <= until) {
    const over = closed !== undefined && closed.idr <= until
    found.push({ ...base, variant: 0, final: !over, lastUpdated: over ? closed.idr : loaded.idr })
    if (over && closed.replaced) found.push({ ...base, variant: 1, final: true, lastUpdated: closed.idr })
  }
  return found
}

/** v3 `outcome`: settled systems are complete; the processing systems' claims are partial until paid or refused. */
export const outcomeOf = ({ paidStatus, system }: Sighting): "complete" | "partial" =>
  system !== "SharedSystem" || (paidStatus !== undefined && "P1R2DY".includes(paidStatus)) ? "complete" : "partial"

/** Whether a claim is wanted. `since` is exclusive, as BFD compares; service dates are compared with the last day of service. */
export const isWanted = (
  sighting: Sighting,
  filter: ClaimFilter,
  since: Instant | undefined,
  version: "ccw" | "idr"
): boolean => {
  if (since !== undefined && sighting.lastUpdated <= since) return false
  const through = isoDay(sighting.slot.through)
  if (filter.serviceFrom !== undefined && through < filter.serviceFrom) return false
  if (filter.serviceTo !== undefined && through > filter.serviceTo) return false
  if (version === "ccw") return true
  if (filter.outcomes !== undefined && !filter.outcomes.includes(outcomeOf(sighting))) return false
  const asked = filter.tags.some((any) => any.some(({ system }) => system === SYSTEM_TYPE))
  // BCDA leaves the processing systems' claims out unless a System-Type was asked for.
  if (!asked && sighting.system === "SharedSystem") return false
  return filter.tags.every((any) =>
    any.some(
      ({ code, system }) =>
        (system === SYSTEM_TYPE && code === sighting.system) ||
        (system === FINAL_ACTION && code === (sighting.final ? "FinalAction" : "NotFinalAction"))
    )
  )
}
