import { Schema } from "effect"

/** The nine states BCDA has for a job, and takes as a filter. Case matters, and `In Progress` has a space. */
export const BcdaJobStatus = Schema.Literals([
  "Pending",
  "In Progress",
  "Completed",
  "Archived",
  "Expired",
  "Failed",
  "FailedExpired",
  "Cancelled",
  "CancelledExpired"
])
export type BcdaJobStatus = typeof BcdaJobStatus.Type

/** One job of the entity's history, whatever API version started it. */
export const Job = Schema.Struct({
  jobId: Schema.String,
  /**
   * A FHIR Task status, coarser than the state that can be filtered by: `accepted` (Pending), `in-progress`, `completed` (also Archived
   * and Expired), `failed`, `cancelled`.
   */
  status: Schema.String,
  /** The kick-off URL. */
  requestUrl: Schema.optionalKey(Schema.String),
  /** When it was started, as the server wrote it. */
  start: Schema.optionalKey(Schema.String),
  /** When its row last changed, as the server wrote it; for a job that was archived later this is not when it finished. */
  end: Schema.optionalKey(Schema.String)
})
export type Job = typeof Job.Type
