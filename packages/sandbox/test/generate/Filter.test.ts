import { assert, describe, it } from "@effect/vitest"
import type { ClaimFilter } from "../../src/DataSource.ts"
import {
  at,
  everySystem,
  FINAL_ACTION,
  linesOf,
  parse,
  type Resource,
  resources,
  SYSTEM_TYPE,
  selection,
  text,
  texts
} from "./Support.ts"

const people = 60
const v3 = (filter: ClaimFilter) => linesOf(selection({ version: "v3", people, filter }))
const system = (...codes: ReadonlyArray<string>) => codes.map((code) => ({ system: SYSTEM_TYPE, code }))
const final = (code: string) => [{ system: FINAL_ACTION, code }]

const tag = (one: Resource, of: string): string =>
  text(
    at(one, "meta.tag[]").find((found) => text(found, "system") === of),
    "code"
  )

/** The lines of everything that a predicate keeps: what a filter has to give, byte for byte. */
const everything = v3(everySystem).map((line) => ({ line, one: parse(line) }))
const kept = (keep: (one: Resource) => boolean) => everything.filter(({ one }) => keep(one)).map(({ line }) => line)
const end = (line: string) => text(parse(line), "billablePeriod.end")

describe("the claim filter of v3", () => {
  it("leaves claims of the processing systems out unless a System-Type was asked for", () => {
    const lines = v3({ tags: [] })
    assert.deepStrictEqual(
      lines,
      kept((one) => tag(one, SYSTEM_TYPE) !== "SharedSystem")
    )
    assert.deepStrictEqual(v3({ tags: [system("NationalClaimsHistory", "DDPS")] }), lines)
    assert.isBelow(lines.length, everything.length)
    assert.deepStrictEqual(
      v3({ tags: [final("FinalAction")] }),
      kept((one) => tag(one, SYSTEM_TYPE) !== "SharedSystem" && tag(one, FINAL_ACTION) === "FinalAction")
    )
  })

  it("selects by System-Type and Final-Action, comma as OR, repeated as AND", () => {
    for (const code of ["SharedSystem", "NationalClaimsHistory", "DDPS"]) {
      const lines = v3({ tags: [system(code)] })
      assert.isNotEmpty(lines)
      assert.deepStrictEqual(
        lines,
        kept((one) => tag(one, SYSTEM_TYPE) === code)
      )
    }
    for (const code of ["FinalAction", "NotFinalAction"]) {
      const lines = v3({ tags: [system("SharedSystem", "DDPS"), final(code)] })
      assert.isNotEmpty(lines)
      assert.deepStrictEqual(
        lines,
        kept((one) => tag(one, SYSTEM_TYPE) !== "NationalClaimsHistory" && tag(one, FINAL_ACTION) === code)
      )
    }
    assert.isEmpty(v3({ tags: [system("DDPS"), system("SharedSystem")] }))
  })

  it("selects by outcome", () => {
    for (const outcome of ["complete", "partial"] as const) {
      const lines = v3({ ...everySystem, outcomes: [outcome] })
      assert.isNotEmpty(lines)
      assert.deepStrictEqual(
        lines,
        kept((one) => text(one, "outcome") === outcome)
      )
    }
    assert.isEmpty(v3({ ...everySystem, outcomes: [] }))
    // Only processing systems are ever partial.
    assert.isEmpty(v3({ tags: [], outcomes: ["partial"] }))
  })

  it("selects by the last day of service, both bounds included, in every version", () => {
    for (const version of ["v1", "v2", "v3"] as const) {
      const whole = linesOf(selection({ version, people: 60 }))
      const days = whole.map(end).toSorted()
      const [from, to] = [days[Math.floor(days.length / 3)] ?? "", days[Math.floor((days.length * 2) / 3)] ?? ""]
      const lines = linesOf(selection({ version, people: 60, filter: { tags: [], serviceFrom: from, serviceTo: to } }))
      assert.deepStrictEqual(
        lines,
        whole.filter((line) => end(line) >= from && end(line) <= to)
      )
      assert.isTrue(lines.some((line) => end(line) === from) && lines.some((line) => end(line) === to))
    }
  })

  it("caps a runout export's claims, and nothing else", () => {
    const wanted = selection({
      version: "v2",
      group: "runout",
      people: 60,
      filter: { tags: [], serviceTo: "2025-12-31" }
    })
    const claims = resources(wanted)
    assert.isNotEmpty(claims)
    assert.isTrue(claims.every((one) => text(one, "billablePeriod.end") <= "2025-12-31"))
    assert.isTrue(
      resources({ ...wanted, filter: { tags: [] } }).some((one) => text(one, "billablePeriod.end") > "2025-12-31")
    )
    for (const type of ["Patient", "Coverage"] as const)
      assert.deepStrictEqual(
        linesOf({ ...wanted, types: [type] }),
        linesOf({ ...wanted, types: [type], filter: { tags: [] } })
      )
    assert.isEmpty(linesOf({ ...wanted, types: ["Claim"] }), "pending claims are all of this year")
  })
})

const byControl = (claims: ReadonlyArray<Resource>) =>
  Map.groupBy(claims, (one) => texts(one, "identifier[].value")[1] ?? "")

const group = (one: Resource) => texts(one, "identifier[].value")[1] ?? ""

