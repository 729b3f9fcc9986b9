/** Targets are descriptors: what is declared decides what is asked, and of whom. */
import { Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import {
  describeTarget,
  descriptorFromFile,
  outcomeOf,
  planRun,
  profileFor,
  scenarios,
  TargetDescriptor,
  TargetFile,
  type TargetKind,
  type VerdictLine
} from "../src/index.ts"
import { probeOf } from "../src/Probe.ts"
import { described, headerOf, judged, runOn } from "./support/Judging.ts"
import { tinyBcda } from "./support/TinyBcda.ts"

const read = Schema.decodeUnknownResult(TargetFile, { onExcessProperty: "error" })
const fhir = { baseUrl: "http://127.0.0.1:1/fhir", apiVersion: "fhir", auth: "none" } as const

describe("a target file", () => {
  it("needs a base URL and nothing else", () => {
    const descriptor = Result.getOrThrow(descriptorFromFile({ baseUrl: "http://127.0.0.1:1/api/v2" }))
    assert.deepInclude(descriptor, { kind: "other", apiVersion: "v2", auth: "basic", methods: ["GET"], budget: {} })
    assert.deepStrictEqual(descriptor.levels, { patient: true, group: ["all", "runout"], system: false })
    assert.deepStrictEqual(
      Schema.decodeUnknownSync(TargetDescriptor)(JSON.parse(JSON.stringify(descriptor))),
      descriptor,
      "it survives being stored"
    )
  })

  it("holds names of variables, never a secret", () => {
    const canary = "canary-secret-7f3a9c"
    for (const wrong of [
      { secrets: { clientSecret: canary } },
      { clientSecret: canary },
      { secrets: { token: canary } }
    ]) {
      const refused = read({ baseUrl: "http://127.0.0.1:1", ...wrong })
      assert.isTrue(Result.isFailure(refused), JSON.stringify(wrong))
      assert.notInclude(String(Result.isFailure(refused) && refused.failure.message), canary)
    }
    assert.isTrue(Result.isSuccess(read({ baseUrl: "http://127.0.0.1:1", secrets: { clientSecret: "MY_SECRET" } })))
  })

  it("is refused with a member that nobody knows, a limit below nought, or nothing to export", () => {
    for (const wrong of [
      { budgt: {} },
      { budget: { jobs: -1 } },
      { budget: { requestsPerMinute: 0 } },
      { methods: [] }
    ]) {
      assert.isTrue(Result.isFailure(read({ baseUrl: "http://127.0.0.1:1", ...wrong })), JSON.stringify(wrong))
    }
    for (const levels of [{}, { patient: false }, { group: [] }]) {
      assert.isTrue(Result.isFailure(descriptorFromFile({ ...fhir, levels })))
    }
    assert.isTrue(Result.isFailure(descriptorFromFile({ baseUrl: "http://bcda.example" })), "plain http")
  })

  it("says which levels there are, and then the others are not", () => {
    const { levels } = Result.getOrThrow(descriptorFromFile({ ...fhir, levels: { group: ["g 1"] } }))
    assert.deepStrictEqual(levels, { patient: false, group: ["g 1"], system: false })
  })

  it("cannot make CMS's hosts anybody else's, nor loosen their budget", () => {
    for (const [baseUrl, kind] of [
      ["https://sandbox.bcda.cms.gov", "sandbox"],
      ["https://api.bcda.cms.gov/api/v2", "production"]
    ] as const) {
      const file = { baseUrl, kind: "mock", budget: { jobs: 1000, tokens: 0 } } as const
      const descriptor = Result.getOrThrow(descriptorFromFile(file))
      assert.strictEqual(descriptor.kind, kind)
      assert.strictEqual(descriptor.budget.tokens, 0)
      assert.isAtMost(descriptor.budget.jobs ?? Number.POSITIVE_INFINITY, 3)
      assert.isAtMost(descriptor.budget.requests ?? Number.POSITIVE_INFINITY, 60)
    }
    assert.strictEqual(describeTarget(Target.sandbox()).kind, "sandbox")
    assert.strictEqual(describeTarget(Target.production()).kind, "production")
  })

  it("of a server that is no BCDA is judged by the IG it follows", () => {
    assert.strictEqual(profileFor(Result.getOrThrow(descriptorFromFile(fhir))), "ig-stu2")
    assert.strictEqual(profileFor(Result.getOrThrow(descriptorFromFile({ ...fhir, ig: "stu3" }))), "ig-stu3")
    assert.strictEqual(profileFor(describeTarget(Target.sandbox())), "bcda-today")
  })
})

const notRunSteps = (verdicts: ReadonlyArray<VerdictLine>) =>
  verdicts.filter(({ verdict }) => verdict === "not-run").map(({ check }) => check)

/** Runs on a tiny BCDA that is said to be of a kind. */
const asKind = (kind: TargetKind) =>
  Effect.scoped(
    Effect.gen(function* () {
      const tiny = yield* tinyBcda()
      const lines = yield* runOn(tiny, { target: described(tiny, { kind }), clock: undefined })
      return { lines, tiny, verdicts: lines.filter((line): line is VerdictLine => line.kind === "verdict") }
    })
  )

describe("what is safe for", () => {
  it.live("production: reads and one job, no request that is wrong on purpose", () =>
    Effect.gen(function* () {
      const { lines, tiny, verdicts } = yield* asKind("production")
      const { plan } = headerOf(lines)
      assert.deepInclude(plan, { jobs: 3, tokens: 1 })
      const left = plan?.leftOut.map(({ step }) => step) ?? []
      const hazardous = steps
        .filter(({ hazard, onlyOn }) => hazard !== undefined && onlyOn?.auth === undefined)
        .map(({ id }) => id)
      assert.isAbove(hazardous.length, 20)
      assert.includeMembers([...left], hazardous)
      assert.includeMembers(hazardous, ["token-wrong-secret", "kickoff-no-token", "cancel", "kickoff-since"])
      const kickOffs = tiny.requests.filter((request) => request.includes("$export"))
      assert.strictEqual(kickOffs.length, 1, "one job, and nothing to be refused")
      assert.strictEqual(tiny.requests.filter((request) => request.startsWith("DELETE")).length, 0)
      assert.strictEqual(tiny.requests.filter((request) => request.startsWith("POST")).length, 1)
      assert.includeMembers(
        [...notRunSteps(verdicts)],
        ["token/wrong-secret-refused", "second-opinion/export", "cancel/then-404"]
      )
      const second = verdicts.find(({ check }) => check === "second-opinion/export")
      assert.strictEqual(second?.because, "the budget of 1 job is spent")
      assert.strictEqual(outcomeOf(lines).exitCode, 0, "what is not asked of production makes no run red")
    })
  )

  it.effect("CMS's sandbox: everything that strains nobody, a part of it once a week", () =>
    Effect.gen(function* () {
      const nights = new Map<string, number>()
      for (let night = 0; night < 7; night++) {
        const plan = yield* planRun({ target: Target.sandbox() })
        assert.deepInclude(plan, { jobs: 3, tokens: 1 })
        assert.isAtLeast(plan.polls ?? 0, 10, "a night leaves room for polls")
        const left = new Set(plan.leftOut.map(({ step }) => step))
        for (const { id } of steps) if (!left.has(id)) nights.set(id, (nights.get(id) ?? 0) + 1)
        yield* TestClock.adjust("1 day")
      }
      const how = new Map(steps.map((step) => [step.id, step]))
      for (const step of steps) {
        // what comes after a step is asked as often as that one
        const chain = [step]
        for (let before = how.get(step.after ?? ""); before !== undefined; before = how.get(before.after ?? ""))
          chain.push(before)
        const isOurs = chain.some(
          ({ hazard, onlyWithClock, _tag }) =>
            hazard === "extra-job" || hazard === "load" || onlyWithClock === true || _tag === "Advance"
        )
        const often = chain.some(({ weekly }) => weekly !== undefined) ? 1 : 7
        if (isOurs) assert.isUndefined(nights.get(step.id), step.id)
        else assert.strictEqual(nights.get(step.id), often, step.id)
      }
    })
  )
})

const steps = scenarios.flatMap((scenario) => scenario.steps)

describe("the probe", () => {
  it.live("finds a healthy server to be what it is declared to be", () =>
    Effect.gen(function* () {
      for (const apiVersion of ["v1", "v2", "v3"] as const) {
        const { lines } = yield* judged({ apiVersion })
        const { probe = [] } = headerOf(lines)
        assert.deepStrictEqual(
          probe.filter(({ agrees }) => !agrees),
          []
        )
        assert.deepStrictEqual(
          probe.map(({ what }) => what),
          ["fhirVersion", "$export", "Patient/$export", "Group/[id]/$export", "tokens", "token URL"]
        )
      }
    })
  )

  it.live("says where the two differ, line by line", () =>
    Effect.gen(function* () {
      const tiny = yield* tinyBcda()
      const file = { levels: { system: true }, fhirVersion: "5.0.0", tokenEndpoint: "http://127.0.0.1:1/token" }
      const target = described(tiny, file)
      const { probe = [] } = headerOf(
        yield* runOn(tiny, { target: { ...target, tokenEndpoint: `${tiny.baseUrl}/auth/token?` } })
      )
      assert.deepStrictEqual(
        probe.filter(({ agrees }) => !agrees).map(({ what }) => what),
        ["fhirVersion", "$export", "Patient/$export", "Group/[id]/$export", "token URL"]
      )
      const open = headerOf(yield* runOn(tiny, { target: { ...described(tiny, {}), auth: "none" } }))
      const tokens = open.probe?.find(({ what }) => what === "tokens")
      assert.deepStrictEqual(tokens, { what: "tokens", declared: "none", actual: "OAuth", agrees: false })
    }).pipe(Effect.scoped)
  )

  it("says nothing about what is no CapabilityStatement", () => {
    assert.deepStrictEqual(probeOf(describeTarget(Target.sandbox()), undefined), [])
  })
})

describe("a plan", () => {
  it.effect("tells what a run would ask, before it asks", () =>
    Effect.gen(function* () {
      const plan = yield* planRun({ target: Target.sandbox() })
      assert.deepInclude(plan, { jobs: 3, tokens: 1 })
      assert.strictEqual((plan.polls ?? 0) + plan.requests, 60)
      const little = yield* planRun({ target: Target.sandbox(), only: ["metadata/active"] })
      assert.deepInclude(little, { jobs: 0, requests: 3 })
    })
  )

  it.live("of a healthy run is kept to, polls aside", () =>
    Effect.gen(function* () {
      const { lines, tiny } = yield* judged()
      const { plan } = headerOf(lines)
      const polls = lines.at(-1)
      assert.strictEqual(polls?.kind, "footer")
      assert.strictEqual(
        tiny.requests.filter((request) => request.includes("$export?_type=Patient,Coverage")).length > 0,
        true
      )
      // four polls of each of seven jobs; five jobs to cancel; a file of claims more than the types chosen, two less with _since, and
      // nothing that was put off to be asked again; one of the polls is fhir-kit-client's
      assert.strictEqual(tiny.requests.length, (plan?.requests ?? 0) + 7 * 4 - 1 + 5 + 1 - 2 - 1)
    })
  )
})
