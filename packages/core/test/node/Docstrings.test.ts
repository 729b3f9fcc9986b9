import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"

/** Every code block of the docstrings is a program that somebody who has installed the package can copy. Those of the README are run in `test/docs`. */

const home = fileURLToPath(new URL("../../", import.meta.url))
const repository = join(home, "..", "..")

interface Block {
  readonly from: string
  readonly code: string
}

const blocksOf = (from: string, text: string): ReadonlyArray<Block> =>
  [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => ({ from, code }))

const blocks = readdirSync(join(home, "src"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => blocksOf(file, readFileSync(join(home, "src", file), "utf8").replaceAll(/^ *\* ?/gm, "")))
const fileOf = ({ from }: Block, n: number) => `${n}-${from.replaceAll(/\W+/g, "-")}.ts`

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "core docstrings "))
  const modules = join(folder, "node_modules")
  mkdirSync(join(modules, "@bcda-kit"), { recursive: true })
  mkdirSync(join(modules, "@types"))
  symlinkSync(home, join(modules, "@bcda-kit", "core"), "dir")
  symlinkSync(join(home, "node_modules", "effect"), join(modules, "effect"), "dir")
  symlinkSync(join(repository, "node_modules", "@types", "node"), join(modules, "@types", "node"), "dir")
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }')
  blocks.forEach((block, n) => writeFileSync(join(folder, fileOf(block, n)), block.code))
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

describe("the code of the docstrings", () => {
  it("is there", () => assert.isAbove(blocks.length, 6))

  it("has the types it says", () => {
    const tsc = join(dirname(fileURLToPath(import.meta.resolve("typescript/package.json"))), "bin", "tsc")
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", "."], { cwd: folder, encoding: "utf8" })
    assert.strictEqual(status, 0, stdout)
  })
})
