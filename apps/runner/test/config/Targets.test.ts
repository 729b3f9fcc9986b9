import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { bcda, jsonLines, temporary } from "../support/Bcda.ts"
import { claims } from "../support/Claims.ts"

const withConfiguration = (config: unknown) => {
  const directory = temporary()
  writeFileSync(join(directory.path, "bcda.config.json"), JSON.stringify(config))
  return directory
}

describe.concurrent("bcda targets", () => {
  const config = {
    targets: {
      acme: { extends: "production", secrets: { clientId: "ACME_ID", clientSecret: "ACME_SECRET" }, group: "runout" },
      mine: { baseUrl: "https://fhir.example.org/r4", auth: "smart" },
      wrong: { baseUrl: "http://fhir.example.org" }
    },
    presets: { people: { type: ["Patient"] } },
    defaults: { target: "acme" }
  }
  const env = { ACME_ID: "an-id", ACME_SECRET: "a-secret" }

  it("shows what each is, which variables it needs and whether they are set, and no value", async () => {
    using cwd = withConfiguration(config)
    const { code, stderr, stdout } = await bcda(["targets"], { cwd: cwd.path, env })
    assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
    assert.deepStrictEqual(stdout.split("\n").slice(0, -1), [
      "embedded\ta sandbox started for the run",
      "sandbox\thttps://sandbox.bcda.cms.gov, v3, basic, BCDA_CLIENT_ID not set, BCDA_CLIENT_SECRET not set",
      "production\thttps://api.bcda.cms.gov, v3, basic, BCDA_CLIENT_ID not set, BCDA_CLIENT_SECRET not set",
      "acme (default)\thttps://api.bcda.cms.gov, v3, basic, group runout, ACME_ID set, ACME_SECRET set",
      "mine\thttps://fhir.example.org/r4, fhir, smart, BCDA_CLIENT_ID not set, BCDA_KEY not set",
      "wrong\tThe target is not usable: plain http, which would send secrets and claims unencrypted; use https",
      '--preset people\ttype ["Patient"]',
      "defaults\ttarget acme",
      `from ${join(cwd.path, "bcda.config.json")}`
    ])
  })

  it("prints the same as JSON lines", async () => {
    using cwd = withConfiguration(config)
    const { code, stdout } = await bcda(["targets", "--json"], { cwd: cwd.path, env })
    assert.strictEqual(code, 0)
    const lines = jsonLines(stdout)
    assert.containSubset(lines[3], {
      name: "acme",
      isDefault: true,
      auth: "basic",
      variables: { ACME_ID: true, ACME_SECRET: true }
    })
    const { presets, defaults } = config
    const file = join(cwd.path, "bcda.config.json")
    assert.deepStrictEqual(lines.at(-1), { config: file, targets: 6, presets, defaults })
  })

  it("has no need of a configuration", async () => {
    using cwd = temporary()
    const { code, stdout } = await bcda(["targets"], { cwd: cwd.path })
    assert.strictEqual(code, 0)
    assert.match(stdout, /\nno configuration was found here\n$/)
  })
})

const served = async () => {
  const sandbox = await startSandbox({ data: claims, tls: true })
  const [first] = sandbox.credentials
  const env = { BCDA_CLIENT_ID: first?.clientId ?? "", BCDA_CLIENT_SECRET: first?.clientSecret ?? "" }
  return { sandbox, env, [Symbol.asyncDispose]: () => sandbox.close() }
}

describe.concurrent("a target's own certificate authority", () => {
  it("is trusted, and without it the server is not", async () => {
    await using server = await served()
    const { baseUrl, certificate = "" } = server.sandbox
    using cwd = withConfiguration({ targets: { mine: { baseUrl, caFile: "ca.pem" }, bare: { baseUrl } } })
    writeFileSync(join(cwd.path, "ca.pem"), certificate)
    const run = (...args: ReadonlyArray<string>) => bcda(args, { cwd: cwd.path, env: server.env })
    const mine = await run("status", "--target", "mine")
    assert.strictEqual(mine.code, 0, mine.stderr)
    const bare = await run("status", "--target", "bare")
    assert.strictEqual(bare.code, 3, bare.stdout)
    const verdicts = await run("conformance", "--target", "mine", "--out", "verdicts", "--only", "metadata")
    assert.notInclude([2, 3, 4], verdicts.code, verdicts.stderr)
  })

  it.each([
    ["is not there", undefined, /ca\.pem cannot be read \(ENOENT\)/],
    ["holds no certificate", "nothing", /ca\.pem holds no certificate/],
    [
      "is broken",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      /a certificate in .* cannot be read/
    ]
  ] as const)("that %s ends with 2", async (_, text, why) => {
    using cwd = withConfiguration({ targets: { mine: { baseUrl: "https://127.0.0.1:1", caFile: "ca.pem" } } })
    if (text !== undefined) writeFileSync(join(cwd.path, "ca.pem"), text)
    const { code, stderr } = await bcda(["status", "--target", "mine"], { cwd: cwd.path })
    assert.strictEqual(code, 2)
    assert.match(stderr, why)
  })
})
