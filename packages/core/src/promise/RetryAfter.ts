/** Reads `Retry-After`, in the forms servers send and in those they should not. Delays are milliseconds. */
import { Duration } from "effect"
import * as Core from "../RetryAfter.ts"

/** The delay a `Retry-After` asks for, which is not limited; `undefined` if there is none or it cannot be read. `now` is milliseconds since 1970. */
export const parse = (value: string | undefined, now: number): number | undefined => {
  const delay = Core.parse(value, now)
  return delay && Duration.toMillis(delay)
}

/** A delay that is neither shorter than `least` (a server's 0 must not become a tight loop) nor longer than `most`. */
export const clamp = (delay: number, { least, most }: { readonly least: number; readonly most: number }): number =>
  Duration.toMillis(Core.clamp(Duration.millis(delay), { least: Duration.millis(least), most: Duration.millis(most) }))
