import { Schema } from "effect"

/** When attribution data was last ingested. */
export const AttributionStatus = Schema.Struct({
  /** `type` is `last_attribution_update` or `last_runout_update`; either may be missing. `timestamp` is as the server wrote it. */
  ingestionDates: Schema.Array(Schema.Struct({ type: Schema.String, timestamp: Schema.String }))
}).pipe(Schema.encodeKeys({ ingestionDates: "ingestion_dates" }))
export type AttributionStatus = typeof AttributionStatus.Type
