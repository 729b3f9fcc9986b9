import { Effect, Result, Schema } from "effect"
import { AttributionError, type AttributionReason, Malformed, NeverIngested, NotOffered } from "./Errors.ts"
import { refusal } from "./internal/classify.ts"
import type { Answer } from "./internal/exchange.ts"
import * as schedules from "./internal/schedules.ts"
import { fhir, type Session } from "./internal/session.ts"
import * as OperationOutcome from "./OperationOutcome.ts"

/** When attribution data was last ingested. */
export const AttributionStatus = Schema.Struct({
  /** `type` is `last_attribution_update` or `last_runout_update`; either may be missing. `timestamp` is as the server wrote it. */
  ingestionDates: Schema.Array(Schema.Struct({ type: Schema.String, timestamp: Schema.String }))
}).pipe(Schema.encodeKeys({ ingestionDates: "ingestion_dates" }))
export type AttributionStatus = typeof AttributionStatus.Type

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(AttributionStatus))

/** @internal */
export const makeAttribution = (session: Session): Effect.Effect<AttributionStatus, AttributionError> =>
  ask(session).pipe(
    Effect.mapError((reason) => new AttributionError({ reason })),
    Effect.withSpan("BcdaClient.attribution")
  )

const ask = (session: Session): Effect.Effect<AttributionStatus, AttributionReason> =>
  session.target.isBcda
    ? session.withBearer({ method: "GET", url: session.target.api("attribution_status"), headers: fhir }, (request) =>
        session.exchange.send(request).pipe(
          Effect.flatMap((answer) => Effect.fromResult(statusOf(answer))),
          Effect.retry(schedules.retry(session.policy))
        )
      )
    : Effect.fail(new NotOffered({ what: "an attribution status" }))

const statusOf = (answer: Answer): Result.Result<AttributionStatus, AttributionReason> => {
  if (answer.status === 404 && OperationOutcome.parse(answer.text).issues.length > 0) {
    return Result.fail(new NeverIngested())
  }
  if (answer.status !== 200) return Result.fail(refusal(answer))
  return decode(answer.text).pipe(
    Result.mapError((error) => new Malformed({ detail: `attribution status: ${error.message}` }))
  )
}
