import { assert, describe, it } from "@effect/vitest"
import {
  at,
  eobType,
  everySystem,
  linesOf,
  parse,
  type Resource,
  resources,
  selection,
  text,
  texts
} from "./Support.ts"

/*
 * What a client trips over, on purpose in the hundred people of the small persona with the default number of claims, so that whoever exports
 * them meets it.
 */
const lines = new Map<string, ReadonlyArray<string>>()
const small = (version: "v1" | "v2" | "v3", type: "Patient" | "Coverage" | "ExplanationOfBenefit") => {
  const key = `${version} ${type}`
  const found = lines.get(key) ?? linesOf(selection({ version, types: [type], filter: everySystem }), {})
  lines.set(key, found)
  return found
}
const parsed = (...of: Parameters<typeof small>): ReadonlyArray<Resource> => small(...of).map(parse)

const mbis = (one: Resource) => texts(one, "identifier[].value").filter((value) => /^\d[SLOIBZ]/.test(value)).length

describe("awkward cases in the small persona", () => {
  it.each(["v2", "v3"] as const)("%s: a person with several MBIs", (version) => {
    const counts = parsed(version, "Patient").map(mbis)
    assert.isAtLeast(Math.max(...counts), 3)
    assert.isTrue(counts.includes(1) && counts.includes(2))
  })

  it("v3: a person of two merged records", () => {
    assert.isTrue(parsed("v3", "Patient").some((one) => texts(one, "link[].type").includes("replaces")))
  })

  it.each(["v1", "v2"] as const)("%s: a claim that is cancelled, with and without a replacement", (version) => {
    const claims = parsed(version, "ExplanationOfBenefit")
    const groups = Map.groupBy(claims, (one) => texts(one, "identifier[].value")[1])
    const cancelled = claims.filter((one) => text(one, "status") === "cancelled")
    const sizes = new Set(cancelled.map((one) => groups.get(texts(one, "identifier[].value")[1])?.length))
    assert.isTrue(sizes.has(1) && sizes.has(2))
  })

  it.each(["v1", "v2", "v3"] as const)("%s: a line without a service code", (version) => {
    const path = version === "v1" ? "service" : "productOrService"
    assert.isTrue(
      parsed(version, "ExplanationOfBenefit").some((one) =>
        at(one, "item[]").some((item) => at(item, path).length === 0)
      )
    )
  })

  it.each(["v1", "v2", "v3"] as const)("%s: a Coverage that is cancelled", (version) => {
    assert.isTrue(parsed(version, "Coverage").some((one) => text(one, "status") === "cancelled"))
  })

  it.each(["v1", "v2", "v3"] as const)("%s: a claim of more than 30 lines and 150 KB", (version) => {
    const large = small(version, "ExplanationOfBenefit").filter((line) => line.length > 150_000)
    assert.isTrue(large.some((line) => at(parse(line), "item[]").length > 30))
  })

  it.each(["v1", "v2"] as const)("%s: a date that is a year, and a letter beyond ASCII", (version) => {
    assert.isTrue(small(version, "Coverage").some((line) => /"valueDate":"\d{4}"/.test(line)))
    const all = [...small(version, "Coverage"), ...small(version, "Patient"), ...small(version, "ExplanationOfBenefit")]
    assert.isTrue(all.some((line) => /[\u0080-\uffff]/.test(line)))
  })

  it("v3: a claim of a processing system and of the settled ones at once", () => {
    const claims = parsed("v3", "ExplanationOfBenefit")
    const twins = [...Map.groupBy(claims, (one) => texts(one, "identifier[].value")[1]).values()].filter(
      (chain) => new Set(chain.map((one) => text(one, "meta.source"))).size > 1
    )
    assert.deepStrictEqual([...new Set(twins.map(([one]) => eobType(one ?? {})))].toSorted(), [
      "CARRIER",
      "DME",
      "HHA",
      "HOSPICE",
      "INPATIENT",
      "OUTPATIENT",
      "SNF"
    ])
  })

  it("v2: claims at work with lines and without", () => {
    const claims = resources(selection({ types: ["Claim"] }))
    for (const kind of ["f", "m"]) {
      const ofKind = claims.filter((one) => text(one, "id").startsWith(kind))
      assert.isTrue(ofKind.some((one) => one["item"] === undefined) && ofKind.some((one) => one["item"] !== undefined))
    }
  })
})
