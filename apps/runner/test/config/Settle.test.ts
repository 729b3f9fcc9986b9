import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { type RunningSandbox, startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { afterAll, beforeAll } from "vitest"
import type { ConfigFile } from "../../src/config/ConfigFile.ts"
import { settle } from "../../src/config/Settle.ts"
import { type ExportInput, settleExport } from "../../src/config/SettleExport.ts"
import { bcda, temporary } from "../support/Bcda.ts"
import { claims } from "../support/Claims.ts"

const config = {
  path: "/etc/bcda/bcda.config.json",
  targets: {
    acme: { extends: "production", apiVersion: "v2", caFile: "ca.pem", secrets: { clientId: "ACME_ID" } },
    mine: { baseUrl: "https://fhir.example.org/r4", auth: "smart", tokenScope: "system/*.rs", keyId: "one" }
  },
  defaults: { target: "acme", apiVersion: "v1" }
} as const

const settled = (...args: Parameters<typeof settle>) => Result.getOrThrow(settle(...args))

describe("which server is meant", () => {
  it("is the configuration's default, unless a preset or a flag says another", () => {
    assert.strictEqual(settled({}, config).name, "acme")
    assert.strictEqual(settled({}, config, { target: "mine" }).name, "mine")
    assert.strictEqual(settled({ target: "embedded" }, config, { target: "mine" }).target, "embedded")
  })

  it("takes a version from the flag, the preset, the target or the defaults, in this order", () => {
    assert.strictEqual(settled({ apiVersion: "v3" }, config, { apiVersion: "v1" }).apiVersion, "v3")
    assert.strictEqual(settled({}, config, { apiVersion: "v1" }).apiVersion, "v1")
    assert.strictEqual(settled({}, config).apiVersion, "v2")
    assert.strictEqual(settled({ target: "sandbox" }, config).apiVersion, "v1")
    // Of BCDAs only, and a URL knows better.
    assert.isUndefined(settled({ target: "mine" }, config).apiVersion)
    assert.isUndefined(settled({ target: "https://a.example/api/v2" }, config).apiVersion)
  })

  it("has everything that its entry says, and what a flag says wins", () => {
    assert.deepInclude(settled({}, config), {
      target: "production",
      clientIdEnv: "ACME_ID",
      caFile: "/etc/bcda/ca.pem"
    })
    const mine = settled({ target: "mine", keyId: "two" }, config)
    assert.deepInclude(mine, { target: "https://fhir.example.org/r4", tokenScope: "system/*.rs", keyId: "two" })
  })

  it("is asked for with what there is, if it is none", () => {
    const unknown = Result.getOrThrow(Result.flip(settle({ target: "acne" }, config)))
    assert.match(unknown.next, /Did you mean acme\?/)
    const none = Result.getOrThrow(Result.flip(settle({}, { path: undefined })))
    assert.match(none.why, /--target is not given/)
  })
})

const options = (file: ConfigFile, flags: Partial<ExportInput>) =>
  Effect.gen(function* () {
    using directory = temporary()
    const path = join(directory.path, "bcda.config.json")
    writeFileSync(path, JSON.stringify(file))
    const { out, ...rest } = yield* settleExport({ json: false, startAgain: false, ...flags, config: path })
    return { ...rest, out: out.replace(directory.path, "HERE") }
  })

describe("an export's options", () => {
  const layered: ConfigFile = {
    targets: { acme: { extends: "sandbox", group: "runout" } },
    presets: {
      small: { type: ["Patient"], concurrency: 2, out: "small" },
      people: { patient: true },
      printed: { out: "-" }
    },
    defaults: { target: "acme", out: "claims", group: "all", concurrency: 1, gzip: "keep", limits: { files: 3 } }
  }

  it.live.each<readonly [Partial<ExportInput>, object]>([
    [{}, { group: "runout", concurrency: 1, gzip: "keep", out: join("HERE", "claims"), limits: ["files=3"] }],
    [{ target: "embedded" }, { group: "all", patient: false }],
    [{ preset: "small" }, { type: ["Patient"], concurrency: 2, out: join("HERE", "small"), group: "runout" }],
    [
      { preset: "small", concurrency: 9, out: "mine", gzip: "decode" },
      { concurrency: 9, out: "mine", gzip: "decode" }
    ],
    // What excludes each other is no quarrel between layers.
    [{ preset: "people" }, { patient: true, group: undefined }],
    [
      { preset: "people", group: "all" },
      { patient: false, group: "all" }
    ],
    [
      { preset: "people", patient: false },
      { patient: false, group: "runout" }
    ],
    [{ out: "-" }, { out: "-" }],
    [{ preset: "printed" }, { out: "-" }]
  ])("with %j", ([flags, expected]) =>
    Effect.gen(function* () {
      assert.deepInclude(yield* options(layered, flags), expected)
    })
  )

  it.live("one filter takes the place of another", () =>
    Effect.gen(function* () {
      const file: ConfigFile = {
        presets: { raw: { typeFilter: "Patient?a=b" } },
        defaults: { target: "sandbox", out: "x", claims: "partial", finalAction: true }
      }
      assert.deepInclude(yield* options(file, { preset: "raw" }), { claims: undefined, finalAction: false })
      const { claims, typeFilter } = yield* options(file, { preset: "raw", serviceFrom: "2026-01-01" })
      assert.deepStrictEqual({ claims, typeFilter }, { claims: "partial", typeFilter: undefined })
    })
  )

  it.live("that name no preset, or no directory, are refused", () =>
    Effect.gen(function* () {
      const preset = yield* Effect.flip(options(layered, { preset: "smal" }))
      assert.strictEqual(preset.next, "Did you mean small?")
      const out = yield* Effect.flip(options({ defaults: { target: "sandbox" } }, {}))
      assert.match(out.why, /--out is not given/)
    })
  )
})

describe("a named target", () => {
  let sandbox: RunningSandbox
  beforeAll(async () => {
    sandbox = await startSandbox({ data: claims })
  })
  afterAll(() => sandbox.close())

  it("is understood by every command that talks to a server", { timeout: 240_000 }, async () => {
    const [first] = sandbox.credentials
    const env = { ACME_ID: first?.clientId ?? "", ACME_SECRET: first?.clientSecret ?? "" }
    using cwd = temporary()
    writeFileSync(
      join(cwd.path, "bcda.config.mjs"),
      `export default {
        targets: { acme: { baseUrl: "${sandbox.baseUrl}", secrets: { clientId: "ACME_ID", clientSecret: "ACME_SECRET" } } },
        presets: { people: { type: ["Patient"] } },
        defaults: { target: "acme", out: "claims" }
      }`
    )
    const run = async (...args: ReadonlyArray<string>) => {
      const { code, stderr, stdout } = await bcda(args, { env, cwd: cwd.path })
      assert.strictEqual(code, 0, stderr)
      return stdout
    }
    assert.match(await run("status"), /^acme: http/)
    assert.match(await run("export", "--target", "acme", "--preset", "people"), /^1 file, /)
    assert.match(await run("jobs", "list", "--target", "acme"), /Patient/)
    assert.match(await run("doctor"), /target +acme, http/)
    const verdicts = await run("conformance", "--target", "acme", "--out", "verdicts", "--only", "metadata")
    assert.match(verdicts, /results\.jsonl in verdicts/)
  })
})
