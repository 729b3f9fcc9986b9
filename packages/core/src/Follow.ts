import { Schema } from "effect"
import { Manifest } from "./Manifest.ts"

/** How an export job stands, as one look at it tells. Failed, expired and cancelled jobs are errors instead (`FollowError`). */
export const JobState = Schema.TaggedUnion({
  /** Accepted, not started. */
  Pending: {},
  /** `percent` is the server's, 0 to 100. BCDA's stays at one value for the whole run. */
  InProgress: { percent: Schema.optionalKey(Schema.Finite) },
  Completed: {
    manifest: Manifest,
    /** The manifest exactly as the server sent it. */
    bytes: Schema.Uint8Array,
    /** When the server will stop serving the files, ISO 8601; absent if it did not say so legibly. */
    expires: Schema.optionalKey(Schema.String)
  }
})
export type JobState = typeof JobState.Type
