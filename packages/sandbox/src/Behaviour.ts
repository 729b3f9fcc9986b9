import type { BugSwitches } from "./Bugs.ts"
import { type ApiVersion, defaultBatchSizes, type ResourceType } from "./DataSource.ts"
import type { Deployment } from "./Models.ts"

/**
 * BCDA's settings, as data. BCDA reads these from its environment; here they are one record with the values that its
 * code uses by default, so that a sandbox can be made to behave like a differently configured deployment.
 */
export interface Behaviour {
  /** Whose settings decide what an organization may do. Default: those of CMS's public sandbox. */
  readonly deployment: Deployment
  /** Life of a bearer token in seconds. BCDA: 1200 (20 minutes). */
  readonly tokenSeconds: number
  /**
   * How many tokens an organization may ask for within `tokenWindowMinutes`; more are refused with 429. Counted for all
   * its clients together, in a window that begins with the first call. BCDA: 1000.
   */
  readonly tokenCalls: number
  /** Length of that window, and `Retry-After` of the 429 (in seconds there). BCDA: 5 minutes. */
  readonly tokenWindowMinutes: number
  /**
   * Age in hours at which a finished job counts as over: its status turns 410, and the next clean-up archives it. The
   * same age takes archived, failed and cancelled jobs to their `…Expired` states. BCDA: 24.
   */
  readonly archiveHours: number
  /** UTC hours of the daily clean-up runs. BCDA: 11 and 23. */
  readonly cleanUpHours: ReadonlyArray<number>
  /** How many sub-jobs are written at the same time. BCDA: 3 workers. Higher values cost memory and CPU. */
  readonly workers: number
  /**
   * How long a job that could not be prepared is Failed before it is tried again, in seconds. BCDA's queue waits about
   * the fourth power of the number of tries: 17 is one try after 1 second and another after 16.
   */
  readonly prepareRetrySeconds: number
  /** `Retry-After` of the 429 for a duplicate job, in seconds. BCDA: 0, which tells a client nothing. */
  readonly duplicateRetryAfterSeconds: number
  /** Last service day of a runout export, `YYYY-MM-DD`. BCDA: 2025-12-31. */
  readonly runoutClaimThrough: string
  /** Whether `Group/runout` exists; without it the group id is unknown. BCDA: true. */
  readonly runout: boolean
  /**
   * Whether `Group/all` with `_since` gives people who are new since then their whole history, in files of their own.
   * BCDA's code says no by default; its documentation and, as far as can be told, all its deployments say yes.
   */
  readonly newMembers: boolean
  /**
   * Share of a batch's people, in percent, for whom the claims server must fail to fail the job. People whom it does not
   * know never count. BCDA: 100, so one success saves a sub-job.
   */
  readonly exportFailPercent: number
  /** People per file and type. */
  readonly batchSizes: Readonly<Record<ResourceType, number>>
  /** API versions that exist; below all others every path is a plain 404. v1 exists always. BCDA: all, in production v3 by a switch. */
  readonly versions: ReadonlyArray<ApiVersion>
  /**
   * How `Accept` and `Prefer` are read. `tokens`: comma lists over all lines, any case, parameters ignored. `exact`: the
   * first line, letter for letter, as before 2026-08-18; deployments may still do that.
   */
  readonly headers: "tokens" | "exact"
  /** Version in `/_version`, `/_auth` and metadata. BCDA: a release such as `r292`; `latest` in a local build. */
  readonly release: string
  /** Which of BCDA's bugs are mended. Default: none, `today`. */
  readonly bugs: BugSwitches
}

/** What BCDA does when nobody configures it otherwise. */
export const bcdaBehaviour: Behaviour = {
  deployment: "sandbox",
  tokenSeconds: 1200,
  tokenCalls: 1000,
  tokenWindowMinutes: 5,
  archiveHours: 24,
  cleanUpHours: [11, 23],
  workers: 3,
  prepareRetrySeconds: 17,
  duplicateRetryAfterSeconds: 0,
  runoutClaimThrough: "2025-12-31",
  runout: true,
  newMembers: true,
  exportFailPercent: 100,
  batchSizes: defaultBatchSizes,
  versions: ["v1", "v2", "v3"],
  headers: "tokens",
  release: "latest",
  bugs: "today"
}

/**
 * How long jobs take, on the sandbox's clock. BCDA needs seconds to hours; the defaults are quick, yet slow enough for
 * a client to see every state.
 */
export interface Pace {
  /** From kick-off to the first sub-job. Default 500 ms. */
  readonly pendingMillis: number
  /** Per sub-job, one after the other. Default 100 ms, so the 4 sub-jobs of 100 people take 0.4 s. */
  readonly perSubJobMillis: number
}

/** Half a second of Pending, a tenth of a second per file. */
export const defaultPace: Pace = { pendingMillis: 500, perSubJobMillis: 100 }
