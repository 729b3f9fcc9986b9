/** Nights of the targets that a configuration names. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { HeaderLine, ProfileId, TargetFile } from "@bcda-kit/conformance"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { NightlyTarget } from "../../src/config/NightlyConfig.ts"
import { bcda, temporary } from "../support/Bcda.ts"
import { credentials, nightsIn, serving } from "./support/Nights.ts"

const decodeHeader = Schema.decodeUnknownSync(Schema.fromJsonString(HeaderLine))

const headerOf = (home: string, ...path: ReadonlyArray<string>) =>
  decodeHeader(readFileSync(join(home, ...path, "results.jsonl"), "utf8").split("\n")[0] ?? "")

const schemaOf = (schema: Schema.Top) => JSON.stringify(Schema.toJsonSchemaDocument(schema).schema)

describe("bcda nightly with a configuration", () => {
  it("asks each target as its entry says, one after the other, and goes on past a dead one", async () => {
    using folder = temporary()
    await using sandbox = await serving()
    const { baseUrl } = sandbox
    const config = {
      targets: {
        dead: { baseUrl: "http://127.0.0.1:9" },
        acme: { baseUrl, secrets: { clientId: "ACME_ID", clientSecret: "ACME_SECRET" } },
        again: { baseUrl, apiVersion: "v2" }
      },
      nightly: {
        history: "remembered",
        targets: [
          { target: "dead", only: ["metadata"] },
          { target: "acme", profile: "ig-stu2", only: ["metadata"], budget: { jobs: 1 }, type: ["Coverage"] },
          { target: "again", only: ["metadata"], export: false }
        ]
      }
    }
    writeFileSync(join(folder.path, "bcda.config.json"), JSON.stringify(config))
    const below = join(folder.path, "below")
    mkdirSync(below)
    const env = { ...credentials, ACME_ID: "sandbox-small", ACME_SECRET: "not-a-secret-small" }
    const args = ["nightly", "--config", "../bcda.config.json", "--night", "2026-11-01", "--keep-export"]
    const ran = await bcda([...args, "--json"], { cwd: below, env })
    assert.strictEqual(ran.code, 3, ran.stderr)
    const lines = ran.stdout.trimEnd().split("\n")
    assert.strictEqual(lines.length, 4)
    assert.deepInclude(JSON.parse(lines[3] ?? ""), { kind: "nightly", night: "2026-11-01", exitCode: 3 })
    assert.isTrue(existsSync(join(folder.path, "remembered", "history.jsonl")), "relative to the configuration")

    const home = join(below, "bcda-nightly", "out", "2026-11-01")
    const acme = headerOf(home, "acme")
    assert.deepInclude(acme, { profile: "ig-stu2", only: ["metadata"] })
    assert.strictEqual(acme.descriptor?.budget.jobs, 1)
    assert.strictEqual(headerOf(home, "again").target.apiVersion, "v2")
    assert.isTrue(existsSync(join(home, "acme", "export", "Coverage")), "the export that was to be kept")
    assert.isFalse(existsSync(join(home, "again", "receipt.json")))

    const asked = sandbox.log.entries({}).length
    const one = await bcda([...args.with(4, "2026-11-02"), "--target", "dead"], { cwd: below, env })
    assert.strictEqual(one.code, 3)
    assert.match(one.stdout, /^dead: Not reachable tonight, nor was it on 2026-11-01/m)
    assert.strictEqual(sandbox.log.entries({}).length, asked, "the others were not meant")
  })

  it("has a word for each profile and each limit", () => {
    const { budget, profile } = NightlyTarget.fields
    assert.deepStrictEqual(
      schemaOf(profile).match(/"(bcda|ig)[^"]*"/g),
      ProfileId.literals.map((word) => `"${word}"`)
    )
    for (const name of ["jobs", "requests", "requestsPerMinute", "tokens"]) {
      assert.include(schemaOf(TargetFile.fields.budget), `"${name}"`)
      assert.include(schemaOf(budget), `"${name}"`)
    }
  })

  it("is a 2 where there is neither a target nor a configuration, and where an entry is wrong", async () => {
    using folder = temporary()
    writeFileSync(join(folder.path, "package.json"), "{}")
    const none = await bcda(["nightly"], { cwd: folder.path })
    assert.strictEqual(none.code, 2)
    assert.match(none.stderr, /there is no --target, and no configuration was found here/)
    writeFileSync(
      join(folder.path, "bcda.config.json"),
      JSON.stringify({ nightly: { targets: [{ target: "embedded", profil: "ig-stu2" }] } })
    )
    const wrong = await bcda(["nightly"], { cwd: folder.path })
    assert.strictEqual(wrong.code, 2)
    assert.match(wrong.stderr, /nightly\.targets\.0\.profil is not known; did you mean profile\?/)
    const nights = nightsIn(folder.path)
    assert.isFalse(existsSync(nights.home))
  })
})
