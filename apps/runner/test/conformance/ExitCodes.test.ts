/** What `bcda conformance` tells the script that runs it: each exit code, by the real command. */
import { readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { ProfileId } from "@bcda-kit/conformance"
import { type RunningSandbox, startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll, vi } from "vitest"
import { bcda, jsonLines, start, temporary } from "../support/Bcda.ts"

let sandbox: RunningSandbox
let env: Record<string, string>
beforeAll(async () => {
  sandbox = await startSandbox({ pace: { pendingMillis: 0, perSubJobMillis: 0 } })
  const [first] = sandbox.credentials
  env = { BCDA_CLIENT_ID: first?.clientId ?? "", BCDA_CLIENT_SECRET: first?.clientSecret ?? "" }
})
afterAll(() => sandbox.close())

const threeLines = /^error: .+\nwhy: {3}.+\nnext: {2}.+\n$/m

const entry = {
  check: "metadata/active",
  verdict: "fail",
  reason: "It was so once.",
  link: "https://example.org/1",
  review: "2999-01-01"
}

const secret = "not-a-secret-at-all"

/** Writes a JSON file into a directory. */
const write = (directory: string, name: string, value: unknown): string => {
  const path = join(directory, name)
  writeFileSync(path, JSON.stringify(value))
  return path
}

/** The credentials under names of our own, and a target file that gives these names. */
const described = (directory: string, more: object = {}) =>
  write(directory, "mine.json", {
    name: "mine",
    baseUrl: sandbox.baseUrl,
    secrets: { clientSecret: "MY_SECRET" },
    ...more
  })

const own = () => ({ BCDA_CLIENT_ID: env["BCDA_CLIENT_ID"] ?? "", MY_SECRET: env["BCDA_CLIENT_SECRET"] ?? "" })

const verdicts = (out: string) =>
  jsonLines(out)
    .map((line) => JSON.stringify(line))
    .filter((line) => line.startsWith('{"kind":"verdict"'))
    .toSorted()

// One after the other: they judge one organization, and each would meet the jobs of the others.
describe("bcda conformance ends with", () => {
  it("0 when all is as expected, and says what it planned, met and found", async () => {
    using folder = temporary()
    const ran = await bcda(["conformance", "--target", described(folder.path), "--out", folder.path], { env: own() })
    assert.strictEqual(ran.code, 0, ran.stderr + ran.stdout)
    assert.match(ran.stderr, /^plan: \d+ jobs, 1 token, \d+ requests, and polls; no budget$/m)
    assert.match(ran.stderr, /^smoke: metadata 200, token 200, attribution 200$/m)
    assert.match(ran.stderr, /^judging mine by \d+ checks \(bcda-today\)$/m)
    assert.match(ran.stdout, /failed as expected/)
  })

  it("1 when a check fails that nobody expected to", async () => {
    using folder = temporary()
    const args = ["--target", sandbox.baseUrl, "--out", folder.path, "--profile", "bcda-page", "--expected", "none"]
    const ran = await bcda(["conformance", ...args], { env })
    assert.strictEqual(ran.code, 1, ran.stderr)
    assert.match(ran.stdout, /of \d+ checks failed/)
  })

  it("1 when one that was expected to fail passes, and names it", async () => {
    using folder = temporary()
    const list = write(folder.path, "list.json", { format: 1, expected: [entry] })
    const args = ["--target", sandbox.baseUrl, "--out", folder.path, "--only", "metadata", "--expected", list]
    const ran = await bcda(["conformance", ...args], { env })
    assert.strictEqual(ran.code, 1, ran.stderr)
    assert.match(ran.stdout, /metadata\/active passes, and was expected to fail/)
  })

  it.for<readonly [string, (folder: string) => ReadonlyArray<string>]>([
    ["production is asked for once", () => ["--target", "production"]],
    ["there is no target file", (folder) => ["--target", join(folder, "none.json")]],
    ["there is a secret in it", (folder) => ["--target", described(folder, { secrets: { clientSecret: secret } })]],
    ["a list is none", (folder) => ["--expected", write(folder, "l.json", { format: 1 }), "--target", sandbox.baseUrl]],
    ["a flag says what the file says", (folder) => ["--auth", "none", "--target", described(folder)]],
    ["there is no such profile", () => ["--target", sandbox.baseUrl, "--profile", "ig-stu9"]],
    ["there is no such check", () => ["--target", sandbox.baseUrl, "--only", "nothing"]],
    ["there is nothing to judge again", (folder) => ["rejudge", folder]]
  ])("2 when %s", async ([, args]) => {
    using folder = temporary()
    const ran = await bcda(["conformance", ...args(folder.path), "--out", join(folder.path, "out")], { env })
    assert.strictEqual(ran.code, 2, ran.stderr)
    assert.strictEqual(ran.stdout, "")
    assert.match(ran.stderr, threeLines)
    assert.notInclude(ran.stderr, secret)
  })

  it("3 when the server is not there, and when it gives no token", async () => {
    using folder = temporary()
    const away = createServer()
    await new Promise<void>((resolve) => away.listen(0, "127.0.0.1", resolve))
    const address = away.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    await new Promise((resolve) => away.close(resolve))
    const dead = await bcda(["conformance", "--target", `http://127.0.0.1:${port}`, "--out", folder.path], { env })
    assert.strictEqual(dead.code, 3, dead.stderr)
    assert.match(dead.stdout, /could not be judged: the server does not answer/)
    const wrong = { ...env, BCDA_CLIENT_SECRET: "wrong" }
    const refused = await bcda(["conformance", "--target", sandbox.baseUrl, "--out", folder.path], { env: wrong })
    assert.strictEqual(refused.code, 3, refused.stderr)
    assert.match(refused.stdout, /gives no token: POST .*\/auth\/token is answered 401/)
  })

  it("0 again offline, 5 when the stored run was cut off, and 4 when what is stored cannot be", async () => {
    using folder = temporary()
    const ran = await bcda(["conformance", "--target", sandbox.baseUrl, "--out", folder.path, "--json"], { env })
    assert.strictEqual(ran.code, 0, ran.stderr)
    const again = await bcda(["conformance", "rejudge", folder.path, "--json"])
    assert.strictEqual(again.code, 0, again.stderr)
    assert.deepStrictEqual(verdicts(again.stdout), verdicts(ran.stdout))

    const capture = join(folder.path, "capture.jsonl")
    const lines = readFileSync(capture, "utf8").trimEnd().split("\n")
    writeFileSync(capture, `${lines.slice(0, -1).join("\n")}\n`)
    const cut = await bcda(["conformance", "rejudge", folder.path])
    assert.strictEqual(cut.code, 5, cut.stderr)
    assert.match(cut.stdout, /did not reach its end/)

    // Steps that ran without a single exchange are what no server can bring about.
    const steps = lines.filter((line) => line.includes('"kind":"step"'))
    writeFileSync(
      capture,
      [...steps, JSON.stringify({ kind: "end", exchanges: 0, steps: steps.length }), ""].join("\n")
    )
    const impossible = await bcda(["conformance", "rejudge", folder.path])
    assert.strictEqual(impossible.code, 4, impossible.stderr)
  })

  it("130 when it is interrupted; the job is cancelled, and what was stored counts as cut off", async () => {
    using folder = temporary()
    await using slow = await startSandbox({ pace: { pendingMillis: 3_600_000 } })
    const running = start(["conformance", "--target", slow.baseUrl, "--out", folder.path], { env })
    await running.printed("judging")
    const isPolling = () => slow.log.entries({ method: "GET", target: /\/jobs\/\d+$/, status: 202 }).length > 0
    await vi.waitUntil(isPolling, { interval: 10, timeout: 30_000 })
    running.child.kill("SIGINT")
    const ran = await running.ran
    assert.strictEqual(ran.code, 130, ran.stderr)
    assert.isAbove(slow.log.entries({ method: "DELETE", status: 202 }).length, 0, "the job was left running")
    const again = await bcda(["conformance", "rejudge", folder.path])
    assert.strictEqual(again.code, 5, again.stderr)
  })
})

describe("the flag for the profile", () => {
  it("has a word for each profile", async () => {
    const { stdout } = await bcda(["conformance", "--help"])
    assert.include(stdout, `(choices: ${ProfileId.literals.join(", ")})`)
  })
})
