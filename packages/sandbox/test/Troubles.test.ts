import { gunzipSync } from "node:zlib"
import type { DataSource, FaultInstruction, SandboxOptions } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { complete, exportHeaders, type Kit, makeKit, memberOf, outcomeText, tinyData } from "./Support.ts"

const pace = { pendingMillis: 1000, perSubJobMillis: 1000 }

const ask = Effect.fnUntraced(function* (kit: Kit, path: string, method?: string) {
  return yield* kit.send(path, exportHeaders(yield* kit.bearer()), method)
})

/** What a poll shows: progress, or status. */
const poll = (kit: Kit, path = "/api/v2/jobs/1") =>
  Effect.map(ask(kit, path), ({ headers, status }) => headers.get("x-progress") ?? status)

/** A sandbox with faults and a job of four sub-jobs, kicked off at ten. */
const started = Effect.fnUntraced(function* (
  fault: FaultInstruction["fault"],
  path = "/api/v2/Patient/$export",
  options: SandboxOptions = {}
) {
  const kit = yield* makeKit({ pace, faults: [{ fault }], ...options })
  const { status } = yield* ask(kit, path)
  yield* kit.sandbox.idle
  return { kit, status }
})

/** What polls show at seconds after the kick-off. */
const course = Effect.fnUntraced(function* (kit: Kit, seconds: ReadonlyArray<number>) {
  const seen: Array<string | number> = []
  let at = 0
  for (const second of seconds) {
    yield* TestClock.adjust(`${second - at} seconds`)
    at = second
    seen.push(yield* poll(kit))
  }
  return seen
})

describe("a job's fate is sealed at its kick-off, and follows from the clock", () => {
  it.effect("Failed, Pending again, and then completed", () =>
    Effect.gen(function* () {
      const { kit } = yield* started("failed-turns-pending")
      const seen = yield* course(kit, [0, 1, 17, 18, 19, 20, 23])
      assert.deepStrictEqual(seen, ["Pending", 500, 500, "Pending", "In Progress (0%)", "In Progress (25%)", 200])
      const { text } = yield* ask(kit, "/api/v2/jobs")
      assert.include(text, '"executionPeriod":{"start":"2026-10-06T10:00:00Z","end":"2026-10-06T10:00:23Z"}')
    })
  )

  it.effect("its row is written to each time it turns", () =>
    Effect.gen(function* () {
      const { kit } = yield* started("failed-turns-pending", undefined, { behaviour: { prepareRetrySeconds: 60 } })
      for (const [second, status, end] of [
        [1, "failed", "10:00:01"],
        [60, "failed", "10:00:01"],
        [61, "accepted", "10:01:01"],
        [62, "in-progress", "10:01:02"]
      ] as const) {
        yield* TestClock.setTime(Date.UTC(2026, 9, 6, 10, 0, second))
        const { text } = yield* ask(kit, "/api/v2/jobs")
        assert.match(text, new RegExp(`"status":"${status}".*"end":"2026-10-06T${end}Z"`), `${second} s`)
      }
    })
  )

  it.effect("cancelled while it is Pending again, it stays cancelled", () =>
    Effect.gen(function* () {
      const { kit } = yield* started("failed-turns-pending")
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* ask(kit, "/api/v2/jobs/1", "DELETE")).status, 410)
      yield* TestClock.adjust("13 seconds")
      assert.strictEqual((yield* ask(kit, "/api/v2/jobs/1", "DELETE")).status, 202)
      yield* complete(kit)
      assert.strictEqual(yield* poll(kit), 404)
    })
  )

  it.effect("In Progress for ever, with one sub-job less than all", () =>
    Effect.gen(function* () {
      const { kit } = yield* started("job-never-ends")
      assert.deepStrictEqual(yield* course(kit, [1, 2, 360_000]), [
        "In Progress (0%)",
        "In Progress (25%)",
        "In Progress (25%)"
      ])
      assert.strictEqual((yield* ask(kit, "/api/v2/jobs/1", "DELETE")).status, 202)
      assert.strictEqual(yield* poll(kit), 404)
    })
  )

  it.effect("In Progress for ever at 75 percent, where progress is mended", () =>
    Effect.gen(function* () {
      const { kit } = yield* started("job-never-ends", undefined, { behaviour: { bugs: "fixed" } })
      assert.deepStrictEqual(yield* course(kit, [3, 100]), ["In Progress (50%)", "In Progress (75%)"])
    })
  )

  it.effect("the only sub-job lost: nothing is ever done", () =>
    Effect.gen(function* () {
      const { kit } = yield* started("job-never-ends", "/api/v2/Patient/$export?_type=Patient")
      assert.deepStrictEqual(yield* course(kit, [100]), ["In Progress (0%)"])
    })
  )

  it.effect("failed by its first sub-job, for good, and failed-expired after the clean-up", () =>
    Effect.gen(function* () {
      const { kit } = yield* started("job-fails")
      assert.deepStrictEqual(yield* course(kit, [0, 1, 2, 1000]), ["Pending", "In Progress (0%)", 500, 500])
      yield* TestClock.setTime(Date.parse("2026-10-07T11:00:00Z"))
      assert.strictEqual((yield* ask(kit, "/api/v2/jobs?_status=FailedExpired")).status, 200)
    })
  )

  it.effect("Pending for ever on v1 and v2, and no trouble on v3", () =>
    Effect.gen(function* () {
      for (const version of ["v1", "v2"]) {
        const { kit, status } = yield* started("job-stays-pending", `/api/${version}/Patient/$export`)
        assert.strictEqual(status, 202)
        assert.deepStrictEqual(yield* course(kit, [100_000]), ["Pending"])
        assert.strictEqual((yield* ask(kit, "/api/v2/jobs/1", "DELETE")).status, 202)
        assert.strictEqual(yield* poll(kit), 404)
      }
      const { kit } = yield* started("job-stays-pending", "/api/v3/Patient/$export")
      assert.deepStrictEqual(yield* course(kit, [100]), [200])
      assert.deepStrictEqual(
        (yield* kit.sandbox.faults.list).map(({ struck }) => struck),
        [0]
      )
    })
  )

  it.effect("Pending for ever after a kick-off that could not queue it, with its row in the list", () =>
    Effect.gen(function* () {
      const { kit, status } = yield* started("queue-insert")
      assert.strictEqual(status, 500)
      assert.deepStrictEqual(yield* course(kit, [100_000]), ["Pending"])
      assert.include((yield* ask(kit, "/api/v2/jobs?_status=Pending")).text, '"total":1')
    })
  )

  it.effect.each(["constraints-lookup", "attribution-lookup", "job-insert"] as const)(
    "no job at all after %s",
    (fault) =>
      Effect.gen(function* () {
        const { kit, status } = yield* started(fault)
        assert.strictEqual(status, 500)
        assert.strictEqual((yield* ask(kit, "/api/v2/jobs")).status, 404)
      })
  )
})

