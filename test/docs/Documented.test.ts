import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { isCheckout, read, root, trackedFiles } from "../support/Repository.ts"

if (!isCheckout) console.warn("SKIPPED: this is not a git checkout; the reports of the public API were not looked at")

/**
 * What a report of the public API says has no docstring: everything that can be imported, whether from an entry or from a namespace of one. The
 * type of a schema is documented by the schema of the same name.
 */
const undocumentedIn = (report: string): ReadonlyArray<string> =>
  [...report.matchAll(/^\/\/ @\w+(?: @\w+)* \(undocumented\)\n(.*)$/gm)].flatMap(([, declaration = ""]) => {
    const [, name = ""] = /\b(?:class|const|function|interface|type) (\w+)/.exec(declaration) ?? []
    return new RegExp(`\\btype ${name} = typeof ${name}\\.Type;`).test(declaration) ? [] : [name]
  })

describe.skipIf(!isCheckout)("what can be imported", () => {
  const reports = trackedFiles.filter((file) => file.endsWith(".api.md"))

  it("has a docstring", () => {
    assert.isAbove(reports.length, 6)
    assert.deepStrictEqual(
      reports.flatMap((file) => undocumentedIn(read(file)).map((name) => `${file}: ${name}`)),
      []
    )
  })

  it("is missed when it has none", () => {
    const report = [
      "// @public\nexport const a: number;",
      "// @public (undocumented)\nexport const b: number;",
      "// @public (undocumented)\ntype C = typeof C.Type;",
      "// @public (undocumented)\nexport interface D {\n    // (undocumented)\n    e: number;\n}"
    ].join("\n\n")
    assert.deepStrictEqual(undocumentedIn(report), ["b", "D"])
  })
})

describe("npm run docs", () => {
  it("makes pages of every package from its docstrings", { timeout: 180_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "bcda kit reference "))
    try {
      const make = join(root, "scripts", "reference", "make.mjs")
      await promisify(execFile)(process.execPath, [make, folder])
      assert.isTrue(existsSync(join(folder, "index.html")))
      const page = readFileSync(join(folder, "functions", "_bcda-kit_core.node.exportToDirectory.html"), "utf8")
      assert.include(page, "only when every file of the manifest is on disk and proven")
      for (const name of ["_bcda-kit_core", "_bcda-kit_sandbox", "_bcda-kit_conformance"]) {
        assert.isTrue(existsSync(join(folder, "modules", `${name}.html`)), name)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
