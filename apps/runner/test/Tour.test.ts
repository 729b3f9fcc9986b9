import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { prove } from "../src/Proof.ts"
import { bcda, jsonLines, temporary } from "./support/Bcda.ts"

describe.concurrent("bcda with nothing at all", () => {
  it("exports, proves and judges, in a directory of its own each time", async () => {
    using folder = temporary()
    for (const tours of [1, 2]) {
      const ran = await bcda([], { cwd: folder.path })
      assert.strictEqual(ran.code, 0, ran.stderr)
      const directories = readdirSync(join(folder.path, "bcda-export")).toSorted()
      assert.strictEqual(directories.length, tours)
      const shown = join("bcda-export", directories.at(-1) ?? "")
      assert.include(ran.stdout, join(shown, "receipt.json"))
      const { mismatches, receipt } = await Effect.runPromise(prove(join(folder.path, shown)))
      assert.deepStrictEqual(mismatches, [])
      assert.isTrue(receipt.complete)
      assert.isAbove(receipt.totals.lines, 100)
      assert.isTrue(existsSync(join(folder.path, shown, "conformance", "report.html")))
    }
  })
})

describe.concurrent("an embedded sandbox", () => {
  it("needs no credentials and ends with the export", async () => {
    using out = temporary()
    const ran = await bcda(["export", "--target", "embedded", "--out", out.path, "--json"])
    assert.deepStrictEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: "" })
    assert.containSubset(jsonLines(ran.stdout).at(-1), { apiVersion: "v3", complete: true })
  })

  it("passes the conformance suite", async () => {
    using out = temporary()
    const ran = await bcda(["conformance", "--target", "embedded", "--out", out.path, "--json"])
    assert.strictEqual(ran.code, 0, ran.stdout)
    const lines = jsonLines(ran.stdout)
    assert.containSubset(lines[0], { kind: "header", target: { name: "embedded" } })
    assert.containSubset(lines.at(-1), { kind: "footer", complete: true, counts: { fail: 0, blocked: 0 } })
    assert.includeMembers(readdirSync(out.path), ["results.jsonl", "report.html", "junit.xml"])
  })
})
