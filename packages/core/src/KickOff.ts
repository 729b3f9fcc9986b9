import { Schema } from "effect"
import { ApiVersion } from "./Target.ts"

/** An export job on the server: all that is needed to follow, download or cancel it, also from another process. */
export class JobRef extends Schema.Class<JobRef>("JobRef")({
  jobId: Schema.String,
  /** Where its state is, on the target's origin. */
  statusUrl: Schema.String,
  /** The kick-off URL. Absent when the reference was made from a job id alone. */
  requestUrl: Schema.optionalKey(Schema.String),
  /** When this client started it, ISO 8601. Absent when the reference was made from a job id alone. */
  kickedOffAt: Schema.optionalKey(Schema.String),
  apiVersion: ApiVersion
}) {}
