import { type ClientHttp2Session, connect as connect2 } from "node:http2"
import { request } from "node:https"
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls"
import { small } from "@bcda-kit/sandbox"
import { type RunningSandbox, startSandbox } from "@bcda-kit/sandbox/node"
import { Effect } from "effect"
import { assert, describe, it } from "vitest"
import { selfSigned } from "../../src/node/Certificate.ts"
import { basic, bearerIn, exportHeaders, tinyData } from "../Support.ts"
import { noPace } from "./Wire.ts"

const options = { data: tinyData, pace: noPace }

interface Got {
  readonly status: number | undefined
  readonly message: string | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

const get = (
  { certificate: ca, port }: RunningSandbox,
  path: string,
  headers: Record<string, string> = {},
  method = "GET"
): Promise<Got> =>
  new Promise((resolve, reject) => {
    const sent = request({ port, host: "127.0.0.1", path, headers, method, ca, agent: false }, (response) => {
      let body = ""
      response.on("data", (chunk: Buffer) => (body += chunk.toString()))
      response.on("end", () =>
        resolve({ status: response.statusCode, message: response.statusMessage, headers: response.headers, body })
      )
    })
    sent.on("error", reject)
    sent.end()
  })

/** The outcome of a handshake: the version, or the error. */
const handshake = (port: number, how: ConnectionOptions): Promise<string> =>
  new Promise((resolve) => {
    const socket: TLSSocket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...how })
    socket.once("secureConnect", () => {
      resolve(socket.getProtocol() ?? "none")
      socket.destroy()
    })
    socket.once("error", (error: Error & { code?: string }) => resolve(error.code ?? error.message))
  })

describe("over TLS", () => {
  it("says https everywhere, and adds the headers that BCDA adds over TLS", async () => {
    await using sandbox = await startSandbox({ ...options, tls: true })
    assert.strictEqual(sandbox.baseUrl, `https://127.0.0.1:${sandbox.port}`)
    const token = await get(
      sandbox,
      "/auth/token",
      { authorization: basic(small.clientId, small.clientSecret) },
      "POST"
    )
    assert.strictEqual(token.headers["cache-control"], "no-store")
    const bearer = bearerIn(token.body)
    const kickOff = await get(sandbox, "/api/v3/Patient/$export?_type=Patient", exportHeaders(bearer))
    assert.strictEqual(kickOff.status, 202)
    assert.strictEqual(kickOff.headers["content-location"], `${sandbox.baseUrl}/api/v3/jobs/1`)
    assert.containSubset(kickOff.headers, {
      "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
      "cache-control": "no-cache; no-store; must-revalidate; max-age=0",
      pragma: "no-cache",
      "x-content-type-options": "nosniff",
      connection: "close"
    })
    await sandbox.idle()
    const { body } = await get(sandbox, "/api/v3/jobs/1", { authorization: bearer })
    assert.include(body, `"url":"${sandbox.baseUrl}/data/1/`)
    assert.containSubset(sandbox.log.entries({ area: "kick-off" }), [{ scheme: "https" }])
  })

  it("has a certificate that nobody trusts who was not told to", async () => {
    await using sandbox = await startSandbox({ ...options, tls: true })
    const refused = await get({ ...sandbox, certificate: undefined }, "/_version").then(
      () => "answered",
      (error: unknown) => (error instanceof Error && "code" in error ? error.code : error)
    )
    assert.strictEqual(refused, "DEPTH_ZERO_SELF_SIGNED_CERT")
    await using other = await startSandbox({ ...options, tls: true })
    assert.notStrictEqual(other.certificate, sandbox.certificate)
  })

  it("takes a key and certificate of one's own", async () => {
    const pair = await Effect.runPromise(selfSigned)
    await using sandbox = await startSandbox({ ...options, tls: pair })
    assert.strictEqual(sandbox.certificate, pair.cert)
    assert.strictEqual((await get(sandbox, "/_version")).status, 200)
  })

  it("speaks 1.2 and 1.3, or one version only", async () => {
    const old: ConnectionOptions = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }
    await using today = await startSandbox({ ...options, tls: true })
    assert.strictEqual(await handshake(today.port, {}), "TLSv1.3")
    assert.strictEqual(await handshake(today.port, { maxVersion: "TLSv1.2" }), "TLSv1.2")
    assert.match(await handshake(today.port, old), /PROTOCOL_VERSION/)
    await using yesterday = await startSandbox({ ...options, tls: { only: "TLSv1.1" } })
    assert.strictEqual(await handshake(yesterday.port, old), "TLSv1.1")
    assert.match(await handshake(yesterday.port, {}), /PROTOCOL_VERSION/)
    await using middle = await startSandbox({ ...options, tls: { only: "TLSv1.2" } })
    assert.strictEqual(await handshake(middle.port, {}), "TLSv1.2")
  })

  it("is turned on by faults that need it, and the handshake counts for them", async () => {
    await using old = await startSandbox({ ...options, faults: [{ fault: "tls-1.1" }] })
    assert.match(old.baseUrl, /^https:/)
    assert.containSubset(await old.faults.list(), [{ struck: 0 }])
    assert.match(await handshake(old.port, {}), /PROTOCOL_VERSION/)
    assert.containSubset(await old.faults.list(), [{ struck: 1 }])
    await using modern = await startSandbox({ ...options, faults: [{ fault: "http2" }] })
    const session = connect2(modern.baseUrl, { ca: modern.certificate })
    const got = await over(session, { ":path": "/_version" })
    assert.strictEqual(got[":status"], 200)
    session.destroy()
  })

  it("has no certificate without TLS", async () => {
    await using sandbox = await startSandbox(options)
    assert.isUndefined(sandbox.certificate)
  })
})

