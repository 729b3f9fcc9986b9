/** Reads `Retry-After`, in the forms servers send and in those they should not. */
import { DateTime, Duration, Result } from "effect"
import { Headers } from "effect/http"

/** Seconds beyond this (31 years) are an instant since 1970 that somebody took for a delay. */
const EPOCH_SECONDS = 1e9
const EPOCH_MILLIS = 1e12

/**
 * The delay a `Retry-After` asks for; `undefined` if there is none or it cannot be read. `now` is milliseconds since 1970.
 *
 * Seconds (a fraction is allowed), any of the three HTTP dates, and instants since 1970 in seconds or milliseconds, which some gateways
 * send. What lies in the past, or is negative, is no delay. The result is finite, however long the number is, and else not limited: see `clamp`.
 */
export const parse = (value: string | undefined, now: number): Duration.Duration | undefined => {
  const text = value?.trim() ?? ""
  if (/^-?\d+(\.\d+)?$/.test(text)) {
    const number = Number(text)
    const millis = number >= EPOCH_MILLIS ? number - now : number >= EPOCH_SECONDS ? number * 1000 - now : number * 1000
    return Duration.millis(Math.min(Math.max(0, millis), Number.MAX_SAFE_INTEGER))
  }
  const date = Headers.parseHttpDate(text)
  return Result.isSuccess(date) ? Duration.millis(Math.max(0, DateTime.toEpochMillis(date.success) - now)) : undefined
}

/** A delay that is neither shorter than `least` (a server's 0 must not become a tight loop) nor longer than `most`. */
export const clamp = (
  delay: Duration.Duration,
  limits: { readonly least: Duration.Duration; readonly most: Duration.Duration }
): Duration.Duration => Duration.min(Duration.max(delay, limits.least), Duration.max(limits.least, limits.most))