describe("adjustments", () => {
  it("in v3: the old version is NotFinalAction, the new one has another id and the same control number", () => {
    const chains = [...byControl(resources(selection({ version: "v3", people: 400 }))).values()]
    const replaced = chains.filter((chain) => chain.length > 1)
    assert.sameMembers([...new Set(replaced.map((chain) => chain.length))], [2, 3])
    for (const chain of replaced) {
      const final = chain.filter((one) => tag(one, FINAL_ACTION) === "FinalAction")
      // At most one is the last word, and it is the latest; a void claim has none.
      assert.isAtMost(final.length, 1)
      const latest = chain.map((one) => Date.parse(text(one, "meta.lastUpdated"))).toSorted((a, b) => b - a)[0]
      for (const one of final) assert.strictEqual(Date.parse(text(one, "meta.lastUpdated")), latest)
      assert.strictEqual(new Set(chain.map((one) => text(one, "id"))).size, chain.length)
      assert.strictEqual(new Set(chain.map((one) => text(one, "billablePeriod.start"))).size, 1)
    }
    assert.isTrue(replaced.some((chain) => chain.some((one) => tag(one, FINAL_ACTION) === "FinalAction")))
    // Voided ones have no successor.
    assert.isTrue(
      chains.some(
        ([only, ...rest]) => rest.length === 0 && only !== undefined && tag(only, FINAL_ACTION) === "NotFinalAction"
      )
    )
  })

  it("in v3: a claim of a processing system and the settled one share the control number, not the id", () => {
    const chains = [...byControl(resources(selection({ version: "v3", people, filter: everySystem }))).values()]
    const both = chains.filter((chain) => new Set(chain.map((one) => tag(one, SYSTEM_TYPE))).size === 2)
    assert.isNotEmpty(both)
    for (const chain of both) assert.strictEqual(new Set(chain.map((one) => text(one, "id"))).size, chain.length)
    const sources = new Set(chains.flat().map((one) => text(one, "meta.source")))
    assert.deepStrictEqual([...sources].toSorted(), ["DDPS", "FISS", "MCS", "NCH", "VMS"])
    for (const one of chains.flat()) assert.strictEqual(text(one, "status"), "active")
  })

  it("in v3: a claim with a new control number names the one it had, which its processing system still shows", () => {
    const claims = resources(selection({ version: "v3", people: 150, filter: everySystem }), {})
    const known = byControl(claims)
    const renumbered = claims.filter((one) => one["related"] !== undefined)
    assert.isNotEmpty(renumbered)
    for (const one of renumbered) {
      assert.strictEqual(text(one, "related[].relationship.coding[].code"), "prior")
      assert.strictEqual(text(one, "related[].reference.system"), "https://bluebutton.cms.gov/identifiers/CLM-CNTL-NUM")
      assert.strictEqual(tag(one, SYSTEM_TYPE), "NationalClaimsHistory")
      const prior = text(one, "related[].reference.value")
      assert.match(prior, /^-\d{14}[A-Z]{3}$/)
      assert.notStrictEqual(prior, texts(one, "identifier[].value")[1])
      for (const twin of known.get(prior) ?? []) {
        assert.strictEqual(tag(twin, SYSTEM_TYPE), "SharedSystem")
        assert.strictEqual(text(twin, "patient.reference"), text(one, "patient.reference"))
        assert.strictEqual(text(twin, "billablePeriod.start"), text(one, "billablePeriod.start"))
      }
    }
    assert.isTrue(renumbered.some((one) => known.has(text(one, "related[].reference.value"))))
    assert.isBelow(renumbered.length, claims.length / 10)
  })

  it("in v3: outcome follows the paid status, and settled systems are complete", () => {
    const seen = new Map<string, Set<string>>()
    for (const one of resources(selection({ version: "v3", people: 150, filter: everySystem }), {})) {
      const status = at(one, "supportingInfo[]").find((info) =>
        texts(info, "category.coding[].code").includes("CLM_PD_STUS_CD")
      )
      const key =
        tag(one, SYSTEM_TYPE) === "SharedSystem" ? (texts(status, "code.coding[].code")[0] ?? "none") : "settled"
      seen.set(key, (seen.get(key) ?? new Set()).add(text(one, "outcome")))
    }
    const complete = ["settled", "P", "R", "D"]
    assert.deepStrictEqual([...seen.keys()].toSorted(), [...complete, "I", "S", "T", "none"].toSorted())
    for (const [key, outcomes] of seen)
      assert.deepStrictEqual([...outcomes], [complete.includes(key) ? "complete" : "partial"], key)
  })

  it("in v1 and v2: the old claim is cancelled, the new one is in the same claim group", () => {
    for (const version of ["v1", "v2"] as const) {
      const groups = [...Map.groupBy(resources(selection({ version, people: 400 })), group).values()]
      const replaced = groups.filter((claims) => claims.length > 1)
      // Voided ones have no successor.
      assert.isTrue(groups.some(([only, ...rest]) => rest.length === 0 && text(only, "status") === "cancelled"))
      assert.sameMembers([...new Set(replaced.map((claims) => claims.length))], [2, 3])
      for (const claims of replaced) {
        const active = claims.filter((one) => text(one, "status") === "active")
        assert.isAtMost(active.length, 1)
        const latest = claims.map((one) => Date.parse(text(one, "meta.lastUpdated"))).toSorted((a, b) => b - a)[0]
        for (const one of active) assert.strictEqual(Date.parse(text(one, "meta.lastUpdated")), latest)
      }
      assert.isTrue(replaced.some((claims) => claims.some((one) => text(one, "status") === "active")))
    }
  })
})
