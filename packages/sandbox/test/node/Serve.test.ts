import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer } from "node:http"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { ClockError, type DataSource, defaultPersonas, type FileStore, memoryFileStore } from "@bcda-kit/sandbox"
import { diskFileStore, ListenError, serve, startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import { outcomeText, startOfTest, tinyData } from "../Support.ts"
import { bearerOf, exportOver, noPace, raw, wire, withTemporaryFolder } from "./Wire.ts"

const options = { data: tinyData, pace: noPace }

const valuesOf = (rawHeaders: ReadonlyArray<string>, name: string): ReadonlyArray<string> =>
  rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1] === name)

const failing = async function* () {
  yield Buffer.from("one\n")
  throw new Error("no more")
}

describe("over HTTP", () => {
  it("listens on loopback and says where and for whom", async () => {
    await using sandbox = await startSandbox(options)
    assert.strictEqual(sandbox.baseUrl, `http://127.0.0.1:${sandbox.port}`)
    assert.deepStrictEqual(
      sandbox.credentials,
      defaultPersonas.map(({ clientId, clientSecret, id }) => ({ persona: id, clientId, clientSecret }))
    )
  })

  it("closes each connection after a routed answer, and names headers as Go does", async () => {
    await using sandbox = await startSandbox(options)
    const answer = await wire(sandbox.baseUrl, "/api/v3/metadata", { connection: "keep-alive" })
    assert.deepStrictEqual(valuesOf(answer.rawHeaders, "Connection"), ["close"])
    assert.deepStrictEqual(valuesOf(answer.rawHeaders, "Content-Type"), ["application/json"])
    assert.lengthOf(valuesOf(answer.rawHeaders, "Date"), 1)
    assert.isUndefined(answer.headers["keep-alive"])
    // Two methods exist, each on a line of its own.
    const put = await wire(sandbox.baseUrl, "/api/v3/jobs/1", {}, "PUT")
    assert.deepStrictEqual(valuesOf(put.rawHeaders, "Allow"), ["GET", "DELETE"])
    assert.strictEqual(put.headers["content-length"], "0")
  })

  it("routes on the raw path", async () => {
    await using sandbox = await startSandbox(options)
    for (const [path, status] of [
      ["/api/v3/Patient/$export", 401],
      ["/api/v3/Patient/%24export", 404],
      ["/api/v3/./Patient/$export", 404],
      ["/api/v3/x/../metadata", 404],
      ["/api/v3//metadata", 404],
      ["/api/v3/metadata?a=b?c", 200],
      ["/api/v3/metadata?", 200]
    ] as const) {
      assert.strictEqual((await wire(sandbox.baseUrl, path)).status, status, path)
    }
  })

  it("echoes the Host header in every URL, and keeps the query raw", async () => {
    await using sandbox = await startSandbox(options)
    const authorization = await bearerOf(sandbox)
    const headers = {
      authorization,
      host: "Claims.Example:8080",
      accept: "application/fhir+json",
      prefer: "respond-async"
    }
    const query = "_type=Patient&x=%2b|{}"
    const { headers: got } = await wire(sandbox.baseUrl, `/api/v3/Patient/$export?${query}`, headers)
    assert.strictEqual(got["content-location"], "http://Claims.Example:8080/api/v3/jobs/1")
    await Effect.runPromise(sandbox.sandbox.idle)
    const { body } = await wire(sandbox.baseUrl, "/api/v3/jobs/1", { authorization })
    assert.include(
      body.toString(),
      `"request":"http://Claims.Example:8080/api/v3/Patient/$export?${query.replaceAll("&", "\\u0026")}"`
    )
    assert.include(body.toString(), `"url":"${sandbox.baseUrl}/data/1/`)
  })

  it("reads only the first Authorization line, but all Accept lines", async () => {
    await using sandbox = await startSandbox(options)
    const authorization = await bearerOf(sandbox)
    const request = (lines: ReadonlyArray<string>) =>
      raw(
        sandbox.port,
        ["GET /api/v3/Patient/$export HTTP/1.1", "Host: x", ...lines, "Connection: close", "", ""].join("\r\n")
      )
    const accepted = await request([
      `Authorization: ${authorization}`,
      "Accept: text/html",
      "Accept: application/fhir+json",
      "Prefer: handling=lenient",
      "Prefer: respond-async"
    ])
    assert.match(accepted, /^HTTP\/1\.1 202 Accepted\r\n/)
    assert.match(accepted, /\r\nContent-Length: 0\r\n/)
    const refused = await request(["Authorization: Bearer x", `Authorization: ${authorization}`])
    assert.match(refused, /^HTTP\/1\.1 400 /)
    assert.include(refused, outcomeText("v3", "structure", "Request Error"))
  })

  it("sends files from disk: gzip with two members, plain, ranges", async () => {
    await using sandbox = await startSandbox(options)
    const authorization = await bearerOf(sandbox)
    const { output } = await exportOver(sandbox, "/api/v2/Patient/$export?_type=Patient", authorization)
    const path = new URL(output[0]?.url ?? "").pathname
    const zipped = await wire(sandbox.baseUrl, path, { authorization, "accept-encoding": "gzip" })
    assert.strictEqual(zipped.headers["content-encoding"], "gzip")
    // Compressed it fits Go's buffer of 2048 bytes, and so it has a length; inflated it does not.
    assert.strictEqual(zipped.headers["content-length"], String(zipped.body.length))
    const empty = "1f8b08000000000000ff010000ffff0000000000000000"
    assert.strictEqual(zipped.body.subarray(-23).toString("hex"), empty)
    const plain = await wire(sandbox.baseUrl, path, { authorization })
    assert.strictEqual(plain.headers["transfer-encoding"], "chunked")
    assert.isUndefined(plain.headers["content-encoding"])
    assert.isTrue(gunzipSync(zipped.body).equals(plain.body))
    assert.lengthOf(plain.body.toString().trimEnd().split("\n"), 100)
    const range = { authorization, "accept-encoding": "gzip", range: "bytes=20-29" }
    const part = await wire(sandbox.baseUrl, path, range)
    assert.strictEqual(part.status, 206)
    assert.strictEqual(part.headers["content-length"], "10")
    assert.strictEqual(part.headers["content-range"], `bytes 20-29/${zipped.body.length - 23}`)
    assert.isTrue(part.body.equals(zipped.body.subarray(20, 30)))
  })

  it("serves the v3 warning file as it lies", async () => {
    await using sandbox = await startSandbox(options)
    const authorization = await bearerOf(sandbox)
    const { error } = await exportOver(sandbox, "/api/v3/Patient/$export", authorization)
    assert.strictEqual(error[0]?.url, `${sandbox.baseUrl}/data/1/warnings-and-info.ndjson`)
    const { body, headers } = await wire(sandbox.baseUrl, "/data/1/warnings-and-info.ndjson", { authorization })
    assert.strictEqual(headers["content-length"], String(body.length))
    assert.match(body.toString(), /^\{"resourceType":"OperationOutcome",.*\}\n$/)
  })

  it("a client that leaves in the middle of a file ends the reading; others go on", async () => {
    const data: DataSource = {
      plan: () => [
        {
          type: "Patient",
          people: 1,
          lines: function* () {
            for (let index = 0; index < 300_000; index++) yield `{"id":"${index * 7919}","resourceType":"Patient"}`
          }
        }
      ]
    }
    await using sandbox = await startSandbox({ data, pace: noPace })
    const authorization = await bearerOf(sandbox)
    const { output } = await exportOver(sandbox, "/api/v2/Patient/$export?_type=Patient", authorization)
    const path = new URL(output[0]?.url ?? "").pathname
    await new Promise<void>((resolve) => {
      const socket = connect(sandbox.port, "127.0.0.1", () =>
        socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`)
      )
      socket.once("data", () => socket.destroy())
      socket.once("close", () => resolve())
    })
    const whole = await wire(sandbox.baseUrl, path, { authorization })
    assert.isTrue(whole.body.toString().endsWith(`{"id":"${299_999 * 7919}","resourceType":"Patient"}\n`))
  })
})

describe("a client that does not read", () => {
  it("stops the reading of the file, and does not keep the sandbox from closing", async () => {
    let read = 0
    const memory = memoryFileStore()
    const endless = async function* () {
      for (; read < 500; read++) yield new Uint8Array(1024 * 1024)
    }
    const store: FileStore = {
      ...memory,
      write: (...file) =>
        Effect.map(memory.write(...file), (stored) => ({ ...stored, content: endless, stored: endless }))
    }
    const sandbox = await startSandbox({ ...options, store })
    const authorization = await bearerOf(sandbox)
    const { output } = await exportOver(sandbox, "/api/v2/Patient/$export?_type=Patient", authorization)
    const path = new URL(output[0]?.url ?? "").pathname
    const socket = connect(sandbox.port, "127.0.0.1")
    socket.on("error", () => undefined)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`)
    await new Promise((resolve) => socket.once("data", resolve))
    socket.pause()
    // Until nothing moves any more; the system's own buffers hold a few megabytes.
    for (let still = 0, last = -1; still < 500; last = read) {
      still = read === last ? still + 1 : 0
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.isAbove(read, 0)
    assert.isBelow(read, 100)
    await sandbox.close()
    socket.destroy()
  })
})

describe("starting and stopping", () => {
  it("a taken port is a ListenError that says what to do", async () => {
    await using first = await startSandbox(options)
    const second = await startSandbox({ ...options, port: first.port }).then(
      () => undefined,
      (error: unknown) => error
    )
    assert.instanceOf(second, ListenError)
    if (second instanceof ListenError) {
      assert.strictEqual(second.code, "EADDRINUSE")
      assert.include(second.message, `127.0.0.1:${first.port}`)
      assert.include(second.next, "another")
    }
  })

  it("close frees the port and removes the files; twice does no harm", () =>
    withTemporaryFolder(async (folder) => {
      const sandbox = await startSandbox(options)
      await exportOver(sandbox, "/api/v2/Patient/$export", await bearerOf(sandbox))
      assert.lengthOf(readdirSync(folder), 1)
      await sandbox.close()
      await sandbox.close()
      assert.lengthOf(readdirSync(folder), 0)
      const server = createServer()
      await new Promise<void>((resolve, reject) => {
        server.on("error", reject)
        server.listen(sandbox.port, "127.0.0.1", () => server.close(() => resolve()))
      })
    }))

  it.effect("serve ends with its scope and follows the clock it was made under", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(startOfTest)
      const scope = yield* Scope.make()
      const sandbox = yield* Scope.provide(serve({ data: tinyData }), scope)
      const authorization = yield* Effect.promise(() => bearerOf(sandbox))
      const welcome = Effect.promise(() => wire(sandbox.baseUrl, "/auth/welcome", { authorization }))
      assert.strictEqual((yield* welcome).headers.date, "Tue, 06 Oct 2026 10:00:00 GMT")
      yield* TestClock.adjust("20 minutes")
      assert.strictEqual((yield* welcome).status, 401)
      yield* Scope.close(scope, Exit.void)
      const refused = yield* Effect.promise(() =>
        wire(sandbox.baseUrl, "/_version").then(
          () => "answered",
          (error: unknown) => (error instanceof Error && "code" in error ? error.code : error)
        )
      )
      assert.strictEqual(refused, "ECONNREFUSED")
    })
  )
})

describe("in hand, without Effect", () => {
  it("time, faults, log and reset", async () => {
    await using sandbox = await startSandbox(options)
    const authorization = await bearerOf(sandbox)
    const { output } = await exportOver(sandbox, "/api/v2/Patient/$export?_type=Patient", authorization)
    const path = new URL(output[0]?.url ?? "").pathname
    const before = sandbox.clock.now()
    await sandbox.clock.freeze()
    await sandbox.clock.advance("36 hours")
    assert.isAtLeast(sandbox.clock.now(), before + 36 * 3_600_000)
    assert.strictEqual((await wire(sandbox.baseUrl, "/auth/welcome", { authorization })).status, 401)
    const bearer = await bearerOf(sandbox)
    assert.strictEqual((await wire(sandbox.baseUrl, path, { authorization: bearer })).status, 404)
    const back = await sandbox.clock.set(before).then(
      () => undefined,
      (error: unknown) => error
    )
    assert.instanceOf(back, ClockError)
    await sandbox.faults.set([{ fault: "unavailable", where: "metadata", times: 1 }])
    assert.strictEqual((await wire(sandbox.baseUrl, "/api/v3/metadata")).status, 503)
    assert.strictEqual((await wire(sandbox.baseUrl, "/api/v3/metadata")).status, 200)
    assert.containSubset(await sandbox.faults.list(), [{ seen: 2, struck: 1 }])
    assert.lengthOf(sandbox.log.entries({ fault: "unavailable" }), 1)
    await sandbox.reset()
    assert.deepStrictEqual(await sandbox.faults.list(), [])
    assert.isFalse(sandbox.clock.frozen())
    assert.strictEqual((await wire(sandbox.baseUrl, "/auth/welcome", { authorization: bearer })).status, 401)
  })
})

const endless = async function* () {
  for (;;) {
    yield Buffer.from("line\n")
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe("files on disk", () => {
  it("have their name only when whole, and go together", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sandbox-store-"))
    try {
      const store = diskFileStore(folder)
      let during: ReadonlyArray<string> = []
      const chunks = async function* () {
        yield Buffer.from("one\n")
        await new Promise((resolve) => setImmediate(resolve))
        during = readdirSync(join(folder, "1"))
        yield Buffer.from("two\n")
      }
      const file = await Effect.runPromise(store.write(1, "a.ndjson", "gzip", chunks()))
      assert.isFalse(during.includes("a.ndjson.gz"))
      assert.strictEqual(gunzipSync(await readFile(join(folder, "1", "a.ndjson.gz"))).toString(), "one\ntwo\n")
      assert.strictEqual(file.bytes, (await readFile(join(folder, "1", "a.ndjson.gz"))).length)
      const failure = await Effect.runPromise(Effect.flip(store.write(1, "b.ndjson", "gzip", failing())))
      assert.strictEqual(failure._tag, "FileStoreError")
      assert.deepStrictEqual(readdirSync(join(folder, "1")), ["a.ndjson.gz"])
      await Effect.runPromise(store.remove(1))
      assert.isFalse(existsSync(join(folder, "1")))
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it("a write that is stopped does not bring a removed directory back", () =>
    withTemporaryFolder(async (folder) => {
      for (let turns = 0; turns < 5; turns++) {
        const directory = join(folder, String(turns))
        mkdirSync(directory)
        const writing = Effect.runFork(diskFileStore(directory).write(1, "a.ndjson", "gzip", endless()))
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
        const stopped = Effect.runPromise(Fiber.interrupt(writing))
        rmSync(directory, { recursive: true })
        await stopped
        // What was under way has every chance to come back.
        for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
        assert.deepStrictEqual(readdirSync(folder), [], `after ${turns} turns`)
      }
    }))
})
