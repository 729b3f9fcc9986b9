import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { once } from "node:events"
import http from "node:http"
import * as net from "node:net"
import { gunzipSync, gzipSync } from "node:zlib"
import { nodeFetch } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import ky from "ky"
import { serve, serveRaw } from "./support/Loopback.ts"
import { settled, until } from "./support/Waiting.ts"

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

interface Rejection {
  readonly name: string
  readonly message: string
  /** Of its cause: node's own error. */
  readonly code: unknown
}

const rejection = async (promise: Promise<unknown>): Promise<Rejection> => {
  try {
    await promise
  } catch (error) {
    if (!(error instanceof Error)) return { name: typeof error, message: String(error), code: undefined }
    const code = error.cause instanceof Error && "code" in error.cause ? error.cause.code : undefined
    return { name: error.name, message: error.message, code }
  }
  throw new Error("expected a rejection")
}

const reply = (head: ReadonlyArray<string>, body = "") => `HTTP/1.1 ${head.join("\r\n")}\r\n\r\n${body}`

describe("what is sent", () => {
  it("by the `request` that is there at the time, so that others can stand in for it", async () => {
    await using server = await serve((_, response) => response.end())
    const { request } = http
    const seen: Array<unknown> = []
    http.request = Object.assign((...args: Parameters<typeof request>) => {
      seen.push(String(args[0]))
      return request(...args)
    }, request)
    try {
      await nodeFetch(server.url)
    } finally {
      http.request = request
    }
    assert.deepStrictEqual(seen, [`${server.url}/`])
  })

  it("only the headers it was given, and the body", async () => {
    let seen: { method: string | undefined; headers: http.IncomingHttpHeaders; body: string } | undefined
    await using server = await serve((request, response) => {
      let body = ""
      request.on("data", (part) => (body += String(part)))
      request.on("end", () => {
        seen = { method: request.method, headers: request.headers, body }
        response.end("ok")
      })
    })
    const response = await nodeFetch(`${server.url}/auth?x=%2B`, {
      method: "POST",
      body: "hello",
      headers: { "content-type": "text/plain", "X-Own": "1" }
    })
    assert.strictEqual(await response.text(), "ok")
    assert.strictEqual(response.url, `${server.url}/auth?x=%2B`)
    assert.strictEqual(seen?.method, "POST")
    assert.strictEqual(seen?.body, "hello")
    assert.deepStrictEqual(Object.keys(seen?.headers ?? {}).toSorted(), [
      "connection",
      "content-length",
      "content-type",
      "host",
      "x-own"
    ])
    assert.strictEqual(seen?.headers.connection, "close")
  })

  it("a POST without a body says so instead of sending an endless one", async () => {
    let length: string | undefined
    await using server = await serve((request, response) => {
      length = request.headers["content-length"]
      response.end()
    })
    await nodeFetch(server.url, { method: "POST" })
    assert.strictEqual(length, "0")
  })
})

