import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { isBuiltin } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { read, root } from "./support/Repository.ts"

/** The command as it is published, in a folder from which nothing of this repository can be found. */
const home = mkdtempSync(join(tmpdir(), "bcda bundle "))
const bundle = join(home, "bundle")
const main = join(bundle, "main.js")
const ran = promisify(execFile)

const bcda = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  ran(process.execPath, [main, ...args], {
    cwd: home,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    maxBuffer: 64 * 1024 * 1024
  })

const chunks = () => readdirSync(bundle).filter((file) => file.endsWith(".js"))
const source = (chunk: string) => readFileSync(join(bundle, chunk), "utf8")

/** What a chunk imports before it runs: the statements at its head, one a line. */
const importsOf = (chunk: string): ReadonlyArray<string> =>
  [...source(chunk).matchAll(/^(?:import|export) (?:[^"'\n]* from )?"([^"\n]+)";$/gm)].map(([, name]) => name ?? "")

/** The chunk and everything that has to be there before it runs. */
const closureOf = (chunk: string, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(chunk)) return seen
  seen.add(chunk)
  for (const name of importsOf(chunk)) {
    if (name.startsWith("./")) closureOf(name.slice(2), seen)
    else seen.add(name)
  }
  return seen
}

describe("the command as it is published", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    copyFileSync(join(root, "apps", "runner", "package.json"), join(home, "package.json"))
    await ran(process.execPath, [join(root, "scripts", "bundle.mjs"), bundle])
  })
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  it("needs Node and nothing else", () => {
    const outside = chunks().flatMap((chunk) => importsOf(chunk).filter((name) => !name.startsWith("./")))
    assert.isAbove(outside.length, 10)
    assert.deepStrictEqual(
      outside.filter((name) => !isBuiltin(name)),
      []
    )
    const { dependencies }: { readonly dependencies?: object } = JSON.parse(read("apps/runner/package.json"))
    assert.isUndefined(dependencies)
  })

  it("reads neither the client nor the sandbox nor the suite before it knows that they are wanted", async () => {
    const atOnce = closureOf("main.js")
    // The client and the sandbox cannot do without it, and it takes a tenth of the time until there is help.
    assert.notInclude([...atOnce], "node:http")
    // A word of each that no other has: a service, a fault, a check.
    for (const word of ["@bcda-kit/core/BcdaClient", '"expires-in-string"', '"token/expires-in-number"']) {
      const holders = chunks().filter((chunk) => source(chunk).includes(word))
      assert.isAbove(holders.length, 0, word)
      assert.deepStrictEqual(
        holders.filter((chunk) => atOnce.has(chunk)),
        [],
        word
      )
    }
    const { version }: { readonly version: string } = JSON.parse(read("apps/runner/package.json"))
    assert.strictEqual((await bcda(["--version"])).stdout, `${version}\n`)
  })

  it("has the program of its threads beside it, which loads nothing but what it needs", async () => {
    const size = [...closureOf("CopyThread.js")]
      .filter((name) => chunks().includes(name))
      .reduce((total, chunk) => total + source(chunk).length, 0)
    assert.isBelow(size, 60_000)
    const holders = chunks().filter((chunk) => source(chunk).includes("new Worker("))
    assert.isAbove(holders.length, 0)
    const worker = `const { Worker } = await import("node:worker_threads")
      new Worker(new URL(process.argv[1])).once("message", ({ is }) => { console.log(is); process.exit() })`
    const program = pathToFileURL(join(bundle, "CopyThread.js")).href
    const { stdout } = await ran(process.execPath, ["--eval", worker, program])
    assert.strictEqual(stdout, "ready\n")
  })

  it("says whose code it holds, under which licences, and has no map into nowhere", () => {
    const licences = readFileSync(join(bundle, "LICENSES.txt"), "utf8")
    for (const name of ["effect", "ky", "jose", "fhir-kit-client", "selfsigned", "cli-progress"]) {
      assert.match(licences, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+, `, "m"))
    }
    assert.match(licences, /reflect-metadata [\d.]+, Apache-2\.0\n\n\s*Apache License/)
    assert.deepStrictEqual(
      chunks().filter((chunk) => source(chunk).includes("sourceMappingURL")),
      []
    )
  })

  it("exports, judges and compares", async () => {
    const exported = await bcda(["export", "--target", "embedded", "--out", "claims", "--json"])
    const receipt: { readonly complete: boolean } = JSON.parse(exported.stdout.trimEnd().split("\n").at(-1) ?? "")
    assert.isTrue(receipt.complete)
    await bcda(["conformance", "--target", "embedded", "--out", "verdicts", "--only", "metadata,opinion"])
    assert.include((await bcda(["conformance", "rejudge", "verdicts"])).stdout, "No check failed")
    await bcda(["conformance", "diff", "verdicts", "verdicts"])
  })

  it("makes a certificate, and sends telemetry where it is told to", async () => {
    const got: Array<string> = []
    const collector = createServer((request, response) => {
      got.push(request.url ?? "")
      request.resume().on("end", () => response.end())
    })
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve))
    const address = collector.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    try {
      await bcda(["status", "--target", "embedded"], { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` })
      assert.include(got, "/v1/traces")
    } finally {
      collector.closeAllConnections()
      collector.close()
    }
    const serving = spawn(process.execPath, [main, "sandbox", "--tls", "--json"], {
      cwd: home,
      stdio: ["ignore", "pipe", "ignore"]
    })
    const ended = once(serving, "close")
    try {
      const [line]: ReadonlyArray<unknown> = await once(createInterface(serving.stdout), "line")
      const served: { readonly certificate?: string } = JSON.parse(String(line))
      assert.match(served.certificate ?? "", /BEGIN CERTIFICATE/)
    } finally {
      serving.kill("SIGTERM")
      await ended
    }
  })
})
