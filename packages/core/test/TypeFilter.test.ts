import { ExportRequest, Migration, SystemType, Target, TypeFilter } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"

const tag = (code: string) => `https://bluebutton.cms.gov/fhir/CodeSystem/System-Type|${code}`
const final = (code: string) => `https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action|${code}`
const eob = (query: string) => `ExplanationOfBenefit?${query}`
const parsed = (query: string) =>
  Result.match(TypeFilter.parse(eob(query)), {
    onSuccess: (filter) => Schema.encodeSync(TypeFilter)(filter),
    onFailure: ({ detail }) => detail
  })

describe("a type filter", () => {
  const written: ReadonlyArray<readonly [ConstructorParameters<typeof TypeFilter>[0], string]> = [
    [TypeFilter.adjudicated, `_tag=${tag("NationalClaimsHistory")},${tag("DDPS")}`],
    [TypeFilter.partiallyAdjudicated, `_tag=${tag("SharedSystem")}`],
    [TypeFilter.allClaims, `_tag=${tag("NationalClaimsHistory")},${tag("DDPS")},${tag("SharedSystem")}`],
    [{ finalAction: true }, `_tag=${final("FinalAction")}`],
    [{ finalAction: false }, `_tag=${final("NotFinalAction")}`],
    [{ outcome: "partial" }, "outcome=partial"],
    [{ serviceFrom: "2025-01-01" }, "service-date=ge2025-01-01"],
    [{ serviceTo: "2025-12-31" }, "service-date=le2025-12-31"],
    [
      {
        ...TypeFilter.partiallyAdjudicated,
        finalAction: true,
        outcome: "complete",
        serviceFrom: "2025-02-01",
        serviceTo: "2025-02-28"
      },
      `_tag=${tag("SharedSystem")}&_tag=${final("FinalAction")}&outcome=complete&service-date=ge2025-02-01&service-date=le2025-02-28`
    ]
  ]
  for (const [filter, query] of written) {
    it(`is written ${query}`, () => {
      assert.strictEqual(new TypeFilter(filter).text, eob(query))
      assert.deepStrictEqual(parsed(query), { ...filter })
      assert.strictEqual(TypeFilter.flaw(eob(query)), undefined)
    })
  }

  const impossible: ReadonlyArray<readonly [string, unknown]> = [
    ["nothing", {}],
    ["an empty list", { systemTypes: [] }],
    ["a list that repeats", { systemTypes: ["DDPS", "DDPS"] }],
    ["an unknown system", { systemTypes: ["NCH"] }],
    ["a month for a day", { serviceFrom: "2025-01" }],
    ["a day that is none", { serviceFrom: "2025-02-29" }],
    ["a window the wrong way round", { serviceFrom: "2025-02-02", serviceTo: "2025-02-01" }]
  ]
  for (const [name, data] of impossible) {
    it(`cannot be ${name}`, () => {
      assert.isTrue(Result.isFailure(Schema.decodeUnknownResult(TypeFilter)(data)))
    })
  }

  const readings: ReadonlyArray<readonly [string, object]> = [
    ["service-date=2025", { serviceFrom: "2025-01-01", serviceTo: "2025-12-31" }],
    ["service-date=eq2024-02", { serviceFrom: "2024-02-01", serviceTo: "2024-02-29" }],
    ["service-date=eq2024-02-29", { serviceFrom: "2024-02-29", serviceTo: "2024-02-29" }],
    ["service-date=ge2025", { serviceFrom: "2025-01-01" }],
    ["service-date=lt2025", { serviceTo: "2024-12-31" }],
    ["service-date=lt2025-03", { serviceTo: "2025-02-28" }],
    ["service-date=gt2025-12-31", { serviceFrom: "2026-01-01" }],
    ["service-date=ge2025-01-01&service-date=ge2024-01-01", { serviceFrom: "2025-01-01" }],
    ["service-date=lt2025&service-date=le2024-06-30", { serviceTo: "2024-06-30" }],
    ["service-date=le2024-06-30&service-date=lt2025", { serviceTo: "2024-06-30" }],
    [`_tag=${tag("DDPS")},${tag("SharedSystem")}&_tag=${tag("SharedSystem")}`, { systemTypes: ["SharedSystem"] }],
    [`outcome=complete,partial&_tag=${final("FinalAction")}`, { finalAction: true }],
    [`outcome=complete,partial&outcome=partial`, { outcome: "partial" }],
    ["service-date=eq1999", { serviceFrom: "1999-01-01", serviceTo: "1999-12-31" }]
  ]
  for (const [query, expected] of readings) {
    it(`${query} is read`, () => assert.deepStrictEqual(parsed(query), expected))
  }

  const unsaid: ReadonlyArray<readonly [string, RegExp]> = [
    [`_tag=${tag("DDPS")},${final("FinalAction")}`, /two kinds/],
    [`_tag=${tag("DDPS")}&_tag=${tag("SharedSystem")}`, /at once/],
    [`_tag=${final("FinalAction")}&_tag=${final("NotFinalAction")}`, /at once/],
    ["outcome=partial&outcome=complete", /at once/],
    ["service-date=ge2025&service-date=lt2025", /at once/],
    ["outcome=partial,complete", /every claim/]
  ]
  for (const [query, says] of unsaid) {
    it(`${query} has no words, but no flaw either`, () => {
      const said = parsed(query)
      assert.match(typeof said === "string" ? said : "", says)
      assert.strictEqual(TypeFilter.flaw(eob(query)), undefined)
    })
  }

  const flaws: ReadonlyArray<readonly [string, RegExp]> = [
    ["ExplanationOfBenefit", /question mark/],
    ["", /question mark/],
    ["Patient?outcome=complete", /only ExplanationOfBenefit.*"Patient"/],
    [eob(""), /not name=value/],
    [eob("outcome"), /"outcome" is not name=value/],
    [eob("outcome=complete&"), /not name=value/],
    [eob("status=active"), /"status" is not one of/],
    [eob("outcome=done"), /complete or partial/],
    [eob("outcome=complete,"), /complete or partial/],
    [eob("_tag=SharedSystem"), /system\|code/],
    [eob(`_tag=${tag("SharedSystem")},DDPS`), /system\|code/],
    [eob("_tag=https://example.com|SharedSystem"), /BCDA knows the tags of/],
    [eob(`_tag=${tag("PartA")}`), /that system has NationalClaimsHistory/],
    [eob(`_tag=${tag("SharedSystem")}|x`), /that system has/],
    [eob(`_tag=${final("SharedSystem")}`), /FinalAction/],
    [eob("service-date=yesterday"), /a date is/],
    [eob("service-date=ne2025"), /a date is/],
    [eob("service-date=2025-02-29"), /a date is/],
    [eob("service-date=2025-13"), /a date is/],
    [eob("service-date=ge"), /a date is/],
    // What BCDA takes, and then reads otherwise or not at all.
    [eob("service-date=2024,2025"), /drops a list/],
    [eob("service-date=ge2025-01-01T00:00:00Z"), /time of day/],
    [eob("service-date=le2025"), /first day/],
    [eob("service-date=gt2025-06"), /first day/],
    [eob("service-date=1999"), /before 2000/]
  ]
  for (const [text, says] of flaws) {
    it(`${text || "nothing"} is refused`, () => {
      assert.match(TypeFilter.flaw(text) ?? "", says)
      assert.isTrue(Result.isFailure(TypeFilter.parse(text)))
    })
  }

  it("is plain data", () => {
    const filter = new TypeFilter({ ...TypeFilter.partiallyAdjudicated, serviceFrom: "2025-01-01" })
    const json = JSON.stringify(Schema.encodeSync(TypeFilter)(filter))
    assert.deepStrictEqual(Schema.decodeUnknownSync(Schema.fromJsonString(TypeFilter))(json), filter)
  })
})

