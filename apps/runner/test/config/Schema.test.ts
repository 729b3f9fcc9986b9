import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { expect } from "vitest"
import { configJsonSchema } from "../../src/config/ConfigFile.ts"

const published = new URL("../../bcda.config.schema.json", import.meta.url)

describe("the published schema of the configuration", () => {
  it("is that of the code", async () => {
    const text = `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`
    await expect(text).toMatchFileSnapshot(published.pathname)
  })

  it.each([
    [true, {}],
    [true, { $schema: "./x.json", targets: { acme: { extends: "production", secrets: { clientId: "A", key: "B" } } } }],
    [true, { presets: { small: { type: ["Patient"], limits: { files: 3 } } }, defaults: { target: "acme" } }],
    [false, { targets: { acme: { extends: "embedded" } } }],
    [false, { targets: { acme: { baseUrl: "https://a.example", secrets: { clientId: "not a name" } } } }],
    [false, { targets: { "a b": { extends: "sandbox" } } }],
    [false, { presets: { small: { type: [] } } }],
    [false, { defaults: { concurrency: 0 } }],
    [false, { targts: {} }],
    [false, { defaults: { outt: "x" } }]
  ])("%s for %j", (valid, file) => {
    const validate = new Ajv2020().compile(JSON.parse(readFileSync(published, "utf8")))
    assert.strictEqual(validate(file), valid, JSON.stringify(validate.errors))
  })
})
