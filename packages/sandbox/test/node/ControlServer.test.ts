import { ListenError, startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "vitest"
import { memberOf, tinyData } from "../Support.ts"
import { noPace, raw, wire } from "./Wire.ts"

const options = { data: tinyData, pace: noPace }

describe("control over HTTP", () => {
  it("is not there unless asked for", async () => {
    await using sandbox = await startSandbox(options)
    assert.isUndefined(sandbox.controlUrl)
    for (const path of ["/faults", "/clock", "/log"]) {
      assert.strictEqual((await wire(sandbox.baseUrl, path)).status, 404, path)
    }
  })

  it("listens on a port of its own, takes orders, and goes with the sandbox", async () => {
    const sandbox = await startSandbox({ ...options, control: true })
    const url = sandbox.controlUrl ?? ""
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.notStrictEqual(url, sandbox.baseUrl)
    assert.strictEqual((await wire(sandbox.baseUrl, "/clock")).status, 404)
    const before = sandbox.clock.now()
    const moved = await fetch(`${url}/clock`, { method: "POST", body: '{"advance":"24 hours","freeze":true}' })
    assert.strictEqual(moved.status, 200)
    assert.isAtLeast(sandbox.clock.now(), before + 86_400_000)
    assert.strictEqual(memberOf(await moved.text(), "now"), new Date(sandbox.clock.now()).toISOString())
    const faults = await fetch(`${url}/faults`, { method: "PUT", body: '[{"fault":"unavailable","where":"metadata"}]' })
    assert.strictEqual(faults.status, 200)
    assert.strictEqual((await wire(sandbox.baseUrl, "/api/v3/metadata")).status, 503)
    assert.strictEqual((await fetch(`${url}/reset`, { method: "POST" })).status, 204)
    assert.strictEqual((await wire(sandbox.baseUrl, "/api/v3/metadata")).status, 200)
    assert.lengthOf(sandbox.log.entries(), 1)
    await sandbox.close()
    const after = await fetch(url).then(
      () => "answered",
      () => "gone"
    )
    assert.strictEqual(after, "gone")
  })

  it("goes by the Host header, not by the address that was dialled", async () => {
    await using sandbox = await startSandbox({ ...options, control: true })
    const url = sandbox.controlUrl ?? ""
    const status = async (headers: Record<string, string>, path = "/clock") => (await wire(url, path, headers)).status
    assert.strictEqual(await status({}), 200)
    assert.strictEqual(await status({ host: "evil.example" }), 403)
    assert.strictEqual(await status({ host: "127.0.0.1@evil.example" }), 400)
    assert.strictEqual(await status({ host: "evil.example/127.0.0.1" }), 403)
    assert.strictEqual(await status({ origin: "http://evil.example" }), 403)
    const { port } = new URL(url)
    const absolute = await raw(
      Number(port),
      "GET http://127.0.0.1/clock HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    )
    assert.match(absolute, /^HTTP\/1\.1 400 /)
  })

  it("refuses what is too much", async () => {
    await using sandbox = await startSandbox({ ...options, control: true })
    const answer = await fetch(`${sandbox.controlUrl}/faults`, { method: "PUT", body: " ".repeat(1024 * 1024 + 1) })
    assert.strictEqual(answer.status, 413)
  })

  it("can be given its port; a taken one is an error, and nothing listens then", async () => {
    await using first = await startSandbox({ ...options, control: true })
    const port = Number(new URL(first.controlUrl ?? "").port)
    const failed = await startSandbox({ ...options, control: { port } }).then(
      () => undefined,
      (error: unknown) => error
    )
    assert.instanceOf(failed, ListenError)
    await first.close()
    await using second = await startSandbox({ ...options, control: { port } })
    assert.strictEqual(second.controlUrl, `http://127.0.0.1:${port}`)
  })
})
