import { Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { type RequestInput, toLimits, toRequest } from "../src/RequestInput.ts"

const none: RequestInput = {
  group: undefined,
  patient: false,
  type: undefined,
  since: undefined,
  typeFilter: undefined,
  claims: undefined,
  finalAction: false,
  serviceFrom: undefined,
  serviceTo: undefined
}
const bcda = Target.sandbox()
const other = Result.getOrThrow(Target.fromUrl("https://fhir.example/r4", { auth: "none" }))
const system = "https://bluebutton.cms.gov/fhir/CodeSystem/System-Type"
const eob = "ExplanationOfBenefit?"

describe("the request of a command line", () => {
  it.effect.each<readonly [string, Partial<RequestInput>, Target, Record<string, unknown>]>([
    ["everybody", {}, bcda, { scope: "all" }],
    ["the runout", { group: "runout" }, bcda, { scope: "runout" }],
    ["Patient", { patient: true }, bcda, { scope: "patient" }],
    ["everything of another server", {}, other, { scope: "system" }],
    ["a group of another server", { group: "42" }, other, { scope: { group: "42" } }],
    ["its group that is named like BCDA's", { group: "all" }, other, { scope: { group: "all" } }],
    ["types and since", { type: ["Patient"], since: "2026-01-01T00:00:00Z" }, bcda, { since: "2026-01-01T00:00:00Z" }],
    ["since auto is no since", { since: "auto" }, bcda, { since: undefined }],
    ["a filter as it is", { typeFilter: "a?b=c" }, bcda, { typeFilter: "a?b=c" }],
    [
      "settled claims",
      { claims: "adjudicated" },
      bcda,
      { typeFilter: `${eob}_tag=${system}|NationalClaimsHistory,${system}|DDPS` }
    ],
    ["claims on their way", { claims: "partial" }, bcda, { typeFilter: `${eob}_tag=${system}|SharedSystem` }],
    [
      "both",
      { claims: "all" },
      bcda,
      { typeFilter: `${eob}_tag=${system}|NationalClaimsHistory,${system}|DDPS,${system}|SharedSystem` }
    ],
    [
      "what stands of a window",
      { finalAction: true, serviceFrom: "2026-01-01", serviceTo: "2026-01-31" },
      bcda,
      {
        typeFilter: `${eob}_tag=https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action|FinalAction&service-date=ge2026-01-01&service-date=le2026-01-31`
      }
    ]
  ])("%s", ([, input, target, expected]) =>
    Effect.gen(function* () {
      const request = yield* toRequest({ ...none, ...input }, target.isBcda)
      assert.deepInclude(request, expected)
    })
  )

  it.effect.each<readonly [string, Partial<RequestInput>]>([
    ["two scopes", { patient: true, group: "all" }],
    ["two filters", { typeFilter: "a?b=c", claims: "all" }],
    ["a day that is none", { serviceFrom: "2026-02-30" }],
    ["a window that ends before it begins", { serviceFrom: "2026-02-02", serviceTo: "2026-02-01" }]
  ])("refuses %s with 2", ([, input]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(toRequest({ ...none, ...input }, true))).exitCode, 2)
    })
  )
})

describe("limits", () => {
  it.effect("are named", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* toLimits(["files=3", "lineBytes=1000000"]), {
        limits: { files: 3, lineBytes: 1_000_000 }
      })
      assert.deepStrictEqual(yield* toLimits(), { limits: {} })
    })
  )

  it.effect.each(["colours=3", "files", "files=", "files=0", "files=-1", "files=1.5", "files=1e9"])(
    "refuse %s",
    (word) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(toLimits([word]))).exitCode, 2)
      })
  )
})
