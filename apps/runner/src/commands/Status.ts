import { type AttributionStatus, BcdaClient, Calendar, type CapabilityStatement } from "@bcda-kit/core"
import { Clock, Effect } from "effect"
import { Command } from "effect/cli"
import * as Connection from "../Connection.ts"
import { fromCore } from "../Failure.ts"
import * as Flags from "../Flags.ts"
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

export const statusCommand = Command.make(
  "status",
  { ...Flags.connection, json: Flags.json },
  Effect.fnUntraced(
    function* (input) {
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
).pipe(
  Command.withDescription("What the server is, when attribution data last arrived, and what that means today"),
  Command.withExamples([{ command: "bcda status --target sandbox", description: "Are my credentials good?" }])
)
