/**
 * How patient a run is. All of it is data with defaults that suit BCDA's sandbox.
 */
import { Duration, Schema } from "effect"
import type { TargetKind } from "./TargetDescriptor.ts"

/** How often a running job is looked at, and for how long. Durations. */
export const Pace = Schema.Struct({
  /** First wait between two polls. Default 1 s, on CMS's servers 5 s; with zero the polls follow each other at once (only for servers of your own). */
  initial: Schema.Duration,
  /** Each wait is so many times the one before. Default 1.5. */
  factor: Schema.Finite,
  /** The longest wait of our own choosing. Default 30 s, on CMS's servers 1 min. */
  max: Schema.Duration,
  /** A longer Retry-After is cut to this. Default 5 min. Hazard: cutting it may earn a 429. */
  retryAfterCap: Schema.Duration,
  /** A job that runs longer leaves everything that needs its files blocked. Default 30 min. */
  deadline: Schema.Duration,
  /** To the headers of any response, and the longest silence inside a body. Default 30 s. */
  timeout: Schema.Duration
})
export type Pace = typeof Pace.Type

/** Where the kind of target says nothing else: for servers of one's own. */
export const defaultPace: Pace = {
  initial: Duration.seconds(1),
  factor: 1.5,
  max: Duration.seconds(30),
  retryAfterCap: Duration.minutes(5),
  deadline: Duration.minutes(30),
  timeout: Duration.seconds(30)
}

/** The patience that suits a kind of server: one that others use is asked less often. */
export const paceFor = (kind: TargetKind): Pace =>
  kind === "sandbox" || kind === "production"
    ? { ...defaultPace, initial: Duration.seconds(5), max: Duration.minutes(1) }
    : defaultPace
