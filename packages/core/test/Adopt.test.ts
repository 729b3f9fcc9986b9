import {
  BcdaClient,
  ExportRequest,
  type KickOffReason,
  makePolicy,
  type PolicyOptions,
  Target,
  Transport
} from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import { answering, elapse } from "./support/clock.ts"
import { type Handler, hasty, outcome, type Reply, serve, targetOf, withClient } from "./support/server.ts"

const kickOffPath = "/api/v3/Group/all/$export"
const request = new ExportRequest({ scope: "all", types: ["Patient", "Coverage"], since: "2026-01-01T00:00:00Z" })
const same = `https://bcda.example${kickOffPath}?_type=Patient,Coverage&_since=2026-01-01T00%3A00%3A00Z`
const accepted: Reply = { status: 202, headers: { "content-location": "/api/v3/jobs/42" } }
const duplicate: Reply = { status: 429, headers: { "retry-after": "0" } }

/** One row of the list of jobs. */
interface Row {
  readonly id: string
  readonly url?: string
  /** Seconds ago. */
  readonly age?: number
  readonly status?: string
}
const listed = (rows: ReadonlyArray<Row>, now: number): Reply => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    resourceType: "Bundle",
    entry: rows.map(({ id, url = same, age = 60, status = "in-progress" }) => ({
      resource: {
        resourceType: "Task",
        identifier: [{ value: id }],
        status,
        input: [{ type: { text: "BULK FHIR Export" }, valueString: `GET ${url}` }],
        // BCDA's times have no fraction.
        executionPeriod: { start: `${new Date(now - age * 1000).toISOString().slice(0, 19)}Z` }
      }
    }))
  })
})
const jobs =
  (...looks: ReadonlyArray<ReadonlyArray<Row>>): Handler =>
  (_, count) =>
    listed(looks[Math.min(count, looks.length - 1)] ?? [], Date.now())

const adopting = (asked = request, adopt = true) => Effect.flatMap(BcdaClient, (bcda) => bcda.kickOff(asked, { adopt }))

/** Reaches the server for everything but kick-offs. */
const unreachable: typeof globalThis.fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : String(input)
  if (!url.includes("$export")) return fetch(input, init)
  throw new TypeError("fetch failed", { cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }) })
}

