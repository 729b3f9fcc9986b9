import { makeControl } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { complete, makeKit, memberOf, startOfTest } from "./Support.ts"

const at = "http://127.0.0.1:4000"

/** A sandbox and a way to give it orders. */
const makeOrders = Effect.gen(function* () {
  const kit = yield* makeKit()
  const control = makeControl(kit.sandbox)
  const ask = Effect.fnUntraced(function* (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {}
  ) {
    const text = typeof body === "string" ? body : JSON.stringify(body)
    const request = new Request(path.startsWith("http") ? path : `${at}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: text })
    })
    const response = yield* control.handle(request)
    const answer = yield* Effect.promise(() => response.text())
    const json: unknown = answer === "" ? undefined : JSON.parse(answer)
    return { status: response.status, json, type: response.headers.get("content-type") }
  })
  return { kit, ask }
})

const time = (millis: number, frozen: boolean) => ({ now: new Date(millis).toISOString(), frozen })

describe("control", () => {
  it.effect("says what there is", () =>
    Effect.gen(function* () {
      const { ask } = yield* makeOrders
      const { json, status, type } = yield* ask("GET", "/")
      assert.deepStrictEqual([status, type], [200, "application/json"])
      assert.include(
        JSON.stringify(json),
        '{"method":"POST","path":"/reset","about":"as at the start, but for the time"}'
      )
      const catalogue = yield* ask("GET", "/catalogue")
      assert.containSubset(catalogue.json, [{ name: "unavailable" }, { name: "cut", options: [{ name: "bytes" }] }])
    })
  )

  it.effect("sets, adds, lists and ends faults", () =>
    Effect.gen(function* () {
      const { ask, kit } = yield* makeOrders
      const metadata = Effect.map(kit.send("/api/v3/metadata"), ({ status }) => status)
      const set = yield* ask("PUT", "/faults", [{ fault: "unavailable", where: "metadata" }])
      assert.deepStrictEqual(
        [set.status, set.json],
        [200, [{ id: 1, instruction: { fault: "unavailable", where: "metadata" }, seen: 0, struck: 0 }]]
      )
      assert.strictEqual(yield* metadata, 503)
      const one = yield* ask("POST", "/faults", { fault: "cut", where: "token", bytes: 3 })
      assert.containSubset(one.json, [{ id: 2, instruction: { fault: "cut" } }])
      const two = yield* ask("POST", "/faults", [{ fault: "cut" }, { fault: "cut", where: "jobs" }])
      assert.lengthOf([two.json].flat(), 2)
      assert.containSubset((yield* ask("GET", "/faults")).json, [
        { id: 1, seen: 1, struck: 1 },
        { id: 2 },
        { id: 3 },
        { id: 4 }
      ])
      assert.strictEqual((yield* ask("DELETE", "/faults/1")).status, 204)
      assert.strictEqual((yield* ask("DELETE", "/faults/1")).status, 404)
      assert.strictEqual(yield* metadata, 200)
      assert.lengthOf([(yield* ask("DELETE", "/faults")).json].flat(), 3)
      assert.deepStrictEqual((yield* ask("GET", "/faults")).json, [])
    })
  )

  it.effect("moves, stops and starts the clock", () =>
    Effect.gen(function* () {
      const { ask, kit } = yield* makeOrders
      const clock = (body: unknown) => Effect.map(ask("POST", "/clock", body), ({ json }) => json)
      assert.deepStrictEqual((yield* ask("GET", "/clock")).json, time(startOfTest, false))
      assert.deepStrictEqual(yield* clock({ advance: "24 hours" }), time(startOfTest + 86_400_000, false))
      assert.deepStrictEqual(yield* clock({ advance: 1500, freeze: true }), time(startOfTest + 86_401_500, true))
      assert.deepStrictEqual(yield* clock({ set: "2026-12-01T00:00:00Z" }), time(Date.UTC(2026, 11, 1), true))
      assert.deepStrictEqual(yield* clock({ freeze: false }), time(Date.UTC(2026, 11, 1), false))
      assert.strictEqual(kit.sandbox.clock.now(), Date.UTC(2026, 11, 1))
    })
  )

  it.effect("takes a job to its end in four orders", () =>
    Effect.gen(function* () {
      const { ask, kit } = yield* makeOrders
      const job = yield* kit.start("/api/v3/Patient/$export?_type=Patient", yield* kit.bearer())
      assert.strictEqual((yield* ask("POST", "/idle")).status, 204)
      const status = Effect.map(ask("GET", "/jobs"), ({ json }) => memberOf(JSON.stringify([json].flat()[0]), "status"))
      assert.strictEqual(yield* status, "Pending")
      yield* ask("POST", "/clock", { advance: "1 minute" })
      assert.strictEqual(yield* status, "Completed")
      yield* ask("POST", "/clock", { advance: "36 hours" })
      assert.containSubset((yield* ask("GET", "/jobs")).json, [
        {
          id: 1,
          persona: "small",
          version: "v3",
          status: "Archived",
          files: false,
          createdAt: "2026-10-06T10:00:00.000Z"
        }
      ])
      assert.strictEqual((yield* kit.send(job, { authorization: yield* kit.bearer() })).status, 404)
    })
  )

  it.effect("gives the log, or what is asked of it", () =>
    Effect.gen(function* () {
      const { ask, kit } = yield* makeOrders
      yield* kit.send("/api/v3/metadata")
      yield* kit.bearer()
      const all = yield* ask("GET", "/log")
      assert.containSubset(all.json, { entries: [{ area: "metadata" }, { area: "token" }], dropped: 0, remarks: [] })
      const some = yield* ask("GET", "/log?area=token&status=200&method=POST&after=1&ended=complete&target=auth")
      assert.containSubset(some.json, { entries: [{ sequence: 2, issued: "token#1" }] })
      assert.lengthOf([Object(some.json).entries].flat(), 1)
      assert.strictEqual((yield* ask("DELETE", "/log")).status, 204)
      assert.containSubset((yield* ask("GET", "/log")).json, { entries: [] })
    })
  )

  it.effect("resets", () =>
    Effect.gen(function* () {
      const { ask, kit } = yield* makeOrders
      yield* kit.start("/api/v3/Patient/$export?_type=Patient", yield* kit.bearer())
      yield* complete(kit)
      assert.strictEqual((yield* ask("POST", "/reset")).status, 204)
      assert.deepStrictEqual((yield* ask("GET", "/jobs")).json, [])
    })
  )

  it.effect.each([
    ["POST", "/faults", "{", /no JSON/],
    ["POST", "/faults", "", /no JSON/],
    ["PUT", "/faults", [{ fault: "cut" }, { fault: "cutt" }], /faults\[1\]: there is no fault "cutt"/],
    ["PUT", "/faults", "true", /faults\[0\]/],
    ["POST", "/faults", { fault: "cut", bytes: "many" }, /bytes/],
    ["POST", "/clock", {}, /advance, set or freeze/],
    ["POST", "/clock", { advance: "a while" }, /advance: .*length of time/],
    ["POST", "/clock", { advance: 1, set: "2026-12-01T00:00:00Z" }, /not both/],
    ["POST", "/clock", { advance: -1 }, /has passed/],
    ["POST", "/clock", { set: "2020-01-01T00:00:00Z" }, /has passed/],
    ["POST", "/clock", { set: "noon" }, /no instant/],
    ["POST", "/clock", { advance: 1, why: "not" }, /why/],
    ["GET", "/log?area=nowhere", undefined, /area/],
    ["GET", "/log?colour=red", undefined, /colour/],
    ["GET", "/log?status=good", undefined, /status/]
  ] as const)("%s %s with %j is a 400 that says why", ([method, path, body, why]) =>
    Effect.gen(function* () {
      const { ask, kit } = yield* makeOrders
      yield* kit.sandbox.faults.set([{ fault: "cut" }])
      const { json, status } = yield* ask(method, path, body)
      assert.strictEqual(status, 400)
      assert.match(String(Object(json).error), why)
      assert.isAbove(String(Object(json).next).length, 10)
      // Nothing has changed.
      assert.containSubset(yield* kit.sandbox.faults.list, [{ id: 1 }])
      assert.strictEqual(kit.sandbox.clock.now(), startOfTest)
    })
  )

  it.effect("knows nothing else", () =>
    Effect.gen(function* () {
      const { ask } = yield* makeOrders
      for (const path of ["/nothing", "/faults/", "/faults/1/2", "/api/v3/metadata"]) {
        assert.strictEqual((yield* ask("GET", path)).status, 404, path)
      }
      const wrong = yield* ask("PATCH", "/faults")
      assert.strictEqual(wrong.status, 405)
      assert.include(JSON.stringify(wrong.json), "GET, PUT, POST, DELETE would")
      assert.strictEqual((yield* ask("DELETE", "/faults/none")).status, 404)
    })
  )

  it.effect("is for programs on this machine, not for pages in browsers", () =>
    Effect.gen(function* () {
      const { ask } = yield* makeOrders
      const status = (path: string, headers?: Record<string, string>, method = "GET") =>
        Effect.map(ask(method, path, undefined, headers), (answer) => answer.status)
      for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
        assert.strictEqual(yield* status(`http://${host}:4000/clock`), 200, host)
      }
      for (const host of ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0", "localhost.evil.example"]) {
        assert.strictEqual(yield* status(`http://${host}:4000/clock`), 403, host)
      }
      assert.strictEqual(yield* status("/reset", { origin: "http://127.0.0.1:4000" }, "POST"), 403)
      assert.strictEqual(yield* status("/reset", { origin: "null" }, "POST"), 403)
      assert.strictEqual(yield* status("/clock", { "sec-fetch-site": "cross-site" }), 403)
    })
  )
})
