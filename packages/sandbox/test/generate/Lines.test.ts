import { assert, describe, it } from "@effect/vitest"
import {
  at,
  eobType,
  isList,
  linesOf,
  parse,
  type Resource,
  resources,
  selection,
  served,
  text,
  texts,
  type Value
} from "./Support.ts"

/** What BCDA does to a line: read into maps, printed again by Go. */
const reprinted = (value: Value): string => {
  if (typeof value === "string") return goString(value)
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  if (isList(value)) return `[${value.map(reprinted).join(",")}]`
  const keys = Object.keys(value).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return `{${keys.map((key) => `${goString(key)}:${reprinted(value[key] ?? null)}`).join(",")}}`
}

const goString = (string: string): string =>
  JSON.stringify(string).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

const lastUpdated = (one: Resource): string => text(one, "meta.lastUpdated")

const codes = (version: "v1" | "v2" | "v3") =>
  resources(selection({ version, people: 30 })).flatMap((one) =>
    texts(one, "diagnosis[].diagnosisCodeableConcept.coding[].code")
  )

describe("lines", () => {
  it.each(served)("of %s %s read and print back to the same bytes, keys sorted at every depth", (version, type) => {
    for (const line of linesOf(selection({ version, types: [type], people: 30 }))) {
      assert.notInclude(line, "\n")
      assert.strictEqual(reprinted(parse(line)), line)
      assert.strictEqual(parse(line)["resourceType"], type)
    }
  })

  it.each(served)("of %s %s have ids that no other line has", (version, type) => {
    const ids = linesOf(selection({ version, types: [type], people: 80 })).map((line) => text(parse(line), "id"))
    assert.strictEqual(new Set(ids).size, ids.length)
  })

  it("write lastUpdated as each version does", () => {
    const formats = {
      v1: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}-0[45]:00$/,
      v2: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}-0[45]:00$/,
      v3: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/
    }
    for (const [version, type] of served)
      for (const one of resources(selection({ version, types: [type], people: 30 }))) {
        // What CMS loaded before it kept the time, in v1 and v2.
        if (lastUpdated(one) === "2020-01-01T00:00:00.000+00:00") assert.notStrictEqual(version, "v3")
        else assert.match(lastUpdated(one), formats[version], `${version} ${type}`)
      }
  })

  it("come in loads: many records share a second, few a millisecond", () => {
    const times = resources(selection({ version: "v3", people: 400, types: ["Patient"] })).map(lastUpdated)
    assert.isBelow(new Set(times.map((time) => time.slice(0, 19))).size, times.length * 0.9)
    assert.isAbove(new Set(times).size, times.length * 0.7)
  })

  it("have Patients with the ids and MBIs of each version", () => {
    const MBI = /^[1-9][SLOIBZ][A-Z0-9]\d[A-Z][A-Z0-9]\d[A-Z]{2}\d\d$/
    for (const version of ["v1", "v2", "v3"] as const)
      for (const one of resources(selection({ version, types: ["Patient"], people: 200 }))) {
        assert.match(text(one, "id"), version === "v3" ? /^-\d{4,10}$/ : /^-1\d{13}$/)
        const mbis = at(one, "identifier[]").filter((of) => text(of, "system").endsWith("us-mbi"))
        assert.isNotEmpty(mbis)
        for (const mbi of mbis) assert.match(text(mbi, "value"), MBI)
        // Position 2 of the current one is always S.
        const current = mbis.filter((mbi) => text(mbi, "value").charAt(1) === "S")
        assert.lengthOf(current, 1)
        if (version === "v3") assert.isEmpty(at(current[0], "period.end"))
        if (version === "v2") assert.include(texts(current[0], "type.coding[].extension[].valueCoding.code"), "current")
      }
  })

  it("have four Coverages a person in v1 and v2, A to D, and none to five in v3", () => {
    for (const version of ["v1", "v2"] as const) {
      const found = resources(selection({ version, types: ["Coverage"], people: 50 })).map((one) => text(one, "id"))
      assert.lengthOf(found, 200)
      assert.deepStrictEqual(
        found.slice(0, 4),
        ["a", "b", "c", "d"].map((part) => `part-${part}--10000000000001`)
      )
    }
    const counts = new Map<string, number>()
    for (const one of resources(selection({ version: "v3", types: ["Coverage"], people: 400 }))) {
      const who = text(one, "beneficiary.reference")
      counts.set(who, (counts.get(who) ?? 0) + 1)
      assert.match(text(one, "id"), /^(part-[ab]--\d+|dual--\d+|part-[cd]--\d+-Z00\d\d-\d{3})$/)
    }
    assert.isBelow(counts.size, 400, "some have none")
    assert.deepStrictEqual([Math.min(...counts.values()), Math.max(...counts.values())], [1, 5])
  })

  it("sort a person's claims by id as text in v1 and v2", () => {
    const byPerson = Map.groupBy(resources(selection({ people: 30 })), (one) => text(one, "patient.reference"))
    for (const claims of byPerson.values()) {
      const ids = claims.map((one) => text(one, "id"))
      assert.deepStrictEqual(ids, ids.toSorted())
    }
  })

  it("name claims after their type in v1 and v2, and by a bare number in v3", () => {
    for (const version of ["v1", "v2"] as const)
      for (const one of resources(selection({ version, people: 30 }))) {
        assert.match(text(one, "id"), new RegExp(`^${eobType(one).toLowerCase()}--1\\d{13}$`))
        assert.strictEqual(texts(one, "identifier[].value")[0], text(one, "id").replace(/^[a-z]+-/, ""))
      }
    for (const one of resources(selection({ version: "v3", people: 30 }))) {
      assert.match(text(one, "id"), /^-\d{13}$/)
      const [unique, control] = at(one, "identifier[]")
      assert.strictEqual(text(unique, "value"), text(one, "id"))
      assert.isEmpty(at(unique, "system"))
      assert.match(text(control, "value"), /^-\d{14}[A-Z]{3}$/)
    }
  })

  it("keep CMS's slips: supplies that look like hospital stays, home health like doctors, DRGs as diagnoses", () => {
    const v2 = Map.groupBy(resources(selection()), eobType)
    const one = (type: string): Resource => v2.get(type)?.[0] ?? assert.fail(type)
    assert.match(text(one("DME"), "meta.profile[]"), /Inpatient-Institutional$/)
    assert.match(text(one("DME"), "insurance[].coverage.reference"), /part-a/)
    assert.match(text(one("HHA"), "meta.profile[]"), /Professional-NonClinician$/)
    assert.deepStrictEqual(texts(one("HHA"), "type.coding[].code").at(-1), "professional")
    assert.strictEqual(text(one("CARRIER"), "total[].category.coding[].code"), "priorpayerpaid")
    const v1 = Map.groupBy(resources(selection({ version: "v1" })), eobType)
    assert.isNotEmpty(
      at(v1.get("INPATIENT")?.[0], "diagnosis[]")
        .slice(0, 1)
        .flatMap((first) => at(first, "packageCode.coding[]"))
    )
    assert.include(texts(v1.get("OUTPATIENT")?.[0], "type.coding[].code"), "professional")
    assert.isEmpty(
      texts(v1.get("HHA")?.[0], "type.coding[].system").filter((system) => system.includes("ex-claimtype"))
    )
    // v1: an object, not a list.
    assert.isFalse(isList(v1.get("PDE")?.[0]?.["insurance"] ?? []))
  })

  it("write diagnoses without a dot in v1 and v2, with one in v3", () => {
    for (const version of ["v1", "v2"] as const) assert.isTrue(codes(version).every((code) => !code.includes(".")))
    assert.isTrue(codes("v3").every((code) => (code.length > 3 ? code.charAt(3) === "." : true)))
  })

  it("grow the v3 type of bill digit by digit", () => {
    const [claim] = resources(selection({ version: "v3" })).filter((one) => eobType(one) === "OUTPATIENT")
    const bill = at(claim, "supportingInfo[]").find((info) =>
      texts(info, "category.coding[].code").includes("typeofbill")
    )
    assert.deepStrictEqual(texts(bill, "code.coding[].code"), ["0131", "1", "13", "131"])
  })

  it("put the day's code set on old claims: ICD-9 before October 2015", () => {
    const claims = resources(selection({ version: "v1" }))
    for (const one of claims) {
      const systems = new Set(texts(one, "diagnosis[].diagnosisCodeableConcept.coding[].system"))
      if (systems.size === 0) continue
      const day =
        eobType(one) === "CARRIER" || eobType(one) === "DME"
          ? text(one, "billablePeriod.start")
          : text(one, "billablePeriod.end")
      assert.deepStrictEqual([...systems], [`http://hl7.org/fhir/sid/${day < "2015-10-01" ? "icd-9-cm" : "icd-10"}`])
    }
    assert.isTrue(claims.some((one) => text(one, "billablePeriod.end") < "2015-10-01"))
  })

  it("use provider numbers that nobody can have", () => {
    for (const version of ["v1", "v2", "v3"] as const)
      for (const line of linesOf(selection({ version, people: 20 })))
        for (const [, number] of line.matchAll(/"system":"http:\/\/hl7\.org\/fhir\/sid\/us-npi"[^{}]*"value":"(\d+)"/g))
          assert.match(number ?? "", /^99999\d{5}$/)
  })
})
