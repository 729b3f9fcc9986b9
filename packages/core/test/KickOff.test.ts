import { createServer } from "node:net"
import { ApiVersion, BcdaClient, ExportRequest, type KickOffReason, type PolicyOptions, Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { hasty, lines, outcome, type Reply, secret, serve, targetOf, withClient } from "./support/server.ts"

const path = "/api/v3/Group/all/$export"
const all = new ExportRequest({ scope: "all" })
const accepted = (location = "/api/v3/jobs/42"): Reply => ({
  status: 202,
  headers: { "content-location": location }
})
const kickOff = (request = all) => Effect.flatMap(BcdaClient, (bcda) => bcda.kickOff(request))

describe("kick-off", () => {
  for (const apiVersion of ApiVersion.literals) {
    it.live(`asks ${apiVersion} with exactly one Accept, one Prefer and the token`, () =>
      Effect.gen(function* () {
        const versioned = `/api/${apiVersion}/Group/runout/$export`
        const server = yield* serve({
          [`GET ${versioned}`]: ({ headers }) => accepted(`http://${headers.host}/api/${apiVersion}/jobs/42`)
        })
        const target = targetOf(server.url, apiVersion)
        const job = yield* kickOff(new ExportRequest({ scope: "runout" })).pipe(withClient(server, { target }))
        const [asked, ...more] = server.to(versioned)
        assert.deepStrictEqual(more, [])
        assert.deepStrictEqual(lines(asked, "accept"), ["application/fhir+json"])
        assert.deepStrictEqual(lines(asked, "prefer"), ["respond-async"])
        assert.deepStrictEqual(lines(asked, "authorization"), ["Bearer t1"])
        assert.deepStrictEqual([lines(asked, "traceparent"), lines(asked, "b3")], [[], []])
        assert.strictEqual(job.jobId, "42")
        assert.strictEqual(job.statusUrl, `${server.url}/api/${apiVersion}/jobs/42`)
        assert.strictEqual(job.requestUrl, server.url + versioned)
        assert.strictEqual(job.apiVersion, apiVersion)
        assert.isFalse(Number.isNaN(Date.parse(job.kickedOffAt ?? "")))
      })
    )
  }

  it.live("sends the query exactly as the request has it", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: accepted() })
      const typeFilter = "ExplanationOfBenefit?service-date=ge2025-01-01&outcome=complete,partial"
      yield* kickOff(
        new ExportRequest({
          scope: "all",
          types: ["Patient", "ExplanationOfBenefit"],
          since: "2026-01-01T00:00:00+01:00",
          typeFilter
        })
      ).pipe(withClient(server))
      assert.strictEqual(
        server.to(path)[0]?.url,
        `${path}?_type=Patient,ExplanationOfBenefit&_since=2026-01-01T00%3A00%3A00%2B01%3A00&_typeFilter=` +
          "ExplanationOfBenefit%3Fservice-date%3Dge2025-01-01%26outcome%3Dcomplete%2Cpartial"
      )
    })
  )

  it.live("takes a relative Content-Location from its own URL", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: accepted("/api/v3/jobs/7") })
      const job = yield* kickOff().pipe(withClient(server))
      assert.strictEqual(job.statusUrl, `${server.url}/api/v3/jobs/7`)
    })
  )

  it.live("refuses a type filter where the server would ignore it, before anything is sent", () =>
    Effect.gen(function* () {
      const server = yield* serve({})
      const request = new ExportRequest({ scope: "all", typeFilter: "ExplanationOfBenefit?outcome=complete" })
      const error = yield* kickOff(request).pipe(
        withClient(server, { target: targetOf(server.url, "v2") }),
        Effect.flip
      )
      assert.strictEqual(error.reason._tag, "InvalidRequest")
      assert.deepStrictEqual(server.seen, [])
    })
  )
})

interface Refusal {
  readonly name: string
  readonly reply: Reply
  readonly reason: Partial<Record<string, unknown>> & { readonly _tag: KickOffReason["_tag"] }
  /** How many kick-offs the server saw. */
  readonly asked?: number
}

