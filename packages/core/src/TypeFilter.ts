import { Result, Schema } from "effect"
import { InvalidRequest } from "./Errors.ts"
import { isDay } from "./internal/instants.ts"

/** Where BCDA's v3 claims come from: the settled ones of parts A and B, those of part D, and the partially adjudicated ones. */
export const SystemType = Schema.Literals(["NationalClaimsHistory", "DDPS", "SharedSystem"])
export type SystemType = typeof SystemType.Type

const Outcome = Schema.Literals(["complete", "partial"])

const systemTypeSystem = "https://bluebutton.cms.gov/fhir/CodeSystem/System-Type"
const finalActionSystem = "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action"
const tags: Readonly<Record<string, ReadonlyArray<string>>> = {
  [systemTypeSystem]: SystemType.literals,
  [finalActionSystem]: ["FinalAction", "NotFinalAction"]
}

const Day = Schema.String.check(
  Schema.makeFilter((text) => (dayOf(text) !== undefined && text.length === 10) || "expected a day, YYYY-MM-DD")
)

/**
 * Which claims of a v3 export: what `_typeFilter` can say, as data. All that is given must hold; at least one thing must be.
 *
 * **Example** (Final versions of partially adjudicated claims of 2026)
 *
 * ```ts
 * import { ExportRequest, TypeFilter } from "@bcda-kit/core"
 *
 * const filter = new TypeFilter({
 *   ...TypeFilter.partiallyAdjudicated,
 *   finalAction: true,
 *   serviceFrom: "2026-01-01",
 *   serviceTo: "2026-12-31"
 * })
 * const request = new ExportRequest({ scope: "all", types: ["ExplanationOfBenefit"], typeFilter: filter.text })
 * ```
 */
export class TypeFilter extends Schema.Class<TypeFilter>("TypeFilter")(
  Schema.Struct({
    /**
     * Where claims come from, any of these. Default: BCDA's, NationalClaimsHistory and DDPS, and then the export lists a file of warnings that
     * says so. Hazard: entities of the GUIDE model may not ask for SharedSystem.
     */
    systemTypes: Schema.optionalKey(Schema.Array(SystemType).check(Schema.isMinLength(1), Schema.isUnique())),
    /**
     * True for the versions of claims that stand, false for those that were replaced. Default: both.
     * Source: BCDA's code (`validTagTokens`); its documentation does not name this tag.
     */
    finalAction: Schema.optionalKey(Schema.Boolean),
    /** `complete` or `partial`, the claim's own. Default: both. */
    outcome: Schema.optionalKey(Outcome),
    /** First day of service, itself included. Hazard: BCDA has a window of its own for each model entity, and the narrower one counts. */
    serviceFrom: Schema.optionalKey(Day),
    /** Last day of service, itself included. */
    serviceTo: Schema.optionalKey(Day)
  }).check(
    Schema.makeFilter((filter) => Object.keys(filter).length > 0 || "expected at least one thing to filter by"),
    Schema.makeFilter(
      ({ serviceFrom, serviceTo }) =>
        serviceFrom === undefined ||
        serviceTo === undefined ||
        serviceFrom <= serviceTo ||
        "expected a window, not its reverse"
    )
  )
) {
  /** Settled claims: what an export gives that does not filter, without its file of warnings. */
  static readonly adjudicated = { systemTypes: ["NationalClaimsHistory", "DDPS"] } as const
  /** Claims on their way through the Shared Systems: v2's Claim and ClaimResponse. */
  static readonly partiallyAdjudicated = { systemTypes: ["SharedSystem"] } as const
  /** Both. */
  static readonly allClaims = { systemTypes: ["NationalClaimsHistory", "DDPS", "SharedSystem"] } as const

  /** The filter as `ExportRequest.typeFilter` takes it: plain text, not URL-encoded. */
  get text(): string {
    const pairs: Array<string> = []
    if (this.systemTypes !== undefined) {
      const codes = SystemType.literals.filter((code) => this.systemTypes?.includes(code) === true)
      pairs.push(`_tag=${codes.map((code) => `${systemTypeSystem}|${code}`).join(",")}`)
    }
    if (this.finalAction !== undefined) {
      pairs.push(`_tag=${finalActionSystem}|${this.finalAction ? "FinalAction" : "NotFinalAction"}`)
    }
    if (this.outcome !== undefined) pairs.push(`outcome=${this.outcome}`)
    if (this.serviceFrom !== undefined) pairs.push(`service-date=ge${this.serviceFrom}`)
    if (this.serviceTo !== undefined) pairs.push(`service-date=le${this.serviceTo}`)
    return `ExplanationOfBenefit?${pairs.join("&")}`
  }

  /**
   * Reads a filter's plain text. Fails with what is wrong with it (see `flaw`), or with what it says that this class has no words for:
   * alternatives across two kinds of tags, or things that no claim can be at once.
   */
  static parse(text: string): Result.Result<TypeFilter, InvalidRequest> {
    const wrong = TypeFilter.flaw(text)
    if (wrong !== undefined) return invalid(wrong)
    let systemTypes: ReadonlyArray<SystemType> | undefined
    const either: { final?: ReadonlyArray<string>; outcome?: ReadonlyArray<typeof Outcome.Type> } = {}
    let from = ""
    let to = "9999-12-31"
    for (const [name, value] of pairsOf(text)) {
      const values = value.split(",")
      if (name === "outcome") {
        either.outcome = common(
          either.outcome,
          Outcome.literals.filter((one) => values.includes(one))
        )
      }
      if (name === "service-date") {
        const window = windowOf(value)
        if (window.from > from) from = window.from
        if (window.to < to) to = window.to
      }
      if (name !== "_tag") continue
      const tokens = values.map((token) => token.split("|"))
      const codes = tokens.map(([, code = ""]) => code)
      if (new Set(tokens.map(([system]) => system)).size > 1) return invalid("it has alternatives of two kinds of tags")
      if (tokens[0]?.[0] === finalActionSystem) either.final = common(either.final, codes)
      else
        systemTypes = common(
          systemTypes,
          SystemType.literals.filter((code) => codes.includes(code))
        )
    }
    if (from > to || [systemTypes, either.final, either.outcome].some((list) => list?.length === 0)) {
      return invalid("no claim can be all of it at once")
    }
    const [final, otherFinal] = either.final ?? []
    const [outcome, otherOutcome] = either.outcome ?? []
    const filter = {
      ...(systemTypes !== undefined && { systemTypes }),
      ...(final !== undefined && otherFinal === undefined && { finalAction: final === "FinalAction" }),
      ...(outcome !== undefined && otherOutcome === undefined && { outcome }),
      ...(from !== "" && { serviceFrom: from }),
      ...(to !== "9999-12-31" && { serviceTo: to })
    }
    return Object.keys(filter).length === 0
      ? invalid("it lets every claim through")
      : Result.succeed(new TypeFilter(filter))
  }

  /**
   * What is wrong with a filter's plain text, in words; `undefined` if BCDA takes it and reads it as FHIR does. Apart from what BCDA refuses,
   * that is what it accepts and then drops or misreads, so that an export holds more or less than was asked for.
   * Source: bcda-app `GetTypeFilterParams` and `setRestrictiveServiceDateWindow`.
   */
  static flaw(text: string): string | undefined {
    const question = text.indexOf("?")
    if (question < 0) return "it is written ExplanationOfBenefit?name=value, and has no question mark"
    const type = text.slice(0, question)
    if (type !== "ExplanationOfBenefit") return `only ExplanationOfBenefit can be filtered, not ${JSON.stringify(type)}`
    for (const pair of text.slice(question + 1).split("&")) {
      if (!pair.includes("=")) return `${JSON.stringify(pair)} is not name=value`
    }
    for (const [name, value] of pairsOf(text)) {
      const rule = rules[name]
      if (rule === undefined) return `${JSON.stringify(name)} is not one of _tag, outcome and service-date`
      const wrong = rule(value)
      if (wrong !== undefined) return `${name}=${value}: ${wrong}`
    }
    return undefined
  }
}

