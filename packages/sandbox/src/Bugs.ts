/**
 * What BCDA does today although it can hardly be meant, one name each. A release may mend any of them at any time, so a
 * client has to live with both: every one can be switched to the behaviour that the code evidently meant.
 */
export const bugs = [
  /** Archived and expired jobs: a 404 outcome and then a second answer in the same body. Fixed: the 404 alone. */
  "archived-answers-twice",
  /** An empty job list, and one that could not be read: an outcome and then an empty Bundle in the same body. Fixed: the outcome alone. */
  "job-list-answers-twice",
  /** Gzipped files are followed by a second, empty gzip member. Fixed: the file ends where it ends. */
  "empty-gzip-member",
  /** `X-Progress` counts all finished sub-jobs as one, so it never climbs. Fixed: it climbs with every finished sub-job. */
  "frozen-progress",
  /** A cancel that comes before the job is prepared is overwritten, and the job runs on. Fixed: cancelled is cancelled. */
  "lost-cancel",
  /** A job that could not be queued stays Pending and blocks its likes for a day. Fixed: the 500 leaves no job behind. */
  "orphaned-job",
  /** A v1 or v2 job stays Pending when the claims server is down while it is prepared. Fixed: it fails. */
  "stuck-preparing",
  /** A job with no type to export (open claims only, on v1 and v3) stays Pending. Fixed: it fails. */
  "stuck-without-types",
  /** A running job's `_type=Patient,Coverage` does not stop a new `_type=Patient`. Fixed: lists are split before they are compared. */
  "unsplit-duplicate-types",
  /** When nobody of a batch was found, its error file is not in the manifest. Fixed: it is listed as all others are. */
  "unlisted-error-file",
  /** The token endpoint drops the connection when the token service cannot be reached. Fixed: 500 `Internal Server Error`. */
  "token-connection-dropped",
  /** CMS ids of the sandbox models (`SBXA…`, `SBXP…`, `SBXB…`) match no model and count as disabled. Fixed: they may take part. */
  "sandbox-models-disabled"
] as const

/** The name of one of BCDA's bugs. */
export type Bug = (typeof bugs)[number]

/** As BCDA is, or as it will be once the bug is mended. */
export type BugState = "today" | "fixed"

/** All bugs alike, or some by name; those not named are as today. */
export type BugSwitches = BugState | Readonly<Partial<Record<Bug, BugState>>>

export const isFixed = (switches: BugSwitches, bug: Bug): boolean =>
  (typeof switches === "string" ? switches : switches[bug]) === "fixed"
