/**
 * Trouble inside BCDA: a part that it depends on fails while it works on a request. What a client then sees is BCDA's own
 * answer, so handlers ask for trouble where BCDA would meet it. Faults bring trouble; without them there is none.
 */
export const troubles = [
  /** The token service does not answer in time. Token endpoint: 503; bearer checks: 503. */
  "token-service-timeout",
  /** The token service cannot be reached. The token endpoint then drops the connection (bug); bearer checks: 500. */
  "token-service-unreachable",
  /** The token service answers nonsense. Token endpoint and bearer checks: 500. */
  "token-service-error",
  /** The organization's row cannot be read: 403 as if it were unknown. */
  "organization-lookup",
  /** The running jobs cannot be read when looking for duplicates: 500. */
  "duplicate-lookup",
  /** The attribution files cannot be read. Kick-off: 500; attribution status: 404. */
  "attribution-lookup",
  /** The older attribution file, which tells new people from known ones, cannot be read: 500 with an empty text. */
  "older-attribution-lookup",
  /** The job's row cannot be written: 500. */
  "job-insert",
  /** The job's row is written, but it cannot be queued: 500, and a job that stays Pending (bug). */
  "queue-insert",
  /** The job cannot be read: 404 as if it were unknown. */
  "job-lookup",
  /** The jobs cannot be listed: 500, and then an empty Bundle in the same body (bug). */
  "job-list",
  /** The job cannot be updated: a cancel answers 500. */
  "job-update",
  /** The claims server is down while a v1 or v2 job is prepared: it stays Pending (bug). */
  "prepare-stuck",
  /** Preparing the job fails at first and succeeds when it is tried again: Failed turns into Pending, and then completes. */
  "prepare-retried",
  /** A sub-job fails: the job turns Failed. */
  "sub-job-failed",
  /** A sub-job is lost for good: the job stays In Progress. */
  "sub-job-lost",
  /** A cancel that comes before the job is prepared is overwritten by preparing it: the job runs on (bug). */
  "cancel-lost",
  /** A stored file is damaged: 500 in plain text. */
  "file-damaged",
  /** A stored file has gone from the disk: 404 in plain text. */
  "file-missing",
  /** A part that `/_health` looks at is not well: 502. */
  "unhealthy"
] as const

export type Trouble = (typeof troubles)[number]
