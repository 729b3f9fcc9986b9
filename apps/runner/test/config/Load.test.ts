import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checkConfiguration, loadConfiguration } from "../../src/config/Load.ts"
import { bcda, temporary } from "../support/Bcda.ts"

const check = (raw: unknown) => checkConfiguration(raw, "bcda.config.json")

// Made up, of the shapes that real ones have.
const hex = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6071"
const jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ."

describe("a configuration", () => {
  it.effect("may hold targets, presets and defaults", () =>
    Effect.gen(function* () {
      const file = {
        $schema: "./bcda.config.schema.json",
        targets: {
          acme: { extends: "production", secrets: { clientId: "ACME_ID", clientSecret: "ACME_SECRET" }, group: hex },
          "mine.v2": { baseUrl: "http://127.0.0.1:3000", auth: "smart", keyId: hex, secrets: { key: "MINE_KEY" } }
        },
        presets: { token: { type: ["Patient"] } },
        defaults: { out: "claims", limits: { files: 3 } }
      }
      const read: unknown = yield* check(file)
      assert.deepStrictEqual(read, { ...file, path: "bcda.config.json" })
    })
  )

  it.effect.each<readonly [unknown, RegExp]>([
    [{ targts: {} }, /targts is not known; did you mean targets\?/],
    [{ defaults: { outt: "x" } }, /defaults\.outt is not known; did you mean out\?/],
    [
      { targets: { a: { extends: "sandbox", finalActions: true } } },
      /finalActions is not known, only baseUrl, extends/
    ],
    [{ targets: { a: { extends: "sandbox" }, b: {} } }, /targets\.b: exactly one of baseUrl and extends/],
    [{ targets: { a: { extends: "sandbox", baseUrl: "https://a.example" } } }, /targets\.a: exactly one of/],
    [{ targets: { a: { extends: "prod" } } }, /targets\.a\.extends: expected "sandbox" \| "production"/],
    [{ targets: { "a/b": { extends: "sandbox" } } }, /targets\.a\/b is no name of letters/],
    [{ targets: { sandbox: { extends: "sandbox" } } }, /targets\.sandbox has a name that is taken/],
    [{ targets: { a: { extends: "sandbox", secrets: { clientId: "MY-ID" } } } }, /name of an environment variable/],
    [{ defaults: { concurrency: 0 } }, /defaults\.concurrency: expected a value greater than or equal to 1/],
    [{ presets: { a: { type: [] } } }, /presets\.a\.type/],
    [undefined, /no default export/],
    [[], /the file: expected/]
  ])("is refused with what is wrong: %j", ([raw, why]) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(check(raw))
      assert.match(failure.why, why)
      assert.strictEqual(failure.exitCode, 2)
    })
  )

  it.effect.each<readonly [string, unknown]>([
    ["targets.a.clientSecret", { targets: { a: { extends: "sandbox", clientSecret: "x" } } }],
    ["targets.a.secret", { targets: { a: { extends: "sandbox", secret: "x" } } }],
    ["targets.a.secrets.clientSecret", { targets: { a: { extends: "sandbox", secrets: { clientSecret: hex } } } }],
    ["targets.a.token", { targets: { a: { extends: "sandbox", token: "x" } } }],
    ["targets.a.baseUrl", { targets: { a: { baseUrl: "https://me:word@a.example" } } }],
    ["targets.a.caFile", { targets: { a: { extends: "sandbox", caFile: "-----BEGIN PRIVATE KEY-----" } } }],
    ["targets.a.secrets.key", { targets: { a: { extends: "sandbox", secrets: { key: '{"kty":"RSA","d":"x"}' } } } }],
    ["defaults.out", { defaults: { out: jwt } }],
    ["presets.a.target", { presets: { a: { target: `Bearer ${hex}` } } }],
    ["API_KEY", { API_KEY: "x" }]
  ])("with a secret at %s is refused, and does not show it", ([path, raw]) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(check(raw))
      assert.match(failure.why, new RegExp(`^${path.replaceAll(".", "\\.")} in bcda\\.config\\.json holds a secret`))
      assert.match(failure.next, /environment variable/)
      for (const secret of [hex, jwt, "word", "PRIVATE"]) assert.notInclude(failure.why + failure.next, secret)
    })
  )
})

