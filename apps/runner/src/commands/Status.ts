import { type AttributionStatus, BcdaClient, type CapabilityStatement } from "@bcda-kit/core"
import { Effect } from "effect"
import { Command } from "effect/cli"
import * as Connection from "../Connection.ts"
import { fromCore } from "../Failure.ts"
import * as Flags from "../Flags.ts"
import { json, result } from "../Output.ts"

const capability = (statement: CapabilityStatement) =>
  [statement.software?.name, statement.software?.version, `FHIR ${statement.fhirVersion}`]
    .filter((word) => word !== undefined)
    .join(" ")

const attribution = (status: AttributionStatus | null) =>
  status === null || status.ingestionDates.length === 0
    ? ["attribution: never ingested"]
    : status.ingestionDates.map(({ timestamp, type }) => `${type}: ${timestamp}`)

export const statusCommand = Command.make(
  "status",
  { target: Flags.target, apiVersion: Flags.apiVersion, json: Flags.json },
  Effect.fnUntraced(
    function* (input) {
      const bcda = yield* BcdaClient
      const statement = yield* bcda.metadata.pipe(Effect.mapError((error) => fromCore(error)))
      // An entity without attribution is a state to report, not a failure of the command.
      const status = yield* bcda.attribution.pipe(
        Effect.catchReason("AttributionError", "NeverIngested", () => Effect.succeed(null)),
        Effect.mapError((error) => fromCore(error))
      )
      const { apiVersion, baseUrl, name } = bcda.target
      if (input.json) {
        const { fhirVersion, software } = statement
        return yield* json({
          target: name,
          baseUrl,
          apiVersion,
          fhirVersion,
          software,
          ingestionDates: status?.ingestionDates ?? []
        })
      }
      yield* result(
        [
          `${name === baseUrl ? baseUrl : `${name}: ${baseUrl}`}, API ${apiVersion}`,
          capability(statement),
          ...attribution(status)
        ].join("\n")
      )
    },
    (effect, input) => Effect.provide(effect, Connection.layer(input))
  )
).pipe(
  Command.withDescription("What the server is, and when attribution data last arrived"),
  Command.withExamples([{ command: "bcda status --target sandbox", description: "Are my credentials good?" }])
)
