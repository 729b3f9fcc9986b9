/** Reads the `Expires` of a finished job, and says how much of its time is left. */
import { DateTime, Duration, Result } from "effect"
import { Headers } from "effect/http"

/** `2026-08-22 19:02:15.123456 +0000 UTC`: how Go prints a time, with a monotonic reading at times. The zone's name is not needed. */
const goTime = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)? ([+-]\d\d)(\d\d)(?: \S+)?(?: m=\S+)?$/
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/**
 * When the server stops serving a job's files, as ISO 8601 in UTC with milliseconds; `undefined` if it cannot be read.
 * BCDA writes Go's own time format where HTTP wants an HTTP date; both are understood, and ISO 8601 too.
 */
export const parse = (value: string | undefined): string | undefined => {
  const text = value?.trim() ?? ""
  const go = goTime.exec(text)
  const instant = go === null ? text : `${go[1]}T${go[2]}${go[3] ?? ""}${go[4]}:${go[5]}`
  if (iso.test(instant)) {
    const millis = Date.parse(instant)
    return Number.isNaN(millis) ? undefined : new Date(millis).toISOString()
  }
  const date = Headers.parseHttpDate(text)
  return Result.isSuccess(date) ? DateTime.formatIso(date.success) : undefined
}

/** How much time a job's files have left. */
export interface TimeLeft {
  /** Negative once the time has passed; servers are often late, and BCDA keeps serving files for up to twelve hours more. */
  readonly secondsLeft: number
  /** `over`: the time has passed. `short`: less is left than was to be warned about. */
  readonly state: "ample" | "short" | "over"
}

/** The time left at `now` (milliseconds since 1970) until an instant that `parse` gave. Default of `warnBelow`: two hours. */
export const timeLeft = (expires: string, now: number, warnBelow: Duration.Input = "2 hours"): TimeLeft => {
  const secondsLeft = (Date.parse(expires) - now) / 1000
  const isShort = secondsLeft < Duration.toSeconds(warnBelow)
  return { secondsLeft, state: secondsLeft <= 0 ? "over" : isShort ? "short" : "ample" }
}