/** A day of 2000 to 2099. */
const day = (number: number) => new Date(Date.UTC(2000, 0, 1 + number)).toISOString().slice(0, 10)
const Number0to36524 = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 36_524 }))
const Some = {
  systems: Schema.Array(Schema.Boolean).check(Schema.isMinLength(3), Schema.isMaxLength(3)),
  final: Schema.optionalKey(Schema.Boolean),
  outcome: Schema.optionalKey(Schema.Literals(["complete", "partial"])),
  from: Schema.optionalKey(Number0to36524),
  days: Schema.optionalKey(Number0to36524)
}

/** As Go's `URL.Query` and then `QueryUnescape` do it. */
const decodedTwice = (url: string): string =>
  decodeURIComponent((new URL(url).searchParams.get("_typeFilter") ?? "").replaceAll("+", " "))

describe("every type filter", () => {
  it.effect.prop("survives its text, its URL and BCDA's decoding it twice", { some: Schema.Struct(Some) }, ({ some }) =>
    Effect.sync(() => {
      const systemTypes = SystemType.literals.filter((_, index) => some.systems[index])
      const to = some.days === undefined ? undefined : (some.from ?? 0) + some.days
      const parts = {
        ...(systemTypes.length > 0 && { systemTypes }),
        ...(some.final !== undefined && { finalAction: some.final }),
        ...(some.outcome !== undefined && { outcome: some.outcome }),
        ...(some.from !== undefined && { serviceFrom: day(some.from) }),
        ...(to !== undefined && { serviceTo: day(to) })
      }
      // It has to say something.
      const filter = new TypeFilter(Object.keys(parts).length === 0 ? { outcome: "complete" } : parts)
      const request = new ExportRequest({ scope: "all", typeFilter: filter.text })
      const url = ExportRequest.toUrl(request, Target.sandbox())
      assert.deepStrictEqual(Result.getOrThrow(TypeFilter.parse(decodedTwice(url))), filter)
      assert.deepStrictEqual(Result.getOrThrow(Migration.readUrl(url)).request, request)
    })
  )

  it.effect.prop(
    "whatever its text, comes out of its URL as it was, for who decodes twice",
    { text: Schema.String },
    ({ text }) =>
      Effect.sync(() => {
        const typeFilter = `ExplanationOfBenefit?a=${text.toWellFormed()}%2B+b`
        assert.strictEqual(
          decodedTwice(ExportRequest.toUrl(new ExportRequest({ scope: "all", typeFilter }), Target.sandbox())),
          typeFilter
        )
      })
  )

  it.effect.prop("whatever the text, is either read or refused in words", { text: Schema.String }, ({ text }) =>
    Effect.sync(() => {
      for (const one of [text, eob(text), eob(`_tag=${text}`), eob(`service-date=${text}`), eob(`outcome=${text}`)]) {
        const result = TypeFilter.parse(one)
        if (Result.isSuccess(result)) assert.strictEqual(TypeFilter.flaw(result.success.text), undefined)
        else assert.isAbove(result.failure.detail.length, 10)
      }
    })
  )
})