const written = (name: string, text: string) => {
  const directory = temporary()
  const path = join(directory.path, name)
  writeFileSync(path, text)
  return { path, [Symbol.dispose]: () => directory[Symbol.dispose]() }
}

describe("the file", () => {
  it.live.each<readonly [string, string]>([
    ["bcda.config.json", '\uFEFF{ "defaults": { "out": "there" } }'],
    ["bcda.config.mjs", 'export default { defaults: { out: "there" } }'],
    ["bcda.config.mts", 'const out: string = "there"\nexport default { defaults: { out } } as const'],
    ["other.json", '{ "defaults": { "out": "there" } }']
  ])("is read: %s", ([name, text]) =>
    Effect.gen(function* () {
      using file = written(name, text)
      const { defaults, path } = yield* loadConfiguration(file.path)
      assert.deepStrictEqual({ defaults, path }, { defaults: { out: "there" }, path: file.path })
    })
  )

  // By Node, as in use: what runs tests has an importer of its own.
  it.concurrent.each<readonly [string, string, RegExp]>([
    ["bcda.config.json", `{\n"defaults": {\n"out: ${hex}`, /cannot be read: it has a syntax error in line 3\n/],
    [
      "bcda.config.mjs",
      `export default {\n ${hex} }`,
      /cannot be read: it has a syntax error, and node --check tells where\n/
    ],
    ["bcda.config.mjs", 'throw new Error("no luck\\ntoday")', /cannot be read: no luck today\n/],
    ["bcda.config.mjs", "export const defaults = {}", /no default export/],
    ["bcda.config.mjs", 'import "./nothing.mjs"', /cannot be read: Cannot find module/],
    ["bcda.config.toml", "defaults = {}", /cannot be read: No loader specified for extension "\.toml"/]
  ])("that cannot be read says why, and shows nothing of it: %s %j", async (name, text, why) => {
    using file = written(name, text)
    const { code, stderr, stdout } = await bcda(["status", "--target", "embedded", "--config", file.path])
    assert.deepStrictEqual({ code, stdout }, { code: 2, stdout: "" })
    assert.match(stderr, why)
    assert.match(stderr, /^error: .+\nwhy: {3}.+\nnext: {2}.+\n$/)
    assert.include(stderr, file.path)
    assert.notInclude(stderr, hex)
  })

  it.live("that is not there is an error if it was named", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(loadConfiguration(join(import.meta.dirname, "none.json")))
      assert.match(failure.why, /there is no such file/)
    })
  )

  it("is found here and above, up to the project's root and no further", { timeout: 240_000 }, async () => {
    using top = temporary()
    const project = join(top.path, "project")
    const inner = join(project, "deep", "inner")
    mkdirSync(inner, { recursive: true })
    writeFileSync(join(top.path, "bcda.config.json"), '{ "not": "ours" }')
    writeFileSync(join(project, "package.json"), "{}")
    const outside = await bcda(["status", "--target", "acme"], { cwd: inner })
    assert.match(outside.stderr, /no configuration was found here/)
    writeFileSync(join(project, "bcda.config.json"), '{ "targets": { "acme": { "extends": "sandbox" } } }')
    const found = await bcda(["status", "--target", "acne"], { cwd: inner })
    assert.match(found.stderr, /next: {2}Did you mean acme\?/)
    // Without a project, only here.
    using bare = temporary()
    mkdirSync(join(bare.path, "inner"))
    writeFileSync(join(bare.path, "bcda.config.json"), '{ "not": "ours" }')
    const alone = await bcda(["status", "--target", "acme"], { cwd: join(bare.path, "inner") })
    assert.match(alone.stderr, /no configuration was found here/)
  })
})
