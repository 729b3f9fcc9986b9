import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Receipt } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { bcda, jsonLines, serve, temporary } from "./support/Bcda.ts"

// Real files that CMS published, kept beside the repository and not in it.
const samples = join(import.meta.dirname, "..", "..", "..", "..", "shared", "data", "cms-samples")
const present = existsSync(samples)
if (!present) console.warn(`SKIPPED: there are no CMS samples in ${samples}; nothing was compared with real files`)

const decodeReceipt = Schema.decodeUnknownSync(Receipt)

describe.skipIf(!present)("claims that CMS published, through the sandbox and the client", () => {
  it("come out byte for byte as they went in, on v1, v2 and v3", async () => {
    await using served = await serve(["--data", samples])
    for (const version of ["v1", "v2", "v3"]) {
      using out = temporary()
      const args = ["export", "--target", served.baseUrl, "--api-version", version, "--out", out.path, "--json"]
      const ran = await bcda(args, { env: served.env })
      assert.strictEqual(ran.code, 0, ran.stderr)
      const receipt = decodeReceipt(jsonLines(ran.stdout).at(-1))
      const files = readdirSync(samples).filter((name) => name.startsWith(`${version}-`) && name.endsWith(".ndjson"))
      assert.isAbove(files.length, 0)
      for (const name of files) {
        const went = readFileSync(join(samples, name))
        const type = name.slice(3, -".ndjson".length)
        const came = receipt.files
          .filter((file) => file.type.toLowerCase() === type)
          .map(({ path }) => readFileSync(join(out.path, path)))
        assert.isTrue(Buffer.concat(came).equals(went), `${name} is not what came out`)
      }
      const types = new Set(receipt.files.filter(({ path }) => !path.startsWith("error/")).map(({ type }) => type))
      assert.strictEqual(types.size, files.length, "nothing came out that did not go in")
    }
  })
})