describe("a kick-off that adopts", () => {
  it.live("takes the job that already runs, and starts none", () =>
    Effect.gen(function* () {
      const server = yield* serve({ "GET /api/v3/jobs": jobs([{ id: "7", status: "accepted" }]) })
      const job = yield* adopting().pipe(withClient(server))
      assert.deepInclude(job, { jobId: "7", statusUrl: `${server.url}/api/v3/jobs/7`, requestUrl: same, adopted: true })
      assert.match(job.kickedOffAt ?? "", /Z$/)
      assert.deepStrictEqual(server.to(kickOffPath), [])
      assert.deepStrictEqual(
        server.to("/api/v3/jobs").map(({ url }) => url),
        ["/api/v3/jobs?_status=Pending,In%20Progress"]
      )
    })
  )

  it.live("starts one when none runs", () =>
    Effect.gen(function* () {
      const none = outcome("not-found", "no Jobs found for acoID 0", 404)
      const server = yield* serve({ "GET /api/v3/jobs": none, [`GET ${kickOffPath}`]: accepted })
      const job = yield* adopting().pipe(withClient(server))
      assert.strictEqual(job.jobId, "42")
      assert.notProperty(job, "adopted")
    })
  )

  it.live("does not look at the list unless it is told to", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${kickOffPath}`]: duplicate })
      const error = yield* adopting(request, false).pipe(withClient(server), Effect.flip)
      assert.strictEqual(error.reason._tag, "DuplicateJob")
      assert.strictEqual(server.seen.length, 2)
    })
  )

  it.live("starts none when it cannot be known what runs", () =>
    Effect.gen(function* () {
      const server = yield* serve({
        "GET /api/v3/jobs": outcome("exception", "", 500),
        [`GET ${kickOffPath}`]: accepted
      })
      const error = yield* adopting().pipe(withClient(server), Effect.flip)
      assert.strictEqual(error.reason._tag, "ServerFault")
      assert.deepStrictEqual(server.to(kickOffPath), [])
    })
  )

  interface Duplicate {
    readonly name: string
    /** What runs by the time that the server says 429. */
    readonly running: ReadonlyArray<Row>
    readonly ends:
      | { readonly job: string }
      | { readonly reason: KickOffReason["_tag"]; readonly running?: ReadonlyArray<string> }
  }
  const duplicates: ReadonlyArray<Duplicate> = [
    { name: "the same, come up in the meantime", running: [{ id: "7" }], ends: { job: "7" } },
    {
      name: "one that only overlaps",
      running: [{ id: "8", url: `https://h${kickOffPath}?_type=Patient` }],
      ends: { reason: "DuplicateJob", running: ["8"] }
    },
    {
      name: "jobs of other versions, so it was no duplicate",
      running: [{ id: "9", url: "https://h/api/v2/Group/all/$export" }],
      ends: { reason: "Throttled" }
    },
    { name: "nothing, so it was no duplicate", running: [], ends: { reason: "Throttled" } },
    {
      name: "the same, but it has waited for more than a day",
      running: [{ id: "7", age: 86_401 }],
      ends: { reason: "Throttled" }
    }
  ]
  for (const { name, running, ends } of duplicates) {
    it.live(`is told of a duplicate, and finds ${name}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ "GET /api/v3/jobs": jobs([], running), [`GET ${kickOffPath}`]: duplicate })
        const result = yield* Effect.result(adopting().pipe(withClient(server)))
        if (Result.isSuccess(result)) assert.deepStrictEqual({ job: result.success.jobId }, ends)
        else {
          const { reason } = result.failure
          const found =
            reason._tag === "DuplicateJob" && reason.running !== undefined ? { running: reason.running } : {}
          assert.deepStrictEqual({ reason: reason._tag, ...found }, ends)
        }
        assert.strictEqual(server.to(kickOffPath).length, 1)
      })
    )
  }

  const lost: ReadonlyArray<readonly [string, Handler | Reply, boolean]> = [
    [
      "the connection drops",
      (_seen, _count, { request }) => {
        request.socket.destroy()
        return undefined
      },
      true
    ],
    ["a gateway loses patience", { status: 504 }, true],
    ["a gateway has nobody behind it", { status: 503, body: "<html>", headers: { "content-type": "text/html" } }, true],
    ["the answer does not say which job", { status: 202 }, true],
    ["BCDA says 500, and the job is in no queue", outcome("exception", "", 500), false]
  ]
  for (const [name, reply, adopts] of lost) {
    it.live(`${adopts ? "finds its own job" : "adopts nothing"} when ${name}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({
          "GET /api/v3/jobs": jobs([], [], [{ id: "7", age: 0 }]),
          [`GET ${kickOffPath}`]: reply
        })
        const result = yield* Effect.result(adopting().pipe(withClient(server)))
        assert.strictEqual(
          Result.isSuccess(result) ? result.success.jobId : result.failure.reason._tag,
          adopts ? "7" : "ServerFault"
        )
        assert.strictEqual(server.to(kickOffPath).length, 1)
        assert.strictEqual(server.to("/api/v3/jobs").length, adopts ? 3 : 1)
      })
    )
  }

  it.live("does not look for a job where it is known that none was started", () =>
    Effect.gen(function* () {
      const server = yield* serve({
        "GET /api/v3/jobs": jobs([], [{ id: "7", age: 0 }]),
        [`GET ${kickOffPath}`]: outcome("exception", "Internal Error", 503)
      })
      const error = yield* adopting().pipe(withClient(server), Effect.flip)
      assert.strictEqual(error.reason._tag, "ServerFault")
      assert.strictEqual(server.to("/api/v3/jobs").length, 1)
    })
  )

  it.live("does not look for a job either where nothing was sent", () =>
    Effect.gen(function* () {
      const server = yield* serve({ "GET /api/v3/jobs": jobs([], [{ id: "7", age: 0 }]) })
      const error = yield* adopting().pipe(
        withClient(server, { transport: Transport.layerFetch(unreachable) }),
        Effect.flip
      )
      assert.deepInclude(error.reason, { _tag: "Unreachable", sent: false })
      assert.strictEqual(server.to("/api/v3/jobs").length, 1)
    })
  )

  it.live("gives the reason of the kick-off when there is no job in the end", () =>
    Effect.gen(function* () {
      const server = yield* serve({ "GET /api/v3/jobs": jobs([]), [`GET ${kickOffPath}`]: { status: 504 } })
      const policy: PolicyOptions = { ...hasty, kickOff: { settle: 20 } }
      const error = yield* adopting().pipe(withClient(server, { policy }), Effect.flip)
      assert.deepInclude(error.reason, { _tag: "ServerFault", status: 504 })
    })
  )

  it.live("cannot, where there is no list of jobs", () =>
    Effect.gen(function* () {
      const server = yield* serve({})
      const target = Result.getOrThrow(Target.fromUrl(server.url, { auth: "none" }))
      const error = yield* adopting(new ExportRequest({ scope: "system" })).pipe(
        withClient(server, { target }),
        Effect.flip
      )
      assert.strictEqual(error.reason._tag, "NotOffered")
      assert.deepStrictEqual(server.seen, [])
    })
  )
})

