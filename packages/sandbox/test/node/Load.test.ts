import { createHash } from "node:crypto"
import { get } from "node:http"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { gunzipSync } from "node:zlib"
import { bcdaBehaviour, type DataSource } from "@bcda-kit/sandbox"
import { startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { bearerOf, exportOver, noPace, wire } from "./Wire.ts"

const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

setFlagsFromString("--expose-gc")
const collect: unknown = runInNewContext("gc")

/** Memory that JavaScript holds, objects and buffers, with the garbage out of the way. */
const held = (): number => {
  if (typeof collect === "function") collect()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

describe("under load", () => {
  it("twenty exports at once are whole, and no more files are being made than there are workers", async () => {
    const made: Array<string> = []
    let files = 0
    let open = 0
    let most = 0
    // Enough for a file to be made in several pieces.
    const note = "x".repeat(300)
    const data: DataSource = {
      plan: ({ types }) =>
        types.flatMap((type) =>
          Array.from({ length: 3 }, (_, part) => ({
            type,
            people: 100,
            *lines() {
              most = Math.max(most, ++open)
              const file = ++files
              let text = ""
              // Nobody's lines are anybody else's, so a line in a wrong file shows.
              for (let n = 0; n < 1000; n++) {
                const line = JSON.stringify({ id: `${part}-${n}`, resourceType: type, file, note })
                text += `${line}\n`
                yield line
              }
              made.push(sha256(text))
              open--
            }
          }))
        )
    }
    await using sandbox = await startSandbox({ data, pace: noPace })
    const authorization = await bearerOf(sandbox)
    const headers = { authorization, "accept-encoding": "gzip" }
    const exports = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { output } = await exportOver(sandbox, "/api/v3/Group/all/$export", authorization)
        return Promise.all(output.map(({ url }) => wire(sandbox.baseUrl, new URL(url).pathname, headers)))
      })
    )
    const got = exports.flat().map(({ body }) => sha256(gunzipSync(body)))
    assert.lengthOf(got, 20 * 9)
    assert.deepStrictEqual(got.toSorted(), made.toSorted())
    assert.strictEqual(most, bcdaBehaviour.workers)
  })

  it("a file takes a fraction of its size in memory while it is made and served", async () => {
    const line = JSON.stringify({ resourceType: "Patient", id: "-1", note: "x".repeat(10_000) })
    const lines = 15_000
    const size = lines * (line.length + 1)
    let most = 0
    const look = () => {
      most = Math.max(most, held())
    }
    const data: DataSource = {
      plan: () => [
        {
          type: "Patient",
          people: 1,
          *lines() {
            for (let n = 0; n < lines; n++) {
              if (n % 1000 === 0) look()
              yield line
            }
          }
        }
      ]
    }
    await using sandbox = await startSandbox({ data, pace: noPace })
    const authorization = await bearerOf(sandbox)
    const before = held()
    const { output } = await exportOver(sandbox, "/api/v3/Patient/$export?_type=Patient", authorization)
    const plain = await new Promise<number>((resolve, reject) => {
      get(output[0]?.url ?? "", { headers: { authorization }, agent: false }, (response) => {
        let bytes = 0
        response.on("data", (chunk: Buffer) => {
          if (Math.floor(bytes / 1e7) < Math.floor((bytes += chunk.byteLength) / 1e7)) look()
        })
        response.on("end", () => resolve(bytes))
        response.on("error", reject)
      }).on("error", reject)
    })
    assert.strictEqual(plain, size)
    assert.isBelow(most - before, size / 4)
  })
})