describe("a cancel", () => {
  it.effect("is lost while the job is Pending: half way to its start it is Pending again, and it completes", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ pace, faults: [{ fault: "cancel-lost", where: "cancel" }] })
      yield* ask(kit, "/api/v3/Patient/$export")
      yield* TestClock.adjust("200 millis")
      assert.strictEqual((yield* ask(kit, "/api/v3/jobs/1", "DELETE")).status, 202)
      yield* kit.sandbox.idle
      yield* TestClock.adjust("399 millis")
      assert.strictEqual(yield* poll(kit), 404)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* poll(kit), "Pending")
      yield* TestClock.adjust("400 millis")
      assert.strictEqual(yield* poll(kit), "In Progress (25%)")
      const warning = yield* ask(kit, "/data/1/warnings-and-info.ndjson")
      assert.strictEqual(warning.status, 200)
      yield* complete(kit)
      assert.strictEqual(yield* poll(kit), 200)
    })
  )

  it.effect("of a job that nobody will ever prepare is not lost", () =>
    Effect.gen(function* () {
      const faults = [{ fault: "queue-insert" }, { fault: "cancel-lost", where: "cancel" }] as const
      const kit = yield* makeKit({ pace, faults })
      yield* ask(kit, "/api/v2/Patient/$export")
      assert.strictEqual((yield* ask(kit, "/api/v2/jobs/1", "DELETE")).status, 202)
      yield* complete(kit)
      assert.strictEqual(yield* poll(kit), 404)
    })
  )

  it.effect("is not lost any more when the job is prepared", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ pace, faults: [{ fault: "cancel-lost", where: "cancel" }] })
      yield* ask(kit, "/api/v2/Patient/$export")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* ask(kit, "/api/v2/jobs/1", "DELETE")).status, 202)
      yield* complete(kit)
      assert.strictEqual(yield* poll(kit), 404)
      assert.deepStrictEqual(
        (yield* kit.sandbox.faults.list).map(({ struck }) => struck),
        [0]
      )
    })
  )

  it.effect(
    "that cannot be written down changes nothing, and that the job cannot be read again shows the driver's words",
    () =>
      Effect.gen(function* () {
        const kit = yield* makeKit({ pace, faults: [{ fault: "job-second-lookup", where: ["cancel", "status"] }] })
        yield* ask(kit, "/api/v2/Patient/$export")
        const cancel = yield* ask(kit, "/api/v2/jobs/1", "DELETE")
        assert.deepStrictEqual(
          [cancel.status, cancel.text],
          [500, outcomeText("v2", "exception", "driver: bad connection")]
        )
        const status = yield* ask(kit, "/api/v2/jobs/1")
        const words = "Error trying to fetch job. Please try again."
        assert.deepStrictEqual([status.status, status.text], [500, outcomeText("v2", "exception", words)])
        yield* kit.sandbox.faults.clear
        assert.strictEqual(yield* poll(kit), "Pending")
      })
  )
})

