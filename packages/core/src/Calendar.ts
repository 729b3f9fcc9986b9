/** What BCDA's year means for an export, as pure functions: whether there is anything new, and what January and the runout do. */
import { Schema } from "effect"
import type { AttributionStatus } from "./Attribution.ts"
import { parseTimestamp } from "./internal/instants.ts"

const DAY = 86_400_000

/**
 * When to expect what, as far as CMS has said; figures of the code's defaults, which production may have set otherwise.
 * Sources: BCDA's support page (adjudicated claims weekly, on the weekend; partially adjudicated daily; attribution monthly), its announcements
 * of December 2025 and February 2026 (January, runout until July), and bcda-app's configuration (50 and 180 days).
 */
export const cadence = {
  /** Adjudicated claims are loaded on the weekend; from Monday noon UTC, morning in the United States, they count as new. */
  adjudicated: { weekday: 1, hour: 12 },
  /**
   * Milliseconds after which newer partially adjudicated claims are to be expected. They are loaded daily; a nightly run must not be sent away
   * because it begins some minutes earlier than the night before.
   */
  partial: (5 / 6) * DAY,
  /** An attribution file older than this is not used (`CCLF_CUTOFF_DATE_DAYS`). */
  attributionDays: 50,
  /** A runout file older than this is not used (`RUNOUT_CUTOFF_DATE_DAYS`). */
  runoutDays: 180
} as const

/** How attribution stands for `Group/all` and `Patient`. */
export const Attribution = Schema.Struct({
  /**
   * `awaited`: the last list is last year's, as every January, and the server refuses exports with 404 until the new one is there.
   * `old`: it may be too old for the server (50 days by its defaults). `unknown`: the server's date cannot be read.
   */
  state: Schema.Literals(["current", "awaited", "old", "never", "unknown"]),
  /** ISO 8601. */
  updated: Schema.optionalKey(Schema.String),
  /** What it means, for people. */
  text: Schema.String
})
export type Attribution = typeof Attribution.Type

/** How the runout stands: last year's members, with claims of services until the end of last year. */
export const Runout = Schema.Struct({
  /** `over`: its window has closed, or the last list is of a year before last year. */
  state: Schema.Literals(["open", "over", "never", "unknown"]),
  updated: Schema.optionalKey(Schema.String),
  /** When the server stops giving it, if no update comes: ISO 8601. */
  closes: Schema.optionalKey(Schema.String),
  text: Schema.String
})
export type Runout = typeof Runout.Type

const iso = (millis: number): string => new Date(millis).toISOString()
const dayOf = (millis: number): string => iso(millis).slice(0, 10)
const yearOf = (millis: number): number => new Date(millis).getUTCFullYear()

const updateOf = (
  status: AttributionStatus,
  type: string
): { readonly found: boolean; readonly at: number | undefined } => {
  const entry = status.ingestionDates.find((one) => one.type === type)
  return { found: entry !== undefined, at: entry === undefined ? undefined : parseTimestamp(entry.timestamp) }
}

/** How attribution stands at `now` (milliseconds since 1970). The year of a list is taken from its date; the server knows it better. */
export const attribution = (status: AttributionStatus, now: number): Attribution => {
  const { found, at } = updateOf(status, "last_attribution_update")
  if (!found)
    return {
      state: "never",
      text: "No attribution list has ever arrived: exports of Group/all and Patient are refused."
    }
  if (at === undefined) return { state: "unknown", text: "The date of the last attribution list cannot be read." }
  const updated = iso(at)
  if (yearOf(at) < yearOf(now)) {
    const text =
      `The last attribution list is of ${dayOf(at)}, before this performance year. Until the list of ${yearOf(now)} arrives, usually within ` +
      "January, exports of Group/all and Patient are refused (404); Group/runout gives last year's members."
    return { state: "awaited", updated, text }
  }
  if (now - at > cadence.attributionDays * DAY) {
    const text = `The last attribution list is of ${dayOf(at)}; by its defaults BCDA refuses one of more than ${cadence.attributionDays} days.`
    return { state: "old", updated, text }
  }
  return { state: "current", updated, text: `Attribution was updated on ${dayOf(at)}; lists come monthly.` }
}

