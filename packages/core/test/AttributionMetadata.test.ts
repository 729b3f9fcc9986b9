import { BcdaClient } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { lines, outcome, type Reply, serve, withClient } from "./support/server.ts"

describe("attribution", () => {
  const path = "/api/v3/attribution_status"
  const attribution = Effect.flatMap(BcdaClient, (bcda) => bcda.attribution)

  it.live("gives the dates as the server wrote them", () =>
    Effect.gen(function* () {
      const dates = [
        { timestamp: "2020-12-22T22:31:40.397916Z", type: "last_attribution_update" },
        { timestamp: "2020-11-01T00:00:00Z", type: "last_runout_update" }
      ]
      const server = yield* serve({ [`GET ${path}`]: { body: `${JSON.stringify({ ingestion_dates: dates })}\n` } })
      assert.deepStrictEqual(yield* attribution.pipe(withClient(server)), { ingestionDates: dates })
    })
  )

  const refusals: ReadonlyArray<readonly [string, Reply, string]> = [
    ["404 with an outcome", outcome("not-found", "", 404), "NeverIngested"],
    ["404 in plain text", { status: 404, body: "404 page not found\n" }, "Rejected"],
    ["403", outcome("forbidden", "", 403), "Forbidden"],
    ["403 when the model entity could not be read", outcome("forbidden", "Unauthorized Error", 403), "ServerFault"],
    ["something else", { body: '{"ingestion_dates":"never"}' }, "Malformed"]
  ]
  for (const [name, reply, reason] of refusals) {
    it.live(`${name} is ${reason}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ [`GET ${path}`]: reply })
        const error = yield* attribution.pipe(withClient(server), Effect.flip)
        assert.deepStrictEqual([error._tag, error.reason._tag], ["AttributionError", reason])
      })
    )
  }
})

describe("metadata", () => {
  const path = "/api/v3/metadata"
  const metadata = Effect.flatMap(BcdaClient, (bcda) => bcda.metadata)
  const statement = {
    resourceType: "CapabilityStatement" as const,
    fhirVersion: "4.0.1",
    software: { name: "Beneficiary Claims Data API", version: "r292" },
    rest: [{ mode: "server" }]
  }

  it.live("is asked for without a token, and keeps what it does not know", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: { body: JSON.stringify(statement) } })
      assert.deepStrictEqual(yield* metadata.pipe(withClient(server)), statement)
      assert.deepStrictEqual(
        server.seen.map((asked) => [asked.url, lines(asked, "authorization")]),
        [[path, []]]
      )
    })
  )

  it.live("needs no credentials", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: { body: JSON.stringify(statement) } })
      const { fhirVersion } = yield* metadata.pipe(withClient(server, { credentials: undefined }))
      assert.strictEqual(fhirVersion, "4.0.1")
    })
  )

  const refusals: ReadonlyArray<readonly [string, Reply, string]> = [
    ["404", { status: 404 }, "Rejected"],
    ["another resource", outcome("x", "", 200), "Malformed"],
    ["a redirect", { status: 301, headers: { location: "/elsewhere" } }, "Redirected"]
  ]
  for (const [name, reply, reason] of refusals) {
    it.live(`${name} is ${reason}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ [`GET ${path}`]: reply })
        const error = yield* metadata.pipe(withClient(server), Effect.flip)
        assert.deepStrictEqual([error._tag, error.reason._tag], ["MetadataError", reason])
      })
    )
  }
})
