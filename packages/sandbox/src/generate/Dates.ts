/** Days and instants as whole numbers, and the ways each API version writes them. Nothing here reads a clock. */

/** Days since 1970-01-01. */
export type Day = number
/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number

export const DAY_MILLIS = 86_400_000

/** The day of a calendar date. `month` counts from 1; days beyond the month run on. */
export const day = (year: number, month: number, date: number): Day =>
  Math.floor(Date.UTC(year, month - 1, date) / DAY_MILLIS)

export const dayOf = (instant: Instant): Day => Math.floor(instant / DAY_MILLIS)

export const midnight = (at: Day): Instant => at * DAY_MILLIS

const calendar = new Map<Day, string>()

/** `YYYY-MM-DD`. */
export const isoDay = (at: Day): string => {
  let text = calendar.get(at)
  if (text === undefined) {
    text = new Date(midnight(at)).toISOString().slice(0, 10)
    calendar.set(at, text)
  }
  return text
}

export const yearOf = (at: Day): number => Number(isoDay(at).slice(0, 4))

/** The first day of the month. */
export const monthStart = (at: Day): Day => at - Number(isoDay(at).slice(8, 10)) + 1

/** The Friday on or after a day: the weekly processing of claims ends on Fridays. */
export const fridayFrom = (at: Day): Day => at + ((((1 - at) % 7) + 7) % 7)

/** The nth Sunday of a month, as a day. */
const sunday = (year: number, month: number, nth: number): Day => {
  const first = day(year, month, 1)
  return first + ((((3 - first) % 7) + 7) % 7) + (nth - 1) * 7
}

/** Minutes that US Eastern time is behind UTC: 240 in summer, 300 in winter (rules since 2007). */
const easternOffset = (instant: Instant): 240 | 300 => {
  const year = new Date(instant).getUTCFullYear()
  const begin = midnight(sunday(year, 3, 2)) + 7 * 3_600_000
  const end = midnight(sunday(year, 11, 1)) + 6 * 3_600_000
  return instant >= begin && instant < end ? 240 : 300
}

/** How v1 and v2 write an instant: the server's own time, `2021-08-17T13:43:00.037-04:00`. */
export const easternInstant = (instant: Instant): string => {
  const offset = easternOffset(instant)
  return `${new Date(instant - offset * 60_000).toISOString().slice(0, 23)}-0${offset / 60}:00`
}

/** Like {@link easternInstant} without fractions of a second: how v2 writes `created`. */
export const easternSecond = (instant: Instant): string => {
  const offset = easternOffset(instant)
  return `${new Date(instant - offset * 60_000).toISOString().slice(0, 19)}-0${offset / 60}:00`
}

/** Midnight of a day in US Eastern time, `2020-12-19T00:00:00-05:00`. */
export const easternMidnight = (at: Day): string =>
  `${isoDay(at)}T00:00:00-0${easternOffset(midnight(at) + 12 * 3_600_000) / 60}:00`

/** How v3 writes an instant: `2026-05-13T20:57:19.951+00:00`. */
export const utcInstant = (instant: Instant): string => `${new Date(instant).toISOString().slice(0, 23)}+00:00`

/** Midnight of a day in UTC, `2026-03-05T00:00:00+00:00`. */
export const utcMidnight = (at: Day): string => `${isoDay(at)}T00:00:00+00:00`
