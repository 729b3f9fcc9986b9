import type { ClaimFilter } from "../../DataSource.ts"
import { type Instant, isoDay } from "../Dates.ts"
import { hashText, type Seed, stream } from "../Random.ts"
import { ccwShown, IDR_FIRST_SERVICE, idrLoad, type Slot } from "./History.ts"

/** Where v3 got a claim from: settled (NCH, and DDPS for drugs), or as its processing system still has it. */
export type System = "NationalClaimsHistory" | "DDPS" | "SharedSystem"

/** One version of a claim as one export shows it. */
export interface Sighting {
  readonly slot: Slot
  /** 0 the claim, 1 its replacement, 3 the replacement's own, 2 the processing system's version. Each has ids of its own. */
  readonly variant: 0 | 1 | 2 | 3
  readonly system: System
  /** Whether it is the last word on the service: v1 and v2 call the others `cancelled`, v3 tags them `NotFinalAction`. */
  readonly final: boolean
  readonly lastUpdated: Instant
  /** For {@link System} `SharedSystem`: CLM_PD_STUS_CD, which may be missing while the claim is at work. */
  readonly paidStatus?: string
}

export const SYSTEM_TYPE = "https://bluebutton.cms.gov/fhir/CodeSystem/System-Type"
export const FINAL_ACTION = "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action"

const SHARED = hashText("shared")

const VARIANTS = [0, 1, 3] as const

/** The settled versions of a claim at a time, each with the instant at which it came or was closed, the later of the two. */
const settled = (slot: Slot, until: Instant, at: (of: Slot["loaded"]) => Instant): ReadonlyArray<Sighting> => {
  const base = { slot, system: slot.type === "PDE" ? "DDPS" : "NationalClaimsHistory" } as const
  const found: Array<Sighting> = []
  let came = at(slot.loaded)
  for (const [index, variant] of VARIANTS.entries()) {
    if (came > until) return found
    const closing = slot.closings[index]
    const closed = closing === undefined ? undefined : at(closing)
    if (closing === undefined || closed === undefined || closed > until) {
      found.push({ ...base, variant, final: true, lastUpdated: came })
      return found
    }
    found.push({ ...base, variant, final: false, lastUpdated: closed })
    if (!closing.replaced) return found
    came = closed
  }
  return found
}

/** v1 and v2: a closed claim stays and is cancelled; its replacement is a claim of its own in the same claim group. */
export const ccwSightings = (slot: Slot, until: Instant): ReadonlyArray<Sighting> =>
  settled(slot, until, ({ ccw }) => ccwShown(ccw))

/** Whether a version replaces an earlier one. */
export const isReplacement = ({ variant }: Sighting): boolean => variant === 1 || variant === 3

/** v3: closed claims stay too, tagged NotFinalAction; the processing system's version comes first and stays. */
export const idrSightings = (seed: Seed, slot: Slot, until: Instant): ReadonlyArray<Sighting> => {
  if (slot.through < IDR_FIRST_SERVICE) return []
  const found: Array<Sighting> = []
  if (slot.shared) {
    const draw = stream(seed, slot.person.index, SHARED, slot.key)
    const jitter = draw.unit()
    const received = idrLoad(seed, slot.received + 1, jitter)
    const finished = idrLoad(seed, slot.processed, jitter)
    const stuck = draw.chance(0.2)
    // No status at all is a status too.
    const early = draw.chance(0.2) ? undefined : draw.pick(["I", "S", "T"])
    const late = draw.chance(0.9) ? "P" : draw.pick(["R", "D"])
    const notFinal = draw.chance(0.7)
    if (received <= until) {
      const done = !stuck && finished <= until
      const paidStatus = done ? late : early
      found.push({
        slot,
        variant: 2,
        system: "SharedSystem",
        final: done || !notFinal,
        lastUpdated: done ? finished : received,
        ...(paidStatus === undefined ? {} : { paidStatus })
      })
    }
  }
  return [...found, ...settled(slot, until, ({ idr }) => idr)]
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