describe("files", () => {
  const exported = Effect.fnUntraced(function* (data: DataSource = tinyData) {
    const kit = yield* makeKit({ data })
    yield* ask(kit, "/api/v2/Patient/$export?_type=Patient")
    yield* complete(kit)
    const [item] = [memberOf((yield* ask(kit, "/api/v2/jobs/1")).text, "output")].flat()
    const url = String(memberOf(JSON.stringify(item), "url"))
    const get = Effect.fnUntraced(function* (headers: Record<string, string>) {
      const response = yield* kit.response(url, { authorization: yield* kit.bearer(), ...headers })
      const body = yield* Effect.promise(async () => Buffer.from(await response.arrayBuffer()))
      return { status: response.status, headers: response.headers, body }
    })
    return { kit, get }
  })

  it.effect("damaged in the middle: half the lines and then an error text, under a 200", () =>
    Effect.gen(function* () {
      const { get, kit } = yield* exported()
      const whole = (yield* get({})).body.toString()
      yield* Effect.orDie(kit.sandbox.faults.set([{ fault: "file-broken" }]))
      const plain = yield* get({})
      assert.strictEqual(plain.status, 200)
      const words = "Internal Server Error\n"
      assert.isTrue(plain.body.toString().endsWith(words))
      const before = plain.body.toString().slice(0, -words.length)
      assert.isTrue(whole.startsWith(before))
      assert.isAbove(before.length, 0)
      assert.isBelow(before.length, whole.length)
      const zipped = yield* get({ "accept-encoding": "gzip" })
      assert.deepStrictEqual([zipped.status, zipped.headers.get("content-encoding")], [200, "gzip"])
      assert.throws(() => gunzipSync(zipped.body))
      assert.strictEqual(zipped.body.subarray(-23).toString("hex"), "1f8b08000000000000ff010000ffff0000000000000000")
    })
  )

  it.effect("gone from the disk, unreadable, or not to be found: each in its own words", () =>
    Effect.gen(function* () {
      const { get, kit } = yield* exported()
      for (const [fault, status, text] of [
        ["file-gone", 404, "Not Found\n"],
        ["file-damaged", 500, "Internal Server Error\n"],
        ["job-second-lookup", 404, outcomeText("v1", "not-found", "Job not found")],
        ["job-lookup", 404, outcomeText("v1", "not-found")]
      ] as const) {
        yield* Effect.orDie(kit.sandbox.faults.set([{ fault, where: "file" }]))
        const answer = yield* get({ "accept-encoding": "gzip" })
        assert.deepStrictEqual([answer.status, answer.body.toString()], [status, text], fault)
        assert.isNull(answer.headers.get("content-encoding"))
      }
    })
  )
})

describe("attribution status", () => {
  it.effect("says that there is nothing when it cannot be read", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ faults: [{ fault: "attribution-lookup", where: "attribution" }] })
      const answer = yield* ask(kit, "/api/v3/attribution_status")
      assert.deepStrictEqual([answer.status, answer.text], [404, outcomeText("v3", "not-found")])
    })
  )
})

describe("the token service", () => {
  it.effect("out of order shows in /_auth and /_health, and stops nothing that needs no token", () =>
    Effect.gen(function* () {
      for (const fault of ["token-service-timeout", "token-service-unreachable", "token-service-error"] as const) {
        const kit = yield* makeKit({ faults: [{ fault, where: "other" }] })
        const told = yield* kit.send("/_auth")
        const words = '{"auth_provider":"ssas","error message":"SSAS server failed to return version"}'
        assert.deepStrictEqual([told.status, told.text], [200, words])
        assert.strictEqual((yield* kit.send("/_health")).status, 502)
        assert.strictEqual((yield* kit.send("/_version")).status, 200)
        assert.strictEqual((yield* kit.send("/api/v3/metadata")).status, 200)
      }
    })
  )

  it.effect("is asked after the token was looked at, and after the credentials were read", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ faults: [{ fault: "token-service-timeout", where: ["token", "jobs"] }] })
      assert.strictEqual((yield* kit.send("/auth/token", {}, "POST")).status, 400)
      assert.strictEqual((yield* kit.send("/api/v3/jobs", { authorization: "Bearer x" })).status, 400)
      assert.strictEqual((yield* kit.send("/api/v3/jobs")).status, 401)
    })
  )
})
