import { createServer } from "node:http"
import { join } from "node:path"
import { Target } from "@bcda-kit/core"
import { type RunningSandbox, startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import { afterAll, beforeAll } from "vitest"
import * as Connection from "../src/Connection.ts"
import type { Finding } from "../src/Diagnosis.ts"
import { nodeFinding, roomFinding } from "../src/doctor/Machine.ts"
import { unreachable } from "../src/doctor/Network.ts"
import { lookAtServer } from "../src/doctor/Server.ts"
import { bcda, jsonLines, start, temporary } from "./support/Bcda.ts"
import { claims } from "./support/Claims.ts"
import { plainFhir } from "./support/PlainFhir.ts"
import { answer, listening, startProxy } from "./support/Proxy.ts"

let sandbox: RunningSandbox
beforeAll(async () => {
  sandbox = await startSandbox({ data: claims, pace: { pendingMillis: 600_000 } })
})
afterAll(() => sandbox.close())

const as = (persona: string) => ({
  BCDA_CLIENT_ID: `sandbox-${persona}`,
  BCDA_CLIENT_SECRET: `not-a-secret-${persona}`
})

/** What the doctor says of each check, and of all. */
const examine = async (target: string, env: Record<string, string>, ...more: ReadonlyArray<string>) => {
  const ran = await bcda(["doctor", "--target", target, "--json", ...more], { env })
  const lines = jsonLines(ran.stdout)
  const found = new Map(
    lines.flatMap((line) =>
      typeof line === "object" && line !== null && "check" in line ? [[line.check, line] as const] : []
    )
  )
  return { ...ran, found, checks: [...found.keys()], summary: lines.at(-1) }
}

describe.concurrent("bcda doctor", () => {
  it("finds nothing wrong where nothing is, and tells no secret", async () => {
    const { code, checks, summary, stdout, stderr } = await examine(sandbox.baseUrl, as("small"))
    assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
    assert.deepStrictEqual(checks, [
      "node",
      "disk",
      "configuration",
      "target",
      "authorities",
      "proxy",
      "credentials",
      "age",
      "network",
      "clock",
      "api",
      "token",
      "attribution",
      "jobs"
    ])
    assert.containSubset(summary, { ok: true, failed: [] })
    assert.notInclude(stdout, "not-a-secret")
  })

  it("speaks to people in lines", async () => {
    const ran = await bcda(["doctor", "--target", sandbox.baseUrl], { env: {} })
    assert.strictEqual(ran.code, 2)
    assert.match(ran.stdout, /^ok {4}node .*\n/)
    assert.match(ran.stdout, /\nfail {2}credentials .*\n {6}why: {3}BCDA_CLIENT_ID and .*\n {6}next: {2}Set /)
  })

  it("looks at the server from outside without credentials, and ends with 2", async () => {
    const { code, found } = await examine(sandbox.baseUrl, {})
    assert.strictEqual(code, 2)
    assert.containSubset(found.get("credentials"), { result: "fail", exitCode: 2 })
    assert.containSubset(found.get("api"), { result: "ok" })
    assert.containSubset(found.get("token"), { result: "skip" })
  })

  it("ends with 3 for a secret that is wrong or of another environment", async () => {
    const { code, found, stdout } = await examine(sandbox.baseUrl, { ...as("small"), BCDA_CLIENT_SECRET: "canary" })
    assert.strictEqual(code, 3)
    assert.containSubset(found.get("token"), { result: "fail" })
    assert.match(stdout, /for another environment/)
    assert.notInclude(stdout, "canary")
  })

  it("ends with 3 where nothing listens, after one try", async () => {
    const gone = await startProxy(sandbox)
    await gone[Symbol.asyncDispose]()
    const { checks, code, found } = await examine(gone.baseUrl, as("small"))
    assert.strictEqual(code, 3)
    assert.containSubset(found.get("network"), { result: "fail", why: "the connection failed (ECONNREFUSED)" })
    assert.deepStrictEqual(checks.slice(-2), ["network", "token"])
  })

  it("ends with 2 for an address that cannot be one", async () => {
    const { checks, code } = await examine("http://bcda.example", as("small"))
    assert.strictEqual(code, 2)
    assert.deepStrictEqual(checks, ["node", "disk", "configuration", "target"])
  })

  it.for([
    ["behind", 600_000],
    ["ahead of", -600_000]
  ] as const)("ends with 2 for a clock that is %s the server's", async ([word, off]) => {
    await using proxy = await startProxy(sandbox)
    proxy.hook = (incoming, response) => {
      if (!incoming.url?.endsWith("/metadata")) return false
      response.setHeader("date", new Date(Date.now() + off).toUTCString())
      return answer(response, 200, { resourceType: "CapabilityStatement", fhirVersion: "4.0.1" })
    }
    const { code, found } = await examine(proxy.baseUrl, as("small"))
    assert.strictEqual(code, 2)
    const clock = JSON.stringify(found.get("clock"))
    assert.include(clock, '"result":"fail"')
    assert.match(clock, new RegExp(`clock is (59|60)\\d s ${word} the server`))
  })

  it("warns of a server without a clock", async () => {
    await using proxy = await startProxy(sandbox)
    proxy.hook = (incoming, response) => {
      if (!incoming.url?.endsWith("/metadata")) return false
      response.sendDate = false
      return answer(response, 200, { resourceType: "CapabilityStatement", fhirVersion: "4.0.1" })
    }
    const { code, found } = await examine(proxy.baseUrl, as("small"))
    assert.strictEqual(code, 0)
    assert.containSubset(found.get("clock"), { result: "warn" })
  })

  it("warns of an API version that ends", async () => {
    const { code, found, summary } = await examine(sandbox.baseUrl, as("small"), "--api-version", "v2")
    assert.strictEqual(code, 0)
    assert.containSubset(found.get("api"), { result: "warn", next: "bcda migrate says what a request becomes on v3." })
    assert.containSubset(summary, { ok: true, warnings: 1 })
  })

  it("ends with 3 for an API version that is not there, and for a page that is no BCDA's", async () => {
    await using proxy = await startProxy(sandbox)
    proxy.hook = (_, response) => answer(response, 404, {})
    const missing = await examine(proxy.baseUrl, as("small"))
    assert.strictEqual(missing.code, 3)
    assert.containSubset(missing.found.get("api"), { result: "fail", what: "v3 is not served here" })
    assert.containSubset(missing.found.get("token"), { result: "skip" })
    proxy.hook = (incoming, response) =>
      incoming.url?.endsWith("/metadata") === true && answer(response, 200, { login: "please" })
    const page = await examine(proxy.baseUrl, as("small"))
    assert.strictEqual(page.code, 3)
    assert.match(page.stdout, /The capability statement could not be read/)
  })

  it("ends with 3 where there never was attribution, and where the entity is locked out", async () => {
    const never = await examine(sandbox.baseUrl, as("no-attribution"))
    assert.strictEqual(never.code, 3)
    assert.containSubset(never.found.get("attribution"), { result: "fail" })
    const locked = await examine(sandbox.baseUrl, as("denylisted"))
    assert.strictEqual(locked.code, 3)
    assert.match(locked.stdout, /"check":"(token|attribution)","result":"fail"/)
  })

  it("warns where attribution is of last year", async () => {
    const { code, found } = await examine(sandbox.baseUrl, as("outdated"))
    assert.strictEqual(code, 0)
    assert.containSubset(found.get("attribution"), { result: "warn" })
  })

  it("warns of a job that runs", async () => {
    using out = temporary()
    const env = as("other")
    const running = start(["export", "--target", sandbox.baseUrl, "--out", out.path], { env })
    await running.printed("waiting: pending")
    const { code, found } = await examine(sandbox.baseUrl, env)
    assert.strictEqual(code, 0)
    assert.containSubset(found.get("jobs"), { result: "warn" })
    running.child.kill("SIGTERM")
    await running.ran
  })

  it("looks at the room where exports are to go, also if that is not there yet", async () => {
    using out = temporary()
    const { found } = await examine(sandbox.baseUrl, as("small"), "--out", join(out.path, "a", "b"))
    assert.match(JSON.stringify(found.get("disk")), new RegExp(`free at ${out.path}"`))
  })

  it("knows that another server has no attribution, and needs no credentials without authentication", async () => {
    await using server = await plainFhir({ tokens: false })
    const { code, found } = await examine(server.fhirBase, {}, "--auth", "none")
    assert.strictEqual(code, 0)
    assert.containSubset(found.get("attribution"), { result: "skip" })
  })
})

describe("findings", () => {
  it.each([
    ["v22.18.0", "fail"],
    ["v22.19.0", "ok"],
    ["v24.1.0", "ok"],
    ["v20.99.0", "fail"]
  ])("Node %s: %s", (version, result) => {
    assert.strictEqual(nodeFinding(version).result, result)
  })

  it.each([
    [0, "fail"],
    [1e9, "warn"],
    [1e10, "ok"]
  ])("%d bytes of room: %s", (room, result) => {
    assert.strictEqual(roomFinding("/", room).result, result)
  })

  it.each([
    ["ETIMEDOUT", Target.production(), /Register/],
    ["ETIMEDOUT", Target.sandbox(), /firewall/],
    ["ENOTFOUND", Target.sandbox(), /name server/],
    ["SELF_SIGNED_CERT_IN_CHAIN", Target.sandbox(), /NODE_EXTRA_CA_CERTS/],
    ["ECONNREFUSED", Target.sandbox(), /port/]
  ] as const)("%s", (code, target, next) => {
    const error = new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code }) })
    assert.match(unreachable(target, error).next ?? "", next)
  })

  it.effect("a server that never answers is given up after 10 s", () =>
    Effect.gen(function* () {
      const asked = Promise.withResolvers<void>()
      const server = yield* Effect.acquireDisposable(
        Effect.promise(() => listening(createServer(() => asked.resolve())))
      )
      const target = Result.getOrThrow(Target.fromUrl(server.baseUrl))
      const said: Array<Finding> = []
      const fiber = yield* lookAtServer(target, (finding) => Effect.sync(() => void said.push(finding))).pipe(
        Effect.provide(Connection.client({ target })),
        Effect.forkChild
      )
      yield* Effect.promise(() => asked.promise)
      yield* TestClock.adjust("9999 millis")
      assert.deepStrictEqual(said, [])
      yield* TestClock.adjust("1 millis")
      assert.isFalse(yield* Fiber.join(fiber))
      assert.match(said[0]?.why ?? "", /no answer within 10 s/)
    })
  )
})
