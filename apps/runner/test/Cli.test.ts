import { spawn, spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { DataSource } from "@bcda-kit/sandbox"
import { type RunningSandbox, startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { bcda, jsonLines, start, temporary } from "./support/Bcda.ts"
import { claims, lineOf } from "./support/Claims.ts"
import { screenOf } from "./support/Screen.ts"

const manifest: { readonly version: string } = JSON.parse(
  readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8")
)
const threeLines = /^error: .+\nwhy: {3}.+\nnext: {2}.+\n$/

let sandbox: RunningSandbox
let env: Record<string, string>
beforeAll(async () => {
  // Slow enough that a job is still pending when it is cancelled.
  sandbox = await startSandbox({ data: claims, pace: { pendingMillis: 600_000 } })
  const [first] = sandbox.credentials
  env = { BCDA_CLIENT_ID: first?.clientId ?? "", BCDA_CLIENT_SECRET: first?.clientSecret ?? "" }
})
afterAll(() => sandbox.close())

describe.concurrent("the command line", () => {
  it("prints its version and nothing else", async () => {
    assert.deepStrictEqual(await bcda(["--version"]), { code: 0, stdout: `${manifest.version}\n`, stderr: "" })
  })

  it("prints help that was asked for on stdout", async () => {
    const ran = await bcda(["export", "--help"])
    assert.deepStrictEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: "" })
    assert.include(ran.stdout, "bcda export --target sandbox")
  })

  it("refuses what nobody can follow with 2, three lines on stderr and nothing on stdout", async () => {
    const ran = await bcda(["exprot"])
    assert.deepStrictEqual({ code: ran.code, stdout: ran.stdout }, { code: 2, stdout: "" })
    assert.match(ran.stderr, threeLines)
  })

  it("asks for credentials by the names of their variables", async () => {
    const ran = await bcda(["status", "--target", sandbox.baseUrl], { env: { BCDA_CLIENT_ID: "someone" } })
    assert.strictEqual(ran.code, 2)
    assert.match(ran.stderr, /why: {3}BCDA_CLIENT_SECRET is not set/)
  })
})

describe.concurrent("bcda jobs and status", () => {
  it("lists, shows and cancels a job, and its export ends with 3", async () => {
    using out = temporary()
    const at = ["--target", sandbox.baseUrl]
    const running = start(["export", ...at, "--out", out.path, "--type", "Patient"], { env })
    await running.printed(" started\n")
    const listed = await bcda(["jobs", "list", ...at, "--status", "Pending", "--json"], { env })
    assert.strictEqual(listed.code, 0, listed.stderr)
    const [job, count] = jsonLines(listed.stdout)
    assert.deepStrictEqual(count, { jobs: 1 })
    assert.containSubset(job, { status: "accepted" })
    const id = /^job (\d+) started/.exec(running.stderr())?.[1] ?? "none"

    const shown = await bcda(["jobs", "show", ...at, id, "--json"], { env })
    assert.deepStrictEqual(jsonLines(shown.stdout), [{ jobId: id, state: "pending" }])
    const cancelled = await bcda(["jobs", "cancel", ...at, id], { env })
    assert.deepStrictEqual(cancelled, { code: 0, stdout: `job ${id} is cancelled\n`, stderr: "" })

    const { code, stderr } = await running.ran
    assert.strictEqual(code, 3, stderr)
    assert.match(stderr, /was cancelled/)
    const twice = await bcda(["jobs", "cancel", ...at, id], { env })
    assert.strictEqual(twice.code, 3)
    assert.match(twice.stderr, threeLines)
  })

  it("says what the server is and when attribution arrived", async () => {
    const ran = await bcda(["status", "--target", sandbox.baseUrl, "--json"], { env })
    assert.strictEqual(ran.code, 0, ran.stderr)
    const [status] = jsonLines(ran.stdout)
    assert.containSubset(status, { apiVersion: "v3", baseUrl: sandbox.baseUrl, fhirVersion: "4.0.1" })
    assert.match(ran.stdout, /last_attribution_update/)
  })
})

const onTerminal = async (sandboxUrl: string, columns: number, args: ReadonlyArray<string>) => {
  const main = join(import.meta.dirname, "..", "src", "main.ts")
  const command = [process.execPath, main, "export", "--target", sandboxUrl, ...args]
  const line = `stty cols ${columns} rows 24; ${command.map((word) => `'${word}'`).join(" ")}`
  const terminal = spawn("script", ["-qec", line, "/dev/null"], {
    env: { PATH: process.env["PATH"] ?? "", TERM: "xterm", ...env },
    stdio: ["ignore", "pipe", "ignore"]
  })
  let output = ""
  terminal.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk))
  const code = await new Promise((resolve) => terminal.once("close", resolve))
  return { code, output }
}

/** Invented claims in so many files. */
const inFiles = (files: number): DataSource => ({
  plan: () => Array.from({ length: files }, () => ({ type: "Patient", people: 1, lines: () => [lineOf("Patient", 1)] }))
})
const quick = (files: number) => startSandbox({ data: inFiles(files), pace: { pendingMillis: 0, perSubJobMillis: 0 } })

describe.concurrent("bcda export on a terminal", () => {
  const hasScript = spawnSync("script", ["--version"]).status === 0
  if (!hasScript) console.warn("SKIPPED: there is no script(1) here; the bars were not looked at")
  it.skipIf(!hasScript).each([
    [80, 1],
    [80, 50],
    [40, 1],
    [40, 50]
  ])("draws bars into %d columns for %d files and takes them away again", async (columns, files) => {
    using out = temporary()
    await using server = await quick(files)
    const args = ["--out", out.path, "--type", "Patient"]
    const { code, output } = await onTerminal(server.baseUrl, columns, args)
    assert.strictEqual(code, 0, output)
    assert.include(output, columns === 80 ? "░░░░░░░░░░░░░░░░░░░░ starting" : "░░░░░░░░░░ starting")
    assert.match(output, new RegExp(`█ ${files}/${files}`))
    assert.isTrue(output.lastIndexOf("\u001b[?25h") > output.lastIndexOf("\u001b[?25l"), "the cursor is back")
    assert.isTrue(output.lastIndexOf("\u001b[?7h") > output.lastIndexOf("\u001b[?7l"), "lines wrap again")
    const screen = screenOf(columns)
    screen.write(output)
    const left = screen.lines().join("")
    assert.notMatch(left, /[█░]/)
    // What was said above the bars is there, and whole.
    assert.match(left, new RegExp(`^ready: ${files} files?, transaction time .* more\\)${files} files?, `))
    assert.isTrue(existsSync(join(out.path, "receipt.json")))
  })

  it.skipIf(!hasScript)("draws nothing with --json", async () => {
    using out = temporary()
    await using server = await quick(4)
    const { code, output } = await onTerminal(server.baseUrl, 80, ["--out", out.path, "--json"])
    assert.strictEqual(code, 0, output)
    assert.notInclude(output, "\u001b")
    assert.isAbove(jsonLines(output).length, 3)
  })
})
