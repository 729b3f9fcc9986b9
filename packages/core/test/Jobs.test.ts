import { BcdaClient, type BcdaJobStatus, JobRef } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { lines, outcome, type Reply, serve, targetOf, withClient } from "./support/server.ts"

const path = "/api/v3/jobs"
const jobs = (status?: ReadonlyArray<BcdaJobStatus>) =>
  Effect.flatMap(BcdaClient, (bcda) => (status === undefined ? bcda.jobs() : bcda.jobs({ status })))

const task = (id: string, status: string) => ({
  resource: {
    resourceType: "Task",
    identifier: [{ use: "official", system: "http://h/api/v3/jobs", value: id }],
    status,
    intent: "order",
    input: [
      { type: { text: "BULK FHIR Export" }, valueString: `GET https://h/api/v3/Group/all/$export?_type=Patient` }
    ],
    executionPeriod: { start: "2026-08-14T00:07:48Z", end: "2026-08-14T00:09:48Z" }
  }
})
const bundle = (...entry: ReadonlyArray<unknown>): Reply => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ resourceType: "Bundle", type: "searchset", total: entry.length, entry })
})
const nothing = '{"resourceType":"Bundle","type":"searchset","total":0}'
const none = outcome("not-found", "no Jobs found for acoID 0 with job statuses [Pending]", 404)

describe("jobs", () => {
  it.live("asks with exactly one Accept and one Prefer", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: bundle(task("1", "accepted"), task("42", "completed")) })
      assert.deepStrictEqual(yield* jobs().pipe(withClient(server)), [
        {
          jobId: "1",
          status: "accepted",
          requestUrl: "https://h/api/v3/Group/all/$export?_type=Patient",
          start: "2026-08-14T00:07:48Z",
          end: "2026-08-14T00:09:48Z"
        },
        {
          jobId: "42",
          status: "completed",
          requestUrl: "https://h/api/v3/Group/all/$export?_type=Patient",
          start: "2026-08-14T00:07:48Z",
          end: "2026-08-14T00:09:48Z"
        }
      ])
      const [asked] = server.to(path)
      assert.strictEqual(asked?.url, path)
      assert.deepStrictEqual(lines(asked, "accept"), ["application/fhir+json"])
      assert.deepStrictEqual(lines(asked, "prefer"), ["respond-async"])
    })
  )

  const filters: ReadonlyArray<readonly [ReadonlyArray<BcdaJobStatus>, string]> = [
    [[], path],
    [["In Progress"], `${path}?_status=In%20Progress`],
    [["Pending", "In Progress", "CancelledExpired"], `${path}?_status=Pending,In%20Progress,CancelledExpired`]
  ]
  for (const [status, url] of filters) {
    it.live(`asks for ${url}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ [`GET ${path}`]: bundle() })
        assert.deepStrictEqual(yield* jobs(status).pipe(withClient(server)), [])
        assert.strictEqual(server.to(path)[0]?.url, url)
      })
    )
  }

  const empties: ReadonlyArray<readonly [string, Reply]> = [
    ["404 with an outcome and a Bundle in one body", { ...none, body: `${String(none.body)}${nothing}` }],
    ["404 with the outcome alone", none],
    ["404 with the Bundle alone", { status: 404, body: nothing }],
    ["200 with an empty Bundle", { body: nothing }]
  ]
  for (const [name, reply] of empties) {
    it.live(`finds none in ${name}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ [`GET ${path}`]: reply })
        assert.deepStrictEqual(yield* jobs().pipe(withClient(server)), [])
      })
    )
  }

  const refusals: ReadonlyArray<readonly [string, Reply, string]> = [
    ["404 in plain text", { status: 404, body: "404 page not found\n" }, "Rejected"],
    ["400", outcome("structure", "Prefer header is required"), "Rejected"],
    ["403 when the model entity could not be read", outcome("forbidden", "Unauthorized Error", 403), "ServerFault"],
    [
      "500 with an outcome and a Bundle in one body",
      { status: 500, body: `${String(none.body)}${nothing}` },
      "ServerFault"
    ],
    ["a page", { body: "<html></html>" }, "Malformed"],
    ["another resource", outcome("x", "", 200), "Malformed"],
    ["a job without a number", bundle({ resource: { resourceType: "Task", status: "completed" } }), "Malformed"]
  ]
  for (const [name, reply, reason] of refusals) {
    it.live(`${name} is ${reason}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ [`GET ${path}`]: reply })
        const error = yield* jobs().pipe(withClient(server), Effect.flip)
        assert.deepStrictEqual([error._tag, error.reason._tag], ["JobsError", reason])
      })
    )
  }

  const urls: ReadonlyArray<readonly [string, string]> = [
    ["https://h/fhir/bulkstatus/a-b", "a-b"],
    ["https://h/api/v2/fhir/Job/8c1e/$status", "8c1e"],
    ["https://h/r4/$export-poll-status?_jobId=8c1e", "8c1e"],
    ["https://h/", "/"]
  ]
  for (const [url, jobId] of urls) {
    it.live(`makes a reference from ${url}`, () =>
      Effect.gen(function* () {
        const target = targetOf("https://h", "fhir")
        const job = yield* Effect.map(BcdaClient, (bcda) => bcda.job(url)).pipe(withClient({ url: "" }, { target }))
        assert.deepStrictEqual(job, new JobRef({ jobId, statusUrl: url, apiVersion: "fhir" }))
      })
    )
  }

  it.live("makes a reference from a number alone", () =>
    Effect.gen(function* () {
      const job = yield* Effect.map(BcdaClient, (bcda) => bcda.job("42")).pipe(
        withClient({ url: "https://bcda.example" })
      )
      assert.deepStrictEqual(
        job,
        new JobRef({ jobId: "42", statusUrl: "https://bcda.example/api/v3/jobs/42", apiVersion: "v3" })
      )
    })
  )
})