describe("what comes back", () => {
  it("the gzip bytes of the wire, untouched, also with a second, empty member", async () => {
    const wire = Buffer.concat([gzipSync("one\ntwo\n"), gzipSync("")])
    await using server = await serve((_, response) => {
      response.setHeader("content-encoding", "gzip")
      response.end(wire)
    })
    const response = await nodeFetch(server.url, { headers: { "accept-encoding": "gzip" } })
    assert.strictEqual(response.headers.get("content-encoding"), "gzip")
    const got = await bytesOf(response)
    assert.deepStrictEqual(got, wire)
    assert.strictEqual(gunzipSync(got).toString(), "one\ntwo\n")
  })

  it("a redirect, not followed", async () => {
    let requests = 0
    await using server = await serve((_, response) => {
      requests++
      response.writeHead(302, { location: "/elsewhere" }).end()
    })
    const response = await nodeFetch(server.url)
    assert.strictEqual(response.status, 302)
    assert.strictEqual(response.headers.get("location"), "/elsewhere")
    assert.strictEqual(requests, 1)
  })

  it("statuses without a body, and the final answer after 1xx ones", async () => {
    await using server = await serveRaw((socket) =>
      socket.end(reply(["102 Processing"]) + reply(["204 No Content", "X-Last: yes"]))
    )
    const response = await nodeFetch(server.url)
    assert.strictEqual(response.status, 204)
    assert.strictEqual(response.headers.get("x-last"), "yes")
    assert.isNull(response.body)
  })

  it("a body where none may be is thrown away, and the connection let go", async () => {
    let closed = false
    await using server = await serveRaw((socket) => {
      socket.once("close", () => (closed = true))
      socket.write(reply(["205 Reset Content", "Content-Length: 1000000"], "x".repeat(1_000_000)))
    })
    assert.isNull((await nodeFetch(server.url)).body)
    await until(() => closed)
  })

  it("a status outside 200-599 is a failure, not a crash", async () => {
    await using server = await serveRaw((socket) => socket.end(reply(["799 Odd", "Content-Length: 0"])))
    assert.strictEqual((await rejection(nodeFetch(server.url))).message, "fetch failed")
  })

  it("the very same response through ky", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(503, { "retry-after": "3" }).end("busy")
    })
    let made: Response | undefined
    const got = await ky(server.url, {
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      fetch: async (input, init) => (made = await nodeFetch(input, init))
    })
    assert.strictEqual(got, made)
    assert.strictEqual(got.status, 503)
    assert.strictEqual(await got.text(), "busy")
  })
})

/** Makes an answer end as one would in an engine that says nothing when the connection breaks. */
const quietly = (message: unknown) => {
  const response = typeof message === "object" && message !== null && "response" in message ? message.response : {}
  Object.defineProperty(response, "complete", { get: () => false, set: () => {} })
}

describe("a cut answer is never a short one", () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ["less than Content-Length", reply(["200 OK", "Content-Length: 100"], "only this")],
    ["no last chunk", reply(["200 OK", "Transfer-Encoding: chunked"], "4\r\nonly\r\n")],
    ["inside a chunk", reply(["200 OK", "Transfer-Encoding: chunked"], "40\r\nonly")]
  ]
  for (const [name, answer] of cases) {
    it(name, async () => {
      await using server = await serveRaw((socket) => socket.end(answer))
      const error = await rejection((await nodeFetch(server.url)).arrayBuffer())
      assert.strictEqual(error.name, "TypeError")
      assert.strictEqual(error.message, "terminated")
    })
  }

  it("not even where the engine ends its stream without an error", async () => {
    subscribe("http.client.response.finish", quietly)
    try {
      await using server = await serve((_, response) => response.end("only this"))
      assert.strictEqual((await rejection((await nodeFetch(server.url)).arrayBuffer())).message, "terminated")
    } finally {
      unsubscribe("http.client.response.finish", quietly)
    }
  })

  for (const [what, coding, answer] of [
    ["is one that only the end of the connection ends", "identity", reply(["200 OK", "Connection: close"], "all?")],
    ["is none with a length", null, reply(["200 OK", "Content-Length: 3"], "all")],
    ["is none in chunks", "chunked", reply(["200 OK", "Transfer-Encoding: chunked"], "3\r\nall\r\n0\r\n\r\n")]
  ] as const) {
    it(`says which one could be: it ${what}`, async () => {
      await using server = await serveRaw((socket) => socket.end(answer))
      const response = await nodeFetch(server.url)
      assert.strictEqual(response.headers.get("transfer-encoding"), coding)
      assert.match(await response.text(), /^all/)
    })
  }

  it("reset while nobody reads", async () => {
    let resets = 0
    await using server = await serveRaw((socket) => {
      socket.once("close", () => resets++)
      socket.write(reply(["200 OK", "Content-Length: 100"], "only this"), () => socket.resetAndDestroy())
    })
    const response = await nodeFetch(server.url)
    await until(() => resets === 1)
    await settled(() => resets)
    assert.strictEqual((await rejection(response.arrayBuffer())).message, "terminated")
  })

  it("closed before any header", async () => {
    await using server = await serveRaw((socket) => socket.destroy())
    const error = await rejection(nodeFetch(server.url))
    assert.strictEqual(error.message, "fetch failed")
    assert.strictEqual(error.code, "ECONNRESET")
  })

  it("no TLS where https was asked for", async () => {
    let first: number | undefined
    const server = net.createServer((socket) =>
      socket.once("data", (data) => {
        first = data[0]
        socket.destroy()
      })
    )
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const address = server.address()
    const port = address !== null && typeof address === "object" ? address.port : 0
    const error = await rejection(nodeFetch(`https://127.0.0.1:${port}`))
    assert.strictEqual(error.message, "fetch failed")
    assert.strictEqual(first, 22, "a TLS handshake")
    server.close()
  })

  it("nobody listening", async () => {
    const server = await serve((_, response) => response.end())
    await server[Symbol.asyncDispose]()
    const error = await rejection(nodeFetch(server.url))
    assert.strictEqual(error.code, "ECONNREFUSED")
  })
})

