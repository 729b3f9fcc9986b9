/** `coverage.md`: every requirement, with who checks it and what came of it, the same text for the same lines. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  coverageOf,
  type Document,
  type ResultLine,
  renderCoverage,
  requirements,
  type Suite
} from "../../src/index.ts"
import { judged, notLimited } from "../support/Judging.ts"
import { temporaryDirectory } from "../support/TemporaryDirectory.ts"

const rowOf = (coverage: string, id: string): string => {
  const rows = coverage.split("\n").filter((line) => line.startsWith(`| \`${id}\` |`))
  assert.strictEqual(rows.length, 1, `${id} has a row`)
  return rows[0] ?? ""
}

const cells = (row: string): ReadonlyArray<string> => row.split(/(?<!\\)\|/).map((cell) => cell.trim())

/** The third cell from the right: what became of the requirement in the run. */
const stateOf = (coverage: string, id: string): string | undefined => cells(rowOf(coverage, id)).at(-3)

const requirement = (id: string, document: Document = "page", igVersions: ReadonlyArray<"stu2"> = []) => ({
  id,
  text: `What ${id} says | is said.`,
  strength: "statement" as const,
  source: { document, version: "1", section: "Somewhere" },
  igVersions,
  area: "metadata" as const
})

const check = (id: string, ids: ReadonlyArray<string>): Suite["checks"][number] => ({
  id,
  title: "Something holds",
  requirements: ids,
  steps: ["metadata"],
  judge: () => []
})

const suite: Suite = {
  requirements: [
    requirement("SEED-1"),
    requirement("SEED-2"),
    requirement("export#three", "bulk-data", ["stu2"]),
    { ...requirement("SEED-4"), notTestedBecause: { obstacle: "time", why: "It takes a day *and* a night." } }
  ],
  checks: [check("a/one", ["SEED-1", "SEED-2", "export#three"]), check("a/two", ["SEED-2"])]
}

const header = (profile: "bcda-page" | "ig-stu2"): ResultLine => ({
  kind: "header",
  format: 1,
  target: { name: "somebody's <server>", baseUrl: "http://127.0.0.1", apiVersion: "v3", auth: "basic" },
  profile,
  startedAt: "2026-01-01T00:00:00.000Z",
  checks: 2,
  types: []
})

const verdict = (check: string, kind: "pass" | "warn" | "blocked"): ResultLine => ({
  kind: "verdict",
  check,
  title: "Something holds",
  scenario: "metadata",
  requirements: [],
  verdict: kind,
  assertions: 1,
  exchanges: ["e001"],
  evidence: []
})

describe("coverage.md", () => {
  it.live("of a run has a row for every requirement, and is what the lines give", () =>
    Effect.gen(function* () {
      const path = yield* temporaryDirectory
      const { lines } = yield* judged({ auth: "smart" }, { directory: path })
      const written = yield* Effect.promise(() => readFile(join(path, "coverage.md"), "utf8"))
      assert.strictEqual(written, renderCoverage(lines))
      assert.strictEqual(renderCoverage(lines.toReversed()), written, "the order of the lines does not matter")
      for (const { requirement, testedBy } of coverageOf()) {
        const row = rowOf(written, requirement.id)
        assert.strictEqual(cells(row).length, 7, row)
        for (const id of testedBy) {
          const state = notLimited.includes(`not-applicable ${id}`) ? "not-applicable" : "pass"
          assert.include(row, `\`${id}\` ${state}`)
        }
        if (testedBy.length === 0) assert.include(row, "not tested because: ")
      }
      assert.strictEqual(written.match(/^\| `/gm)?.length, requirements.length)
    })
  )

  it("tells what held, what was broken, and what stayed open", () => {
    const lines = [header("bcda-page"), verdict("a/one", "pass"), verdict("a/two", "warn")]
    const coverage = renderCoverage(lines, suite)
    assert.strictEqual(stateOf(coverage, "SEED-1"), "held")
    assert.strictEqual(stateOf(coverage, "SEED-2"), "broken")
    assert.include(rowOf(coverage, "SEED-2"), "`a/one` pass, `a/two` warn")
    assert.strictEqual(stateOf(coverage, "export#three"), "outside")
    assert.strictEqual(stateOf(coverage, "SEED-4"), "not tested")
    assert.include(rowOf(coverage, "SEED-4"), "It takes a day \\*and\\* a night.")
    assert.include(coverage, "| CMS's page How to Access Claims Data | 1 | 1 | 0 | 0 | 1 |")
    assert.notInclude(coverage, "<server>")
  })

  it("calls broken what the evidence is about, and nothing beside it", () => {
    const line = verdict("a/one", "warn")
    const evidence = { exchange: "e001", step: "metadata", method: "GET", url: "", at: "", expected: "", actual: "" }
    const lines: ReadonlyArray<ResultLine> = [
      header("bcda-page"),
      {
        ...line,
        ...(line.kind === "verdict" ? { evidence: [{ ...evidence, holds: false, requirements: ["SEED-1"] }] } : {})
      }
    ]
    const coverage = renderCoverage(lines, suite)
    assert.strictEqual(stateOf(coverage, "SEED-1"), "broken")
    assert.strictEqual(stateOf(coverage, "SEED-2"), "open")
  })

  it("calls nothing held that no check passed", () => {
    const blocked = renderCoverage([header("ig-stu2"), verdict("a/one", "blocked")], suite)
    assert.strictEqual(stateOf(blocked, "export#three"), "open")
    assert.strictEqual(stateOf(blocked, "SEED-1"), "outside")
    const nothing = renderCoverage([], suite)
    assert.strictEqual(stateOf(nothing, "SEED-1"), "open")
    assert.include(rowOf(nothing, "SEED-1"), "`a/one` no verdict")
    assert.include(nothing, "no header")
  })
})
