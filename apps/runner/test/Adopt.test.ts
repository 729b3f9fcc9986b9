import { generateKeyPairSync } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type RunningSandbox, startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { afterAll, beforeAll } from "vitest"
import { prove } from "../src/Proof.ts"
import { bcda, jsonLines, start, temporary } from "./support/Bcda.ts"
import { claims } from "./support/Claims.ts"
import { plainFhir } from "./support/PlainFhir.ts"
import { startProxy } from "./support/Proxy.ts"

let quick: RunningSandbox
let slow: RunningSandbox
let env: Record<string, string>
beforeAll(async () => {
  quick = await startSandbox({ data: claims, pace: { pendingMillis: 0, perSubJobMillis: 0 } })
  slow = await startSandbox({ data: claims, pace: { pendingMillis: 600_000 } })
  const [first] = quick.credentials
  env = { BCDA_CLIENT_ID: first?.clientId ?? "", BCDA_CLIENT_SECRET: first?.clientSecret ?? "" }
})
afterAll(() => Promise.all([quick.close(), slow.close()]))

const jobIn = (stderr: string) => /job (\d+)/.exec(stderr)?.[1] ?? "none"

describe.concurrent("a job that is there", () => {
  it("is taken with --adopt", async () => {
    using out = temporary()
    const args = ["export", "--target", slow.baseUrl, "--type", "Patient"]
    const first = start([...args, "--out", join(out.path, "a")], { env })
    await first.printed("waiting: pending")
    const second = start([...args, "--out", join(out.path, "b"), "--adopt"], { env })
    await second.printed(`job ${jobIn(first.stderr())} was there and is taken`)
    for (const running of [first, second]) running.child.kill("SIGTERM")
    assert.strictEqual((await first.ran).code, 130)
    assert.strictEqual((await second.ran).code, 130)
  })

  it("is downloaded by its number, as often as wanted, and none is started", async () => {
    using out = temporary()
    await using proxy = await startProxy(quick)
    const at = ["--target", proxy.baseUrl]
    const first = await bcda(["export", ...at, "--out", join(out.path, "a"), "--type", "Patient"], { env })
    const args = ["jobs", "adopt", ...at, "--out", join(out.path, "b"), jobIn(first.stderr)]
    for (const run of [1, 2]) {
      const ran = await bcda(args, { env })
      assert.strictEqual(ran.code, 0, `${run}: ${ran.stderr}`)
    }
    assert.deepStrictEqual((await Effect.runPromise(prove(join(out.path, "b")))).mismatches, [])
    assert.strictEqual(proxy.seen.filter((line) => line.endsWith("$export")).length, 1)
    const other = await bcda(["jobs", "adopt", ...at, "--out", join(out.path, "a"), "999999"], { env })
    assert.strictEqual(other.code, 2, other.stderr)
    assert.match(other.stderr, /bcda jobs list/)
  })

  it("of another API version is left to that", async () => {
    using out = temporary()
    const at = ["--target", quick.baseUrl]
    const first = await bcda(["export", ...at, "--api-version", "v2", "--out", join(out.path, "a")], { env })
    const ran = await bcda(["jobs", "adopt", ...at, "--out", join(out.path, "b"), jobIn(first.stderr)], { env })
    assert.strictEqual(ran.code, 2, ran.stderr)
    assert.match(ran.stderr, /next: {2}Add --api-version v2\.\n$/)
  })
})

describe.concurrent("another FHIR server", () => {
  const whole = `${JSON.stringify({ id: "-1", resourceType: "Patient" })}\n`

  it("gives a group without a token, and its status is shown", async () => {
    using out = temporary()
    await using server = await plainFhir({ tokens: false })
    const at = ["--target", server.fhirBase, "--auth", "none"]
    const ran = await bcda(["export", ...at, "--group", "42", "--out", out.path])
    assert.strictEqual(ran.code, 0, ran.stderr)
    assert.strictEqual(readFileSync(join(out.path, "Patient", "p.ndjson"), "utf8"), whole)
    assert.include(server.seen, "GET /r4/Group/42/$export")
    const status = await bcda(["status", ...at, "--json"])
    assert.containSubset(jsonLines(status.stdout)[0], { apiVersion: "fhir", ingestionDates: [] })
    const listed = await bcda(["jobs", "list", ...at])
    assert.strictEqual(listed.code, 2, listed.stderr)
  })

  it("gives what its job has, by the URL of the job's status", async () => {
    using out = temporary()
    await using server = await plainFhir({ tokens: false })
    const at = ["--target", server.fhirBase, "--auth", "none", "--out", out.path]
    const ran = await bcda(["jobs", "adopt", ...at, `${server.fhirBase}/status/1`])
    assert.strictEqual(ran.code, 0, ran.stderr)
    assert.isFalse(server.seen.some((line) => line.endsWith("$export")))
  })

  it("takes a signed assertion, with the key from the variable that is named, and nobody is told", async () => {
    using out = temporary()
    await using server = await plainFhir({ tokens: true })
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" })
    const jwk = { ...privateKey.export({ format: "jwk" }), kid: "one", alg: "ES384" }
    const names = ["--auth", "smart", "--client-id-env", "WHO", "--key-env", "MY_KEY"]
    const args = ["export", "--target", server.fhirBase, "--out", out.path, ...names]
    const without = await bcda(args, { env: { WHO: "me" } })
    assert.strictEqual(without.code, 2)
    assert.match(without.stderr, /why: {3}MY_KEY is not set/)
    const ran = await bcda(args, { env: { WHO: "me", MY_KEY: JSON.stringify(jwk) } })
    assert.strictEqual(ran.code, 0, ran.stderr)
    assert.include(server.seen, "GET /r4/$export")
    assert.match(server.bodies[0] ?? "", /client_assertion=/)
    assert.notInclude(ran.stdout + ran.stderr, jwk.d ?? "")
  })

  it("takes the key as PEM, under the name that the server knows it by", async () => {
    using out = temporary()
    await using server = await plainFhir({ tokens: true })
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" })
    const pem = String(privateKey.export({ format: "pem", type: "pkcs8" }))
    const args = ["export", "--target", server.fhirBase, "--out", out.path, "--auth", "smart"]
    const vars = { BCDA_CLIENT_ID: "me", BCDA_KEY: pem }
    const nameless = await bcda(args, { env: vars })
    assert.strictEqual(nameless.code, 2)
    assert.match(nameless.stderr, /why: .* no kid/)
    const ran = await bcda([...args, "--key-id", "one"], { env: vars })
    assert.strictEqual(ran.code, 0, ran.stderr)
    const [header = ""] = (new URLSearchParams(server.bodies[0]).get("client_assertion") ?? "").split(".")
    assert.include(Buffer.from(header, "base64url").toString(), '"kid":"one"')
    const [secretLine = "?"] = pem.split("\n").slice(1)
    assert.notInclude(nameless.stderr + ran.stdout + ran.stderr, secretLine)
  })
})