describe("abort", () => {
  it("before the headers closes the connection", async () => {
    const abort = new AbortController()
    let closed = false
    await using server = await serveRaw((socket) => {
      socket.once("close", () => (closed = true))
      abort.abort(new Error("enough"))
    })
    const error = await rejection(nodeFetch(server.url, { signal: abort.signal }))
    assert.strictEqual(error.message, "enough")
    await until(() => closed)
  })

  it("an already aborted signal sends nothing", async () => {
    let requests = 0
    await using server = await serve((_, response) => {
      requests++
      response.end()
    })
    assert.strictEqual((await rejection(nodeFetch(server.url, { signal: AbortSignal.abort("no") }))).message, "no")
    assert.strictEqual(requests, 0)
  })

  it("in the middle of a stalled body errors the body with the signal's reason", async () => {
    const abort = new AbortController()
    let closed = false
    await using server = await serveRaw((socket) => {
      socket.once("close", () => (closed = true))
      socket.write(reply(["200 OK", "Content-Length: 100"], "only this"))
    })
    const reader = (await nodeFetch(server.url, { signal: abort.signal })).body?.getReader()
    assert.strictEqual(Buffer.from((await reader?.read())?.value ?? []).toString(), "only this")
    const next = rejection(reader?.read() ?? Promise.resolve())
    abort.abort(new Error("enough"))
    assert.strictEqual((await next).message, "enough")
    await until(() => closed)
  })

  it("cancelling a stalled body does not wait for the server", async () => {
    let closed = false
    await using server = await serveRaw((socket) => {
      socket.once("close", () => (closed = true))
      socket.write(reply(["200 OK", "Content-Length: 100"]))
    })
    const reader = (await nodeFetch(server.url)).body?.getReader()
    const pending = reader?.read()
    await reader?.cancel()
    assert.isTrue((await pending)?.done)
    await until(() => closed)
  })
})

describe("backpressure", () => {
  it("a reader that stops, stops the server", async () => {
    const total = 64 * 1024 * 1024
    const block = Buffer.alloc(64 * 1024, 120)
    let handedOver = 0
    let stuck: net.Socket | undefined
    await using server = await serveRaw((socket) => {
      socket.write(reply(["200 OK", `Content-Length: ${total}`]))
      const fill = () => {
        while (handedOver < total) {
          handedOver += block.length
          if (!socket.write(block)) return (stuck = socket)
        }
        return undefined
      }
      socket.on("drain", fill)
      fill()
    })
    const reader = (await nodeFetch(server.url)).body?.getReader()
    let read = (await reader?.read())?.value?.byteLength ?? 0
    // The kernel's buffers take a few megabytes; once nothing moves any more the server is held back.
    await settled(() => handedOver)
    assert.isDefined(stuck)
    assert.isBelow(handedOver, total / 2)
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read())
      read += next.value.byteLength
    assert.strictEqual(read, total)
  })
})
