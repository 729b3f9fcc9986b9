import type { Treatment } from "../Models.ts"
import type { Persona } from "../Personas.ts"
import { day, type Micros, second, toDate } from "./Time.ts"

type List = "all" | "runout"

/**
 * Lists of people come monthly: the newest one is from 22:31 on the first of this month (or the last, early on the
 * first). Its time stays the same between polls and moves with the clock. `back` counts months before it.
 */
const monthly = (now: Micros, back = 0): Micros => {
  const date = toDate(now)
  const of = (month: number) =>
    Date.UTC(date.getUTCFullYear(), month, 1) * 1000 + (22 * 3600 + 31 * 60 + 40) * second + 397_916
  const month = date.getUTCMonth()
  return of((of(month) <= now ? month : month - 1) - back)
}

/** Timestamp of the newest list, however old; undefined if there never was one. */
export const attributionTime = (persona: Persona, list: List, now: Micros): Micros | undefined => {
  const file = persona.attribution[list]
  if (file === "absent") return undefined
  const newest = monthly(now)
  return file === "current" ? newest : newest - 400 * day
}

/** Why an export cannot have its people, in BCDA's words; undefined when it can. */
export const attributionRefusal = (persona: Persona, list: List): string | undefined => {
  const file = persona.attribution[list]
  if (file === "current") return undefined
  if (file === "outdated") {
    return (
      "unable to perform export operations for this Group. No up-to-date attribution information is available for " +
      `ACOID '${persona.cmsId}'. Usually this is due to awaiting new attribution information at the beginning of a ` +
      "Performance Year"
    )
  }
  return list === "runout"
    ? "runout data is no longer available. Runout data expires 180 days after ingestion"
    : "failed to start job; attribution file not found"
}

/**
 * Why an export cannot tell new people from known ones: there is no list as old as `since`. A `since` after the newest list asks for the one
 * before that.
 */
export const olderListRefusal = ({ history }: Persona, since: Micros, now: Micros): string | undefined => {
  if (history === undefined) return undefined
  const newest = monthly(now)
  const oldest = monthly(now, history.lists - 1)
  return oldest <= (since > newest ? newest - second : since)
    ? undefined
    : "failed to start job; attribution file not found for given _since parameter."
}

/** People that BCDA plans sub-jobs for together. */
export interface Cohort {
  /** Places on the list. */
  readonly members: ReadonlyArray<number>
  /** They came after `_since` and get their whole history. */
  readonly newcomers: boolean
}

/**
 * The people of an export, those who opted out left out. With `newcomersSince` those who are on no list as old as that come first and apart;
 * a cohort of nobody is left out too.
 */
export const cohortsOf = (
  persona: Persona,
  list: List,
  { ignoresOptOuts }: Treatment,
  now: Micros,
  newcomersSince?: Micros
): ReadonlyArray<Cohort> => {
  const people = list === "all" ? persona.people : (persona.runoutPeople ?? Math.ceil(persona.people / 10))
  const optedOut = new Set(list === "all" && !ignoresOptOuts ? persona.optedOut : [])
  const joined = newcomersSince !== undefined && newcomersSince < monthly(now) ? (persona.history?.joined ?? 0) : 0
  const members = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => from + index).filter((place) => !optedOut.has(place))
  return [
    { members: members(people - joined, people), newcomers: true },
    { members: members(0, people - joined), newcomers: false }
  ].filter((cohort) => cohort.members.length > 0)
}

/**
 * When the claims data was last loaded, which is as late as v1 and v2 exports reach: every Saturday morning. v3 exports
 * reach to the moment they start.
 */
export const lastLoad = (now: Micros): Micros => {
  // 1970-01-03 was a Saturday.
  const since = now - 2 * day - (5 * 3600 + 40 * 60 + 44) * second - 705_398
  return now - (((since % (7 * day)) + 7 * day) % (7 * day))
}