const invalid = (detail: string): Result.Result<never, InvalidRequest> =>
  Result.fail(new InvalidRequest({ detail: `type filter: ${detail}` }))

const pairsOf = (text: string): ReadonlyArray<readonly [string, string]> =>
  text
    .slice(text.indexOf("?") + 1)
    .split("&")
    .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)])

const common = <A>(known: ReadonlyArray<A> | undefined, more: ReadonlyArray<A>): ReadonlyArray<A> =>
  known === undefined ? [...new Set(more)] : known.filter((one) => more.includes(one))

const rules: Readonly<Record<string, (value: string) => string | undefined>> = {
  _tag: (value) => {
    for (const token of value.split(",")) {
      const [system = "", code, ...more] = token.split("|")
      if (code === undefined) return "a tag is written system|code"
      const codes = tags[system]
      if (codes === undefined) return `BCDA knows the tags of ${Object.keys(tags).join(" and ")}`
      if (!codes.includes(code) || more.length > 0) return `that system has ${codes.join(", ")}`
    }
    return undefined
  },
  outcome: (value) =>
    value.split(",").every((one) => one === "complete" || one === "partial") ? undefined : "it is complete or partial",
  "service-date": (value) => {
    // It takes a list, and then drops it whole.
    if (value.includes(",")) return "BCDA drops a list of dates; give a window, with ge and le"
    const [, prefix = "", date = ""] = prefixed.exec(value) ?? []
    if (/^\d{4}-\d\d-\d\dT/.test(date)) return "BCDA drops a bound with a time of day; give the day alone"
    if (dayOf(date) === undefined)
      return "a date is YYYY, YYYY-MM or YYYY-MM-DD, with eq, lt, gt, le or ge before it or nothing"
    if (date.length < 10 && (prefix === "le" || prefix === "gt")) {
      return `BCDA takes ${date} for its first day here; give the day`
    }
    return prefix === "" && !date.startsWith("20")
      ? "BCDA drops a date before 2000 that has no prefix; write eq"
      : undefined
  }
}

const prefixed = /^(eq|lt|gt|le|ge)?(.*)$/

/** Year, month and day of a date of any precision, the first of what is missing. */
const dayOf = (date: string): readonly [number, number, number] | undefined => {
  const [, year, month = "01", day = "01"] = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(date) ?? []
  const found = [Number(year), Number(month), Number(day)] as const
  return year !== undefined && isDay(...found) ? found : undefined
}

/** First and last day that a `service-date` without flaw lets through. */
const windowOf = (value: string): { readonly from: string; readonly to: string } => {
  const [, prefix = "eq", date = ""] = prefixed.exec(value) ?? []
  const [year, month, day] = dayOf(date) ?? [0, 1, 1]
  const first = iso(year, month, day)
  const last = date.length === 4 ? iso(year, 12, 31) : date.length === 7 ? iso(year, month + 1, 0) : first
  switch (prefix) {
    case "ge":
      return { from: first, to: "9999-12-31" }
    case "gt":
      return { from: iso(year, month, day + 1), to: "9999-12-31" }
    case "le":
      return { from: "", to: last }
    case "lt":
      return { from: "", to: iso(year, month, day - 1) }
    default:
      return { from: first, to: last }
  }
}

/** The day as text; a month or day too many or too few is carried over. */
const iso = (year: number, month: number, day: number): string => {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.toISOString().slice(0, 10)
}
