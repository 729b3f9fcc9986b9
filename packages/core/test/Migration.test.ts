import { ExportRequest, Migration, RequestRules, Target, TypeFilter } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Result, Schema } from "effect"

type Fields = ConstructorParameters<typeof ExportRequest>[0]
const migrated = (fields: Fields, options: Migration.MigrationOptions = { from: "v2" }) =>
  Migration.toV3(new ExportRequest(fields), options)
const told = ({ notes }: Migration.Migration) => notes.map(({ text }) => text).join("\n")
const filters = {
  adjudicated: new TypeFilter(TypeFilter.adjudicated).text,
  partial: new TypeFilter(TypeFilter.partiallyAdjudicated).text,
  all: new TypeFilter(TypeFilter.allClaims).text
}

describe("a v2 request in v3", () => {
  // The three ways of CMS's "How to Migrate to v3", and what lies between.
  const table: ReadonlyArray<readonly [Fields, Fields, Partial<Migration.MigrationOptions>?]> = [
    [
      { scope: "all", types: ["Claim", "ClaimResponse"] },
      { scope: "all", types: ["ExplanationOfBenefit"], typeFilter: filters.partial }
    ],
    [
      { scope: "patient", types: ["ExplanationOfBenefit", "Claim", "ClaimResponse"] },
      { scope: "patient", types: ["ExplanationOfBenefit"], typeFilter: filters.all }
    ],
    [
      { scope: "all", types: ["ExplanationOfBenefit"] },
      { scope: "all", types: ["ExplanationOfBenefit"], typeFilter: filters.adjudicated }
    ],
    [
      { scope: "runout", types: ["Claim", "Patient"] },
      { scope: "runout", types: ["Patient", "ExplanationOfBenefit"], typeFilter: filters.partial }
    ],
    [
      { scope: "all", types: ["Patient", "Coverage"] },
      { scope: "all", types: ["Patient", "Coverage"] }
    ],
    [{ scope: "all" }, { scope: "all", typeFilter: filters.adjudicated }],
    [{ scope: "all" }, { scope: "all", typeFilter: filters.all }, { partiallyAdjudicated: true }],
    [{ scope: "all" }, { scope: "all", typeFilter: filters.adjudicated }, { from: "v1", partiallyAdjudicated: true }],
    [{ scope: "all", types: ["Patient", "Observation"] }, { scope: "all", types: ["Patient"] }, { from: "v1" }],
    [{ scope: "all", types: ["Observation"] }, { scope: "all", typeFilter: filters.adjudicated }, { from: "v1" }],
    [
      { scope: "all", types: ["Patient"], since: "2026-06-01T00:00:00Z", typeFilter: "x", parameters: { _until: "y" } },
      { scope: "all", types: ["Patient"] }
    ]
  ]
  for (const [before, after, options] of table) {
    it(`${JSON.stringify(before)}${options === undefined ? "" : ` ${JSON.stringify(options)}`}`, () => {
      assert.deepStrictEqual(migrated(before, { from: "v2", ...options }).request, new ExportRequest(after))
    })
  }

  const words: ReadonlyArray<readonly [Fields, Migration.MigrationOptions, RegExp, boolean]> = [
    [{ scope: "all" }, { from: "v2" }, /2027-07-30/, true],
    [{ scope: "all" }, { from: "v2" }, /Join people by MBI/, true],
    [{ scope: "all" }, { from: "v2" }, /benefitBalance/, true],
    [{ scope: "all" }, { from: "v1" }, /careTeamLinkId/, true],
    [{ scope: "all" }, { from: "v1" }, /benefitBalance/, false],
    [{ scope: "all" }, { from: "v2" }, /SharedSystem/, false],
    [{ scope: "all", types: ["Claim"] }, { from: "v2" }, /Claim and ClaimResponse are gone/, true],
    [{ scope: "all", types: ["Claim"] }, { from: "v2" }, /GUIDE/, true],
    [{ scope: "all", types: ["Patient"] }, { from: "v2" }, /claim control number|2021-03-01/, false],
    [{ scope: "all", types: ["Coverage"] }, { from: "v2" }, /dual status/, true],
    [
      { scope: "all", since: "2026-06-01T00:00:00Z" },
      { from: "v2" },
      /since \(2026-06-01T00:00:00Z\) is left out/,
      true
    ],
    [{ scope: "all" }, { from: "v2" }, /is left out/, false],
    [{ scope: "all", parameters: { _until: "y" } }, { from: "v2" }, /_until is left out/, true],
    [{ scope: "all", types: ["Observation"] }, { from: "v1" }, /Observation is left out/, true]
  ]
  for (const [fields, options, says, expected] of words) {
    it(`${JSON.stringify(fields)} of ${options.from} ${expected ? "says" : "does not say"} ${String(says)}`, () => {
      assert.strictEqual(says.test(told(migrated(fields, options))), expected)
    })
  }

  it("is plain data", () => {
    const migration = migrated({ scope: "all", types: ["Claim"] })
    const json = JSON.stringify(Schema.encodeSync(Migration.Migration)(migration))
    assert.deepStrictEqual(Schema.decodeUnknownSync(Schema.fromJsonString(Migration.Migration))(json), migration)
  })

  const Types = Schema.Array(
    Schema.Literals(["Patient", "Coverage", "ExplanationOfBenefit", "Claim", "ClaimResponse"])
  ).check(Schema.isUnique())
  it.effect.prop(
    "is one that v3 takes, whatever it was",
    { types: Types, partial: Schema.Boolean },
    ({ types, partial }) =>
      Effect.sync(() => {
        const { request } = migrated({ scope: "all", types }, { from: "v2", partiallyAdjudicated: partial })
        const options = { now: 0, clockSkew: Duration.zero }
        assert.isTrue(Result.isSuccess(RequestRules.check(request, Target.sandbox(), options)))
      })
  )
})

const read = (url: string) =>
  Result.match(Migration.readUrl(url), {
    onSuccess: ({ apiVersion, request }) => [apiVersion, Schema.encodeSync(ExportRequest)(request)],
    onFailure: ({ detail }) => detail
  })

describe("a kick-off URL", () => {
  const good: ReadonlyArray<readonly [string, unknown]> = [
    ["https://api.bcda.cms.gov/api/v2/Group/all/$export", ["v2", { scope: "all" }]],
    [
      "/api/v1/Patient/$export?_type=Patient,Coverage&_type=Claim",
      ["v1", { scope: "patient", types: ["Patient", "Coverage"] }]
    ],
    [
      "http://h/bcda/api/v2/Group/runout/$export?_since=2026-01-01T00%3A00%3A00%2B01:00&_typeFilter=x&_until=y",
      ["v2", { scope: "runout", since: "2026-01-01T00:00:00+01:00" }]
    ],
    [
      "https://h/api/v3/Group/abc/$export?_typeFilter=ExplanationOfBenefit%253Foutcome%3Dcomplete",
      ["v3", { scope: { group: "abc" }, typeFilter: "ExplanationOfBenefit?outcome=complete" }]
    ]
  ]
  for (const [url, expected] of good) it(`${url} is read`, () => assert.deepStrictEqual(read(url), expected))

  for (const url of [
    "",
    "https://h/fhir/$export",
    "https://h/api/v4/Patient/$export",
    "https://h/api/v2/jobs/1",
    "http://"
  ]) {
    it(`${url || "nothing"} is none`, () => assert.isTrue(Result.isFailure(Migration.readUrl(url))))
  }
})
