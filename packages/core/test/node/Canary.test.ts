import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { inspect } from "node:util"
import { BcdaClient, Credentials, ExportRequest, Receipt, Target } from "@bcda-kit/core"
import { exportEvents, exportToDirectory, NodeTransport } from "@bcda-kit/core/node"
import { layer as telemetry } from "@bcda-kit/core/telemetry"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Result, Schema, Stream } from "effect"
import { type Handler, hasty, json, outcome, type Reply, serve } from "../support/server.ts"
import { collector } from "./support/Collector.ts"
import { tempDirectory } from "./support/TempDirectory.ts"

/**
 * A server that quotes in its answers all that it must not: the secret, the token, the header they came in, and a beneficiary's number. They have
 * to be in the files that it sends, and nowhere else.
 */
const secret = "canary-secret-5e1f0c"
const token = "canary.token~0451-not-a-jwt"
const mbi = "7QX9YZ8WV55"
const dashed = "7QX9-YZ8-WV55"
const basic = Buffer.from(`an-id:${secret}`).toString("base64")
const canaries = [secret, token, mbi, dashed, basic]
const echo = `not so: Basic ${basic} ${secret} Bearer ${token} of ${mbi} (${dashed})`

const unsaid = (text: string, where: string, but?: string) => {
  for (const canary of canaries.filter((one) => one !== but))
    assert.notInclude(text.toLowerCase(), canary.toLowerCase(), where)
}

const given: Reply = json({ access_token: token, expires_in: "1200", token_type: "bearer" })
const claim = `${JSON.stringify({ id: mbi, identifier: [{ value: dashed }], resourceType: "Patient" })}\n`
const complaint = `${JSON.stringify({
  issue: [{ severity: "error", code: "exception", diagnostics: echo, details: { text: `Error retrieving ${mbi}` } }],
  resourceType: "OperationOutcome"
})}\n`

/** A whole BCDA for one small export. */
const healthy: Record<string, Handler | Reply> = {
  "POST /auth/token": given,
  "GET /api/v3/Group/all/$export": ({ headers }) => ({
    status: 202,
    headers: { "content-location": `http://${headers.host}/api/v3/jobs/7` }
  }),
  "GET /api/v3/jobs/7": ({ headers }, count) =>
    count === 0
      ? { status: 202, headers: { "x-progress": `In Progress (50%) ${echo}` } }
      : json({
          transactionTime: "2026-10-06T10:00:00Z",
          request: `http://${headers.host}/api/v3/Group/all/$export`,
          requiresAccessToken: true,
          output: [{ type: "Patient", url: `http://${headers.host}/data/7/p.ndjson` }],
          error: [{ type: "OperationOutcome", url: `http://${headers.host}/data/7/p-error.ndjson` }],
          JobID: 7,
          extension: [{ comment: echo }]
        }),
  "GET /data/7/p.ndjson": { headers: { "content-type": "application/fhir+ndjson" }, body: claim },
  "GET /data/7/p-error.ndjson": { headers: { "content-type": "application/fhir+ndjson" }, body: complaint },
  "GET /api/v3/jobs": json({ resourceType: "Bundle", entry: [] }),
  "DELETE /api/v3/jobs/7": { status: 202 },
  "GET /api/v3/attribution_status": json({ ingestion_dates: [] }),
  "GET /api/v3/metadata": json({ resourceType: "CapabilityStatement", fhirVersion: "4.0.1" })
}

const at = {
  token: "POST /auth/token",
  kickOff: "GET /api/v3/Group/all/$export",
  job: "GET /api/v3/jobs/7",
  file: "GET /data/7/p.ndjson",
  errors: "GET /data/7/p-error.ndjson",
  list: "GET /api/v3/jobs",
  cancel: "DELETE /api/v3/jobs/7",
  attribution: "GET /api/v3/attribution_status",
  metadata: "GET /api/v3/metadata"
}

/** Answers that say it, whatever they answer. */
const echoes: Readonly<Record<string, Reply>> = {
  ...Object.fromEntries(
    [400, 401, 403, 404, 410, 416, 429, 500, 503].map((status) => [
      `an outcome with ${status}`,
      outcome("exception", echo, status, { "x-quoted": echo })
    ])
  ),
  "plain text": { status: 400, headers: { "content-type": "text/plain" }, body: echo },
  "an OAuth error": json({ error: "invalid_client", error_description: echo }, 400),
  "an OAuth error that is the secret": json({ error: secret, error_description: token }, 401),
  "a page": { status: 200, headers: { "content-type": "text/html" }, body: `<html>${echo}</html>` },
  "broken JSON": {
    status: 200,
    headers: { "content-type": "application/json" },
    body: `{"access_token":"${token}","a":${echo}`
  },
  "JSON that is something else": json({
    [secret]: [mbi],
    access_token: { [token]: echo },
    output: echo,
    error: [echo],
    entry: echo
  }),
  "a redirect": { status: 302, headers: { location: `https://elsewhere.example/${mbi}?token=${token}` } },
  "a 202": { status: 202, headers: { "content-location": `not a url ${encodeURIComponent(echo)}` } },
  "a failed job": outcome("exception", `Job failed: ${echo}`, 500),
  "wrong lines": {
    headers: { "content-type": "application/fhir+ndjson" },
    body: `{"resourceType":"Patient","id":"${mbi} ${token}"\n`
  },
  "another type": {
    headers: { "content-type": "application/fhir+ndjson" },
    body: `{"resourceType":"${mbi}","id":"${token}"}\n`
  },
  "broken gzip": { headers: { "content-encoding": "gzip" }, body: echo },
  "headers that say it": {
    status: 503,
    headers: { "retry-after": echo, "content-type": echo, "x-progress": echo, expires: echo, "content-range": echo }
  }
}

