import { Effect, Result, Schema } from "effect"
import { HttpClientRequest } from "effect/http"
import { type ExchangeReason, Malformed, MetadataError } from "./Errors.ts"
import { exchangeRefusal } from "./internal/classify.ts"
import type { Answer } from "./internal/exchange.ts"
import * as schedules from "./internal/schedules.ts"
import { fhir, type Session } from "./internal/session.ts"

/** The server's FHIR CapabilityStatement: the fields this client reads, and everything else as it came. */
export const CapabilityStatement = Schema.StructWithRest(
  Schema.Struct({
    resourceType: Schema.Literal("CapabilityStatement"),
    /** `3.0.1` on v1, `4.0.1` on v2 and v3. */
    fhirVersion: Schema.String,
    /** BCDA's release, such as `r292`. */
    software: Schema.optionalKey(
      Schema.Struct({ name: Schema.optionalKey(Schema.String), version: Schema.optionalKey(Schema.String) })
    )
  }),
  [Schema.Record(Schema.String, Schema.Unknown)]
)
export type CapabilityStatement = typeof CapabilityStatement.Type

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(CapabilityStatement))

/** @internal */
export const makeMetadata = (session: Session): Effect.Effect<CapabilityStatement, MetadataError> =>
  session.exchange.send(HttpClientRequest.get(session.target.api("metadata"), { headers: fhir })).pipe(
    Effect.flatMap((answer) => Effect.fromResult(statementOf(answer))),
    Effect.retry(schedules.retry(session.policy)),
    Effect.mapError((reason) => new MetadataError({ reason })),
    Effect.withSpan("BcdaClient.metadata")
  )

const statementOf = (answer: Answer): Result.Result<CapabilityStatement, ExchangeReason> =>
  answer.status === 200
    ? decode(answer.text).pipe(
        Result.mapError((error) => new Malformed({ detail: `capability statement: ${error.message}` }))
      )
    : Result.fail(exchangeRefusal(answer))
