import { createHash, randomBytes } from "node:crypto"
import { get } from "node:http"
import { gunzipSync } from "node:zlib"
import type { DataSource } from "@bcda-kit/sandbox"
import { startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { giveBackOf, handingOn, lending } from "../../src/internal/Lending.ts"
import { makePieces, pieceBytes } from "../../src/node/Pieces.ts"
import { bearerOf, exportOver, noPace, wire } from "./Wire.ts"

const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

const body = async function* () {
  yield Uint8Array.of(1)
}

describe("memory for pieces of files", () => {
  it("is used again once a piece is given back, and not before", () => {
    const pieces = makePieces()
    const first = pieces.take()
    assert.lengthOf(first, pieceBytes)
    const part = pieces.part(first, 10)
    assert.notStrictEqual(pieces.take(), first)
    pieces.giveBack(part)
    assert.strictEqual(pieces.take(), first)
  })

  it("is not lent to two when one gives back twice, or something else", () => {
    const pieces = makePieces()
    const piece = pieces.take()
    const part = pieces.part(piece, 10)
    pieces.giveBack(part.subarray(0))
    assert.notStrictEqual(pieces.take(), piece)
    pieces.giveBack(part)
    pieces.giveBack(part)
    assert.strictEqual(pieces.take(), piece)
    assert.notStrictEqual(pieces.take(), piece)
  })

  it("is wanted back by bodies that hand pieces on, and by no other that is made of them", () => {
    const given: Array<Uint8Array> = []
    const lent = lending(body(), (piece) => given.push(piece))
    const on = handingOn(lent, body())
    giveBackOf(on)?.(Uint8Array.of(2))
    assert.deepStrictEqual(given, [Uint8Array.of(2)])
    assert.isUndefined(giveBackOf(body()))
    assert.isUndefined(giveBackOf(handingOn(body(), body())))
  })
})

/**
 * Files that gzip cannot make small, none like another, and larger than what the system takes from the server for a client that does not read.
 */
const large = (made: Array<string>): DataSource => ({
  plan: ({ types }) =>
    types.slice(0, 2).map((type) => ({
      type,
      people: 1,
      *lines() {
        let text = ""
        for (let n = 0; n < 200; n++) {
          const line = JSON.stringify({ resourceType: type, id: `-${n}`, note: randomBytes(60_000).toString("base64") })
          text += `${line}\n`
          yield line
        }
        made.push(sha256(text))
      }
    }))
})

describe("files that are fetched at the same time", () => {
  it("are whole, also for who reads late, and also in parts", async () => {
    const made: Array<string> = []
    await using sandbox = await startSandbox({ data: large(made), pace: noPace })
    const authorization = await bearerOf(sandbox)
    const { output } = await exportOver(sandbox, "/api/v3/Group/all/$export", authorization)
    const headers = { authorization, "accept-encoding": "gzip" }
    const paths = output.map(({ url }) => new URL(url).pathname)

    /** Takes the headers, and the body only when told to. */
    const late = (path: string) =>
      new Promise<() => Promise<Buffer>>((resolve, reject) => {
        get(`${sandbox.baseUrl}${path}`, { headers, agent: false }, (response) => {
          response.pause()
          resolve(async () => {
            const chunks: Array<Buffer> = []
            for await (const chunk of response) chunks.push(chunk)
            return Buffer.concat(chunks)
          })
        }).on("error", reject)
      })
    const waiting = await Promise.all(paths.flatMap((path) => [late(path), late(path)]))
    // What the late ones have not taken yet is in memory that these would like to have.
    const prompt = await Promise.all([...paths, ...paths, ...paths].map((path) => wire(sandbox.baseUrl, path, headers)))
    const whole = [...prompt.map(({ body }) => body), ...(await Promise.all(waiting.map((read) => read())))]
    assert.lengthOf(whole, paths.length * 5)
    assert.deepStrictEqual([...new Set(whole.map((body) => sha256(gunzipSync(body))))].toSorted(), made.toSorted())

    const [path = ""] = paths
    const stored = whole[0] ?? Buffer.alloc(0)
    const ranges = [0, 300_000, 600_000].map((start) => [start, start + 500_000] as const)
    const parts = await Promise.all(
      ranges.map(([start, end]) => wire(sandbox.baseUrl, path, { ...headers, range: `bytes=${start}-${end - 1}` }))
    )
    assert.deepStrictEqual(
      parts.map(({ body, status }) => [status, sha256(body)]),
      ranges.map(([start, end]) => [206, sha256(stored.subarray(start, end))])
    )
  })
})
