import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { root } from "../support/Repository.ts"
import { startRegistry } from "./support/Registry.ts"
import { run } from "./support/Run.ts"

/**
 * The packages as their users get them: packed, installed by npm from a registry into workspaces outside of this repository, built and run.
 */
const workspaces = join(import.meta.dirname, "workspaces")
const home = mkdtempSync(join(tmpdir(), "bcda kit consumers "))
const minutes = 60_000

let registry: Awaited<ReturnType<typeof startRegistry>>

const npm = (folder: string, ...args: ReadonlyArray<string>) =>
  run("npm", args, {
    cwd: folder,
    env: {
      npm_config_registry: registry.url,
      npm_config_cache: join(home, "cache"),
      npm_config_audit: "false",
      npm_config_fund: "false",
      npm_config_update_notifier: "false"
    }
  })

/** Installs a copy of a workspace. */
const installed = async (name: string): Promise<string> => {
  const folder = join(home, name)
  cpSync(join(workspaces, name), folder, { recursive: true })
  cpSync(join(workspaces, "tsconfig.json"), join(folder, "tsconfig.json"))
  await npm(folder, "install", "--no-package-lock")
  return folder
}

const compilers = ["typescript-5", "typescript"]

/** With both compilers, looking at every declaration file. */
const build = async (folder: string): Promise<void> => {
  for (const compiler of compilers) {
    await run(process.execPath, [join(folder, "node_modules", compiler, "bin", "tsc")], { cwd: folder })
  }
}

/** What a program says, on every Node that is supported: it must be the same. npm's package `node` brings the others. */
const say = async (folder: string, program: string): Promise<unknown> => {
  const majors = ["22", "24", "26"]
  const said: Array<string> = []
  for (const major of majors) {
    for (const made of ["claims", "nothing"]) rmSync(join(folder, made), { recursive: true, force: true })
    const isOurs = process.versions.node.startsWith(`${major}.`)
    said.push(
      isOurs
        ? await run(process.execPath, [program], { cwd: folder })
        : await npm(folder, "exec", "--yes", `--package=node@${major}`, "--", "node", program)
    )
  }
  const [first = ""] = said
  assert.deepStrictEqual(
    said,
    majors.map(() => first)
  )
  return JSON.parse(first)
}

describe("what is published", () => {
  beforeAll(async () => {
    const upstream = (await run("npm", ["config", "get", "registry"], { cwd: home })).trim()
    registry = await startRegistry({ root, folder: join(home, "packed"), upstream })
  }, 5 * minutes)

  afterAll(async () => {
    await registry[Symbol.asyncDispose]()
    rmSync(home, { recursive: true, force: true })
  }, 5 * minutes)

  it("serves a user of Effect", { timeout: 5 * minutes }, async () => {
    const folder = await installed("effect")
    await build(folder)
    assert.deepStrictEqual(await say(folder, "built/main.js"), { complete: true, lines: 5, judged: 0, told: true })
    assert.isTrue(existsSync(join(folder, "claims", "receipt.json")))
    const copies = readdirSync(join(folder, "node_modules", "@bcda-kit")).filter((name) =>
      existsSync(join(folder, "node_modules", "@bcda-kit", name, "node_modules", "effect"))
    )
    assert.deepStrictEqual(copies, [], "effect is there once")
  })

  it("serves a user of promises", { timeout: 5 * minutes }, async () => {
    const folder = await installed("promise")
    await build(folder)
    assert.deepStrictEqual(await say(folder, "built/main.js"), { complete: true, lines: 5, reason: "BadCredentials" })
  })

  it("serves a CommonJS program", { timeout: 5 * minutes }, async () => {
    const folder = await installed("commonjs")
    assert.deepStrictEqual(await say(folder, "main.cjs"), { complete: true, lines: 5, others: ["function", "object"] })
  })

  it("serves tests with vitest and msw", { timeout: 5 * minutes }, async () => {
    const folder = await installed("msw")
    await build(folder)
    const told = await run("npx", ["vitest", "run", "main.test.ts", "--root", "."], { cwd: folder })
    assert.match(told, /Tests +1 passed/)
  })

  it("runs with npx in an empty directory", { timeout: 5 * minutes }, async () => {
    const folder = join(home, "empty")
    mkdirSync(folder)
    const told = await npm(folder, "exec", "--yes", "--", "bcda-kit", "--help")
    assert.match(told, /export/)
    const summary = await npm(
      folder,
      "exec",
      "--yes",
      "--",
      "bcda-kit",
      "export",
      "--target",
      "embedded",
      "--out",
      "claims",
      "--json"
    )
    const receipt: { readonly complete: boolean } = JSON.parse(summary.trimEnd().split("\n").at(-1) ?? "{}")
    assert.isTrue(receipt.complete)
  })

  it("is a command without dependencies, on every Node", { timeout: 5 * minutes }, async () => {
    const folder = join(home, "command")
    mkdirSync(folder)
    await npm(folder, "install", "--no-package-lock", "bcda-kit")
    assert.deepStrictEqual(
      readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith(".")),
      ["bcda-kit"]
    )
    const files = readdirSync(join(folder, "node_modules", "bcda-kit"))
    assert.include(files, "bundle")
    assert.notInclude(files, "src")
    writeFileSync(
      join(folder, "main.mjs"),
      `import { execFileSync } from "node:child_process"
const bcda = (...args) => execFileSync(process.execPath, ["node_modules/bcda-kit/bundle/main.js", ...args], { encoding: "utf8" })
const receipt = JSON.parse(bcda("export", "--target", "embedded", "--out", "claims", "--json").trimEnd().split("\\n").at(-1))
console.log(JSON.stringify({ complete: receipt.complete, help: bcda("--help").includes("conformance") }))
`
    )
    assert.deepStrictEqual(await say(folder, "main.mjs"), { complete: true, help: true })
  })

  it("has no map without its source, and no path of the machine it was made on", () => {
    for (const { manifest, name, tarball } of registry.packages.values()) {
      assert.isAbove(tarball.length, 1000, name)
      assert.notInclude(JSON.stringify(manifest), "workspace:")
      assert.notInclude(JSON.stringify(manifest), "catalog:")
    }
    const core = join(home, "promise", "node_modules", "@bcda-kit", "core")
    for (const file of readdirSync(join(core, "dist"), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".map")) continue
      const map: { readonly sources: ReadonlyArray<string> } = JSON.parse(
        readFileSync(join(core, "dist", file), "utf8")
      )
      for (const source of map.sources)
        assert.isTrue(existsSync(join(core, "dist", file, "..", source)), `${file}: ${source}`)
    }
  })
})
