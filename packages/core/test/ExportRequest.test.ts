import { ExportRequest, Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"

const path = (request: ExportRequest, target = Target.sandbox()) =>
  ExportRequest.toUrl(request, target).replace("https://sandbox.bcda.cms.gov", "")

describe("ExportRequest.toUrl", () => {
  const table: ReadonlyArray<readonly [ConstructorParameters<typeof ExportRequest>[0], string]> = [
    [{ scope: "all" }, "/api/v3/Group/all/$export"],
    [{ scope: "runout" }, "/api/v3/Group/runout/$export"],
    [{ scope: "patient" }, "/api/v3/Patient/$export"],
    [{ scope: "all", types: [] }, "/api/v3/Group/all/$export"],
    [{ scope: "all", types: ["Patient"] }, "/api/v3/Group/all/$export?_type=Patient"],
    [{ scope: "all", types: ["Patient", "Coverage"] }, "/api/v3/Group/all/$export?_type=Patient,Coverage"],
    [{ scope: "all", types: ["a b&c"] }, "/api/v3/Group/all/$export?_type=a%20b%26c"],
    [
      { scope: "patient", since: "2026-06-01T00:00:00.123+05:30" },
      "/api/v3/Patient/$export?_since=2026-06-01T00%3A00%3A00.123%2B05%3A30"
    ],
    [
      { scope: "all", types: ["Patient"], since: "2026-06-01T00:00:00Z" },
      "/api/v3/Group/all/$export?_type=Patient&_since=2026-06-01T00%3A00%3A00Z"
    ]
  ]
  for (const [request, expected] of table) {
    it(expected, () => assert.strictEqual(path(new ExportRequest(request)), expected))
  }

  const plain: ReadonlyArray<readonly [ConstructorParameters<typeof ExportRequest>[0], string]> = [
    [{ scope: "system" }, "/$export"],
    [{ scope: "patient" }, "/Patient/$export"],
    [{ scope: { group: "my group/1" } }, "/Group/my%20group%2F1/$export"],
    [
      {
        scope: "system",
        typeFilter: ["Patient?active=true", "Condition?code=a+b"],
        parameters: { _elements: "id", "a b": "é" }
      },
      "/$export?_typeFilter=Patient%3Factive%3Dtrue&_typeFilter=Condition%3Fcode%3Da%252Bb&_elements=id&a%20b=%C3%A9"
    ]
  ]
  for (const [request, expected] of plain) {
    it(`on another server: ${expected}`, () => {
      const target = Result.getOrThrow(Target.fromUrl("https://ehr.example/fhir", { apiVersion: "fhir" }))
      const url = ExportRequest.toUrl(new ExportRequest(request), target)
      assert.strictEqual(url, `https://ehr.example/fhir${expected}`)
    })
  }

  it("follows the target's version", () => {
    assert.strictEqual(path(new ExportRequest({ scope: "all" }), Target.sandbox("v1")), "/api/v1/Group/all/$export")
  })

  const filters = [
    "ExplanationOfBenefit?_tag=https://bluebutton.cms.gov/fhir/CodeSystem/System-Type|SharedSystem,https://bluebutton.cms.gov/fhir/CodeSystem/System-Type|DDPS",
    "ExplanationOfBenefit?service-date=ge2025-01-01T00:00:00+05:00&outcome=complete",
    "ExplanationOfBenefit?service-date=100%2B"
  ]
  for (const filter of filters) {
    it(`survives being decoded twice: ${filter}`, () => {
      const value =
        /_typeFilter=([^&]*)$/.exec(path(new ExportRequest({ scope: "all", typeFilter: filter })))?.[1] ?? ""
      const once = decodeURIComponent(value.replaceAll("+", " "))
      assert.strictEqual(decodeURIComponent(once.replaceAll("+", " ")), filter)
    })
    it(`survives a server that decodes it and then its parts: ${filter}`, () => {
      const url = new URL(
        ExportRequest.toUrl(new ExportRequest({ scope: "all", typeFilter: filter }), Target.sandbox())
      )
      const [, search = ""] = (url.searchParams.get("_typeFilter") ?? "").split("?")
      const expected = filter
        .split("?")[1]
        ?.split("&")
        .map((pair) => pair.split("=")[1])
      assert.deepStrictEqual([...new URLSearchParams(search).values()], expected)
    })
  }

  it("is plain data", () => {
    const request = new ExportRequest({ scope: "all", types: ["Patient"], since: "2026-06-01T00:00:00Z" })
    const json = JSON.stringify(Schema.encodeSync(ExportRequest)(request))
    assert.strictEqual(json, '{"scope":"all","types":["Patient"],"since":"2026-06-01T00:00:00Z"}')
    assert.deepStrictEqual(Schema.decodeUnknownSync(Schema.fromJsonString(ExportRequest))(json), request)
    const group = new ExportRequest({ scope: { group: "g" }, typeFilter: ["a", "b"], parameters: { x: "y" } })
    const again = Schema.decodeUnknownSync(ExportRequest)(Schema.encodeSync(ExportRequest)(group))
    assert.deepStrictEqual(again, group)
  })
})
