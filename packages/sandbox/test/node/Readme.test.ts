import { spawn, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { startSandbox } from "@bcda-kit/sandbox/node"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { tinyData } from "../Support.ts"

/** The README's code is run as it stands, by somebody who has installed the package. */

const home = fileURLToPath(new URL("../../", import.meta.url))
const repository = join(home, "..", "..")

interface Block {
  readonly language: string
  readonly code: string
  /** The nearest `##` heading. */
  readonly section: string
}

const blocks = readFileSync(join(home, "README.md"), "utf8")
  .split(/^## /m)
  .flatMap((part): ReadonlyArray<Block> => {
    const section = part.slice(0, part.indexOf("\n"))
    return [...part.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = "", code = ""]) => ({
      language,
      code,
      section
    }))
  })

/** The tests in `test/clients` run those of other people's clients. */
const ours = blocks.filter(({ section }) => section !== "Clients that work with it")
const programs = ours
  .filter(({ language }) => language === "ts")
  .map(({ code, section }, n) => ({ code, name: `${n} ${section}` }))

let folder: string
const fileOf = (name: string) => `${name.replaceAll(/\W+/g, "-")}.ts`

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sandbox readme "))
  const modules = join(folder, "node_modules")
  mkdirSync(join(modules, "@bcda-kit"), { recursive: true })
  symlinkSync(home, join(modules, "@bcda-kit", "sandbox"), "dir")
  for (const name of ["effect", "msw"]) symlinkSync(join(home, "node_modules", name), join(modules, name), "dir")
  mkdirSync(join(modules, "@types"))
  symlinkSync(join(repository, "node_modules", "@types", "node"), join(modules, "@types", "node"), "dir")
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }')
  mkdirSync(join(folder, "claims", "v3"), { recursive: true })
  writeFileSync(join(folder, "claims", "v3", "a.ndjson"), '{"id":"1","resourceType":"Patient"}\n')
  for (const { code, name } of programs) writeFileSync(join(folder, fileOf(name)), code)
  const all = programs.map(({ name }) => `console.log("## ${name}")\nawait import("./${fileOf(name)}")\n`)
  writeFileSync(join(folder, "all.ts"), `${all.join("")}export {}\n`)
  const compilerOptions = {
    noEmit: true,
    composite: false,
    rewriteRelativeImportExtensions: false,
    declaration: false,
    declarationMap: false,
    noUnusedLocals: false
  }
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(repository, "tsconfig.base.json"), compilerOptions, include: ["*.ts"] })
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = (command: string, args: ReadonlyArray<string>) => {
  const env = { PATH: process.env["PATH"] ?? "" }
  const { status, stderr, stdout } = spawnSync(command, args, { cwd: folder, encoding: "utf8", env })
  return { status, said: `${stdout}${stderr}`, stdout }
}

describe("the README's code", () => {
  it("is there", () => assert.isAbove(programs.length, 8))

  it("has the types it says", () => {
    const tsc = join(dirname(fileURLToPath(import.meta.resolve("typescript/package.json"))), "bin", "tsc")
    const { said, status } = run(process.execPath, [tsc, "-p", "."])
    assert.strictEqual(status, 0, said)
  })

  it("runs, and prints what it says", () => {
    // One after the other in one process, which loads the packages once.
    const { said, status, stdout } = run(process.execPath, ["all.ts"])
    assert.strictEqual(status, 0, said)
    const printed = stdout.split(/^## .*\n/m).slice(1)
    assert.lengthOf(printed, programs.length)
    const of = (section: string) => printed[programs.findIndex(({ name }) => name.endsWith(section))]
    assert.match(
      of("Request log") ?? "",
      /^\[ 'authorization', 'Basic sandbox-small:secret#1' \]\n200 token#1 \d+ complete\n$/
    )
    assert.match(of("TLS") ?? "", /^https:\/\/127\.0\.0\.1:\d+ 200\n$/)
  })
})

const hasCurl = spawnSync("curl", ["--version"]).status === 0
if (!hasCurl) console.warn("SKIPPED: there is no curl here; the README's curl lines were not run")

describe.skipIf(!hasCurl)("the README's curl lines", () => {
  it.for(["Run it", "Control"])("work: %s", async (section) => {
    await using sandbox = await startSandbox({ data: tinyData, control: true })
    const lines = ours.filter((block) => block.language === "sh" && block.section === section)
    assert.lengthOf(lines, 1)
    const env = { BASE: sandbox.baseUrl, CONTROL: sandbox.controlUrl ?? "" }
    const script = lines.map(({ code }) => code).join("\n")
    const shell = spawn("bash", ["-euc", script], { env: { PATH: process.env["PATH"] ?? "", ...env } })
    let said = ""
    shell.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()))
    const status = await new Promise((resolve) => shell.once("close", resolve))
    assert.strictEqual(status, 0)
    assert.notInclude(said, '"error":')
    assert.match(said, section === "Run it" ? /^HTTP\/1\.1 202 Accepted/ : /"fault": "cut"[\s\S]*"now": "/)
  })
})
