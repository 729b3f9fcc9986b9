import { assert, describe, it } from "@effect/vitest"
import { at, resources, selection, text, texts } from "./Support.ts"

const people = 60
const ids = (found: ReturnType<typeof resources>): Set<string> => new Set(found.map((one) => text(one, "id")))

describe("references", () => {
  it.each(["v1", "v2", "v3"] as const)("of %s lead from Coverage and claims to Patients", (version) => {
    const patients = ids(resources(selection({ version, types: ["Patient"], people })))
    assert.strictEqual(patients.size, people)
    for (const one of resources(selection({ version, types: ["Coverage"], people })))
      assert.isTrue(patients.has(text(one, "beneficiary.reference").replace("Patient/", "")))
    for (const one of resources(selection({ version, people })))
      assert.isTrue(patients.has(text(one, "patient.reference").replace("Patient/", "")))
  })

  it.each(["v1", "v2"] as const)("of %s lead from claims to Coverages of the same person", (version) => {
    const coverages = ids(resources(selection({ version, types: ["Coverage"], people })))
    for (const one of resources(selection({ version, people }))) {
      const path = version === "v1" ? "insurance.coverage.reference" : "insurance[].coverage.reference"
      const id = text(one, path).replace("Coverage/", "")
      assert.isTrue(coverages.has(id), id)
      assert.isTrue(id.endsWith(text(one, "patient.reference").replace("Patient/", "")))
    }
  })

  it("of v3 do not lead from claims to Coverages, which are only named", () => {
    for (const one of resources(selection({ version: "v3", people: 30 }))) {
      assert.isEmpty(at(one, "insurance[].coverage.reference"))
      assert.match(text(one, "insurance[].coverage.display"), /^Part [ABD]$/)
    }
  })

  it("inside a claim lead to what it contains", () => {
    for (const version of ["v1", "v2", "v3"] as const)
      for (const one of resources(selection({ version, people: 40 }))) {
        const contained = new Set(texts(one, "contained[].id"))
        const local = JSON.stringify(one).matchAll(/"reference":"#([^"]+)"/g)
        for (const [, id] of local) assert.isTrue(contained.has(id ?? ""), `${version} #${id}`)
        const diagnoses = new Set(texts(one, "diagnosis[].sequence"))
        const team = new Set(texts(one, "careTeam[].sequence"))
        const infos = new Set(texts(one, "supportingInfo[].sequence"))
        for (const link of [...texts(one, "item[].diagnosisSequence[]"), ...texts(one, "item[].diagnosisLinkId[]")])
          assert.isTrue(diagnoses.has(link))
        for (const link of [...texts(one, "item[].careTeamSequence[]"), ...texts(one, "item[].careTeamLinkId[]")])
          assert.isTrue(team.has(link))
        for (const link of texts(one, "item[].informationSequence[]")) assert.isTrue(infos.has(link))
      }
  })

  it("lead from each ClaimResponse to its Claim, one to one", () => {
    const claims = resources(selection({ types: ["Claim"], people }))
    const responses = resources(selection({ types: ["ClaimResponse"], people }))
    assert.isAbove(claims.length, 50)
    assert.deepStrictEqual(
      responses.map((one) => text(one, "request.reference")),
      claims.map((one) => `Claim/${text(one, "id")}`)
    )
    assert.deepStrictEqual(ids(responses), ids(claims))
    assert.isTrue(
      claims.some((one) => text(one, "id").startsWith("f--")) && claims.some((one) => text(one, "id").startsWith("m--"))
    )
    for (const [index, one] of claims.entries()) {
      const response = responses[index]
      assert.strictEqual(text(one, "status"), text(response, "status"))
      assert.strictEqual(text(one, "meta.lastUpdated"), text(response, "meta.lastUpdated"))
    }
  })

  it("lead from a Claim to its person by the MBI of the contained patient alone", () => {
    const mbis = new Set(
      resources(selection({ types: ["Patient"], people }))
        .flatMap((one) => texts(one, "identifier[].value"))
        .filter((value) => value.charAt(1) === "S")
    )
    for (const one of resources(selection({ types: ["Claim"], people }))) {
      assert.strictEqual(text(one, "patient.reference"), "#patient")
      const [patient] = at(one, "contained[]")
      assert.isTrue(mbis.has(text(patient, "identifier[].value")))
    }
  })

  it("join v2 and v3 by the MBI and by nothing else", () => {
    const current = (version: "v1" | "v2" | "v3") =>
      new Map(
        resources(selection({ version, types: ["Patient"], people })).map((one) => [
          texts(one, "identifier[].value").find((value) => value.charAt(1) === "S") ?? "",
          one
        ])
      )
    const [v1, v2, v3] = [current("v1"), current("v2"), current("v3")]
    assert.deepStrictEqual([...v3.keys()], [...v2.keys()])
    assert.deepStrictEqual([...v1.keys()], [...v2.keys()])
    for (const [mbi, one] of v2) {
      const other = v3.get(mbi)
      assert.strictEqual(text(v1.get(mbi), "id"), text(one, "id"))
      assert.notStrictEqual(text(other, "id"), text(one, "id"))
      // One person, though: born on one day, of one sex.
      assert.strictEqual(text(other, "birthDate"), text(one, "birthDate"))
      assert.strictEqual(text(other, "gender"), text(one, "gender"))
    }
    const v2Claims = new Set(
      resources(selection({ version: "v2", people })).flatMap((one) => texts(one, "identifier[].value"))
    )
    for (const one of resources(selection({ version: "v3", people })))
      for (const value of texts(one, "identifier[].value")) assert.isFalse(v2Claims.has(value))
  })
})
