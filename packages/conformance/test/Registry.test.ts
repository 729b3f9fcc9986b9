/** The data of the suite hangs together, and the README tells its true figures. */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { checks, renderFigures, requirements, Scenario, scenarios } from "../src/index.ts"
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
    const read = new Set(checks.flatMap((check) => check.steps))
    for (const step of read)
      assert.isTrue(
        steps.some(({ id }) => id === step),
        step
      )
    const needed = new Set(steps.filter(({ id }) => read.has(id)).flatMap(needs))
    for (const step of steps) {
      assert.isTrue(read.has(step.id) || fills(step).some((name) => needed.has(name)), `nobody looks at ${step.id}`)
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
      "future",
      "unknownJob",
      "export",
      "groupExport",
      "patientExport",
      "systemExport",
      "earlierFileUrl",
      "earlierStatusUrl"
    ])
    for (const step of steps) {
      for (const name of needs(step)) assert.isTrue(known.has(name), `${step.id} needs ${name}`)
      for (const name of fills(step)) known.add(name)
    }
  })
})

describe("README.md", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")

  it("states the figures of the code", () => {
    const cited = new Set(checks.flatMap((check) => check.requirements)).size
    const figures = `${checks.length} checks for ${cited} of ${requirements.length} requirements, over ${scenarios.length} scenarios of ${steps.length} steps; ${mutations.length} broken servers`
    assert.include(readme.replaceAll(/\s+/g, " "), figures)
  })

  it("states the figures of the registry", () => {
    assert.include(readme, renderFigures())
  })
})
