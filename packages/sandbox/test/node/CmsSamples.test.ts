import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { dataDirectory, startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { bearerOf, exportOver, noPace, wire } from "./Wire.ts"

/** Real files of CMS, beside the repository on machines that have them; not part of it. */
const samples = fileURLToPath(new URL("../../../../../shared/data/cms-samples", import.meta.url))
const present = existsSync(samples)
if (!present) console.warn(`SKIPPED: no CMS sample files in ${samples}`)

const sha256 = (lines: ReadonlyArray<string>): string =>
  createHash("sha256").update(lines.toSorted().join("\n"), "latin1").digest("hex")

const linesOf = (bytes: Buffer): ReadonlyArray<string> => {
  const text = bytes.toString("latin1")
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n")
}

describe.skipIf(!present)("CMS's own sample files", () => {
  it.each(["v1", "v2", "v3"])("%s: the lines that went in come out, byte for byte", async (version) => {
    const data = await Effect.runPromise(dataDirectory(samples))
    await using sandbox = await startSandbox({ data, pace: noPace })
    const authorization = await bearerOf(sandbox)
    const { output } = await exportOver(sandbox, `/api/${version}/Group/all/$export`, authorization)
    const inputs = readdirSync(samples).filter((name) => name.startsWith(version))
    assert.lengthOf(output, inputs.length)
    for (const name of inputs) {
      const type = output.find((item) => name === `${version}-${item.type.toLowerCase()}.ndjson`)
      const expected = linesOf(readFileSync(`${samples}/${name}`))
      for (const encoding of ["identity", "gzip"]) {
        const headers = { authorization, "accept-encoding": encoding }
        const { body } = await wire(sandbox.baseUrl, new URL(type?.url ?? "").pathname, headers)
        const plain = encoding === "gzip" ? (await import("node:zlib")).gunzipSync(body) : body
        assert.strictEqual(sha256(linesOf(plain)), sha256(expected), name)
        assert.strictEqual(plain.at(-1), 0x0a)
      }
    }
  })
})
