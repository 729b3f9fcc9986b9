import { execFile, spawnSync } from "node:child_process"
import { readdirSync, readFileSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { bearerOf, exportOver } from "../node/Wire.ts"
import { fingerprints, pasted, startForClients, temporary } from "./Support.ts"

const curlPresent = spawnSync("curl", ["--version"]).status === 0
if (!curlPresent) console.warn("SKIPPED: there is no curl on this machine")

const sh = (script: string, cwd: string) => promisify(execFile)("sh", ["-euc", script], { cwd })

describe.skipIf(!curlPresent)("curl", () => {
  it("brings a whole export with the lines of the README", async () => {
    await using served = await startForClients()
    using folder = temporary()
    const script = pasted("BASE=").replace(/BASE=\S+/, `BASE=${served.sandbox.baseUrl}`)
    await sh(script, folder.path)
    const warning = "warnings-and-info.ndjson"
    const files = readdirSync(folder.path).filter((name) => name !== "manifest.json")
    assert.include(files, warning)
    const data = files.filter((name) => name !== warning).map((name) => readFileSync(join(folder.path, name)))
    assert.lengthOf(data, 4)
    assert.deepStrictEqual(fingerprints(data), fingerprints(served.written))
  })

  it("resumes a file that was kept compressed", async () => {
    await using served = await startForClients()
    using folder = temporary()
    const authorization = await bearerOf(served.sandbox)
    const { output } = await exportOver(served.sandbox, "/api/v3/Group/all/$export?_type=Coverage", authorization)
    const script = `AUTH='Authorization: ${authorization}' URL='${output[0]?.url}' FILE=coverage\n${pasted("curl -sS --fail -C -")}`
    const file = join(folder.path, "coverage.gz")
    await sh(script, folder.path)
    const whole = readFileSync(file)
    const half = Math.floor(whole.length / 2)
    truncateSync(file, half)
    await sh(script, folder.path)
    const resumed = readFileSync(file)
    assert.isAbove(resumed.length, half)
    assert.deepStrictEqual(fingerprints([gunzipSync(resumed)]), fingerprints(served.written))
  })
})
