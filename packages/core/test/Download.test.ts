import { once } from "node:events"
import { gunzipSync, gzipSync } from "node:zlib"
import {
  BcdaClient,
  DownloadError,
  type DownloadReason,
  type FileResponse,
  type OpenOptions,
  type PolicyOptions,
  Stalled,
  Target,
  Transport
} from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, type Layer, Result, Stream } from "effect"
import type { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { answering, elapse, settle } from "./support/clock.ts"
import { type Handler, lines, outcome, type Reply, serve, withClient } from "./support/server.ts"

const path = "/data/42/a.ndjson"
const text = '{"resourceType":"Patient","name":"José"}\n'.repeat(1000)
// As BCDA sends it: the file's own member, and an empty one behind it.
const wire = Buffer.concat([gzipSync(text), gzipSync("")])

/** Opens a file of a server and reads it. */
const read = (server: { readonly url: string }, options?: OpenOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const bcda = yield* BcdaClient
      const file = yield* bcda.open(`${server.url}${path}`, options)
      return { file, bytes: Buffer.from(yield* Stream.mkUint8Array(file.body)) }
    })
  )

/** A target that wants no token. */
const open = () => Result.getOrThrow(Target.fromUrl("https://bcda.example", { auth: "none" }))

/** A `fetch` that hands out what travels, as the transport for Node does. */
const plainFetch = (respond: (request: Request) => Response | Promise<Response>) =>
  Transport.layerFetch(async (input, init) => respond(new Request(input, init)), { inflates: false })

const stored: Handler = ({ headers }) => ({
  headers: { "content-type": "application/fhir+ndjson", "content-encoding": "gzip" },
  body: headers["accept-encoding"] === "gzip" ? wire : "not asked for"
})

