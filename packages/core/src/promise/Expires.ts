/** Reads the `Expires` of a finished job, and says how much of its time is left. */
import * as Core from "../Expires.ts"
import type { Time } from "./Policy.ts"

export { parse, type TimeLeft } from "../Expires.ts"

/** The time left at `now` (milliseconds since 1970) until an instant that `parse` gave. Default of `warnBelow`: two hours. */
export const timeLeft = (expires: string, now: number, warnBelow?: Time): Core.TimeLeft =>
  Core.timeLeft(expires, now, warnBelow)