/** Everything that a failure can be made to say. */
const allOf = (exit: Exit.Exit<unknown, unknown>): string => {
  if (Exit.isSuccess(exit)) return inspect(exit.value, { depth: 20 }) + JSON.stringify(exit.value)
  const error = Cause.squash(exit.cause)
  const own = error instanceof Error ? `${error.message}\n${error.stack}\n${String(error.cause)}` : ""
  const next =
    typeof error === "object" && error !== null && "reason" in error
      ? `${JSON.stringify(error.reason)} ${inspect(error.reason, { depth: 20, showHidden: true, getters: true })}`
      : ""
  return [
    own,
    next,
    Cause.pretty(exit.cause),
    JSON.stringify(error),
    String(error),
    inspect(error, { depth: 20, showHidden: true })
  ].join("\n")
}

const run = Effect.fnUntraced(function* (broken: Readonly<Record<string, Reply>>) {
  const server = yield* serve({ ...healthy, ...broken })
  const seen = yield* collector
  const directory = join(yield* tempDirectory, "export")
  const client = BcdaClient.layer({
    target: Result.getOrThrow(Target.fromUrl(server.url)),
    credentials: Credentials.of("an-id", secret),
    policy: {
      ...hasty,
      retry: { ...hasty.retry, attempts: 2 },
      poll: { ...hasty.poll, outage: 20, deadline: 100 },
      fileAttempts: 2,
      kickOff: { settle: 0 }
    }
  }).pipe(Layer.provide(NodeTransport.layer))
  const request = new ExportRequest({ scope: "all" })
  const events: Array<unknown> = []
  const exits: ReadonlyArray<Exit.Exit<unknown, unknown>> = yield* Effect.gen(function* () {
    const one = yield* BcdaClient
    const whole = yield* Effect.exit(
      Stream.runForEach(exportEvents({ request, directory, adopt: true }), (event) =>
        Effect.sync(() => events.push(event))
      )
    )
    const again = yield* Effect.exit(exportToDirectory({ request, directory }))
    const steps = yield* Effect.forEach(
      [
        one.token,
        one.kickOff(request),
        one.kickOff(request, { adopt: true }),
        one.findJob(request, "2026-10-06T10:00:00Z"),
        one.status(one.job("7")),
        one.jobs(),
        one.cancel("7"),
        one.attribution,
        one.metadata,
        Effect.scoped(Effect.flatMap(one.open(`${server.url}/data/7/p.ndjson`), ({ body }) => Stream.runCollect(body)))
      ],
      (step) => Effect.exit(Effect.asVoid<unknown, unknown, never>(step))
    )
    return [whole, again, ...steps]
  }).pipe(Effect.provide(client), Effect.provide(telemetry(seen.environment)))
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return { exits, events, directory, files, sent: seen.text() }
})

/** Files that hold the server's own bytes, which are the user's. */
const isServers = (path: string): boolean => /\/(Patient|error)\/[^/]+$|\/manifest\.json$/.test(path)

describe("a canary", () => {
  for (const [place, route] of Object.entries(at)) {
    it.live(`is quoted by the server at ${place}, and nowhere else`, () =>
      Effect.gen(function* () {
        let failures = 0
        for (const [name, reply] of Object.entries(echoes)) {
          const { exits, events, files, sent } = yield* run({ [route]: reply })
          failures += exits.filter((exit) => Exit.isFailure(exit)).length
          // One that refuses to give a token and names one that nobody was given: that is a word like any other.
          const but = route === at.token && (reply.status ?? 200) >= 400 ? token : undefined
          for (const exit of exits) unsaid(allOf(exit), `${place}: ${name}`, but)
          unsaid(JSON.stringify(events) + inspect(events, { depth: 20 }), `${place}: ${name}, events`, but)
          unsaid(sent, `${place}: ${name}, spans and metrics`, but)
          assert.include(sent, "exportToDirectory")
          for (const file of files.filter((path) => !isServers(path))) {
            unsaid(readFileSync(file, "utf8"), `${place}: ${name}, ${file}`, but)
          }
        }
        assert.isAbove(failures, Object.keys(echoes).length / 2)
      })
    )
  }

  it.live("is in the saved files, and in nothing else of a whole export", () =>
    Effect.gen(function* () {
      const { directory, events, exits, files, sent } = yield* run({})
      assert.isTrue(exits.slice(0, 2).every((exit) => Exit.isSuccess(exit)))
      const of = (name: string) => readFileSync(files.find((path) => path.endsWith(name)) ?? "", "utf8")
      assert.strictEqual(of("p.ndjson"), claim)
      assert.strictEqual(of("p-error.ndjson"), complaint)
      const receipt = Schema.decodeUnknownSync(Schema.fromJsonString(Receipt))(
        readFileSync(join(directory, "receipt.json"), "utf8")
      )
      assert.strictEqual(receipt.outcomes.error, 1)
      for (const file of files.filter((path) => !isServers(path))) unsaid(readFileSync(file, "utf8"), file)
      unsaid(JSON.stringify(events), "events")
      unsaid(sent, "spans and metrics")
      unsaid(files.join(), "names")
    })
  )
})
