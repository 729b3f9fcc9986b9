import type { Persona } from "../Personas.ts"
import { day, type Micros, second, toDate } from "./Time.ts"

/**
 * Lists of people come monthly: the newest one is from 22:31 on the first of this month (or the last, early on the
 * first). Its time stays the same between polls and moves with the clock.
 */
const monthly = (now: Micros): Micros => {
  const date = toDate(now)
  const of = (month: number) =>
    Date.UTC(date.getUTCFullYear(), month, 1) * 1000 + (22 * 3600 + 31 * 60 + 40) * second + 397_916
  const thisMonth = of(date.getUTCMonth())
  return thisMonth <= now ? thisMonth : of(date.getUTCMonth() - 1)
}

/** Timestamp of the newest list, however old; undefined if there never was one. */
export const attributionTime = (persona: Persona, list: "all" | "runout", now: Micros): Micros | undefined => {
  const file = persona.attribution[list]
  if (file === "absent") return undefined
  const newest = monthly(now)
  return file === "current" ? newest : newest - 400 * day
}

/** Why an export cannot have its people, in BCDA's words; undefined when it can. */
export const attributionRefusal = (persona: Persona, list: "all" | "runout"): string | undefined => {
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
 * When the claims data was last loaded, which is as late as v1 and v2 exports reach: every Saturday morning. v3 exports
 * reach to the moment they start.
 */
export const lastLoad = (now: Micros): Micros => {
  // 1970-01-03 was a Saturday.
  const since = now - 2 * day - (5 * 3600 + 40 * 60 + 44) * second - 705_398
  return now - (((since % (7 * day)) + 7 * day) % (7 * day))
}
