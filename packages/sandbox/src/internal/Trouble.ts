/**
 * Trouble inside BCDA: a part that it depends on fails while it works on a request. What a client then sees is BCDA's own
 * answer, so handlers ask for trouble where BCDA would meet it. Faults bring trouble; without them there is none.
 *
 * Trouble with a job is met by the kick-off, which is when the job's fate is sealed: all its states follow from the clock.
 */
export const troubles = [
  /** The token service does not answer in time. Token endpoint and bearer checks: 503. */
  "token-service-timeout",
  /** The token service cannot be reached. The token endpoint then drops the connection (bug); bearer checks: 500. */
  "token-service-unreachable",
  /** The token service answers nonsense. Token endpoint and bearer checks: 500. */
  "token-service-error",
  /** The organization's row cannot be read. Bearer checks: 403 as if it were unknown. */
  "organization-lookup",
  /** The running jobs cannot be read when looking for duplicates. Kick-off, where the limit applies: 500. */
  "duplicate-lookup",
  /** The organization's time limits cannot be read. Kick-off: 500 with an empty text. */
  "constraints-lookup",
  /** The attribution files cannot be read. Kick-off: 500; attribution status: 404. */
  "attribution-lookup",
  /** The older attribution file, which tells new people from known ones, cannot be read. Kick-off: 500 with an empty text. */
  "older-attribution-lookup",
  /** The job's row cannot be written. Kick-off: 500. */
  "job-insert",
  /** The job's row is written, but it cannot be queued. Kick-off: 500, and a job that stays Pending (bug). */
  "queue-insert",
  /** The claims server is down while a v1 or v2 job is prepared. Kick-off: a job that stays Pending (bug). */
  "prepare-stuck",
  /** Preparing the job fails at first. Kick-off: a job that turns Failed, then Pending again, and then completes. */
  "prepare-retried",
  /** A sub-job fails. Kick-off: a job that turns Failed after its first sub-job. */
  "sub-job-failed",
  /** A sub-job is lost for good. Kick-off: a job that stays In Progress. */
  "sub-job-lost",
  /** A job is prepared only after its cancel, which that overwrites (bug). Cancel of a Pending job: 202, and the job runs on. */
  "cancel-lost",
  /** The job cannot be read. Status, cancel, file: 404 as if it were unknown. */
  "job-lookup",
  /** The job can be read once, to see whose it is, but not again. Status and cancel: 500; file: 404. */
  "job-second-lookup",
  /** The job cannot be updated. Cancel: 500. */
  "job-update",
  /** The jobs cannot be listed. Job list: 500, and then an empty Bundle in the same body (bug). */
  "job-list",
  /** A stored file is no file of BCDA's any more: shorter than 2 bytes. File: 500 in plain text. */
  "file-damaged",
  /** A stored file is damaged in its middle. File: 200; broken gzip, or half the lines and then an error text. */
  "file-broken",
  /** A stored file has gone from the disk. File: 404 in plain text. */
  "file-missing",
  /** The database does not answer `/_health`: 502. The token service's troubles show there too. */
  "database-down"
] as const

export type Trouble = (typeof troubles)[number]
