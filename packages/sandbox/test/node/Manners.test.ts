import { Agent, request } from "node:http"
import { small } from "@bcda-kit/sandbox"
import { startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { basic, tinyData } from "../Support.ts"
import { noPace, raw } from "./Wire.ts"

const options = { data: tinyData, pace: noPace }

/** What Go's server writes when there is no request to answer. */
const refusal = (status: string) =>
  `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`

/** One request through an agent, and the local port that it came from. */
const through = (agent: Agent, port: number, authorization: string) =>
  new Promise<{
    readonly status: number | undefined
    readonly rawHeaders: ReadonlyArray<string>
    readonly from: unknown
  }>((resolve, reject) => {
    const sent = request({ agent, port, host: "127.0.0.1", path: "/api/v3/metadata", headers: { authorization } })
    sent.once("response", (response) => {
      const { rawHeaders, socket, statusCode: status } = response
      const from = socket.localPort
      response.resume().once("end", () => resolve({ status, rawHeaders, from }))
    })
    sent.once("error", reject)
    sent.end()
  })

describe("connections, as Go's server keeps them", () => {
  it("live on after a refusal before routing, without a word about it", async () => {
    await using sandbox = await startSandbox(options)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    try {
      const first = await through(agent, sandbox.port, "Bearer x")
      const second = await through(agent, sandbox.port, "Bearer x")
      assert.deepStrictEqual([first.status, second.status], [400, 400])
      assert.strictEqual(first.from, second.from)
      assert.notInclude(first.rawHeaders.join().toLowerCase(), "keep-alive")
      assert.notInclude(first.rawHeaders, "Connection")
    } finally {
      agent.destroy()
    }
  })

  it("end for a client of HTTP/1.0", async () => {
    await using sandbox = await startSandbox(options)
    const got = await raw(sandbox.port, "GET /_version HTTP/1.0\r\nAuthorization: Bearer x\r\n\r\n")
    assert.match(got, /^HTTP\/1\.[01] 400 Bad Request\r\n/)
  })

  it("names and orders headers as Go does", async () => {
    await using sandbox = await startSandbox(options)
    const got = await raw(sandbox.port, "GET /api/v3/metadata HTTP/1.1\r\nHost: x\r\n\r\n")
    const [head = ""] = got.split("\r\n\r\n")
    assert.deepStrictEqual(
      head.split("\r\n").map((line) => line.split(":")[0]),
      ["HTTP/1.1 200 OK", "Connection", "Content-Type", "Date", "Transfer-Encoding"]
    )
  })
})

describe("malformed requests", () => {
  it.for([
    ["no request at all", "what is this\r\n\r\n", "400 Bad Request"],
    ["a header without a colon", "GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n", "400 Bad Request"],
    [
      "a length that is none",
      "POST /auth/token HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
      "400 Bad Request"
    ],
    ["no Host", "GET /_version HTTP/1.1\r\n\r\n", "400 Bad Request: missing required Host header"],
    ["two Hosts", "GET /_version HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n", "400 Bad Request: too many Host headers"],
    [
      "more than a megabyte of headers",
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(1_100_000)}\r\n\r\n`,
      "431 Request Header Fields Too Large"
    ]
  ] as const)("%s: refused in Go's words", async ([, bytes, status]) => {
    await using sandbox = await startSandbox(options)
    assert.strictEqual(await raw(sandbox.port, bytes), refusal(status))
    assert.deepStrictEqual(sandbox.log.entries(), [])
  })

  it("a hundred kilobytes of headers are not too many", async () => {
    await using sandbox = await startSandbox(options)
    const got = await raw(sandbox.port, `GET /_version HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(100_000)}\r\n\r\n`)
    assert.match(got, /^HTTP\/1\.1 200 /)
  })
})

describe("bodies of requests", () => {
  it("are not waited for, nor asked for with 100 Continue", async () => {
    await using sandbox = await startSandbox(options)
    const login = `Authorization: ${basic(small.clientId, small.clientSecret)}`
    for (const expect of ["", "Expect: 100-continue\r\n"]) {
      const head = `POST /auth/token HTTP/1.1\r\nHost: x\r\n${login}\r\n${expect}Content-Length: 1000\r\n\r\n`
      assert.match(await raw(sandbox.port, head), /^HTTP\/1\.1 200 OK\r\n/)
    }
  })

  it("are in the log, as far as they are worth it", async () => {
    await using sandbox = await startSandbox(options)
    const body = `grant_type=client_credentials&scope=system%2F*.read&x=${"x".repeat(100_000)}`
    const answer = await fetch(`${sandbox.baseUrl}/auth/token`, { method: "POST", body })
    assert.strictEqual(answer.status, 400)
    const [entry] = sandbox.log.entries({ area: "token" })
    assert.lengthOf(entry?.body ?? "", 8192)
    assert.isTrue(entry?.body?.startsWith("grant_type=client_credentials&scope=system%2F*.read&x=xx"))
  })
})

describe("the log, over a socket", () => {
  it("holds the request as it was on the wire", async () => {
    await using sandbox = await startSandbox(options)
    await raw(
      sandbox.port,
      "GET /api/v3/./x%2Fy?a=b?&c HTTP/1.1\r\nhOsT: Somewhere:1\r\nX-Twice: one\r\nAccept: a, b\r\nx-twice: two\r\nConnection: close\r\n\r\n"
    )
    const [entry] = sandbox.log.entries()
    assert.strictEqual(entry?.target, "/api/v3/./x%2Fy?a=b?&c")
    assert.deepStrictEqual(entry?.headers, [
      ["hOsT", "Somewhere:1"],
      ["X-Twice", "one"],
      ["Accept", "a, b"],
      ["x-twice", "two"],
      ["Connection", "close"]
    ])
  })

  it("says that a client left while the answer was still to come", async () => {
    await using sandbox = await startSandbox(options)
    await sandbox.clock.freeze()
    await sandbox.faults.set([{ fault: "slow-first-byte", where: "metadata" }])
    const impatient = new AbortController()
    const asked = fetch(`${sandbox.baseUrl}/api/v3/metadata`, { signal: impatient.signal })
    while (sandbox.log.entries().length === 0) await new Promise((resolve) => setImmediate(resolve))
    impatient.abort()
    await asked.catch(() => undefined)
    while (sandbox.log.entries({ ended: "open" }).length > 0) await new Promise((resolve) => setImmediate(resolve))
    assert.containSubset(sandbox.log.entries(), [{ ended: "left" }])
  })
})
