import { execFile, spawnSync } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { ClientStorage, MedplumClient, MemoryStorage } from "@medplum/core"
import { fingerprints, pasted, startForClients, temporary } from "./Support.ts"

/** Medplum's client as its CLI sets it up, with a look at what it sends. */
const clientOf = (baseUrl: string, method?: "GET") => {
  const sent: Array<string> = []
  const client = new MedplumClient({
    baseUrl: `${baseUrl}/`,
    fhirUrlPath: "api/v3/",
    tokenUrl: "auth/token",
    storage: new ClientStorage(new MemoryStorage()),
    fetch: async (url: string, init: RequestInit = {}) => {
      const changed = method !== undefined && url.includes("/$export") ? { ...init, method } : init
      const response = await fetch(url, changed)
      sent.push(`${changed.method ?? "GET"} ${new URL(url).pathname} ${response.status}`)
      return response
    }
  })
  client.setBasicAuth("sandbox-small", "not-a-secret-small")
  return { client, sent, login: () => client.startClientLogin("sandbox-small", "not-a-secret-small") }
}
const polling = { pollStatusOnAccepted: true, pollStatusPeriod: 0 }

describe("Medplum's client", () => {
  it("kicks off by POST, which BCDA does not know", async () => {
    await using served = await startForClients()
    const { client, login, sent } = clientOf(served.sandbox.baseUrl)
    await login()
    const refused = await client.bulkExport("Group/all", undefined, undefined, polling).then(
      () => assert.fail("started"),
      (cause: unknown) => String(cause)
    )
    assert.include(refused, "Unknown error")
    assert.deepStrictEqual(sent, ["POST /auth/token 200", "POST /api/v3/Group/all/$export 405"])
    assert.deepStrictEqual(served.written, [])
  })

  it("brings a whole export once the kick-off is a GET", async () => {
    await using served = await startForClients()
    const { client, login, sent } = clientOf(served.sandbox.baseUrl, "GET")
    await login()
    const { output = [] } = await client.bulkExport("Group/all", undefined, undefined, polling)
    const files = await Promise.all(output.map(async ({ url = "" }) => (await client.download(url)).bytes()))
    assert.lengthOf(files, 4)
    assert.deepStrictEqual(fingerprints(files), fingerprints(served.written))
    assert.deepStrictEqual(sent.slice(0, 2), ["POST /auth/token 200", "GET /api/v3/Group/all/$export 202"])
  })
})

const command = process.env["MEDPLUM_CLI"] ?? "medplum"
const cliPresent = spawnSync(command, ["--version"]).status === 0
if (!cliPresent) {
  console.warn(
    "SKIPPED: there is no medplum command; npm install --global @medplum/cli, or set MEDPLUM_CLI to its path"
  )
}

describe.skipIf(!cliPresent)("Medplum's CLI", () => {
  it("brings a whole export with the lines of the README", async () => {
    await using served = await startForClients()
    using folder = temporary()
    using home = temporary()
    writeFileSync(join(folder.path, "kick-off-by-get.mjs"), pasted("// kick-off-by-get.mjs"))
    await promisify(execFile)("sh", ["-euc", pasted("NODE_OPTIONS=")], {
      cwd: folder.path,
      env: {
        BASE: served.sandbox.baseUrl,
        // It keeps tokens below the home directory.
        HOME: home.path,
        PATH: [dirname(command), dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter)
      }
    })
    const files = readdirSync(folder.path).filter((name) => name.endsWith(".ndjson"))
    assert.lengthOf(files, 4)
    const data = files.map((name) => readFileSync(join(folder.path, name)))
    assert.deepStrictEqual(fingerprints(data), fingerprints(served.written))
  })
})
