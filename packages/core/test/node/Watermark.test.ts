import { basename } from "node:path"
import { ExportRequest, Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { compareInstants } from "../../src/internal/instants.ts"
import { openWatermark } from "../../src/node/Watermark.ts"
import { tempDirectory } from "./support/TempDirectory.ts"

const tag = "ExplanationOfBenefit?_tag=https://bluebutton.cms.gov/fhir/CodeSystem/System-Type"
const settled = `${tag}|NationalClaimsHistory,https://bluebutton.cms.gov/fhir/CodeSystem/System-Type|DDPS`
const settledToo = `${tag}|DDPS,https://bluebutton.cms.gov/fhir/CodeSystem/System-Type|NationalClaimsHistory`

interface One {
  readonly request?: Partial<ConstructorParameters<typeof ExportRequest>[0]>
  readonly target?: Target
  readonly clientId?: string
}

const renamed = Result.getOrThrow(Target.fromUrl("https://sandbox.bcda.cms.gov", { name: "another name" }))
const fhir = Result.getOrThrow(Target.fromUrl("https://fhir.example/base", { apiVersion: "fhir" }))

const nameOf = Effect.fnUntraced(function* ({ request = {}, target = Target.sandbox(), clientId = "me" }: One) {
  const root = yield* tempDirectory
  const whole = new ExportRequest({ scope: "all", ...request })
  return basename((yield* openWatermark({ root, request: whole, target, clientId })).folder)
})

describe("a watermark is the same", () => {
  it.live.each<readonly [string, One, One]>([
    ["for types in another order", { request: { types: ["A", "B"] } }, { request: { types: ["B", "A"] } }],
    ["for a filter in other words", { request: { typeFilter: settled } }, { request: { typeFilter: settledToo } }],
    ["whatever since is", { request: { since: "2026-01-01T00:00:00Z" } }, {}],
    ["for a group by its name", { request: { scope: { group: "all" } } }, {}],
    ["for a target by another name", { target: renamed }, {}]
  ])("%s", ([, a, b]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* nameOf(a), yield* nameOf(b))
    })
  )
})

describe("a watermark is another", () => {
  it.live.each<readonly [string, One, One]>([
    ["for other people", { request: { scope: "patient" } }, {}],
    ["for last year's people", { request: { scope: "runout" } }, {}],
    ["for other types", { request: { types: ["Patient"] } }, {}],
    ["for one type more", { request: { types: ["Patient"] } }, { request: { types: ["Patient", "Coverage"] } }],
    ["for a filter", { request: { typeFilter: settled } }, {}],
    ["for another API version", { target: Target.sandbox("v2") }, {}],
    ["for another server", { target: Target.production() }, {}],
    ["for another organization", { clientId: "somebody else" }, {}],
    [
      "for other parameters of another server",
      { target: fhir, request: { scope: "patient", parameters: { a: "1" } } },
      { target: fhir, request: { scope: "patient" } }
    ],
    [
      "for another group of another server",
      { target: fhir, request: { scope: { group: "1" } } },
      { target: fhir, request: { scope: { group: "2" } } }
    ]
  ])("%s", ([, a, b]) =>
    Effect.gen(function* () {
      assert.notStrictEqual(yield* nameOf(a), yield* nameOf(b))
    })
  )
})

const sign = (n: number | undefined) => (n === undefined ? undefined : Math.sign(n) + 0)

describe("compareInstants", () => {
  it.each([
    ["2026-02-01T20:20:20.1Z", "2026-02-01T20:20:20.12Z", -1],
    ["2026-02-01T20:20:20.09Z", "2026-02-01T20:20:20.1Z", -1],
    ["2026-02-01T20:20:20.100Z", "2026-02-01T20:20:20.1Z", 0],
    ["2026-02-01T20:20:20Z", "2026-02-01T20:20:20.000001Z", -1],
    ["2026-02-01T21:20:20.5+01:00", "2026-02-01T20:20:20.5Z", 0],
    ["2026-02-01T20:20:20.999999Z", "2026-02-01T20:20:21Z", -1],
    ["1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00.1Z", -1],
    ["2026-02-01", "2026-02-01T20:20:21Z", undefined]
  ] as const)("%s, %s", (a, b, order) => {
    assert.strictEqual(sign(compareInstants(a, b)), order)
    assert.strictEqual(sign(compareInstants(b, a)), order === undefined ? undefined : 0 - order)
  })
})
