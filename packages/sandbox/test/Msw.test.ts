import { gunzipSync } from "node:zlib"
import { small } from "@bcda-kit/sandbox"
import { sandboxHandlers } from "@bcda-kit/sandbox/msw"
import { setupServer } from "msw/node"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import { basic, bearerIn, tinyData } from "./Support.ts"

const options = { data: tinyData, pace: { pendingMillis: 0, perSubJobMillis: 0 } }
const server = setupServer(...sandboxHandlers(options))
beforeAll(() => server.listen({ onUnhandledFrame: "error" }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const base = "https://sandbox.bcda.cms.gov"

const authorize = async (origin: string): Promise<string> => {
  const headers = { authorization: basic(small.clientId, small.clientSecret) }
  const response = await fetch(`${origin}/auth/token`, { method: "POST", headers })
  return bearerIn(await response.text())
}

/** Polls until the job is done; with no pace that is as soon as its files are whole. */
const completed = async (url: string, authorization: string): Promise<string> => {
  for (;;) {
    const response = await fetch(url, { headers: { authorization } })
    const text = await response.text()
    if (response.status !== 202) return text
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe("msw handlers", () => {
  it("stand in for CMS's sandbox, from token to file", async () => {
    const authorization = await authorize(base)
    const headers = { authorization, accept: "application/fhir+json", prefer: "respond-async" }
    const kickOff = await fetch(`${base}/api/v3/Group/all/$export?_type=Patient`, { headers })
    assert.strictEqual(kickOff.status, 202)
    const location = kickOff.headers.get("content-location") ?? ""
    assert.isTrue(location.startsWith(`${base}/api/v3/jobs/`))
    const manifest = await completed(location, authorization)
    const url = /"type":"Patient","url":"([^"]*)"/.exec(manifest)?.[1] ?? ""
    const plain = await (await fetch(url, { headers: { authorization, "accept-encoding": "identity" } })).text()
    assert.lengthOf(plain.trimEnd().split("\n"), 100)
    const zipped = await fetch(url, { headers: { authorization, "accept-encoding": "gzip" } })
    assert.strictEqual(zipped.headers.get("content-encoding"), "gzip")
    const bytes = Buffer.from(await zipped.arrayBuffer())
    // Whether fetch inflates a mocked body is msw's affair; the content is the same.
    assert.strictEqual((bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString(), plain)
  })

  it("keep the path raw: %24export is not $export", async () => {
    const answer = await fetch(`${base}/api/v3/Patient/%24export`)
    assert.strictEqual(answer.status, 404)
  })

  it("can stand in for another origin, and each set is a sandbox of its own", async () => {
    server.use(...sandboxHandlers({ ...options, origin: "https://bcda.example" }))
    const authorization = await authorize("https://bcda.example")
    const there = await fetch("https://bcda.example/auth/welcome", { headers: { authorization } })
    assert.strictEqual(there.status, 200)
    const here = await fetch(`${base}/auth/welcome`, { headers: { authorization } })
    assert.strictEqual(here.status, 401)
  })

  it("give the sandbox in hand: its time, its faults, its log", async () => {
    const bcda = sandboxHandlers({ ...options, origin: "https://bcda.example" })
    server.use(...bcda)
    const authorization = await authorize("https://bcda.example")
    const welcome = async () =>
      (await fetch("https://bcda.example/auth/welcome", { headers: { authorization } })).status
    assert.strictEqual(await welcome(), 200)
    await bcda.faults.set([{ fault: "unavailable", where: "metadata" }])
    assert.strictEqual((await fetch("https://bcda.example/api/v3/metadata")).status, 503)
    await bcda.clock.advance("20 minutes")
    assert.strictEqual(await welcome(), 401)
    assert.deepStrictEqual(
      bcda.log.entries().map(({ area, issued, status, token }) => [area, status, issued ?? token]),
      [
        ["token", 200, "token#1"],
        ["other", 200, "token#1"],
        ["metadata", 503, undefined],
        ["other", 401, "token#1"]
      ]
    )
    assert.strictEqual(bcda.credentials[0]?.persona, "small")
  })
})