describe.concurrent("what can be asked for", () => {
  it("goes to the server as the flags say", async () => {
    using out = temporary()
    await using proxy = await startProxy(quick)
    const queries: Array<string> = []
    proxy.hook = (incoming) => {
      if (incoming.url?.includes("$export") === true) queries.push(decodeURIComponent(incoming.url))
      return false
    }
    const flags = ["--claims", "partial", "--service-from", "2026-01-01", "--verify", "bytes", "--gzip", "keep"]
    const reach = { BCDA_CLIENT_ID: "sandbox-reach-small", BCDA_CLIENT_SECRET: "not-a-secret-reach-small" }
    const ran = await bcda(["export", "--target", proxy.baseUrl, "--out", out.path, ...flags, "--json"], { env: reach })
    assert.strictEqual(ran.code, 0, ran.stderr)
    assert.include(queries[0], "_typeFilter=ExplanationOfBenefit?_tag=")
    assert.include(queries[0], "|SharedSystem&service-date=ge2026-01-01")
    assert.match(ran.stdout, /"verify":"bytes"/)
  })

  it("has limits, and what is beyond them is named and can be had with others", async () => {
    using out = temporary()
    const args = ["export", "--target", quick.baseUrl, "--out", out.path]
    const few = await bcda([...args, "--limits", "files=1"], { env })
    assert.strictEqual(few.code, 5, few.stderr)
    assert.match(few.stderr, /why: .*\b1\b/)
    assert.strictEqual((await bcda([...args, "--limits", "files=100"], { env })).code, 0)
  })

  it("is refused before a directory is made for it, so that the right request can have it", async () => {
    using out = temporary()
    const args = ["export", "--target", quick.baseUrl, "--out", out.path]
    for (const wrong of [
      ["--type", "Claim"],
      ["--group", "42"],
      ["--since", "2026-01-01"]
    ]) {
      const ran = await bcda([...args, ...wrong], { env })
      assert.strictEqual(ran.code, 2, ran.stderr)
    }
    assert.strictEqual((await bcda([...args, "--type", "Patient"], { env })).code, 0)
  })

  it("says until when the server keeps the files", async () => {
    using out = temporary()
    const ran = await bcda(["export", "--target", quick.baseUrl, "--out", out.path], { env })
    assert.match(ran.stderr, /kept by the server until 20\S+Z \(2[34] h \d+ min more\)\n/)
  })
})

describe.concurrent("bcda status", () => {
  it("says in words what the dates mean", async () => {
    const ran = await bcda(["status", "--target", quick.baseUrl], { env })
    assert.strictEqual(ran.code, 0, ran.stderr)
    assert.match(ran.stdout, /\nAttribution was updated on 20\d\d-\d\d-\d\d; lists come monthly\.\n/)
    const outdated = { BCDA_CLIENT_ID: "sandbox-outdated", BCDA_CLIENT_SECRET: "not-a-secret-outdated" }
    const old = await bcda(["status", "--target", quick.baseUrl, "--json"], { env: outdated })
    assert.containSubset(jsonLines(old.stdout)[0], { runout: { state: "open" } })
    assert.match(old.stdout, /"attribution":\{"state":"(awaited|old)"/)
  })
})

describe.concurrent("bcda migrate", () => {
  it("prints what a request becomes on v3", async () => {
    const url = "https://api.bcda.cms.gov/api/v2/Group/all/$export?_type=Patient,Claim"
    const ran = await bcda(["migrate", url])
    assert.strictEqual(ran.code, 0, ran.stderr)
    assert.match(ran.stdout, /^https:\/\/api\.bcda\.cms\.gov\/api\/v3\/Group\/all\/\$export\?_type=Patient,Expl/)
    assert.match(ran.stdout, /\nchanged: /)
    const asJson = await bcda(["migrate", "--json", url])
    assert.containSubset(jsonLines(asJson.stdout)[0], { notes: [{ kind: "changed" }] })
  })

  it.for(["https://api.bcda.cms.gov/api/v3/Group/all/$export", "https://example.org/x"])(
    "refuses %s with 2",
    async (url) => {
      assert.strictEqual((await bcda(["migrate", url])).code, 2)
    }
  )
})
