import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Receipt, Target } from "@bcda-kit/core"
import { connect, ExportError, FollowError, makeTarget, TargetError } from "@bcda-kit/core/promise"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { exportJWK, generateKeyPair } from "jose"
import { type Handler, serve as serveRoutes, token } from "../support/server.ts"
import { cut, quick, stall } from "./support/FakeBcda.ts"
import { credentials, patients, rejection, withServer } from "./support/Promising.ts"
import { until } from "./support/Waiting.ts"

const listed: Handler = ({ headers }) => ({
  body: JSON.stringify({
    resourceType: "Bundle",
    entry: [
      {
        resource: {
          identifier: [{ value: "7" }],
          status: "in-progress",
          input: [{ valueString: `GET http://${headers.host}/api/v3/Group/all/$export?_type=Patient` }],
          executionPeriod: { start: new Date().toISOString() }
        }
      }
    ]
  })
})

describe("connect", () => {
  it.live("exports into a directory and tells what happens", () =>
    withServer(async (fake, directory) => {
      await using bcda = connect({ target: fake.baseUrl, credentials, policy: quick })
      const seen: Array<string> = []
      const receipt = await bcda.export({ directory, onEvent: (event) => void seen.push(event._tag) })
      assert.isTrue(receipt.complete)
      assert.strictEqual(readFileSync(join(directory, "Patient/p.ndjson"), "utf8"), patients.content)
      Schema.encodeUnknownSync(Receipt)(receipt)
      assert.deepStrictEqual(seen, ["KickedOff", "ManifestReceived", "FileStarted", "FileDone", "Finished"])
    })
  )

  it.live("exports what is new since the last time, or nothing", () =>
    withServer(async (fake, directory) => {
      await using bcda = connect({ target: fake.baseUrl, credentials, policy: quick })
      const sinces: Array<string | null> = []
      fake.kickOffAnswer = (_, { url }) => {
        sinces.push(new URL(url).searchParams.get("_since"))
        return false
      }
      const first = await bcda.exportSinceLast({ directory })
      assert.isTrue(first?.complete)
      const seen: Array<string> = []
      fake.attribution = { ingestion_dates: [] }
      await bcda.exportSinceLast({ directory, onEvent: (event) => void seen.push(event._tag) })
      assert.deepStrictEqual(sinces, [null, first?.transactionTime])
      assert.deepStrictEqual(seen.slice(0, 3), ["Advised", "RunBegun", "KickedOff"])
      const year = new Date().getUTCFullYear()
      const timestamp = `${year}-01-01T00:00:00Z`
      fake.attribution = { ingestion_dates: [{ type: "last_attribution_update", timestamp }] }
      assert.isUndefined(await bcda.exportSinceLast({ directory }))
      assert.isTrue((await bcda.exportSinceLast({ directory, evenIfUnchanged: true }))?.complete)
    })
  )

  it.live("waits for an onEvent that takes its time, and ends with its error", () =>
    withServer(async (fake, directory) => {
      await using bcda = connect({ target: fake.baseUrl, credentials, policy: quick })
      let running = 0
      await bcda.export({
        directory,
        onEvent: async () => {
          assert.strictEqual(++running, 1)
          await Promise.resolve()
          running--
        }
      })
      const mine = new Error("mine")
      const error = await rejection(bcda.export({ directory, onEvent: () => Promise.reject(mine) }))
      assert.strictEqual(error, mine)
    })
  )

  it.live("rejects with the error classes, and their reasons", () =>
    withServer(async (fake, directory) => {
      await using bcda = connect({ target: fake.baseUrl, credentials, policy: quick })
      fake.faults.set("p.ndjson", cut(0.5))
      const error = await rejection(bcda.export({ directory }))
      assert.instanceOf(error, ExportError)
      assert.strictEqual(error.reason._tag, "CutShort")
      assert.isNotEmpty(error.reason.next)
      fake.jobAnswer = (response) => response.writeHead(410).end()
      const lost = await rejection(bcda.status("7"))
      assert.instanceOf(lost, FollowError)
      assert.strictEqual(lost.reason._tag, "JobExpired")
    })
  )

  it.live("ends with the signal's reason, and the same export goes on afterwards", () =>
    withServer(async (fake, directory) => {
      await using bcda = connect({ target: fake.baseUrl, credentials, policy: quick })
      const abort = new AbortController()
      const reason = new Error("enough")
      let closed: Promise<unknown> | undefined
      fake.faults.set("p.ndjson", (response, wire, nth) => {
        closed = once(response, "close")
        void until(() => existsSync(join(directory, "Patient/p.ndjson.part"))).then(() => abort.abort(reason))
        return stall(0.5, 1)(response, wire, nth)
      })
      assert.strictEqual(await rejection(bcda.export({ directory, signal: abort.signal })), reason)
      assert.isFalse(existsSync(join(directory, ".lock")))
      await closed
      assert.strictEqual(await rejection(bcda.export({ directory, signal: abort.signal })), reason, "aborted before")
      assert.isTrue((await bcda.export({ directory })).complete)
      assert.lengthOf(
        fake.requests.filter((request) => request.endsWith("/$export")),
        1
      )
    })
  )

  it.live("shares one token among its calls", () =>
    withServer(async (fake) => {
      await using bcda = connect({ target: fake.target, credentials, policy: quick })
      const job = await bcda.kickOff({ scope: "all", types: ["Patient"] })
      assert.strictEqual(job.jobId, "7")
      assert.strictEqual((await bcda.status(job))._tag, "Completed")
      assert.lengthOf(
        fake.requests.filter((request) => request === "POST /auth/token"),
        1
      )
    })
  )

  it.live("adopts and finds the job that is there already", () =>
    Effect.gen(function* () {
      const server = yield* serveRoutes({ "GET /api/v3/jobs": listed })
      yield* Effect.promise(async () => {
        await using bcda = connect({ target: server.url, credentials, policy: quick })
        const request = { types: ["Patient"] }
        const adopted = await bcda.kickOff(request, { adopt: true })
        assert.deepInclude(adopted, { jobId: "7", adopted: true })
        const found = await bcda.findJob(request, new Date().toISOString())
        assert.strictEqual(found?.jobId, "7")
        assert.strictEqual(await bcda.findJob({}, new Date().toISOString()), undefined)
      })
    })
  )

  it.live("gets its tokens with a private key, if that is what it is given", () =>
    Effect.gen(function* () {
      const server = yield* serveRoutes({
        "GET /r4/.well-known/smart-configuration": ({ headers }) => ({
          body: JSON.stringify({ token_endpoint: `http://${headers.host}/token` })
        }),
        "POST /token": token("t", 300),
        "GET /r4/$export": { status: 202, headers: { "content-location": "/r4/jobs/9" } }
      })
      yield* Effect.promise(async () => {
        const { privateKey } = await generateKeyPair("ES384", { extractable: true })
        const key = { ...(await exportJWK(privateKey)), kid: "k" }
        await using bcda = connect({ target: `${server.url}/r4`, auth: "smart", credentials: { clientId: "me", key } })
        assert.strictEqual((await bcda.kickOff({ scope: "system" })).jobId, "9")
      })
    })
  )

  it("knows CMS's servers by name, takes the version from a URL, and refuses what cannot be one", async () => {
    assert.deepStrictEqual(connect({ target: "sandbox" }).target, Target.sandbox())
    assert.deepStrictEqual(connect({ target: "production", apiVersion: "v2" }).target, Target.production("v2"))
    assert.strictEqual(connect({ target: "http://127.0.0.1:1/api/v1" }).target.apiVersion, "v1")
    assert.throws(() => connect({ target: "not a url" }), TargetError)
    assert.throws(() => connect({ target: "sandbox", apiVersion: "fhir" }), TargetError)
    assert.throws(() => connect({ target: "production", allowedOrigins: ["https://files.example"] }), TargetError)
    const options = {
      auth: "smart",
      allowedOrigins: ["https://files.example"],
      tokenEndpoint: "https://login.example/token",
      tokenScope: "system/Patient.read",
      name: "the EHR"
    } as const
    const plain = connect({ target: "https://ehr.example/r4", ...options }).target
    assert.deepInclude(plain, { apiVersion: "fhir", ...options })
    const stored = JSON.parse(JSON.stringify(plain))
    assert.deepStrictEqual(connect({ target: stored }).target, plain)
    assert.throws(() => connect({ target: stored, apiVersion: "v2" }), TargetError, /takes no apiVersion/)
    assert.throws(() => makeTarget("http://bcda.example"), TargetError, /https/)
    assert.strictEqual(makeTarget("http://bcda.example", { insecure: true }).baseUrl, "http://bcda.example")
  })
})