/** One request over a session, and the session's end if the server says so. */
const over = (session: ClientHttp2Session, headers: Record<string, string>) =>
  new Promise<Readonly<Record<string, unknown>> & { readonly body: string }>((resolve, reject) => {
    const stream = session.request(headers)
    let body = ""
    stream.once("response", (got) => stream.once("end", () => resolve({ ...got, body })))
    stream.on("data", (chunk: Buffer) => (body += chunk.toString()))
    stream.once("error", reject)
  })

describe("over HTTP/2", () => {
  it("is spoken to those who ask for it: no reason, no headers about connections, and an end as Go ends it", async () => {
    await using sandbox = await startSandbox({ ...options, http2: true })
    const { baseUrl, certificate: ca, port } = sandbox
    const session = connect2(baseUrl, { ca })
    const refused = await over(session, { ":path": "/api/v3/metadata", authorization: "Bearer x" })
    assert.strictEqual(refused[":status"], 400)
    assert.isFalse(session.closed)
    const ended = new Promise((resolve) => session.once("close", resolve))
    const got = await over(session, { ":path": "/api/v3/metadata" })
    assert.strictEqual(got[":status"], 200)
    assert.include(got.body, "CapabilityStatement")
    assert.containSubset(got, { "content-type": "application/json", pragma: "no-cache" })
    for (const name of ["connection", "transfer-encoding", "keep-alive"]) assert.notProperty(got, name)
    await ended
    const [, entry] = sandbox.log.entries()
    assert.deepStrictEqual(entry?.headers, [])
    const fallback = await get(sandbox, "/_version")
    assert.deepStrictEqual([fallback.status, fallback.message], [200, "OK"])
    assert.strictEqual(sandbox.baseUrl, `https://127.0.0.1:${port}`)
  })

  it("exports: URLs have the authority, files arrive whole", async () => {
    await using sandbox = await startSandbox({ ...options, http2: true })
    const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
      over(connect2(sandbox.baseUrl, { ca: sandbox.certificate }), { ":path": path, ":method": method, ...headers })
    const login = { authorization: basic(small.clientId, small.clientSecret) }
    const authorization = bearerIn((await ask("/auth/token", login, "POST")).body)
    const kickOff = await ask("/api/v2/Patient/$export?_type=Patient", exportHeaders(authorization))
    assert.strictEqual(kickOff["content-location"], `${sandbox.baseUrl}/api/v2/jobs/1`)
    await sandbox.idle()
    const { body } = await ask("/api/v2/jobs/1", { authorization })
    const [, url = ""] = /"url":"([^"]+)"/.exec(body) ?? []
    const file = await ask(new URL(url).pathname, { authorization })
    assert.lengthOf(file.body.trimEnd().split("\n"), 100)
    assert.containSubset(sandbox.log.entries({ area: "file" }), [{ ended: "complete", bytes: file.body.length }])
  })
})