describe("the same export", () => {
  const base = `http://internal:3000${kickOffPath}`
  const urls: ReadonlyArray<readonly [string, boolean]> = [
    [same, true],
    [`${base}?_type=Patient,Coverage&_since=2026-01-01T00:00:00Z`, true],
    [`${base}?_since=2026-01-01T00:00:00Z&_type=Coverage,Patient`, true],
    [`${base}?_type=Patient%2CCoverage&_since=2026-01-01T01%3A00%3A00.000%2B01%3A00`, true],
    [`${base}?_type=Patient,Coverage&_type=Claim&_since=2026-01-01T00:00:00Z&_until=never`, true],
    [`${base}?_type=Patient,Coverage&_since=2026-01-01T00:00:00Z&_typeFilter=%`, true],
    [`${base}?_type=Patient,Coverage&_since=a;b&_since=2026-01-01T00:00:00Z`, true],
    [`${base}?_type=Patient,Coverage&_since=2026-01-01T00:00:00.000001Z`, false],
    [`${base}?_type=Patient,Coverage`, false],
    [`${base}?_type=Patient&_since=2026-01-01T00:00:00Z`, false],
    [`${base}?_since=2026-01-01T00:00:00Z`, false],
    [`${base.replace("all", "runout")}?_type=Patient,Coverage&_since=2026-01-01T00:00:00Z`, false],
    [`http://h/api/v3/Patient/$export?_type=Patient,Coverage&_since=2026-01-01T00:00:00Z`, false],
    [same.replace("v3", "v2"), false],
    [`${same}&_typeFilter=ExplanationOfBenefit%3Foutcome%3Dcomplete`, false],
    ["https://bcda.test.gov/this-is-a-test", false]
  ]
  for (const [url, equal] of urls) {
    it.live(`${equal ? "is" : "is not"} ${url}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ "GET /api/v3/jobs": jobs([{ id: "7", url }]), [`GET ${kickOffPath}`]: accepted })
        const job = yield* adopting().pipe(withClient(server))
        assert.strictEqual(job.jobId, equal ? "7" : "42")
      })
    )
  }

  it.live("has the same filter, however it is written", () =>
    Effect.gen(function* () {
      const filtered = new ExportRequest({
        scope: "all",
        typeFilter: "ExplanationOfBenefit?service-date=ge2025-01-01&outcome=complete"
      })
      const url = `${base}?_typeFilter=ExplanationOfBenefit%3Foutcome%3Dcomplete%26service-date%3Dge2025`
      const server = yield* serve({ "GET /api/v3/jobs": jobs([{ id: "7", url }]) })
      assert.strictEqual((yield* adopting(filtered).pipe(withClient(server))).jobId, "7")
    })
  )

  it.live("has no filter on v2, which ignores it", () =>
    Effect.gen(function* () {
      const url = "http://h/api/v2/Group/all/$export?_typeFilter=ExplanationOfBenefit%3Foutcome%3Dcomplete"
      const server = yield* serve({ "GET /api/v2/jobs": jobs([{ id: "7", url }]) })
      const target = targetOf(server.url, "v2")
      const job = yield* adopting(new ExportRequest({ scope: "all" })).pipe(withClient(server, { target }))
      assert.strictEqual(job.jobId, "7")
    })
  )

  it.live("is the newest, when several run", () =>
    Effect.gen(function* () {
      const rows = [
        { id: "11", age: 300 },
        { id: "8", age: 30 },
        { id: "10", age: 30 }
      ]
      const server = yield* serve({ "GET /api/v3/jobs": jobs(rows) })
      assert.strictEqual((yield* adopting().pipe(withClient(server))).jobId, "10")
    })
  )
})

describe("findJob", () => {
  const found = (rows: ReadonlyArray<Row>, policy: PolicyOptions = {}) =>
    Effect.gen(function* () {
      const server = yield* serve({ "GET /api/v3/jobs": jobs(rows) })
      const since = DateTime.formatIso(DateTime.subtract(yield* DateTime.now, { minutes: 10 }))
      const job = yield* Effect.flatMap(BcdaClient, (bcda) => bcda.findJob(request, since)).pipe(
        withClient(server, { policy: { ...hasty, ...policy } })
      )
      return { id: job?.jobId, asked: server.to("/api/v3/jobs").map(({ url }) => url) }
    })

  const cases: ReadonlyArray<readonly [string, ReadonlyArray<Row>, string | undefined]> = [
    ["one that runs", [{ id: "7", age: 590 }], "7"],
    ["one that is done", [{ id: "7", age: 590, status: "completed" }], "7"],
    ["one that began before, by a clock that is behind", [{ id: "7", age: 880 }], "7"],
    ["no older one", [{ id: "7", age: 920 }], undefined],
    ["no other export", [{ id: "7", url: `https://h${kickOffPath}` }], undefined]
  ]
  for (const [name, rows, expected] of cases) {
    it.live(`finds ${name}`, () =>
      Effect.gen(function* () {
        const { id, asked } = yield* found(rows)
        assert.strictEqual(id, expected)
        assert.deepStrictEqual(asked, ["/api/v3/jobs?_status=Pending,In%20Progress,Completed"])
      })
    )
  }

  const world = (appearsAt: number) =>
    answering(({ at }) => {
      const rows: ReadonlyArray<Row> = at >= appearsAt * 1000 ? [{ id: "7", age: 0 }] : []
      return new Response(String(listed(rows, at).body))
    })
  const waiting = Effect.fnUntraced(function* (appearsAt: number) {
    const { layer, asked } = world(appearsAt)
    yield* TestClock.setTime(0)
    const target = Result.getOrThrow(Target.fromUrl("https://bcda.example", { apiVersion: "v3", auth: "none" }))
    const job = yield* elapse(
      Effect.flatMap(BcdaClient, (bcda) => bcda.findJob(request, "1970-01-01T00:00:00Z")),
      100
    ).pipe(Effect.provide(BcdaClient.layer({ target })), Effect.provide(layer))
    return { id: job?.jobId, last: (asked.at(-1)?.at ?? 0) / 1000, asked: asked.length }
  })

  it.effect("waits for one that may yet appear", () =>
    Effect.gen(function* () {
      const { id, last } = yield* waiting(20)
      assert.strictEqual(id, "7")
      assert.isAtLeast(last, 20)
    })
  )

  it.effect("but not for ever: a minute after the kick-off there will be none", () =>
    Effect.gen(function* () {
      const { id, last, asked } = yield* waiting(10_000)
      assert.strictEqual(id, undefined)
      assert.strictEqual(last, 60)
      assert.isAtMost(asked, 15)
      assert.strictEqual(Duration.toSeconds(makePolicy().kickOff.settle), 60)
    })
  )

  it.live("is not offered by a server that has no list of jobs", () =>
    Effect.gen(function* () {
      const server = yield* serve({})
      const target = targetOf(server.url, "fhir")
      const error = yield* Effect.flatMap(BcdaClient, (bcda) => bcda.findJob(request, "1970-01-01T00:00:00Z")).pipe(
        withClient(server, { target }),
        Effect.flip
      )
      assert.strictEqual(error.reason._tag, "NotOffered")
    })
  )
})
