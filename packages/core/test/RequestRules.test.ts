import { type Dialect, ExportRequest, RequestRules, Target, TypeFilter } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Result } from "effect"

const now = Date.parse("2026-11-24T12:00:00Z")
type Fields = ConstructorParameters<typeof ExportRequest>[0]

const verdict = (fields: Fields, version: Dialect = "v3"): string => {
  const target =
    version === "fhir"
      ? Result.getOrThrow(Target.fromUrl("https://ehr.example/fhir", { apiVersion: "fhir" }))
      : Target.sandbox(version)
  const options = { now, clockSkew: Duration.minutes(5) }
  return Result.match(RequestRules.check(new ExportRequest(fields), target, options), {
    onSuccess: () => "fine",
    onFailure: ({ detail }) => detail
  })
}

describe("a request that BCDA takes", () => {
  const good: ReadonlyArray<readonly [Fields, Dialect?]> = [
    [{ scope: "all" }],
    [{ scope: "runout", since: "2026-01-01T00:00:00Z" }],
    [{ scope: "patient", types: [] }],
    [{ scope: { group: "all" } }],
    [{ scope: { group: "runout" } }, "v1"],
    [{ scope: "all", types: ["Patient", "Coverage", "ExplanationOfBenefit"] }, "v1"],
    [{ scope: "all", types: ["Claim", "ClaimResponse"] }, "v2"],
    [{ scope: "all", since: "2026-11-24T12:00:00Z" }],
    [{ scope: "all", since: "2026-11-24T12:05:00.000Z" }],
    [{ scope: "all", since: "2024-02-29T23:59:59.123456789-05:00" }],
    [{ scope: "all", since: "2026-11-24T16:00:00+05:30" }],
    [{ scope: "all", typeFilter: new TypeFilter(TypeFilter.allClaims).text }],
    [
      {
        scope: "all",
        typeFilter: ["ExplanationOfBenefit?outcome=complete"],
        types: ["Patient", "ExplanationOfBenefit"]
      }
    ],
    [{ scope: "all", typeFilter: [] }, "v2"],
    [{ scope: "all", parameters: {} }]
  ]
  for (const [fields, version = "v3"] of good) {
    it(`${version} ${JSON.stringify(fields)}`, () => assert.strictEqual(verdict(fields, version), "fine"))
  }
})

describe("a request that is refused before it is sent, and taught", () => {
  const bad: ReadonlyArray<readonly [Fields, Dialect, RegExp]> = [
    [{ scope: "system" }, "v3", /no export of the whole system/],
    [{ scope: { group: "ALL" } }, "v3", /groups all and runout, and no group "ALL"/],
    [{ scope: "all", types: ["Patient", "Patient"] }, "v3", /^the type "Patient" is there twice/],
    [{ scope: "all", types: ["patient"] }, "v3", /"patient", but Patient; case/],
    [{ scope: "all", types: [" Patient"] }, "v3", /" Patient", but Patient; case and spaces/],
    [{ scope: "all", types: ["Patient,Coverage"] }, "v3", /each type as an element/],
    [{ scope: "all", types: [""] }, "v3", /has no type ""; it has Patient, Coverage, ExplanationOfBenefit/],
    [{ scope: "all", types: ["Observation"] }, "v1", /the job would fail/],
    [
      { scope: "all", types: ["Claim"] },
      "v1",
      /^v1 has no type "Claim"; partially adjudicated claims are in v2, and in v3/
    ],
    [{ scope: "all", types: ["ClaimResponse"] }, "v3", /TypeFilter\.partiallyAdjudicated/],
    [{ scope: "all", types: ["Medication"] }, "v2", /it has Patient.*ClaimResponse$/],
    [{ scope: "all", since: "2026-11-24" }, "v3", /whole instant/],
    [{ scope: "all", since: "2026-11-24T12:00Z" }, "v3", /whole instant/],
    [{ scope: "all", since: "2026-11-24T12:00:00" }, "v3", /whole instant/],
    [{ scope: "all", since: "2026-11-24T12:00:00 00:00" }, "v3", /whole instant/],
    [{ scope: "all", since: "2026-11-24t12:00:00z" }, "v3", /whole instant/],
    [{ scope: "all", since: "2026-02-30T12:00:00Z" }, "v3", /whole instant/],
    [{ scope: "all", since: "2026-02-20T24:00:00Z" }, "v3", /whole instant/],
    [{ scope: "all", since: "2026-06-30T23:59:60Z" }, "v3", /whole instant/],
    [{ scope: "all", since: "" }, "v3", /whole instant/],
    [{ scope: "all", since: "2026-11-24T12:05:00.001Z" }, "v3", /in the future by this machine's clock/],
    [{ scope: "all", since: "2026-11-24T12:00:00-01:00" }, "v3", /in the future/],
    [{ scope: "all", typeFilter: "ExplanationOfBenefit?outcome=complete" }, "v2", /^v2 ignores a type filter/],
    [{ scope: "all", typeFilter: "ExplanationOfBenefit?outcome=complete" }, "v1", /^v1 ignores a type filter/],
    [{ scope: "all", typeFilter: ["a", "b"] }, "v3", /takes one type filter/],
    [{ scope: "all", typeFilter: "Patient?x=y" }, "v3", /^type filter: only ExplanationOfBenefit/],
    [
      { scope: "all", types: ["Patient"], typeFilter: "ExplanationOfBenefit?outcome=complete" },
      "v3",
      /not among the types/
    ],
    [{ scope: "all", parameters: { _elements: "id" } }, "v3", /BCDA refuses _elements/],
    [{ scope: "all", parameters: { _until: "2026-01-01T00:00:00Z" } }, "v3", /BCDA ignores "_until" without a word/],
    [
      { scope: "all", types: ["x"], since: "y", parameters: { z: "" } },
      "v3",
      /"x".*; since is "y".*; BCDA ignores "z"/
    ],
    [{ scope: "all" }, "fhir", /scope all is a group of BCDA's/],
    [{ scope: "runout" }, "fhir", /scope runout is a group of BCDA's/],
    [{ scope: "system", parameters: { _type: "Patient" } }, "fhir", /_type has a field of its own/]
  ]
  for (const [fields, version, says] of bad) {
    it(`${version} ${JSON.stringify(fields)}`, () => assert.match(verdict(fields, version), says))
  }
})

describe("another server", () => {
  const free: ReadonlyArray<Fields> = [
    { scope: "system" },
    { scope: "patient", types: ["Condition", "Condition"] },
    { scope: { group: "a/b" }, since: "2030" },
    { scope: "system", typeFilter: ["Patient?active=true", "Condition?code=x"], parameters: { _elements: "id" } }
  ]
  for (const fields of free) {
    it(`has none of BCDA's rules: ${JSON.stringify(fields)}`, () => assert.strictEqual(verdict(fields, "fhir"), "fine"))
  }
})
