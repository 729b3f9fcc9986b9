import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { parseQuery } from "../src/internal/Query.ts"
import { namesSystemType, parseTypeFilter } from "../src/internal/TypeFilter.ts"
import { exportHeaders, makeKit, outcomeText, persona } from "./Support.ts"

const parse = (query: string) => parseTypeFilter(parseQuery(query).all("_typeFilter"))
const accepted = (filter: string) => Result.getOrThrow(parse(`_typeFilter=${encodeURIComponent(filter)}`))

const systemType = "https://bluebutton.cms.gov/fhir/CodeSystem/System-Type"
const finalAction = "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action"

describe("_typeFilter", () => {
  const eob = "ExplanationOfBenefit"
  it.each([
    [
      `_typeFilter=${eob}?outcome=partial&_typeFilter=${eob}?outcome=partial`,
      "failed to process request given more that one _typeFilter parameter"
    ],
    [`_typeFilter=${eob}?outcome%3Dpartial%25zz`, `failed to unescape ${eob}?outcome=partial%zz`],
    [`_typeFilter=${eob}`, `missing question mark ${eob}`],
    ["_typeFilter=", "missing question mark "],
    ["_typeFilter=Patient%3Fname%3Dx", "invalid _typeFilter Resource Type (Only EOBs valid): Patient"],
    [`_typeFilter=${eob}%3Foutcome`, "invalid _typeFilter parameter/value: outcome"],
    [`_typeFilter=${eob}%3Fstatus%3Dactive`, "invalid _typeFilter subquery parameter: status"],
    [
      `_typeFilter=${eob}%3F_tag%3DSharedSystem`,
      "invalid _tag value: SharedSystem. Searching by tag requires a token (system|code) to be specified"
    ],
    [`_typeFilter=${eob}%3F_tag%3Dhttp://else%7CDDPS`, "invalid _tag value: http://else|DDPS"],
    [`_typeFilter=${eob}%3F_tag%3D${systemType}%7CFinalAction`, `invalid _tag value: ${systemType}|FinalAction`],
    [
      `_typeFilter=${eob}%3Foutcome%3Dqueued`,
      "invalid outcome value: queued. Supported outcome values are 'complete' and 'partial'"
    ],
    [
      `_typeFilter=${eob}%3Fservice-date%3Dsa2020`,
      "invalid service-date value: sa2020. Pass a valid FHIR date parameter"
    ],
    [
      `_typeFilter=${eob}%3Fservice-date%3Dge2020-01,2020-13`,
      "invalid service-date value: 2020-13. Pass a valid FHIR date parameter"
    ],
    [
      `_typeFilter=${eob}%3Fservice-date%3Dge2024-01-01T99:99:99Z`,
      "invalid service-date value: ge2024-01-01T99:99:99Z. Pass a valid FHIR date parameter"
    ]
  ])("%s is refused", (query, text) => {
    const parsed = parse(query)
    assert.isTrue(Result.isFailure(parsed))
    if (Result.isFailure(parsed)) assert.strictEqual(parsed.failure, text)
  })

  it("is decoded twice", () => {
    const once = encodeURIComponent(`${eob}?_tag=${systemType}|DDPS`)
    const expected = { tags: [[{ system: systemType, code: "DDPS" }]] }
    assert.deepStrictEqual(Result.getOrThrow(parse(`_typeFilter=${once}`)), expected)
    assert.deepStrictEqual(Result.getOrThrow(parse(`_typeFilter=${encodeURIComponent(once)}`)), expected)
  })

  it("a comma is OR, a second name is AND", () => {
    const filter = accepted(
      `${eob}?_tag=${systemType}|SharedSystem,${systemType}|DDPS&_tag=${finalAction}|FinalAction&outcome=partial,complete&outcome=complete`
    )
    assert.deepStrictEqual(filter, {
      tags: [
        [
          { system: systemType, code: "SharedSystem" },
          { system: systemType, code: "DDPS" }
        ],
        [{ system: finalAction, code: "FinalAction" }]
      ],
      outcomes: ["complete"]
    })
  })

  it("overlooks a second pipe, but then the tag is no System-Type any more", () => {
    const filter = accepted(`${eob}?_tag=${systemType}|DDPS|x`)
    assert.deepStrictEqual(filter, { tags: [[{ system: `${systemType}|DDPS`, code: "x" }]] })
    assert.isFalse(namesSystemType(filter))
  })

  it("knows whether a System-Type was named", () => {
    assert.isTrue(namesSystemType(accepted(`${eob}?_tag=${systemType}|DDPS`)))
    assert.isFalse(namesSystemType(accepted(`${eob}?_tag=${finalAction}|FinalAction`)))
    assert.isFalse(namesSystemType(undefined))
  })

  it.each([
    ["2024", "2024-01-01", "2024-12-31"],
    ["eq2024-02", "2024-02-01", "2024-02-29"],
    ["ge2024-02", "2024-02-01", undefined],
    // A prefix counts from the first day of what it stands before.
    ["gt2024-02", "2024-02-02", undefined],
    ["gt2024", "2024-01-02", undefined],
    ["le2024", undefined, "2024-01-01"],
    ["lt2024", undefined, "2023-12-31"],
    ["lt2024-03-01", undefined, "2024-02-29"],
    ["ge2024-01-15&service-date=le2024-03&service-date=ge2023", "2024-01-15", "2024-03-01"],
    // Accepted, and then not understood: times, lists, an old year without a prefix.
    ["ge2024-01-15T10:00:00Z", undefined, undefined],
    ["2024,2025", undefined, undefined],
    ["ge2024-01-01,le2024-03-01", undefined, undefined],
    ["1999", undefined, undefined],
    ["eq1999", "1999-01-01", "1999-12-31"],
    ["ge2024&service-date=le2023,le2024", "2024-01-01", undefined]
  ])("service-date=%s means %s to %s", (text, serviceFrom, serviceTo) => {
    const filter = accepted(`${eob}?service-date=${text}`)
    assert.strictEqual(filter?.serviceFrom, serviceFrom)
    assert.strictEqual(filter?.serviceTo, serviceTo)
  })

  it.effect("v1 and v2 do not look at it; v3 refuses in its own shape", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const headers = exportHeaders(yield* kit.bearer())
      const ask = (version: string) => kit.send(`/api/${version}/Patient/$export?_typeFilter=nonsense`, headers)
      assert.strictEqual((yield* ask("v1")).status, 202)
      assert.strictEqual((yield* ask("v2")).status, 202)
      const refusal = yield* ask("v3")
      assert.strictEqual(refusal.status, 400)
      assert.strictEqual(refusal.text, outcomeText("v3", "structure", "missing question mark nonsense"))
    })
  )

  it.effect("an organization without SharedSystem may not ask for it", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ personas: [persona({ limits: { noSharedSystem: true } })] })
      const headers = exportHeaders(yield* kit.bearer())
      const tag = encodeURIComponent(`${eob}?_tag=${systemType}|SharedSystem`)
      const refusal = yield* kit.send(`/api/v3/Patient/$export?_typeFilter=${tag}`, headers)
      assert.strictEqual(refusal.status, 400)
      assert.include(refusal.text, "Model entities in GUIDE are not eligible to access SharedSystem data.")
    })
  )
})
