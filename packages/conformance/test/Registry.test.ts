/** The data of the suite hangs together, and the README tells its true figures. */
import { readFileSync } from "node:fs"
import { assert, describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { checks, renderFigures, requirements, Scenario, scenarios } from "../src/index.ts"
import { takesNights } from "../src/Plan.ts"
import { fills, needs } from "../src/Scenario.ts"
import { mutations } from "./support/mutations/index.ts"

const steps = scenarios.flatMap((scenario) => scenario.steps)
const duplicates = (names: ReadonlyArray<string>) => names.filter((name, index) => names.indexOf(name) !== index)

describe("checks", () => {
  it("have ids of their own, in the form area/what-holds", () => {
    assert.deepStrictEqual(duplicates(checks.map(({ id }) => id)), [])
    for (const { id } of checks) assert.match(id, /^[a-z-]+\/[a-z0-9-]+$/)
  })

  it("read steps that exist, and every step is read or feeds one that is", () => {
    const read = new Set(checks.flatMap(({ also = [], steps }) => [...steps, ...also]))
    for (const step of read)
      assert.isTrue(
        steps.some(({ id }) => id === step),
        step
      )
    const needed = new Set(steps.filter(({ id }) => read.has(id)).flatMap(needs))
    for (const [index, step] of steps.entries()) {
      const feeds = fills(step).some((name) => needed.has(name))
      const lets =
        step._tag === "Advance" && steps.slice(index).some((later) => read.has(later.id) && takesNights(later))
      assert.isTrue(read.has(step.id) || feeds || lets, `nobody looks at ${step.id}`)
    }
  })
})

describe("scenarios", () => {
  it("are of their schema, and survive being written as JSON", () => {
    for (const scenario of scenarios) {
      const read = Schema.decodeUnknownSync(Scenario, { onExcessProperty: "error" })(
        JSON.parse(JSON.stringify(scenario))
      )
      assert.deepStrictEqual(read, scenario)
    }
    assert.deepStrictEqual(duplicates(steps.map(({ id }) => id)), [])
    const last = scenarios.findLastIndex(({ smoke }) => smoke === true)
    assert.isTrue(
      scenarios.slice(0, last).every(({ smoke }) => smoke === true),
      "the smoke comes first"
    )
  })

  it("need only names that are given or that an earlier step fills", () => {
    const known = new Set([
      "api",
      "tokenUrl",
      "types",
      "repeatedTypes",
      "future",
      "unknownJob",
      "export",
      "plainExport",
      "group",
      "groupExport",
      "patientExport",
      "systemExport",
      "earlierFileUrl",
      "earlierGuardedFileUrl",
      "earlierStatusUrl"
    ])
    for (const step of steps) {
      for (const name of needs(step)) assert.isTrue(known.has(name), `${step.id} needs ${name}`)
      for (const name of fills(step)) known.add(name)
    }
  })
})

/** Puts a text between the marks of a name in a page. */
const section = (page: string, name: string, text: string): string => {
  const marks = new RegExp(`(<!-- ${name} -->\\n)[^]*(<!-- /${name} -->)`)
  assert.match(page, marks)
  return page.replace(marks, (_, begin: string, end: string) => `${begin}\n${text}\n\n${end}`)
}

describe("README.md", () => {
  // vitest run --project conformance test/Registry.test.ts -u writes them anew
  it("states the figures of the code and of the registry", async () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
    const cited = new Set(checks.flatMap((check) => check.requirements)).size
    const figures = [
      `${checks.length} checks for ${cited} of ${requirements.length} requirements, over ${scenarios.length} scenarios of ${steps.length} steps;`,
      `${mutations.length} broken servers show that they can tell.`
    ].join(" ")
    const fresh = section(section(readme, "figures", figures), "registry", renderFigures())
    await expect(fresh).toMatchFileSnapshot("../README.md")
  })
})
