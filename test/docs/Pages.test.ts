import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { basename, join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { read, root } from "../support/Repository.ts"
import { wrongWith } from "./support/Data.ts"
import { notRun } from "./support/NotRun.ts"
import { layOut, type Page, tryPage } from "./support/Pages.ts"
import { type Setting, setUp } from "./support/Setting.ts"
import { typeErrorsIn } from "./support/Types.ts"

/** Whatever a page for users shows is done here as they would do it: commands, programs, files, and what they print. */

const guides = readdirSync(join(root, "docs", "guides")).filter((name) => name.endsWith(".md"))
const hasCurl = spawnSync("curl", ["--version"]).status === 0
if (!hasCurl) console.warn("SKIPPED: there is no curl here; the pages that use it were not done")

const names = [
  "README.md",
  "apps/runner/README.md",
  "examples/README.md",
  "packages/conformance/README.md",
  "packages/core/README.md",
  "packages/sandbox/README.md",
  ...guides.map((name) => `docs/guides/${name}`)
].filter((name) => hasCurl || !/\bcurl -/.test(read(name)))

const credentials = { BCDA_CLIENT_ID: "sandbox-small", BCDA_CLIENT_SECRET: "not-a-secret-small" }

/** What pages take to be there because they say so in words. Guides say everything. */
const given: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "README.md": credentials,
  "apps/runner/README.md": credentials,
  "packages/conformance/README.md": credentials,
  "packages/core/README.md": credentials
}

let setting: Setting
let pages: ReadonlyArray<Page>
let typeErrors: ReadonlyArray<string>

beforeAll(async () => {
  setting = await setUp()
  pages = names.map((name) => layOut(setting.home, name, read(name), notRun))
  typeErrors = await typeErrorsIn(setting.home)
}, 120_000)
afterAll(() => setting[Symbol.asyncDispose]())

describe.concurrent("what a page shows", () => {
  it.for(names)("is what happens: %s", { timeout: 270_000 }, async (name, { signal }) => {
    const page = pages.find((one) => one.name === name)
    if (page === undefined) throw new Error(`${name} was not laid out`)
    const mistyped = typeErrors.filter((line) => line.startsWith(`${basename(page.folder)}/`))
    assert.deepStrictEqual(mistyped, [])
    const problems = await tryPage(page, { setting, given: given[name] ?? {}, notRun, signal })
    if (problems.length > 0) assert.fail(problems.join("\n\n"))
  })

  it("is there, also where it is only named: faults between words", () => {
    const named = pages.flatMap(({ name, text }) =>
      [...text.matchAll(/`(\{ "fault": .+?\})`/g)].map(([, json = ""]) => ({
        name,
        wrong: wrongWith("faults", `[${json}]`)
      }))
    )
    assert.isAbove(named.length, 3)
    assert.deepStrictEqual(
      named.filter(({ wrong }) => wrong !== undefined),
      []
    )
  })

  it("is run, but for a short list", () => {
    const blocks = pages.flatMap((page) => page.blocks)
    const left = notRun.map(({ begins, page }) =>
      blocks.filter((block) => block.page === page && block.code.startsWith(begins))
    )
    assert.deepStrictEqual(
      left.map((found) => found.length),
      notRun.map(() => 1)
    )
    const said = notRun.map(({ because, begins, page }) => `NOT RUN: ${page}, ${begins}: ${because}`)
    console.log(
      [`${blocks.length} blocks of ${pages.length} pages, ${left.length} of them not run`, ...said].join("\n")
    )
    assert.isAtMost(left.length, 4)
    assert.isAbove(blocks.length, 60)
  })
})
