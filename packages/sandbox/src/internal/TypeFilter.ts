import { Result } from "effect"
import type { ClaimTag } from "../DataSource.ts"
import { queryUnescape } from "./Query.ts"
import { parseRfc3339 } from "./Time.ts"

/** A v3 `_typeFilter` that BCDA accepts, worked out. */
export interface TypeFilter {
  /** One list per `_tag`; the list's items are alternatives. */
  readonly tags: ReadonlyArray<ReadonlyArray<ClaimTag>>
  readonly outcomes?: ReadonlyArray<"complete" | "partial">
  readonly serviceFrom?: string
  readonly serviceTo?: string
}

export const systemType = "https://bluebutton.cms.gov/fhir/CodeSystem/System-Type"
const finalAction = "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action"

const knownTags: Readonly<Record<string, ReadonlyArray<string>>> = {
  [systemType]: ["SharedSystem", "NationalClaimsHistory", "DDPS"],
  [finalAction]: ["FinalAction", "NotFinalAction"]
}

/** The claims BCDA sends when nobody names a System-Type: settled ones from the two adjudicated sources. */
export const defaultSystemTypes: ReadonlyArray<ClaimTag> = ["NationalClaimsHistory", "DDPS"].map((code) => ({
  system: systemType,
  code
}))

export const namesSystemType = (filter: TypeFilter | undefined): boolean =>
  filter?.tags.some((tags) => tags.some((tag) => tag.system === systemType)) ?? false

export const asksForSharedSystem = (filter: TypeFilter | undefined): boolean =>
  filter?.tags.some((tags) => tags.some((tag) => tag.code === "SharedSystem")) ?? false

type Parsed<A> = Result.Result<A, string>

const splitAt = (text: string, mark: string): readonly [string, string] | undefined => {
  const at = text.indexOf(mark)
  return at === -1 ? undefined : [text.slice(0, at), text.slice(at + 1)]
}

/**
 * Judges all values of `_typeFilter` (already unescaped once, as query values are) and fails with BCDA's text. BCDA
 * unescapes the value a second time, so a plus sign inside it has to be sent as `%252B`.
 */
export const parseTypeFilter = (values: ReadonlyArray<string>): Parsed<TypeFilter | undefined> => {
  const [raw] = values
  if (raw === undefined) return Result.succeed(undefined)
  if (values.length > 1) return Result.fail("failed to process request given more that one _typeFilter parameter")
  const value = queryUnescape(raw)
  if (value === undefined) return Result.fail(`failed to unescape ${raw}`)
  const halves = splitAt(value, "?")
  if (halves === undefined) return Result.fail(`missing question mark ${value}`)
  const [resource, subquery] = halves
  if (resource !== "ExplanationOfBenefit") {
    return Result.fail(`invalid _typeFilter Resource Type (Only EOBs valid): ${resource}`)
  }
  let filter: TypeFilter = { tags: [] }
  for (const pair of subquery.split("&")) {
    const parts = splitAt(pair, "=")
    if (parts === undefined) return Result.fail(`invalid _typeFilter parameter/value: ${pair}`)
    const added = addParameter(filter, parts[0], parts[1].split(","))
    if (Result.isFailure(added)) return added
    filter = added.success
  }
  return Result.succeed(filter)
}

const addParameter = (filter: TypeFilter, name: string, items: ReadonlyArray<string>): Parsed<TypeFilter> => {
  if (name === "_tag") return Result.map(parseTags(items), (tags) => ({ ...filter, tags: [...filter.tags, tags] }))
  if (name === "outcome") {
    return Result.map(parseOutcomes(items), (wanted) => ({
      ...filter,
      outcomes: filter.outcomes?.filter((outcome) => wanted.includes(outcome)) ?? wanted
    }))
  }
  if (name === "service-date") return addServiceDates(filter, items)
  return Result.fail(`invalid _typeFilter subquery parameter: ${name}`)
}

