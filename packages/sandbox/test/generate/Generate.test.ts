import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { generated } from "../../src/generate/index.ts"
import { eobType, few, linesOf, parse, resources, selection, served, text, textsOf } from "./Support.ts"

const small = { people: 20 }

const ids = (of: Parameters<typeof selection>[0]) =>
  new Set(resources(selection({ people: 100, types: ["Patient"], ...of })).map((one) => one["id"]))

const count = (claimsPerPerson: number) => linesOf(selection({ people: 20 }), { claimsPerPerson }).length

describe("generated", () => {
  it("gives the same bytes for the same seed, type by type", () => {
    for (const [version, type] of served) {
      const wanted = selection({ ...small, version, types: [type] })
      const lines = linesOf(wanted, { ...few, seed: "same" })
      assert.isNotEmpty(lines, `${version} ${type}`)
      assert.deepStrictEqual(linesOf(wanted, { ...few, seed: "same" }), lines)
      assert.notDeepEqual(linesOf(wanted, { ...few, seed: "other" }), lines)
    }
  })

  it("gives each part of the whole alone, in any order, with the same bytes", () => {
    for (const [version, type] of served) {
      const of = (size: number) => {
        const sizes = { Patient: size, Coverage: size, ExplanationOfBenefit: size, Claim: size, ClaimResponse: size }
        return generated(few).plan(selection({ ...small, version, types: [type], batchSizes: sizes }))
      }
      const whole = of(20).map((job) => textsOf(job.lines()))
      const backwards = of(7)
        .toReversed()
        .map((job) => textsOf(job.lines()))
        .toReversed()
      assert.deepStrictEqual(backwards.flat(), whole.flat(), `${version} ${type}`)
    }
  })

  it("plans one sub-job per type and batch, in the order asked for", () => {
    const plan = generated().plan(selection({ people: 110, types: ["ExplanationOfBenefit", "Patient"] }))
    assert.deepStrictEqual(
      plan.map(({ people, type }) => [type, people]),
      [
        ["ExplanationOfBenefit", 50],
        ["ExplanationOfBenefit", 50],
        ["ExplanationOfBenefit", 10],
        ["Patient", 110]
      ]
    )
  })

  it("gives other people to other organizations, and to last year's list", () => {
    const population = { cmsId: "A1", people: 100, kinds: ["adjudicated" as const] }
    const lists = [
      ids({}),
      ids({ group: "runout" }),
      ids({ population: { ...population, persona: "large" } }),
      ids({ population: { ...population, persona: "reach-small" } }),
      ids({ population: { ...population, persona: "somebody-else" } })
    ]
    assert.strictEqual(new Set(lists.flatMap((list) => [...list])).size, 500)
    assert.isTrue(lists[0]?.has("-10000000000001"))
  })

  it("shows all eight types of claims, about as many as promised", () => {
    for (const version of ["v1", "v2", "v3"] as const) {
      const claims = resources(selection({ version }), {})
      assert.strictEqual(new Set(claims.map(eobType)).size, 8, version)
      const perPerson = claims.length / 100
      assert.isTrue(
        version === "v3" ? perPerson > 4 && perPerson < 12 : perPerson > 10 && perPerson < 22,
        `${version} ${perPerson}`
      )
    }
  })

  it("makes every claim anew: hardly two of a person's cost the same", () => {
    const charges = resources(selection({ version: "v1", people: 10 }), { claimsPerPerson: 0.3 })
      .filter((one) => eobType(one) === "OUTPATIENT")
      .map((one) => `${text(one, "patient.reference")} ${text(one, "totalCost.value")}`)
    assert.isAbove(new Set(charges).size, charges.length * 0.8)
  })

  it("grows with claimsPerPerson", () => {
    assert.isAbove(count(1), 5 * count(0.1))
  })

  it("has nothing before there was anything", () => {
    for (const [version, type] of served)
      assert.isEmpty(linesOf(selection({ ...small, version, types: [type], until: new Date(0) })), `${version} ${type}`)
    assert.isEmpty(linesOf(selection({ ...small, version: "v3", until: new Date("2026-03-25T00:00:00Z") })))
  })

  it("has a line of more than 100 KB, and letters beyond ASCII", () => {
    const lines = linesOf(selection({ version: "v3" }), {})
    assert.isTrue(lines.some((line) => line.length > 100_000))
    const coverages = linesOf(selection({ version: "v2", types: ["Coverage"] }))
    assert.isTrue(coverages.some((line) => line.includes("survivor’s")))
    assert.isTrue(
      linesOf(selection({ version: "v1" }), {}).some((line) => line.includes("\\u003c")),
      "an escaped <"
    )
  })

  it("shows odd people: several MBIs, merged records, no coverage at all", () => {
    const patients = resources(selection({ version: "v3", types: ["Patient"], people: 300 }))
    const identifiers = patients.map((one) => (Array.isArray(one["identifier"]) ? one["identifier"].length : 0))
    assert.isAtLeast(Math.max(...identifiers), 3)
    assert.isTrue(patients.some((one) => one["link"] !== undefined))
    const covered = new Set(
      linesOf(selection({ version: "v3", types: ["Coverage"], people: 300 })).map((line) =>
        JSON.stringify(parse(line)["beneficiary"])
      )
    )
    assert.isBelow(covered.size, 300)
  })

  it("needs nothing but the language: no Node, no clock, no chance", () => {
    const root = fileURLToPath(new URL("../../src/generate/", import.meta.url))
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))
    assert.isAbove(files.length, 40)
    for (const file of files) {
      const source = readFileSync(root + file, "utf8")
      assert.notMatch(source, /from "node:|Math\.random|Date\.now|new Date\(\)|@bcda-kit\/core|\bprocess\./, file)
    }
  })
})
