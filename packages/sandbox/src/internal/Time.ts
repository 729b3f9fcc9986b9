import type { Clock } from "effect"

/**
 * Times as BCDA keeps and prints them: PostgreSQL's microseconds, written by Go in four different ways.
 *
 * An instant is a whole number of microseconds since 1970. A double holds that exactly until the year 2255.
 */
export type Micros = number

export const second: Micros = 1_000_000
export const hour: Micros = 3600 * second
export const day: Micros = 24 * hour

export const fromMillis = (millis: number): Micros => Math.round(millis * 1000)

/**
 * Reads a clock in microseconds. Its milliseconds are what clients compare with; the rest is only there because BCDA's times have
 * microseconds, and comes from the clock's finer hand, which need not turn over at the same moment. So that a later reading is never the
 * earlier instant, one that falls short of the last by less than a millisecond is taken for the last; a clock set back is believed.
 */
export const microsOf = (
  clock: Pick<Clock.Clock, "currentTimeMillisUnsafe" | "currentTimeNanosUnsafe">
): (() => Micros) => {
  let latest = Number.NEGATIVE_INFINITY
  return () => {
    const at = fromMillis(clock.currentTimeMillisUnsafe()) + Number((clock.currentTimeNanosUnsafe() / 1000n) % 1000n)
    latest = at < latest && latest - at < 1000 ? latest : at
    return latest
  }
}

export const toDate = (at: Micros): Date => new Date(Math.floor(at / 1000))

/** `.705398`, without trailing zeros, or nothing, as Go prints fractions. */
const fraction = (at: Micros): string => {
  const micros = ((at % second) + second) % second
  return micros === 0 ? "" : `.${String(micros).padStart(6, "0").replace(/0+$/, "")}`
}

/** `2021-08-14T00:07:48`, the part that all formats share. */
const seconds = (at: Micros): string => toDate(at).toISOString().slice(0, 19)

/** `2019-12-09T20:44:01.705398Z`: how Go's JSON prints a time in UTC. */
export const rfc3339 = (at: Micros): string => `${seconds(at)}${fraction(at)}Z`

/** `2021-08-14T00:07:48Z`: job list and metadata. */
export const rfc3339Seconds = (at: Micros): string => `${seconds(at)}Z`

/** `2026-08-22 19:02:15.123456 +0000 UTC`: Go's default, which BCDA puts into the `Expires` header. */
export const goString = (at: Micros): string => `${seconds(at).replace("T", " ")}${fraction(at)} +0000 UTC`

/** `Sat, 22 Aug 2026 19:02:15 GMT`. */
export const httpDate = (at: Micros): string => toDate(at).toUTCString()

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const httpDates = [
  /^[A-Z][a-z]{2}, (?<date>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^[A-Z][a-z]{5,8}, (?<date>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<date>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/
]

/** A date in one of HTTP's three formats, which are all that Go reads. */
export const parseHttpDate = (text: string): Micros | undefined => {
  const groups = httpDates.map((format) => format.exec(text)?.groups).find((found) => found !== undefined)
  if (groups === undefined) return undefined
  const { date = "", month = "", time = "", year = "" } = groups
  const short = Number(year)
  const full = year.length === 4 ? year : String(short < 69 ? 2000 + short : 1900 + short)
  const number = String(months.indexOf(month) + 1).padStart(2, "0")
  return parseRfc3339(`${full}-${number}-${date.trim().padStart(2, "0")}T${time}Z`)
}

/** The first clean-up run at or after `at`, given the UTC hours of the daily runs. */
export const cleanUpAtOrAfter = (at: Micros, hours: ReadonlyArray<number>): Micros => {
  const midnight = Math.floor(at / day) * day
  const runs = [0, 1].flatMap((days) => hours.map((hourOfDay) => midnight + days * day + hourOfDay * hour))
  return Math.min(...runs.filter((run) => run >= at))
}

const pattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})([.,]\d+)?(Z|[+-]\d{2}:\d{2})$/

/**
 * Go's reading of RFC 3339: a full date-time with `Z` or `±hh:mm` and an optional fraction; an hour may have one digit.
 * Dates alone, lower-case letters and days that do not exist are refused.
 */
export const parseRfc3339 = (text: string): Micros | undefined => {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [, year, month, date, hours, minutes, secs, frac = "", zone = "Z"] = match
  const fields = [year, month, date, hours, minutes, secs].map(Number)
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = fields
  const local = new Date(0)
  local.setUTCFullYear(y, mo - 1, d)
  if (local.getUTCMonth() !== mo - 1 || local.getUTCDate() !== d || h > 23 || mi > 59 || s > 59) return undefined
  local.setUTCHours(h, mi, s)
  const offset = zoneMinutes(zone)
  if (offset === undefined) return undefined
  const micros = frac === "" ? 0 : Number(frac.slice(1, 7).padEnd(6, "0"))
  return local.getTime() * 1000 - offset * 60 * second + micros
}

const zoneMinutes = (zone: string): number | undefined => {
  if (zone === "Z") return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4, 6))
  // Go lets offsets of 24 hours and of 60 minutes pass.
  if (hours > 24 || minutes > 60) return undefined
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes)
}
