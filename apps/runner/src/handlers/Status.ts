import { type AttributionStatus, BcdaClient, Calendar, type CapabilityStatement } from "@bcda-kit/core"
import { Clock, Effect } from "effect"
import * as Connection from "../Connection.ts"
import type { ConnectionFlags } from "../config/Settle.ts"
import { fromCore } from "../Failure.ts"
import { json, result } from "../Output.ts"

const capability = (statement: CapabilityStatement) =>
  [statement.software?.name, statement.software?.version, `FHIR ${statement.fhirVersion}`]
    .filter((word) => word !== undefined)
    .join(" ")

/** The dates as the server has them, and what they mean today. */
const describe = (status: AttributionStatus, now: number) => ({
  attribution: Calendar.attribution(status, now),
  runout: Calendar.runout(status, now)
})

interface StatusInput extends ConnectionFlags {
  readonly json: boolean
}

/** Tells what the server is and what its dates mean. */
export const status = Effect.fnUntraced(
  function* (input: StatusInput) {
    const bcda = yield* BcdaClient
    const statement = yield* bcda.metadata.pipe(Effect.mapError((error) => fromCore(error)))
    // An entity without attribution, and a server that has no such thing, are states to report, not failures of the command.
    const none: AttributionStatus = { ingestionDates: [] }
    const status = bcda.target.isBcda
      ? yield* bcda.attribution.pipe(
          Effect.catchReason("AttributionError", "NeverIngested", () => Effect.succeed(none)),
          Effect.mapError((error) => fromCore(error))
        )
      : undefined
    const { apiVersion, baseUrl, name } = bcda.target
    const meaning = status && describe(status, yield* Clock.currentTimeMillis)
    if (input.json) {
      const { fhirVersion, software } = statement
      return yield* json({
        target: name,
        baseUrl,
        apiVersion,
        fhirVersion,
        software,
        ingestionDates: status?.ingestionDates ?? [],
        ...meaning
      })
    }
    yield* result(
      [
        `${name === baseUrl ? baseUrl : `${name}: ${baseUrl}`}, API ${apiVersion}`,
        capability(statement),
        ...(status?.ingestionDates ?? []).map(({ timestamp, type }) => `${type}: ${timestamp}`),
        ...(meaning === undefined ? [] : [meaning.attribution.text, meaning.runout.text])
      ].join("\n")
    )
  },
  (effect, input) => Effect.provide(effect, Connection.layer(input))
)
