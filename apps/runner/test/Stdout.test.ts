import { readdirSync } from "node:fs"
import { type RunningSandbox, startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { bcda, start, temporary } from "./support/Bcda.ts"
import { claims, lineOf } from "./support/Claims.ts"
import { answer, answerFile, startProxy } from "./support/Proxy.ts"

let sandbox: RunningSandbox
let env: Record<string, string>
beforeAll(async () => {
  sandbox = await startSandbox({ data: claims, pace: { pendingMillis: 0, perSubJobMillis: 0 } })
  const [first] = sandbox.credentials
  env = { BCDA_CLIENT_ID: first?.clientId ?? "", BCDA_CLIENT_SECRET: first?.clientSecret ?? "" }
})
afterAll(() => sandbox.close())

const printing = (baseUrl: string, ...more: ReadonlyArray<string>) =>
  ["export", "--target", baseUrl, "--type", "Patient,Coverage", "--out", "-"].concat(more)

const linesOf = (...types: ReadonlyArray<"Coverage" | "ExplanationOfBenefit" | "Patient">) =>
  types.flatMap((type) => [1, 2, 3].map((n) => lineOf(type, n)))

describe.concurrent("bcda export --out -", () => {
  it("prints the resources on stdout, every line as the server wrote it, and the rest on stderr", async () => {
    const ran = await bcda(printing(sandbox.baseUrl), { env })
    assert.strictEqual(ran.code, 0, ran.stderr)
    assert.deepStrictEqual(ran.stdout.split("\n").toSorted(), ["", ...linesOf("Patient", "Coverage")].toSorted())
    assert.match(ran.stderr, /^job \d+ started\n/)
    assert.match(ran.stderr, /2 files, 6 resources/)
    assert.notInclude(ran.stderr, "receipt.json")
  })

  it("prints whole files, ends with 3 and says how to go on when one of them cannot be had", async () => {
    await using proxy = await startProxy(sandbox)
    let job = ""
    let files = 0
    proxy.hook = ({ url = "" }, response) => {
      job = /\/jobs\/(\d+)/.exec(url)?.[1] ?? job
      return url.includes("/data/") && ++files > 1 ? answer(response, 404, {}) : false
    }
    const ran = await bcda(printing(proxy.baseUrl), { env })
    assert.strictEqual(ran.code, 3, ran.stderr)
    assert.include(
      [linesOf("Patient"), linesOf("Coverage")].map((lines) => `${lines.join("\n")}\n`),
      ran.stdout
    )
    assert.match(ran.stderr, /error: The export did not finish\nwhy: {3}The server no longer has/)
    assert.include(ran.stderr, `next:  What was printed is not all: discard it. bcda jobs adopt ${job} with --out -`)

    proxy.hook = () => false
    const again = await bcda(["jobs", "adopt", "--target", proxy.baseUrl, job, "--out", "-"], { env })
    assert.strictEqual(again.code, 0, again.stderr)
    assert.sameMembers(again.stdout.trimEnd().split("\n"), linesOf("Patient", "Coverage"))
  })

  it("keeps the advice of a refusal", async () => {
    await using proxy = await startProxy(sandbox)
    proxy.hook = (incoming, response) =>
      incoming.url?.includes("$export") === true ? answer(response, 403, { resourceType: "OperationOutcome" }) : false
    const ran = await bcda(printing(proxy.baseUrl), { env })
    assert.deepStrictEqual([ran.code, ran.stdout], [3, ""])
    assert.notInclude(ran.stderr, "discard")
  })

  it("ends with 1 when the server reports errors", async () => {
    await using proxy = await startProxy(sandbox)
    proxy.hook = ({ url = "" }, response) =>
      url.endsWith("/warnings-and-info.ndjson")
        ? answerFile(response, { resourceType: "OperationOutcome", issue: [{ severity: "error", code: "exception" }] })
        : false
    const ran = await bcda(["export", "--target", proxy.baseUrl, "--out", "-"], { env })
    assert.strictEqual(ran.code, 1, ran.stderr)
    assert.match(ran.stderr, /the server reports 1 error, 0 warnings/)
    assert.notInclude(ran.stdout, "OperationOutcome")
    assert.sameMembers(ran.stdout.trimEnd().split("\n"), linesOf("Patient", "Coverage", "ExplanationOfBenefit"))
  })

  it("ends with 2 when nobody reads what it prints", async () => {
    const { child, ran } = start(printing(sandbox.baseUrl), { env })
    child.stdout.destroy()
    const { code, stderr } = await ran
    assert.strictEqual(code, 2, stderr)
    assert.include(stderr, "stdout does not take what is written to it: EPIPE")
  })

  it("says at Ctrl-C that what was printed is not all", async () => {
    await using proxy = await startProxy(sandbox)
    proxy.hook = ({ url = "" }, response) => {
      if (!url.includes("/data/") || url.includes("warnings")) return false
      response.writeHead(200, { "content-type": "application/fhir+ndjson" })
      response.write(`${lineOf("Patient", 1)}\n{"half":`)
      return true
    }
    const running = start(["export", "--target", proxy.baseUrl, "--type", "Patient", "--out", "-"], { env })
    await running.printed(`${lineOf("Patient", 1)}\n`)
    running.child.kill("SIGINT")
    const { code, stderr, stdout } = await running.ran
    assert.deepStrictEqual([code, stdout], [130, `${lineOf("Patient", 1)}\n`])
    assert.include(stderr, "what was printed is not all")
  })

  const refused: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["--json", ["--json"]],
    ["--since auto", ["--since", "auto"]],
    ["--gzip keep", ["--gzip", "keep"]],
    ["--concurrency", ["--concurrency", "2"]],
    ["--start-again", ["--start-again"]]
  ]
  it.for(refused)("cannot be run with %s", async ([flag, args]) => {
    const ran = await bcda(printing(sandbox.baseUrl, ...args), { env })
    assert.deepStrictEqual([ran.code, ran.stdout], [2, ""], ran.stderr)
    assert.include(ran.stderr, flag)
  })

  it("cannot be run with --json by jobs adopt either", async () => {
    const ran = await bcda(["jobs", "adopt", "--target", sandbox.baseUrl, "1", "--out", "-", "--json"], { env })
    assert.deepStrictEqual([ran.code, ran.stdout], [2, ""])
    assert.include(ran.stderr, "--json prints there as well")
  })

  it("makes nothing on the disk", async () => {
    using folder = temporary()
    const ran = await bcda(printing(sandbox.baseUrl), { env, cwd: folder.path })
    assert.strictEqual(ran.code, 0)
    assert.deepStrictEqual(readdirSync(folder.path), [])
  })
})
