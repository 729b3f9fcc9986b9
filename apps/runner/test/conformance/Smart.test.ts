/** Judging a server whose tokens come by SMART Backend Services, by the real command. */
import { generateKeyPairSync } from "node:crypto"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { bcda, temporary } from "../support/Bcda.ts"
import { plainFhir } from "../support/PlainFhir.ts"

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" })
const jwk = { ...privateKey.export({ format: "jwk" }), kid: "one" }
const pem = String(privateKey.export({ format: "pem", type: "pkcs8" }))

describe("bcda conformance --auth smart", () => {
  it("proves the key where the server says, judges how that is taken, and leaves the key nowhere", async () => {
    using folder = temporary()
    await using server = await plainFhir({ tokens: true })
    const env = { BCDA_CLIENT_ID: "me", BCDA_KEY: JSON.stringify(jwk) }
    const ran = await bcda(
      ["conformance", "--target", server.fhirBase, "--auth", "smart", "--out", folder.path, "--json"],
      { env }
    )
    // this server takes any proof, and gives no scope
    assert.strictEqual(ran.code, 1, ran.stderr)
    assert.match(ran.stdout, /"check":"token\/issued",.*"verdict":"pass"/)
    assert.match(ran.stdout, /"check":"assertion\/once",.*"verdict":"fail"/)
    assert.match(ran.stdout, /"check":"file\/fetched",.*"verdict":"pass"/)
    assert.include(server.seen, "GET /r4/Patient/$export")
    const written = readdirSync(folder.path).map((name) => readFileSync(join(folder.path, name), "utf8"))
    for (const text of [ran.stdout, ran.stderr, ...written]) {
      for (const secret of [jwk.d ?? "", "eyJ"]) assert.notInclude(text, secret)
    }
  })

  it("takes PEM with the name of its key from a target file, and refuses without asking what cannot sign", async () => {
    using folder = temporary()
    await using server = await plainFhir({ tokens: true })
    const file = join(folder.path, "mine.json")
    const target = { baseUrl: server.fhirBase, apiVersion: "fhir", auth: "smart", secrets: { key: "MY_KEY" } }
    const args = ["conformance", "--target", file, "--only", "token", "--out", join(folder.path, "out")]
    const env = { BCDA_CLIENT_ID: "me", MY_KEY: pem }
    writeFileSync(file, JSON.stringify(target))
    const nameless = await bcda(args, { env })
    assert.strictEqual(nameless.code, 2, nameless.stderr)
    assert.match(nameless.stderr, /^why: {3}its private key cannot be used: it has no kid/m)
    assert.deepStrictEqual(server.seen, [])
    writeFileSync(file, JSON.stringify({ ...target, keyId: "one" }))
    const named = await bcda(args, { env })
    assert.match(named.stderr, /^smoke: metadata 200, token 200/m)
    const [header = ""] = (new URLSearchParams(server.bodies[0]).get("client_assertion") ?? "").split(".")
    assert.include(Buffer.from(header, "base64url").toString(), '"kid":"one"')
  })
})
