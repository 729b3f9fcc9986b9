import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { startSandbox } from "@bcda-kit/sandbox/node"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { bcda, temporary } from "./support/Bcda.ts"
import { answer, answerFile, type Hook, startProxy } from "./support/Proxy.ts"

const mbi = "7QX9YZ8WV55"
const secret = "not-a-secret-small"
const env = { BCDA_CLIENT_ID: "sandbox-small", BCDA_CLIENT_SECRET: secret }
const basic = Buffer.from(`sandbox-small:${secret}`).toString("base64")

const outcome = (text: string) => ({
  resourceType: "OperationOutcome",
  issue: [{ severity: "error", code: "exception", diagnostics: text, details: { text } }]
})

/** Quotes each request with its token, and a beneficiary's number, in an error. */
const quoting: Hook = (incoming, response) =>
  incoming.url === "/auth/token" || incoming.method === "POST"
    ? false
    : answer(response, 400, outcome(`not so: ${incoming.headers.authorization} ${secret} ${basic} of ${mbi}`))

/** Exports, and says of a person that something went wrong, as BCDA does. */
const complaining: Hook = (incoming, response) =>
  incoming.url?.endsWith("/warnings-and-info.ndjson") === true &&
  answerFile(response, outcome(`Error retrieving Patient for ${mbi}: ${incoming.headers.authorization}`))

const commands: ReadonlyArray<{ readonly args: ReadonlyArray<string>; readonly out?: string }> = [
  { args: ["export", "--out", "OUT/text"] },
  { args: ["export", "--out", "OUT/json", "--json"] },
  { args: ["export", "--out", "OUT/kept", "--gzip", "keep"] },
  { args: ["export", "--out", "OUT/auto", "--since", "auto"] },
  { args: ["jobs", "list"] },
  { args: ["jobs", "list", "--json"] },
  { args: ["jobs", "show", "1"] },
  { args: ["jobs", "adopt", "1", "--out", "OUT/adopted"] },
  { args: ["jobs", "adopt", "1", "--out", "OUT/adopted", "--json"] },
  { args: ["jobs", "cancel", "1"] },
  { args: ["status"] },
  { args: ["status", "--json"] },
  { args: ["doctor"] },
  { args: ["doctor", "--json"] },
  { args: ["conformance", "--out", "OUT/judged"] }
]

/** What is the server's own and the user's: saved files, and the manifest as it came. */
const isServers = (path: string): boolean =>
  /\/(Patient|Coverage|ExplanationOfBenefit|error)\/[^/]+$|\/manifest\.json$/.test(path)

describe("a canary on the command line", () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>
  beforeAll(async () => {
    sandbox = await startSandbox({ enrollees: 3, pace: { pendingMillis: 0, perSubJobMillis: 0 } })
  })
  afterAll(() => sandbox.close())

  for (const [name, hook] of Object.entries({
    "quotes requests in errors": quoting,
    "complains of a person": complaining
  })) {
    it(`gets out of no command where the server ${name}`, { timeout: 180_000 }, async () => {
      using folder = temporary()
      await using proxy = await startProxy(sandbox)
      proxy.hook = hook
      const said: Array<string> = []
      for (const { args } of commands) {
        const own = args.map((arg) => arg.replace("OUT", folder.path))
        const ran = await bcda([...own, "--target", proxy.baseUrl, "--log-level", "all"], { env })
        said.push(`${args.join(" ")}\n${ran.stdout}\n${ran.stderr}`)
      }
      const files = readdirSync(folder.path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
      assert.isNotEmpty(files)
      const written = files.filter((path) => !isServers(path)).map((path) => `${path}\n${readFileSync(path, "utf8")}`)
      assert.isNotEmpty(proxy.tokens)
      for (const text of [...said, ...written]) {
        for (const canary of [mbi, secret, basic, ...proxy.tokens]) {
          if (text.includes(canary)) assert.fail(`${canary} in:\n${text.slice(0, 2000)}`)
        }
      }
      // It was there to be seen.
      assert.isTrue(
        said.some((text) => text.includes("[MBI]")) || files.some((path) => readFileSync(path, "utf8").includes(mbi))
      )
    })
  }
})