/** How the runout stands at `now` (milliseconds since 1970). */
export const runout = (status: AttributionStatus, now: number): Runout => {
  const { found, at } = updateOf(status, "last_runout_update")
  if (!found) return { state: "never", text: "No runout list has ever arrived: exports of Group/runout are refused." }
  if (at === undefined) return { state: "unknown", text: "The date of the last runout list cannot be read." }
  const closing = at + cadence.runoutDays * DAY
  const dates = { updated: iso(at), closes: iso(closing) }
  if (yearOf(at) < yearOf(now)) {
    const text = `The last runout list is of ${dayOf(at)} and of an earlier year; the one for ${yearOf(now) - 1} has not arrived.`
    return { state: "over", ...dates, text }
  }
  if (now >= closing) {
    const text = `The runout for ${yearOf(now) - 1} closed on ${dayOf(closing)}, ${cadence.runoutDays} days after its last list.`
    return { state: "over", ...dates, text }
  }
  const text =
    `Group/runout gives the members of ${yearOf(now) - 1} with services until ${yearOf(now) - 1}-12-31. Its list is updated monthly ` +
    `until July; without another update it closes on ${dayOf(closing)}.`
  return { state: "open", ...dates, text }
}

/** What to decide on. */
export interface AdviceInput {
  /** What `attribution` gave. */
  readonly status: AttributionStatus
  /** Whose data the export asks for. */
  readonly scope: "all" | "patient" | "runout"
  /** The last export whose files are all safe; absent if there was none. */
  readonly last?: { readonly startedAt: string } | undefined
  /** Whether partially adjudicated claims are among what is exported: they change daily, and the others weekly. Default false. */
  readonly partiallyAdjudicated?: boolean | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Whether to export now, and why. Only advice: an export that is run all the same does no harm. */
export const Advice = Schema.Struct({
  run: Schema.Boolean,
  because: Schema.Literals([
    "first-export",
    "list-updated",
    "claims-due",
    "cannot-tell",
    "nothing-new",
    "attribution-awaited",
    "never-ingested",
    "runout-over"
  ]),
  /** For people. */
  text: Schema.String,
  /** When something new is to be expected at the latest, ISO 8601; absent when it is now, or cannot be known. */
  next: Schema.optionalKey(Schema.String)
})
export type Advice = typeof Advice.Type

/**
 * Whether an export would bring anything new since the last one. In doubt it says yes; it says no only where nothing is lost by waiting: when
 * neither lists nor claims can have changed, or when the server would refuse.
 */
export const advise = (input: AdviceInput): Advice => {
  const { status, scope, last, now } = input
  const list = scope === "runout" ? runout(status, now) : attribution(status, now)
  if (list.state === "never") return { run: false, because: "never-ingested", text: list.text }
  if (list.state === "over") return { run: false, because: "runout-over", text: list.text }
  // Longer than this no January has lasted; then the server's answer is worth more than this guess.
  if (list.state === "awaited" && new Date(now).getUTCMonth() < 2) {
    return { run: false, because: "attribution-awaited", text: list.text }
  }
  if (last === undefined) return { run: true, because: "first-export", text: "Nothing was exported before." }
  const lastAt = parseTimestamp(last.startedAt)
  if (lastAt === undefined || list.updated === undefined) return { run: true, because: "cannot-tell", text: list.text }
  if (Date.parse(list.updated) > lastAt) {
    const text =
      `The list of members was updated on ${dayOf(Date.parse(list.updated))}, after the last export.` +
      (scope === "all"
        ? " With since, Group/all may give the whole history of those who are new on it, and Patient does not."
        : "")
    return { run: true, because: "list-updated", text }
  }
  const due = nextLoad(lastAt, input.partiallyAdjudicated === true)
  if (now >= due) {
    return {
      run: true,
      because: "claims-due",
      text: `Claims have been loaded since the last export of ${dayOf(lastAt)}.`
    }
  }
  const text = `Since the last export of ${dayOf(lastAt)} the list of members has not changed, and no load of claims is to be expected before ${iso(due)}.`
  return { run: false, because: "nothing-new", text, next: iso(due) }
}

/** The first instant after `at` from which newer claims are to be expected. */
const nextLoad = (at: number, partiallyAdjudicated: boolean): number => {
  if (partiallyAdjudicated) return at + cadence.partial
  const { weekday, hour } = cadence.adjudicated
  const date = new Date(at)
  date.setUTCHours(hour, 0, 0, 0)
  while (date.getUTCDay() !== weekday || date.getTime() <= at) date.setUTCDate(date.getUTCDate() + 1)
  return date.getTime()
}