const refusals: ReadonlyArray<Refusal> = [
  {
    name: "429, empty body, Retry-After 0: a duplicate",
    reply: { status: 429, headers: { "retry-after": "0" } },
    reason: { _tag: "DuplicateJob", retryAfterSeconds: 0 }
  },
  {
    name: "429, empty body, Retry-After 120: a duplicate",
    reply: { status: 429, headers: { "retry-after": "120" } },
    reason: { _tag: "DuplicateJob", retryAfterSeconds: 120 }
  },
  {
    name: "429, empty body, a Retry-After beyond all numbers: a duplicate all the same",
    reply: { status: 429, headers: { "retry-after": "9".repeat(400) } },
    reason: { _tag: "DuplicateJob", retryAfterSeconds: Number.MAX_SAFE_INTEGER / 1000 }
  },
  {
    name: "429, empty body, no Retry-After: throttled, by whom is unknown",
    reply: { status: 429 },
    reason: { _tag: "Throttled" }
  },
  {
    name: "429 with an outcome and no Retry-After: throttled, and not asked again",
    reply: outcome("throttled", "", 429),
    reason: { _tag: "Throttled" }
  },
  {
    name: "429 with an outcome and Retry-After: throttled, after all tries",
    reply: outcome("throttled", "", 429, { "retry-after": "1" }),
    reason: { _tag: "Throttled", retryAfterSeconds: 1 },
    asked: 5
  },
  {
    name: "429 in plain text about tokens: the token cap",
    reply: {
      status: 429,
      headers: { "content-type": "text/plain; charset=utf-8", "retry-after": "300" },
      body: "A9999 exceeded the rate limit for /auth/token. Access tokens last 20 minutes; please cache and reuse them.\n"
    },
    reason: { _tag: "TokenCap", retryAfterSeconds: 300 }
  },
  {
    name: "400 with the server's words",
    reply: outcome("structure", "Invalid group ID"),
    reason: { _tag: "Rejected", status: 400, diagnostics: "Invalid group ID" }
  },
  {
    name: "404 about attribution",
    reply: outcome("not-found", "failed to start job; attribution file not found", 404),
    reason: { _tag: "Rejected", status: 404, diagnostics: "failed to start job; attribution file not found" }
  },
  {
    name: "403",
    reply: outcome("forbidden", "V3 access not enabled for this ACO", 403),
    reason: { _tag: "Forbidden", status: 403, detail: "V3 access not enabled for this ACO" }
  },
  {
    name: "500 without words: the row of a job may be there, so it is not asked again",
    reply: outcome("exception", "", 500),
    reason: { _tag: "ServerFault", status: 500 }
  },
  {
    name: "500 in words nobody knows, likewise",
    reply: outcome("exception", "failed to enqueue Database Error", 500),
    reason: { _tag: "ServerFault", status: 500 }
  },
  {
    name: "500 while the attribution is read, before there is a job: after all tries",
    reply: outcome("exception", "Database Error", 500),
    reason: { _tag: "ServerFault", status: 500, diagnostics: "Database Error" },
    asked: 5
  },
  {
    name: "500 while the token is checked, likewise",
    reply: outcome("exception", "Internal Error", 500),
    reason: { _tag: "ServerFault", status: 500, diagnostics: "Internal Error" },
    asked: 5
  },
  {
    name: "503 while the token is checked, with Retry-After, likewise",
    reply: outcome("exception", "Internal Error", 503, { "retry-after": "1" }),
    reason: { _tag: "ServerFault", status: 503, retryAfterSeconds: 1 },
    asked: 5
  },
  {
    name: "403 when the model entity could not be read, likewise",
    reply: outcome("forbidden", "Unauthorized Error", 403),
    reason: { _tag: "ServerFault", status: 403, diagnostics: "Unauthorized Error" },
    asked: 5
  },
  {
    name: "503 of something in front of it: what became of the request is unknown",
    reply: { status: 503, headers: { "retry-after": "1" } },
    reason: { _tag: "ServerFault", status: 503, retryAfterSeconds: 1 }
  },
  {
    name: "504 of something in front of it, likewise",
    reply: { status: 504, headers: { "content-type": "text/plain" }, body: "Internal Error" },
    reason: { _tag: "ServerFault", status: 504 }
  },
  {
    name: "a gateway's page, whose text stays out",
    reply: { status: 502, headers: { "content-type": "text/html" }, body: "<h1>eek</h1>" },
    reason: { _tag: "ServerFault", status: 502 }
  },
  { name: "200 is no kick-off", reply: { status: 200, body: "{}" }, reason: { _tag: "Malformed" } },
  { name: "202 without Content-Location", reply: { status: 202 }, reason: { _tag: "Malformed" } },
  {
    name: "202 with a Content-Location that is no job",
    reply: { status: 202, headers: { "content-location": "https://bcda.example/login?next=jobs" } },
    reason: { _tag: "Malformed" }
  },
  {
    name: "202 with a Content-Location elsewhere",
    reply: { status: 202, headers: { "content-location": "https://elsewhere.invalid/api/v3/jobs/42" } },
    reason: { _tag: "ForeignOrigin", origin: "https://elsewhere.invalid" }
  },
  {
    name: "401 with a fresh token too",
    reply: outcome("forbidden", "Expired Token", 401),
    reason: { _tag: "Unauthorized", status: 401, detail: "Expired Token" },
    asked: 2
  }
]