const parseTags = (items: ReadonlyArray<string>): Parsed<ReadonlyArray<ClaimTag>> => {
  const tags: Array<ClaimTag> = []
  for (const item of items) {
    const parts = splitAt(item, "|")
    if (parts === undefined) {
      return Result.fail(`invalid _tag value: ${item}. Searching by tag requires a token (system|code) to be specified`)
    }
    const [system, rest] = parts
    const [code] = splitAt(rest, "|") ?? [rest]
    if (knownTags[system]?.includes(code) !== true) return Result.fail(`invalid _tag value: ${item}`)
    // A second pipe is overlooked here; to everybody else the code is what stands behind the last one.
    const last = item.lastIndexOf("|")
    tags.push({ system: item.slice(0, last), code: item.slice(last + 1) })
  }
  return Result.succeed(tags)
}

const parseOutcomes = (items: ReadonlyArray<string>): Parsed<ReadonlyArray<"complete" | "partial">> => {
  const outcomes: Array<"complete" | "partial"> = []
  for (const item of items) {
    if (item !== "complete" && item !== "partial") {
      return Result.fail(`invalid outcome value: ${item}. Supported outcome values are 'complete' and 'partial'`)
    }
    outcomes.push(item)
  }
  return Result.succeed(outcomes)
}

const serviceDate =
  /^(eq|lt|gt|le|ge)?(\d{4})(?:-(\d{2})(?:-(\d{2})(T\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:\d{2})?)?)?)?$/

/** Months, days and times that do not exist are no dates to Go. */
const exists = (year: string, month = "01", date = "01", time = "T00:00:00Z"): boolean =>
  parseRfc3339(`${year}-${month}-${date}${/(?:Z|[+-]\d{2}:\d{2})$/.test(time) ? time : `${time}Z`}`) !== undefined

const isServiceDate = (item: string): boolean => {
  const match = serviceDate.exec(item)
  return match !== null && exists(match[2] ?? "", match[3], match[4], match[5])
}

const isoDay = (year: number, month: number, date: number): string => {
  const at = new Date(0)
  at.setUTCFullYear(year, month, date)
  return at.toISOString().slice(0, 10)
}

/**
 * The days that BCDA makes of one `service-date`: a prefix counts from the first day of a month or year, and only a date
 * without one, or with `eq`, stands for all of it. What it accepts and then cannot read bounds nothing: lists, times, and
 * years before 2000 without a prefix.
 */
const daysOf = (value: string): { readonly from?: string; readonly to?: string } => {
  const match = serviceDate.exec(value)
  const [, prefix, year = "", month, date, time] = match ?? []
  if (match === null || time !== undefined || (prefix === undefined && !year.startsWith("20"))) return {}
  const [y, m, d] = [Number(year), Number(month ?? 1) - 1, Number(date ?? 1)]
  if (prefix === "ge") return { from: isoDay(y, m, d) }
  if (prefix === "gt") return { from: isoDay(y, m, d + 1) }
  if (prefix === "le") return { to: isoDay(y, m, d) }
  if (prefix === "lt") return { to: isoDay(y, m, d - 1) }
  const [endMonth, endDate] = month === undefined ? [11, 31] : date === undefined ? [m + 1, 0] : [m, d]
  return { from: isoDay(y, m, d), to: isoDay(y, endMonth, endDate) }
}

/** BCDA melts all bounds into one lower and one upper date. */
const addServiceDates = (filter: TypeFilter, items: ReadonlyArray<string>): Parsed<TypeFilter> => {
  const bad = items.find((item) => !isServiceDate(item))
  if (bad !== undefined) return Result.fail(`invalid service-date value: ${bad}. Pass a valid FHIR date parameter`)
  const { from, to } = daysOf(items.join(","))
  const serviceFrom = [filter.serviceFrom, from]
    .filter((day) => day !== undefined)
    .toSorted()
    .at(-1)
  const [serviceTo] = [filter.serviceTo, to].filter((day) => day !== undefined).toSorted()
  return Result.succeed({
    ...filter,
    ...(serviceFrom === undefined ? {} : { serviceFrom }),
    ...(serviceTo === undefined ? {} : { serviceTo })
  })
}
