/** Instants as text, without losing what a `Date` would: BCDA's carry microseconds. */

const fhirInstant =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.(\d+))?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** Whether a year, month and day are one of the calendar's. */
export const isDay = (year: number, month: number, day: number): boolean => {
  const date = new Date(Date.UTC(2000, month - 1, day))
  // The year is set apart: `Date.UTC` takes years below 100 for those of the last century.
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

/** Milliseconds since 1970 of a FHIR instant (date, time to the second, zone); `undefined` for anything less or else. */
export const parseInstant = (text: string): number | undefined => {
  const [, year, month, day] = fhirInstant.exec(text) ?? []
  if (year === undefined || !isDay(Number(year), Number(month), Number(day))) return undefined
  return Date.parse(text)
}

/** The same text for every way to write one instant, to the last digit; the text itself if it is no instant. */
export const canonicalInstant = (text: string): string => {
  const millis = parseInstant(text)
  if (millis === undefined) return text
  const digits = (fhirInstant.exec(text)?.[5] ?? "").replace(/0+$/, "")
  return `${Math.floor(millis / 1000)}.${digits}`
}

/** A timestamp of a server, in RFC 3339 or as PostgreSQL prints it (`2020-12-22 22:31:40.397916+00`); `undefined` if it is neither. */
export const parseTimestamp = (text: string): number | undefined =>
  parseInstant(
    text
      .trim()
      .replace(" ", "T")
      .replace(/([+-]\d\d)$/, "$1:00")
  )

/** Negative when the first FHIR instant is the earlier, to the last digit; `undefined` if one of them is none. */
export const compareInstants = (a: string, b: string): number | undefined => {
  if (parseInstant(a) === undefined || parseInstant(b) === undefined) return undefined
  const [secondsOfA = "", digitsOfA = ""] = canonicalInstant(a).split(".")
  const [secondsOfB = "", digitsOfB = ""] = canonicalInstant(b).split(".")
  // Digits without their zeros at the end compare as text compares.
  return Number(secondsOfA) - Number(secondsOfB) || (digitsOfA < digitsOfB ? -1 : digitsOfA > digitsOfB ? 1 : 0)
}
