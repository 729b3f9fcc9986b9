import { connect as connect2 } from "node:http2"
import { connect, type Socket } from "node:net"
import { type ConnectionOptions, connect as connectTls } from "node:tls"
import { gunzipSync } from "node:zlib"
import type { FaultInstruction, FaultName } from "@bcda-kit/sandbox"
import { type RunningSandbox, startSandbox } from "@bcda-kit/sandbox/node"
import { Effect } from "effect"
import { assert, describe, it } from "vitest"
import { bearerOf, exportOver, noPace } from "../node/Wire.ts"
import { tinyData } from "../Support.ts"

/** Everything that a client gets to see of one answer, byte by byte. */
interface Seen {
  readonly head: string
  readonly body: Buffer
  /** `end`: closed in order; otherwise the error. */
  readonly end: string
}

const split = (bytes: Buffer): { readonly head: string; readonly body: Buffer } => {
  const cut = bytes.indexOf("\r\n\r\n")
  return cut === -1
    ? { head: "", body: bytes }
    : { head: bytes.subarray(0, cut).toString("latin1"), body: bytes.subarray(cut + 4) }
}

/** One request on a connection of its own; what comes is collected until the connection ends, or until it is enough. */
const open = (port: number, path: string, headers: Readonly<Record<string, string>> = {}) => {
  const chunks: Array<Buffer> = []
  const socket: Socket = connect(port, "127.0.0.1")
  const lines = Object.entries({ Host: `127.0.0.1:${port}`, Connection: "close", ...headers })
  socket.write([`GET ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n"))
  let failure: string | undefined
  socket.on("error", (error: Error & { code?: string }) => {
    failure = error.code ?? error.message
  })
  const arrived = new Map<number, () => void>()
  let size = 0
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    for (const [bytes, resolve] of arrived) if (size >= bytes) resolve()
  })
  const seen = (): Seen => ({ ...split(Buffer.concat(chunks)), end: failure ?? "end" })
  return {
    socket,
    seen,
    /** Until the server ends the connection. */
    ended: async () => {
      if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve))
      return seen()
    },
    /** Until so many bytes have come. */
    got: (bytes: number) =>
      new Promise<void>((resolve) => {
        if (size >= bytes) resolve()
        else arrived.set(bytes, resolve)
      })
  }
}

/** A sandbox with a finished export, the path of one of its files, and faults that begin only then. */
const withFile = async (
  faults: ReadonlyArray<FaultInstruction>,
  use: (sandbox: RunningSandbox, path: string, authorization: string) => Promise<void>
): Promise<void> => {
  await using running = await startSandbox({ data: tinyData, pace: noPace })
  const authorization = await bearerOf(running)
  const { output } = await exportOver(running, "/api/v2/Patient/$export?_type=Patient", authorization)
  const path = new URL(output[0]?.url ?? "").pathname
  await Effect.runPromise(running.sandbox.faults.set(faults))
  await use(running, path, authorization)
}

const struckBy = ({ sandbox }: RunningSandbox): Promise<ReadonlyArray<number>> =>
  Effect.runPromise(Effect.map(sandbox.faults.list, (all) => all.map(({ struck }) => struck)))

const seenWith = async (
  fault: FaultName,
  options: Omit<FaultInstruction, "fault"> = {},
  headers: Readonly<Record<string, string>> = {}
): Promise<{ readonly healthy: Seen; readonly struck: Seen }> => {
  const both: Array<Seen> = []
  await withFile([], async (running, path, authorization) => {
    for (const faults of [[], [{ ...options, fault }]]) {
      await Effect.runPromise(running.sandbox.faults.set(faults))
      both.push(await open(running.port, path, { Authorization: authorization, ...headers }).ended())
    }
    assert.deepStrictEqual(await struckBy(running), [1], fault)
  })
  const [healthy, struck] = both
  if (healthy === undefined || struck === undefined) throw new Error("nothing was seen")
  return { healthy, struck }
}

const gzip = { "Accept-Encoding": "gzip" }

/** Bytes of a chunked body, as far as they came, and whether its end mark did. */
const unchunked = (body: Buffer): { readonly bytes: Buffer; readonly whole: boolean } => {
  const parts: Array<Buffer> = []
  let rest = body
  for (;;) {
    const line = rest.indexOf("\r\n")
    if (line === -1) return { bytes: Buffer.concat(parts), whole: false }
    const size = Number.parseInt(rest.subarray(0, line).toString(), 16)
    if (size === 0) return { bytes: Buffer.concat(parts), whole: true }
    parts.push(rest.subarray(line + 2, line + 2 + size))
    rest = rest.subarray(line + 2 + size + 2)
  }
}

/** Bytes of a body, whatever way its length is told. */
const bytesOf = ({ body, head }: Seen): Buffer => (/transfer-encoding/i.test(head) ? unchunked(body).bytes : body)

describe("connections, over a socket", () => {
  it("cut and cut-by-reset: some bytes of the plain or the gzipped file, then the end or a reset", async () => {
    for (const headers of [{}, gzip]) {
      const cut = await seenWith("cut", { bytes: 50 }, headers)
      assert.isTrue(bytesOf(cut.struck).equals(bytesOf(cut.healthy).subarray(0, 50)))
      assert.isAbove(bytesOf(cut.healthy).length, 100)
      assert.strictEqual(cut.struck.end, "end")
      const reset = await seenWith("cut-by-reset", { bytes: 50 }, headers)
      assert.strictEqual(reset.struck.end, "ECONNRESET")
    }
  })

  it("a cut behind the end does not strike", async () => {
    await withFile([{ fault: "cut", bytes: 1_000_000 }], async (running, path, Authorization) => {
      const { body, end } = await open(running.port, path, { Authorization }).ended()
      assert.isAbove(body.length, 100)
      assert.strictEqual(end, "end")
      assert.deepStrictEqual(await struckBy(running), [0])
    })
  })

  it("times counts what struck: a request that the fault did not change leaves it for the next", async () => {
    await using running = await startSandbox({ data: tinyData, pace: noPace })
    const sizeOf = async (version: string) =>
      bytesOf(await open(running.port, `/api/${version}/metadata`).ended()).length
    const [short, long] = [await sizeOf("v1"), await sizeOf("v3")]
    assert.isBelow(short, long)
    await Effect.runPromise(running.sandbox.faults.set([{ fault: "cut", where: "metadata", bytes: short, times: 1 }]))
    assert.deepStrictEqual([await sizeOf("v1"), await sizeOf("v3"), await sizeOf("v3")], [short, short, long])
    assert.deepStrictEqual(await struckBy(running), [1])
  })

  it("closed and reset: not one byte of an answer", async () => {
    const closed = await seenWith("closed")
    assert.deepStrictEqual([closed.struck.head, closed.struck.body.length, closed.struck.end], ["", 0, "end"])
    const reset = await seenWith("reset")
    assert.deepStrictEqual([reset.struck.body.length, reset.struck.end], [0, "ECONNRESET"])
  })

  it("content lengths that are wrong stand on the wire, and the bytes stay what they are", async () => {
    const lengths: Record<string, string | undefined> = {}
    for (const fault of [
      "content-length-short",
      "content-length-long",
      "content-length-huge",
      "content-length-garbage"
    ] as const) {
      const { healthy, struck } = await seenWith(fault)
      lengths[fault] = /content-length: (.*)/i.exec(struck.head)?.[1]
      assert.isTrue(bytesOf(struck).equals(bytesOf(healthy)), fault)
    }
    const [short, long, huge, garbage] = Object.values(lengths)
    assert.isBelow(Number(short), 4000)
    assert.isAbove(Number(long), 4000)
    assert.strictEqual(huge, "8000000000000000")
    assert.strictEqual(garbage, "many")
  })

  it("reason phrases and spellings of headers are as said", async () => {
    const none = await seenWith("reason-phrase-missing")
    assert.match(none.healthy.head, /^HTTP\/1\.1 200 OK\r\n/)
    assert.match(none.struck.head, /^HTTP\/1\.1 200 \r\n/)
    const other = await seenWith("reason-phrase-other")
    assert.match(other.struck.head, /^HTTP\/1\.1 200 As You Wish\r\n/)
    const lower = await seenWith("headers-lower-case")
    assert.match(lower.healthy.head, /\r\nContent-Type: /)
    assert.match(lower.struck.head, /\r\ncontent-type: /)
  })

  it("a header can be huge", async () => {
    const { struck } = await seenWith("header-huge", { kilobytes: 100 })
    assert.isAbove(struck.head.length, 100 * 1024)
  })

  it("gzip faults change the gzip stream, and HTTP stays whole", async () => {
    const cut = await seenWith("gzip-cut", { bytes: 100 }, gzip)
    assert.strictEqual(bytesOf(cut.struck).length, 100)
    assert.isTrue(unchunked(cut.struck.body).whole || /content-length: 100/i.test(cut.struck.head))
    assert.throws(() => gunzipSync(bytesOf(cut.struck)), /unexpected end of file/)
    const damaged = await seenWith("gzip-damaged", {}, gzip)
    assert.throws(() => gunzipSync(bytesOf(damaged.struck)))
    const many = await seenWith("gzip-many-members", {}, gzip)
    assert.isTrue(gunzipSync(bytesOf(many.struck)).equals(gunzipSync(bytesOf(many.healthy))))
    assert.isFalse(bytesOf(many.struck).equals(bytesOf(many.healthy)))
  })

  it("a gzip bomb inflates to more than a hundred times its size, and ends when the reader leaves", async () => {
    await withFile([{ fault: "gzip-bomb" }], async (running, path, Authorization) => {
      const download = open(running.port, path, { Authorization, ...gzip })
      await download.got(300_000)
      download.socket.destroy()
      const bytes = unchunked(download.seen().body).bytes
      const inflated = gunzipSync(bytes, { finishFlush: 2 })
      assert.isAbove(inflated.length, 100 * bytes.length)
      assert.match(inflated.subarray(0, 1000).toString(), /^ +$/)
    })
  })

  it("an endless line has an end: the connection's, when the limit is reached", async () => {
    const { struck } = await seenWith("endless-line", { megabytes: 1 })
    const { bytes, whole } = unchunked(struck.body)
    assert.isFalse(whole)
    assert.isAbove(bytes.length, 1_000_000)
    assert.notInclude(bytes.toString(), "\n")
  })
})

/** Lets everything happen that does not wait for the clock. */
const settle = async (until: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await until())) await new Promise((resolve) => setImmediate(resolve))
}

/** The clock stands still, so that only the test lets time pass. */
const stopped = ({ sandbox }: RunningSandbox) => Effect.runPromise(sandbox.clock.freeze)
const pass = ({ sandbox }: RunningSandbox, time: "1 second" | "5 seconds" | "100 millis") =>
  Effect.runPromise(sandbox.clock.advance(time))

/** How the newest request for a file ended. */
const endingOf = ({ sandbox }: RunningSandbox, path: string): string | undefined =>
  sandbox.log.entries({ target: path }).at(-1)?.ended

describe("waiting, on the sandbox's clock", () => {
  it("stalled: the first bytes come, then nothing, and leaving ends it", async () => {
    await withFile([{ fault: "stalled", bytes: 50 }], async (running, path, Authorization) => {
      const download = open(running.port, path, { Authorization })
      await settle(async () => (await struckBy(running))[0] === 1)
      await download.got(100)
      await pass(running, "5 seconds")
      assert.strictEqual(bytesOf(download.seen()).length, 50)
      download.socket.destroy()
      await settle(() => endingOf(running, path) === "left")
    })
  })

  it("paused: the rest comes when the pause is over", async () => {
    await withFile([{ fault: "paused", bytes: 50, pause: "5 seconds" }], async (running, path, Authorization) => {
      await stopped(running)
      const download = open(running.port, path, { Authorization })
      await settle(async () => (await struckBy(running))[0] === 1)
      await pass(running, "1 second")
      assert.strictEqual(endingOf(running, path), "open")
      await pass(running, "5 seconds")
      const { body, end } = await download.ended()
      assert.strictEqual(end, "end")
      assert.isAbove(body.length, 1000)
    })
  })

  it("slow-body: a piece for every pause", async () => {
    await withFile([{ fault: "slow-body", bytes: 2000, pause: "100 millis" }], async (running, path, Authorization) => {
      await stopped(running)
      const began = running.sandbox.clock.now()
      const download = open(running.port, path, { Authorization })
      await settle(async () => (await struckBy(running))[0] === 1)
      await download.got(2000)
      assert.strictEqual(bytesOf(download.seen()).length, 2000)
      await settle(async () => {
        await pass(running, "100 millis")
        return download.socket.closed
      })
      assert.isAbove(bytesOf(download.seen()).length, 2000)
      assert.isAtLeast(running.sandbox.clock.now() - began, 200)
    })
  })

  it("slow-first-byte: no status before its time", async () => {
    await withFile([{ fault: "slow-first-byte", wait: "5 seconds" }], async (running, path, Authorization) => {
      await stopped(running)
      const download = open(running.port, path, { Authorization })
      await settle(() => endingOf(running, path) === "open")
      await pass(running, "1 second")
      assert.strictEqual(download.seen().head, "")
      await pass(running, "5 seconds")
      assert.match((await download.ended()).head, /^HTTP\/1\.1 200 /)
      assert.deepStrictEqual(await struckBy(running), [1])
    })
  })

  it("no-answer: the connection stays open, and leaving ends it", async () => {
    await withFile([{ fault: "no-answer" }], async (running, path, Authorization) => {
      const download = open(running.port, path, { Authorization })
      await settle(async () => (await struckBy(running))[0] === 1)
      assert.strictEqual(download.seen().head, "")
      download.socket.destroy()
      await settle(() => endingOf(running, path) === "left")
    })
  })

  it("a sandbox that closes does not wait for what waits", async () => {
    const running = await startSandbox({ data: tinyData, pace: noPace, faults: [{ fault: "no-answer", where: "any" }] })
    const waiting = open(running.port, "/api/v3/metadata")
    await settle(async () => (await struckBy(running))[0] === 1)
    await running.close()
    await waiting.ended()
  })
})

/** The protocols that a handshake ends in, or its error. */
const handshake = (port: number, how: ConnectionOptions): Promise<string> =>
  new Promise((resolve) => {
    const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ...how })
    socket.once("secureConnect", () => {
      resolve([socket.getProtocol(), socket.alpnProtocol].filter((name) => typeof name === "string").join(" "))
      socket.destroy()
    })
    socket.once("error", (error: Error & { code?: string }) => resolve(error.code ?? error.message))
  })

describe("below HTTP", () => {
  it("tls-1.1: clients of today are refused, those of long ago are not, and both are counted", async () => {
    await using running = await startSandbox({ data: tinyData, faults: [{ fault: "tls-1.1" }] })
    assert.match(running.baseUrl, /^https:/)
    assert.match(await handshake(running.port, {}), /PROTOCOL_VERSION/)
    const old: ConnectionOptions = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }
    assert.strictEqual(await handshake(running.port, old), "TLSv1.1")
    await settle(async () => ((await struckBy(running))[0] ?? 0) >= 2)
  })

  it("http2: answers have a status and no reason phrase", async () => {
    await using running = await startSandbox({ data: tinyData, faults: [{ fault: "http2" }] })
    assert.strictEqual(await handshake(running.port, { ALPNProtocols: ["h2", "http/1.1"] }), "TLSv1.3 h2")
    const session = connect2(running.baseUrl, { rejectUnauthorized: false })
    const headers = await new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      session.once("error", reject)
      session.request({ ":path": "/_version" }).once("response", resolve).resume()
    })
    session.destroy()
    assert.strictEqual(headers[":status"], 200)
    assert.isAbove((await struckBy(running))[0] ?? 0, 0)
  })
})