describe("a refused kick-off", () => {
  for (const { name, reply, reason, asked } of refusals) {
    it.live(name, () =>
      Effect.gen(function* () {
        const server = yield* serve({ [`GET ${path}`]: reply })
        const error = yield* kickOff().pipe(withClient(server), Effect.flip)
        assert.strictEqual(error._tag, "KickOffError")
        assert.deepInclude(error.reason, reason)
        assert.strictEqual(server.to(path).length, asked ?? 1)
        assert.notInclude(`${error.message} ${error.reason.next} ${JSON.stringify(error)}`, "<h1>")
        assert.notInclude(JSON.stringify(error), secret)
      })
    )
  }

  it.live("does not follow a redirect, and says where it would have gone", () =>
    Effect.gen(function* () {
      const elsewhere = yield* serve({})
      const server = yield* serve({
        [`GET ${path}`]: { status: 302, headers: { location: `${elsewhere.url}/login?x=1` } }
      })
      const error = yield* kickOff().pipe(withClient(server), Effect.flip)
      assert.deepInclude(error.reason, { status: 302, origin: elsewhere.url })
      assert.strictEqual(error.reason._tag, "Redirected")
      assert.deepStrictEqual(elsewhere.seen, [])
    })
  )

  it.live("asks again when throttled with a Retry-After, and starts one job", () =>
    Effect.gen(function* () {
      const server = yield* serve({
        [`GET ${path}`]: (_, count) => (count < 2 ? outcome("throttled", "", 429, { "retry-after": "0" }) : accepted())
      })
      const job = yield* kickOff().pipe(withClient(server))
      assert.strictEqual(job.jobId, "42")
      assert.strictEqual(server.to(path).length, 3)
    })
  )

  it.live("renews the token once on a 401", () =>
    Effect.gen(function* () {
      const server = yield* serve({
        [`GET ${path}`]: ({ headers }) =>
          headers.authorization === "Bearer t2" ? accepted() : outcome("forbidden", "Expired Token", 401)
      })
      yield* kickOff().pipe(withClient(server))
      assert.deepStrictEqual(
        server.to(path).map(({ headers }) => headers.authorization),
        ["Bearer t1", "Bearer t2"]
      )
      assert.strictEqual(server.to("/auth/token").length, 2)
    })
  )

  it.live("is not repeated on a server that is no BCDA, whatever its words", () =>
    Effect.gen(function* () {
      const server = yield* serve({ "GET /fhir/$export": outcome("exception", "Internal Error", 500) })
      const target = Result.getOrThrow(Target.fromUrl(`${server.url}/fhir`, { auth: "none" }))
      const error = yield* kickOff(new ExportRequest({ scope: "system" })).pipe(
        withClient(server, { target }),
        Effect.flip
      )
      assert.strictEqual(error.reason._tag, "ServerFault")
      assert.strictEqual(server.seen.length, 1)
    })
  )

  it.live("does not ask again when the connection drops after the request", () =>
    Effect.gen(function* () {
      const server = yield* serve({
        [`GET ${path}`]: (_seen, _count, { request }) => {
          request.socket.destroy()
          return undefined
        }
      })
      const error = yield* kickOff().pipe(withClient(server), Effect.flip)
      assert.deepInclude(error.reason, { sent: true })
      assert.strictEqual(error.reason._tag, "Unreachable")
      assert.strictEqual(server.to(path).length, 1)
    })
  )

  it.live("asks again when nothing was sent, and says so in the end", () =>
    Effect.gen(function* () {
      const closed = yield* closedPort
      const policy: PolicyOptions = { ...hasty, retry: { attempts: 3, initial: 1, max: 2 } }
      const error = yield* kickOff().pipe(
        withClient({ url: closed }, { policy, target: targetOf(closed), credentials: undefined }),
        Effect.flip
      )
      assert.strictEqual(error.reason._tag, "NoCredentials")
      const refused = yield* kickOff(new ExportRequest({ scope: "all", since: "2026-01-01T00:00:00Z" })).pipe(
        withClient({ url: closed }, { policy, target: targetOf(closed) }),
        Effect.flip
      )
      assert.deepInclude(refused.reason, { sent: false })
      assert.include(refused.message, "ECONNREFUSED")
      assert.notInclude(JSON.stringify(refused) + refused.message, "_since")
    })
  )
})

/** An address where nobody listens: a port that was free a moment ago. */
const closedPort = Effect.callback<string>((resume) => {
  const probe = createServer()
  probe.listen(0, "127.0.0.1", () => {
    const address = probe.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    probe.close(() => resume(Effect.succeed(`http://127.0.0.1:${port}`)))
  })
})