describe("open", () => {
  it.live("asks for gzip, with the token, and not for another conversation", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: stored })
      yield* read(server).pipe(withClient(server))
      const [asked] = server.to(path)
      assert.deepStrictEqual(lines(asked, "accept-encoding"), ["gzip"])
      assert.deepStrictEqual(lines(asked, "accept"), ["application/fhir+ndjson"])
      assert.deepStrictEqual(lines(asked, "authorization"), ["Bearer t1"])
      assert.deepStrictEqual(lines(asked, "prefer"), [])
    })
  )

  it.effect("gives the bytes as they travelled, where the transport does", () =>
    Effect.gen(function* () {
      const transport = plainFetch(() => new Response(wire, { headers: { "content-encoding": "gzip", "x-a": "b" } }))
      const target = Result.getOrThrow(Target.fromUrl("https://bcda.example", { auth: "none" }))
      const { file, bytes } = yield* read({ url: target.baseUrl }).pipe(withClient({ url: "" }, { target, transport }))
      assert.strictEqual(file.contentEncoding, "gzip")
      assert.strictEqual(file.headers["x-a"], "b")
      assert.isTrue(bytes.equals(wire))
      assert.strictEqual(gunzipSync(bytes).toString(), text)
    })
  )

  it.live("never calls inflated bytes gzip, where the transport inflates", () =>
    Effect.gen(function* () {
      const body = gzipSync(text)
      const single = { headers: { "content-encoding": "gzip", "content-length": String(body.length) }, body }
      const server = yield* serve({ [`GET ${path}`]: single })
      const { file, bytes } = yield* read(server).pipe(withClient(server))
      assert.strictEqual(file.contentEncoding, "identity")
      assert.isUndefined(file.contentLength)
      assert.strictEqual(bytes.toString(), text)
    })
  )

  it.live("reads a plain file with its length", () =>
    Effect.gen(function* () {
      const body = Buffer.from(text)
      const server = yield* serve({ [`GET ${path}`]: { headers: { "content-length": String(body.length) }, body } })
      const { file, bytes } = yield* read(server, { acceptEncoding: "identity" }).pipe(withClient(server))
      assert.deepStrictEqual([file.status, file.contentEncoding, file.contentLength], [200, "identity", body.length])
      assert.isTrue(bytes.equals(body))
      assert.deepStrictEqual(lines(server.to(path)[0], "accept-encoding"), ["identity"])
    })
  )

  const ranges: ReadonlyArray<readonly [OpenOptions["range"], string, string]> = [
    [{ start: 10 }, "bytes=10-", "bytes 10-13/14"],
    [{ start: 10 }, "bytes=10-", "bytes 10-13/*"],
    [{ start: 0, end: 99 }, "bytes=0-99", "bytes 0-3/4"],
    [{ start: 0, end: 3 }, "bytes=0-3", "bytes 0-3/400"]
  ]
  for (const [range, header, contentRange] of ranges) {
    it.live(`asks for ${header} and gets ${contentRange}`, () =>
      Effect.gen(function* () {
        const reply = { status: 206, headers: { "content-range": contentRange }, body: "part" }
        const server = yield* serve({ [`GET ${path}`]: reply })
        const { file } = yield* read(server, { range }).pipe(withClient(server))
        assert.deepStrictEqual(lines(server.to(path)[0], "range"), [header])
        assert.deepStrictEqual(lines(server.to(path)[0], "if-range"), [])
        assert.strictEqual(file.status, 206)
        assert.strictEqual(file.range?.start, range?.start)
        assert.strictEqual(file.range?.total, Number(contentRange.split("/")[1]) || undefined)
      })
    )
  }

  it.live("asks for the rest of what has not changed", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: { body: text } })
      yield* read(server, { range: { start: 10, ifUnchanged: '"v1"' } }).pipe(withClient(server))
      assert.deepStrictEqual(lines(server.to(path)[0], "if-range"), ['"v1"'])
    })
  )

  const validators: ReadonlyArray<readonly [Record<string, string>, string | undefined]> = [
    [{ etag: '"v1"', "last-modified": "Tue, 01 Jan 2030 00:00:00 GMT" }, '"v1"'],
    [{ etag: 'W/"v1"', "last-modified": "Tue, 01 Jan 2030 00:00:00 GMT" }, "Tue, 01 Jan 2030 00:00:00 GMT"],
    [{ etag: 'W/"v1"' }, undefined],
    [{}, undefined]
  ]
  for (const [headers, validator] of validators) {
    it.live(`takes ${validator} for what tells the state of a file with ${JSON.stringify(headers)}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ [`GET ${path}`]: { headers, body: text } })
        assert.strictEqual((yield* read(server).pipe(withClient(server))).file.validator, validator)
      })
    )
  }

  it.live("says whether parts can be had, but not of bytes that the transport has inflated", () =>
    Effect.gen(function* () {
      const headers = { "accept-ranges": "bytes", "content-encoding": "gzip" }
      const server = yield* serve({
        [`GET ${path}`]: { headers, body: gzipSync(text) },
        "GET /none": { headers: { "accept-ranges": "none" }, body: text }
      })
      const open = (path: string) =>
        Effect.scoped(BcdaClient.use((bcda) => Effect.map(bcda.open(server.url + path), (file) => file.rangesServed)))
      assert.isTrue(yield* open(path).pipe(withClient(server, { transport: raw })))
      assert.isFalse(yield* open(path).pipe(withClient(server)))
      assert.isFalse(yield* open("/none").pipe(withClient(server, { transport: raw })))
    })
  )

  it.live("reads an empty file", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: { body: "" } })
      assert.strictEqual((yield* read(server).pipe(withClient(server))).bytes.length, 0)
    })
  )

  it.live("renews an expired token, once", () =>
    Effect.gen(function* () {
      const server = yield* serve({
        [`GET ${path}`]: ({ headers }) =>
          headers.authorization === "Bearer t1" ? outcome("forbidden", "Expired Token", 401) : { body: text }
      })
      assert.strictEqual((yield* read(server).pipe(withClient(server))).bytes.toString(), text)
      assert.strictEqual(server.to("/auth/token").length, 2)
    })
  )

  it.live("asks again until the headers are there", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: (_, count) => (count < 3 ? { status: 502 } : { body: text }) })
      assert.strictEqual((yield* read(server).pipe(withClient(server))).bytes.toString(), text)
      assert.strictEqual(server.to(path).length, 4)
    })
  )

  it.live("sends nothing at all to another origin", () =>
    Effect.gen(function* () {
      const own = yield* serve({})
      const other = yield* serve({ [`GET ${path}`]: { body: text } })
      const error = yield* read(other).pipe(withClient(own), Effect.flip)
      assert.strictEqual(error.reason._tag, "ForeignOrigin")
      assert.deepStrictEqual([...own.seen, ...other.seen], [])
    })
  )

  it.live("closes the connection of a try that was given up, while its scope is still open", () =>
    Effect.gen(function* () {
      const closed: Array<Promise<unknown>> = []
      const server = yield* serve({
        [`GET ${path}`]: (_seen, _count, { request }) => {
          closed.push(once(request.socket, "close"))
          return undefined
        }
      })
      const target = Result.getOrThrow(Target.fromUrl(server.url, { auth: "none" }))
      const policy = { headersTimeout: 500, retry: { attempts: 2, initial: 1, max: 1 } }
      const error = yield* Effect.scoped(
        Effect.gen(function* () {
          const bcda = yield* BcdaClient
          const error = yield* Effect.flip(bcda.open(`${server.url}${path}`))
          yield* Effect.promise(async () => Promise.all(closed))
          return error
        })
      ).pipe(withClient(server, { policy, target }))
      assert.strictEqual(error.reason._tag, "Unreachable")
      assert.strictEqual(closed.length, 2)
    })
  )

  it.live("closes the connection with its scope", () =>
    Effect.gen(function* () {
      let closed: Promise<unknown> | undefined
      const server = yield* serve({
        [`GET ${path}`]: (_seen, _count, { response }) => {
          closed = once(response, "close")
          response.writeHead(200)
          response.write("a line that is not the last\n")
          return undefined
        }
      })
      const first = yield* Effect.scoped(
        Effect.gen(function* () {
          const file = yield* Effect.flatMap(BcdaClient, (bcda) => bcda.open(`${server.url}${path}`))
          return yield* Stream.runHead(file.body)
        })
      ).pipe(withClient(server))
      assert.isTrue(first._tag === "Some")
      yield* Effect.promise(async () => closed)
    })
  )
})

/** Runs a body that goes wrong; gives what came before, and the reason. */
const broken = (handler: Handler) =>
  Effect.gen(function* () {
    const server = yield* serve({ [`GET ${path}`]: handler })
    let got = 0
    const exit = yield* Effect.scoped(
      Effect.gen(function* () {
        const file = yield* Effect.flatMap(BcdaClient, (bcda) => bcda.open(`${server.url}${path}?private=1`))
        yield* Stream.runForEach(file.body, (chunk) => Effect.sync(() => (got += chunk.byteLength)))
      })
    ).pipe(withClient(server), Effect.flip)
    return { got, reason: exit.reason }
  })

describe("a file that cannot be had", () => {
  const two = [outcome("not-found", "", 404), outcome("not-found", "", 410)].map(({ body }) => body).join("")
  const refusals: ReadonlyArray<readonly [string, Reply, DownloadReason["_tag"], number]> = [
    [
      "404 in plain text",
      { status: 404, body: "Not Found\n", headers: { "content-type": "text/plain" } },
      "FileGone",
      1
    ],
    ["404 with an outcome", outcome("not-found", "Job not found", 404), "FileGone", 1],
    ["404 with an outcome and then text", { status: 404, body: `${two}Not Found\n` }, "FileGone", 1],
    ["410", outcome("not-found", "", 410), "FileGone", 1],
    ["416 without a range", { status: 416 }, "Rejected", 1],
    ["401 twice", outcome("forbidden", "", 401), "Unauthorized", 2],
    ["403", outcome("forbidden", "", 403), "Forbidden", 1],
    ["403 when the model entity could not be read", outcome("forbidden", "Unauthorized Error", 403), "ServerFault", 5],
    ["500, a damaged file", { status: 500, body: "Internal Server Error\n" }, "ServerFault", 5],
    ["302", { status: 302, headers: { location: "https://login.example" } }, "Redirected", 1],
    ["304, which is no redirect", { status: 304 }, "Malformed", 1],
    ["204", { status: 204 }, "Malformed", 1],
    ["an error with the status 200", outcome("exception", "Internal Error", 200), "Malformed", 1],
    ["an encoding nobody asked for", { headers: { "content-encoding": "compress" }, body: "x" }, "Malformed", 1]
  ]
  it.live("may be a single resource by its type at other servers", () =>
    Effect.gen(function* () {
      const headers = { "content-type": "application/fhir+json" }
      const server = yield* serve({ [`GET ${path}`]: { headers, body: text } })
      const target = Result.getOrThrow(Target.fromUrl(server.url, { auth: "none" }))
      assert.strictEqual((yield* read(server).pipe(withClient(server, { target }))).bytes.toString(), text)
    })
  )

  const wrong: ReadonlyArray<readonly [string, Reply]> = [
    ["no Content-Range", {}],
    ["a later start", { headers: { "content-range": "bytes 11-14/15" } }],
    ["an earlier start", { headers: { "content-range": "bytes 9-12/13" } }],
    ["bytes beyond the end asked for", { headers: { "content-range": "bytes 10-20/30" } }],
    ["an end before the start", { headers: { "content-range": "bytes 10-9/30" } }],
    ["an end beyond the file", { headers: { "content-range": "bytes 10-13/13" } }],
    [
      "another length than its Content-Range",
      { headers: { "content-range": "bytes 10-12/13", "content-length": "4" } }
    ],
    ["another unit", { headers: { "content-range": "lines 10-13/14" } }],
    ["several parts", { headers: { "content-type": "multipart/byteranges; boundary=x" } }]
  ]
  for (const [name, { headers }] of wrong) {
    it.live(`206 with ${name} is WrongRange`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ [`GET ${path}`]: { status: 206, ...(headers && { headers }), body: "part" } })
        const error = yield* read(server, { range: { start: 10, end: 13 } }).pipe(withClient(server), Effect.flip)
        assert.strictEqual(error._tag === "DownloadError" && error.reason._tag, "WrongRange")
        assert.strictEqual(server.to(path).length, 1)
      })
    )
  }

  it.live("206 to a request for all of it is WrongRange", () =>
    Effect.gen(function* () {
      const part = { status: 206, headers: { "content-range": "bytes 0-3/14" }, body: "part" }
      const server = yield* serve({ [`GET ${path}`]: part })
      const error = yield* read(server).pipe(withClient(server), Effect.flip)
      assert.strictEqual(error._tag === "DownloadError" && error.reason._tag, "WrongRange")
    })
  )

  it.live("416 for a range is WrongRange", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: { status: 416 } })
      const error = yield* read(server, { range: { start: 10 } }).pipe(withClient(server), Effect.flip)
      assert.strictEqual(error._tag === "DownloadError" && error.reason._tag, "WrongRange")
    })
  )

  it.live("206 that ends before its range does is CutShort", () =>
    Effect.gen(function* () {
      const part = { status: 206, headers: { "content-range": "bytes 10-19/20" }, body: "part" }
      const respond = () => new Response(part.body, part)
      const error = yield* read({ url: "https://bcda.example" }, { range: { start: 10 } }).pipe(
        withClient({ url: "" }, { target: open(), transport: plainFetch(respond) }),
        Effect.flip
      )
      assert.deepInclude(error._tag === "DownloadError" && error.reason, { _tag: "CutShort", got: 4, expected: 10 })
    })
  )

  for (const [name, reply, reason, asked] of refusals) {
    it.live(`${name} is ${reason}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ [`GET ${path}`]: reply })
        const transport = reason === "Malformed" ? raw : Transport.layer
        const error = yield* read(server).pipe(withClient(server, { transport }), Effect.flip)
        assert.strictEqual(error._tag, "DownloadError")
        assert.strictEqual(error.reason._tag, reason)
        assert.strictEqual(server.to(path).length, asked)
      })
    )
  }

  it.live("a chunked body that breaks off is CutShort", () =>
    Effect.gen(function* () {
      const { got, reason } = yield* broken((_seen, _count, { response }) => {
        response.writeHead(200)
        response.write(text, () => setImmediate(() => response.destroy()))
        return undefined
      })
      assert.deepInclude(reason, { file: "a.ndjson", got })
      assert.strictEqual(reason._tag, "CutShort")
    })
  )

  it.live("a body shorter than its length is CutShort", () =>
    Effect.gen(function* () {
      const { reason } = yield* broken((_seen, _count, { response }) => {
        response.writeHead(200, { "content-length": "100000" })
        response.write(text, () => setImmediate(() => response.destroy()))
        return undefined
      })
      assert.deepInclude(reason, { file: "a.ndjson", expected: 100_000 })
      assert.strictEqual(reason._tag, "CutShort")
    })
  )

  it.effect("a body shorter than its length is CutShort, even if the transport does not notice", () =>
    Effect.gen(function* () {
      const transport = plainFetch(() => new Response("abc", { headers: { "content-length": "5" } }))
      const target = Result.getOrThrow(Target.fromUrl("https://bcda.example", { auth: "none" }))
      const error = yield* read({ url: target.baseUrl }).pipe(
        withClient({ url: "" }, { target, transport }),
        Effect.flip
      )
      assert.deepInclude(error.reason, { got: 3, expected: 5 })
      assert.strictEqual(error.reason._tag, "CutShort")
    })
  )
})

