import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { Receipt } from "@bcda-kit/core"
import { type RunningSandbox, startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { afterAll, beforeAll } from "vitest"
import { prove } from "../src/Proof.ts"
import { bcda, jsonLines, start, temporary } from "./support/Bcda.ts"
import { claims, lineOf } from "./support/Claims.ts"
import { answer, answerFile, startProxy } from "./support/Proxy.ts"

const decodeReceipt = Schema.decodeUnknownSync(Receipt)
const receiptIn = (directory: string) =>
  decodeReceipt(JSON.parse(readFileSync(join(directory, "receipt.json"), "utf8")))

let sandbox: RunningSandbox
let env: Record<string, string>
beforeAll(async () => {
  sandbox = await startSandbox({ data: claims, pace: { pendingMillis: 0, perSubJobMillis: 0 } })
  const [first] = sandbox.credentials
  env = { BCDA_CLIENT_ID: first?.clientId ?? "", BCDA_CLIENT_SECRET: first?.clientSecret ?? "" }
})
afterAll(() => sandbox.close())

describe.concurrent("bcda export", () => {
  it.for(["v1", "v2", "v3"] as const)("exports %s to files that the receipt describes", async (version) => {
    using out = temporary()
    const ran = await bcda(["export", "--target", sandbox.baseUrl, "--api-version", version, "--out", out.path], {
      env
    })
    assert.strictEqual(ran.code, 0, ran.stderr)
    const receipt = receiptIn(out.path)
    assert.strictEqual(receipt.apiVersion, version)
    assert.isTrue(receipt.complete)
    const proof = await Effect.runPromise(prove(out.path))
    assert.deepStrictEqual(proof.mismatches, [])
    const patients = receipt.files.filter(({ type }) => type === "Patient")
    assert.strictEqual(patients.length, 1)
    assert.strictEqual(
      readFileSync(join(out.path, patients[0]?.path ?? ""), "utf8"),
      [1, 2, 3].map((n) => `${lineOf("Patient", n)}\n`).join("")
    )
    // Not a terminal: plain lines, and no control sequences.
    assert.match(ran.stderr, /^job \d+ started\n/)
    assert.isFalse(ran.stderr.includes("\u001b"))
  })

  it("prints JSON lines with --json, the receipt last, and nothing on stderr", async () => {
    using out = temporary()
    const ran = await bcda(["export", "--target", sandbox.baseUrl, "--out", out.path, "--type", "Patient", "--json"], {
      env
    })
    assert.deepStrictEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: "" })
    const lines = jsonLines(ran.stdout)
    assert.deepStrictEqual(decodeReceipt(lines.at(-1)), receiptIn(out.path))
    assert.containSubset(lines[0], { _tag: "KickedOff" })
  })

  it("keeps files compressed with --gzip keep, and the proof still holds", async () => {
    using out = temporary()
    const args = ["export", "--target", sandbox.baseUrl, "--out", out.path, "--type", "Coverage", "--gzip", "keep"]
    assert.strictEqual((await bcda(args, { env })).code, 0)
    const file = receiptIn(out.path).files.find(({ type }) => type === "Coverage")
    assert.match(file?.path ?? "", /\.ndjson\.gz$/)
    const text = gunzipSync(readFileSync(join(out.path, file?.path ?? ""))).toString()
    assert.strictEqual(text, [1, 2, 3].map((n) => `${lineOf("Coverage", n)}\n`).join(""))
    assert.deepStrictEqual((await Effect.runPromise(prove(out.path))).mismatches, [])
  })

  it("sends what the flags say", async () => {
    using out = temporary()
    await using proxy = await startProxy(sandbox)
    const queries: Array<string> = []
    proxy.hook = (incoming) => {
      if (incoming.url?.includes("$export")) queries.push(incoming.url)
      return false
    }
    const since = "2020-01-01T00:00:00+01:00"
    const request = ["--patient", "--type", "Patient,Coverage", "--since", since, "--concurrency", "1"]
    const ran = await bcda(["export", "--target", proxy.baseUrl, "--out", out.path, ...request], { env })
    assert.strictEqual(ran.code, 0, ran.stderr)
    assert.strictEqual(queries.length, 1)
    const url = new URL(queries[0] ?? "", proxy.baseUrl)
    assert.strictEqual(url.pathname, "/api/v3/Patient/$export")
    assert.deepStrictEqual(Object.fromEntries(url.searchParams), { _type: "Patient,Coverage", _since: since })
  })

  it("only proves what is there when it is run again", async () => {
    using out = temporary()
    await using proxy = await startProxy(sandbox)
    const args = ["export", "--target", proxy.baseUrl, "--out", out.path, "--json"]
    const first = await bcda(args, { env })
    const before = proxy.seen.length
    const second = await bcda(args, { env })
    assert.strictEqual(second.code, 0, second.stderr)
    assert.deepStrictEqual(
      proxy.seen.slice(before).filter((line) => !line.endsWith("/auth/token")),
      []
    )
    assert.deepStrictEqual(jsonLines(second.stdout).at(-1), jsonLines(first.stdout).at(-1))
  })

  it("ends with 130 on Ctrl-C, and a rerun fetches only the rest", async () => {
    using out = temporary()
    await using proxy = await startProxy(sandbox)
    const args = ["export", "--target", proxy.baseUrl, "--out", out.path, "--concurrency", "1"]
    let files = 0
    const running = start(args, { env })
    proxy.hook = (incoming) => {
      if (!incoming.url?.startsWith("/data/")) return false
      files += 1
      if (files < 2) return false
      // The second file never comes; the person at the terminal loses patience.
      running.child.kill("SIGINT")
      return true
    }
    const { code, stderr } = await running.ran
    assert.strictEqual(code, 130)
    assert.match(stderr, /interrupted; run the same command again, it continues\n$/)
    const kept = readdirSync(out.path, { recursive: true, withFileTypes: true }).filter(({ name }) =>
      name.endsWith(".ndjson")
    )
    assert.strictEqual(kept.length, 1, "the whole file stays, the other has no final name")

    proxy.hook = () => false
    const before = proxy.seen.length
    const again = await bcda(args, { env })
    assert.strictEqual(again.code, 0, again.stderr)
    assert.match(again.stderr, /^job \d+ resumed, 1 file already here\n/)
    const requests = proxy.seen.slice(before)
    assert.isFalse(
      requests.some((line) => line.includes("$export")),
      "no second job"
    )
    assert.strictEqual(
      requests.filter((line) => line.startsWith("GET /data/")).length,
      receiptIn(out.path).files.length - 1
    )
    assert.deepStrictEqual((await Effect.runPromise(prove(out.path))).mismatches, [])
  })

  it("ends with 5 when a file is lost, keeps the others, and completes later", async () => {
    using out = temporary()
    await using proxy = await startProxy(sandbox)
    const args = ["export", "--target", proxy.baseUrl, "--out", out.path, "--concurrency", "1"]
    let files = 0
    proxy.hook = (incoming, response) => {
      if (!incoming.url?.startsWith("/data/")) return false
      files += 1
      return files === 1 ? answer(response, 404, {}) : false
    }
    const lost = await bcda(args, { env })
    assert.strictEqual(lost.code, 5, lost.stderr)
    assert.match(lost.stderr, /error: The export did not finish\nwhy: {3}.+\nnext: {2}.+\n$/)
    const incomplete = receiptIn(out.path)
    assert.isFalse(incomplete.complete)
    assert.isAbove(incomplete.files.length, 0)

    proxy.hook = () => false
    assert.strictEqual((await bcda(args, { env })).code, 0)
    assert.isTrue(receiptIn(out.path).complete)
  })

  it("ends with 1 when the server reports errors", async () => {
    using out = temporary()
    await using proxy = await startProxy(sandbox)
    proxy.hook = (incoming, response) =>
      incoming.url?.endsWith("/warnings-and-info.ndjson")
        ? answerFile(response, { resourceType: "OperationOutcome", issue: [{ severity: "error", code: "exception" }] })
        : false
    const ran = await bcda(["export", "--target", proxy.baseUrl, "--out", out.path], { env })
    assert.strictEqual(ran.code, 1, ran.stderr)
    assert.match(ran.stdout, /the server reports 1 error, 0 warnings/)
  })

  it("ends with 3 when the server refuses the secret", async () => {
    using out = temporary()
    const wrong = { ...env, BCDA_CLIENT_SECRET: "wrong-secret-of-a-test" }
    const ran = await bcda(["export", "--target", sandbox.baseUrl, "--out", out.path], { env: wrong })
    assert.strictEqual(ran.code, 3, ran.stderr)
    assert.match(ran.stderr, /^error: .+\nwhy: {3}.+\nnext: {2}.+\n$/)
    assert.isFalse((ran.stdout + ran.stderr).includes("wrong-secret-of-a-test"))
  })

  it("ends with 3 when nothing listens", async () => {
    using out = temporary()
    const gone = await startProxy(sandbox)
    await gone[Symbol.asyncDispose]()
    const ran = await bcda(["export", "--target", gone.baseUrl, "--out", out.path], { env })
    assert.strictEqual(ran.code, 3, ran.stderr)
    assert.match(ran.stderr, /why: {3}The server could not be reached/)
  })

  it("ends with 3 and no beneficiary's number in its words when the server rejects the request", async () => {
    using out = temporary()
    await using proxy = await startProxy(sandbox)
    const text = "no such thing for 1EG4TE5MK73"
    proxy.hook = (incoming, response) =>
      incoming.url?.includes("$export")
        ? answer(response, 400, {
            resourceType: "OperationOutcome",
            issue: [{ severity: "error", code: "exception", diagnostics: text, details: { text } }]
          })
        : false
    const ran = await bcda(["export", "--target", proxy.baseUrl, "--out", out.path], { env })
    assert.strictEqual(ran.code, 3, ran.stderr)
    assert.include(ran.stderr, "no such thing")
    assert.notInclude(ran.stderr + ran.stdout, "1EG4TE5MK73")
  })

  it("ends with 2 for a directory of another export", async () => {
    using out = temporary()
    const args = ["export", "--target", sandbox.baseUrl, "--out", out.path]
    assert.strictEqual((await bcda([...args, "--type", "Patient"], { env })).code, 0)
    const other = await bcda([...args, "--type", "Coverage"], { env })
    assert.strictEqual(other.code, 2, other.stderr)
  })

  it("tells nobody the secret or a token: not on stdout, not on stderr, not in the files it writes", async () => {
    using out = temporary()
    await using proxy = await startProxy(sandbox)
    const ran = await bcda(["export", "--target", proxy.baseUrl, "--out", out.path, "--log-level", "all"], { env })
    assert.strictEqual(ran.code, 0, ran.stderr)
    const files = readdirSync(out.path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const written = files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8"))
    const told = [ran.stdout, ran.stderr, ...written].join("\n")
    assert.strictEqual(proxy.tokens.length, 1)
    for (const secret of [env["BCDA_CLIENT_SECRET"] ?? "", ...proxy.tokens]) assert.notInclude(told, secret)
  })
})

describe("proof", () => {
  it("notices a changed byte, a lost file and a lost line", async () => {
    using out = temporary()
    await bcda(["export", "--target", sandbox.baseUrl, "--out", out.path], { env })
    const [first, second] = receiptIn(out.path).files
    const text = readFileSync(join(out.path, first?.path ?? ""), "utf8")
    writeFileSync(join(out.path, first?.path ?? ""), text.replace("é", "e"))
    writeFileSync(join(out.path, second?.path ?? ""), "")
    const { mismatches } = await Effect.runPromise(prove(out.path))
    const found = mismatches.map(({ detail, path }) => `${path}: ${detail.split(" ")[0]}`)
    assert.deepStrictEqual(found.filter((line) => line.startsWith(second?.path ?? "")).length, 3)
    assert.include(found, `${first?.path}: sha256`)
  })
})