/** Over the engine's `fetch`, but without taking `Content-Encoding` away. */
const raw: Layer.Layer<HttpClient.HttpClient> = Transport.layerFetch(globalThis.fetch, { inflates: false })

describe("a file that comes slowly", () => {
  const target = Result.getOrThrow(Target.fromUrl("https://bcda.example", { auth: "none" }))
  const open = (body: ReadableStream<Uint8Array>) => {
    const world = answering(() => new Response(body))
    return <A, E>(use: (file: FileResponse) => Effect.Effect<A, E>, policy: PolicyOptions = {}) =>
      Effect.scoped(
        Effect.flatMap(BcdaClient, (bcda) => Effect.flatMap(bcda.open(`https://bcda.example${path}`), use))
      ).pipe(Effect.provide(BcdaClient.layer({ target, policy })), Effect.provide(world.layer))
  }
  const three = new Uint8Array(3)

  it.effect("fails when it stands still; it never just ends", () =>
    Effect.gen(function* () {
      let source: ReadableStreamDefaultController<Uint8Array> | undefined
      const body = new ReadableStream<Uint8Array>({ start: (controller) => void (source = controller) })
      const drained = open(body)((file) => Stream.runDrain(file.body), { flow: { bytes: 0 } })
      const fiber = yield* Effect.forkChild(Effect.exit(drained))
      yield* settle
      for (let chunk = 0; chunk < 3; chunk++) {
        source?.enqueue(three)
        yield* settle
        yield* TestClock.adjust("59 seconds")
        yield* settle
        assert.isUndefined(fiber.pollUnsafe())
      }
      yield* TestClock.adjust("1 second")
      const exit = yield* Fiber.join(fiber)
      assert.isTrue(Exit.isFailure(exit))
      const error = yield* Effect.flip(exit)
      assert.strictEqual(error._tag, "DownloadError")
      if (error._tag !== "DownloadError") return
      assert.deepInclude(error.reason, { file: "a.ndjson", got: 9, afterSeconds: 60 })
      assert.strictEqual(error.reason._tag, "Stalled")
    })
  )

  /** A body that brings some bytes every half minute. */
  const trickling = Effect.fnUntraced(function* (
    sizes: ReadonlyArray<number>,
    use: (body: ReadableStream<Uint8Array>) => Effect.Effect<unknown, unknown>
  ) {
    let source: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (source = controller) })
    const fiber = yield* Effect.forkChild(Effect.result(use(body)))
    yield* settle
    for (const size of sizes) {
      yield* TestClock.adjust("30 seconds")
      source?.enqueue(new Uint8Array(size))
      yield* settle
    }
    if (fiber.pollUnsafe() === undefined) source?.close()
    return yield* Fiber.join(fiber)
  })
  const file = (body: ReadableStream<Uint8Array>) => open(body)((file) => Stream.runDrain(file.body))
  const metadata = (body: ReadableStream<Uint8Array>) =>
    Effect.flatMap(BcdaClient, (bcda) => bcda.metadata).pipe(
      Effect.provide(BcdaClient.layer({ target, policy: { retry: { attempts: 1 } } })),
      Effect.provide(answering(() => new Response(body)).layer)
    )

  it.effect("fails when it only trickles, though it never stands still", () =>
    Effect.gen(function* () {
      for (const before of [[], [1_000_000, 1_000_000]]) {
        const result = yield* trickling([...before, 4_999, 4_999], file)
        const got = before.length * 1_000_000 + 4_999
        const reason = new Stalled({ file: "a.ndjson", got, afterSeconds: 60, came: 9_998 })
        assert.deepStrictEqual(result, Result.fail(new DownloadError({ reason })))
      }
    })
  )

  it.effect("may be slow, and short", () =>
    Effect.gen(function* () {
      assert.isTrue(
        Result.isSuccess(
          yield* trickling(
            Array.from({ length: 20 }, () => 5_000),
            file
          )
        )
      )
      assert.isTrue(Result.isSuccess(yield* trickling([1], file)))
    })
  )

  it.effect("is bounded like that also if it is no file", () =>
    Effect.gen(function* () {
      const result = yield* trickling([10, 10], metadata)
      assert.include(String(Result.isFailure(result) && result.failure), "bcda.example: the answer trickled")
    })
  )

  it.effect("is not held against a slow reader", () =>
    Effect.gen(function* () {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          for (let chunk = 0; chunk < 3; chunk++) controller.enqueue(three)
          controller.close()
        }
      })
      const slowly = open(body)((file) => Stream.runForEach(file.body, () => Effect.sleep("5 minutes")))
      yield* elapse(slowly, 10_000)
    })
  )
})
