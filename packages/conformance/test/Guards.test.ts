/** A green verdict is earned: no check passes on nothing, and a check that is broken is an engine error. */
import { Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { citing, status } from "../src/Assertion.ts"
import {
  type Check,
  captureOf,
  checks,
  type Exchange,
  evaluate,
  notApplicable,
  profiles,
  registry,
  type StepRecord
} from "../src/index.ts"

const options = { target: Target.sandbox(), profile: profiles["bcda-today"], registry }

const exchange = (id: string, step: string): Exchange => ({
  kind: "exchange",
  id,
  scenario: "metadata",
  step,
  attempt: 1,
  via: "bcda-kit",
  request: { method: "GET", url: "https://sandbox.bcda.cms.gov/api/v3/x", headers: {}, auth: "none" },
  startedAt: 0,
  took: 0,
  at: "2026-01-01T00:00:00.000Z"
})

const answered = (id: string, step: string, code = 200): Exchange => ({
  ...exchange(id, step),
  response: { status: code, headers: {}, body: { kind: "empty" } }
})

const ran = (step: string): StepRecord => ({ kind: "step", scenario: "metadata", step, outcome: "ran" })

const check = (judge: Check["judge"], requirements: ReadonlyArray<string> = ["SEED-74"]): Check => ({
  id: "made/up",
  title: "Something holds",
  requirements,
  steps: ["metadata"],
  judge
})

const fine: Check["judge"] = (view) => [status(view.one("metadata"), [200])]
const wrong: Check["judge"] = (view) => [status(view.one("metadata"), [999])]

const pageOnly: Check["judge"] = (view) => citing(["SEED-74"], status(view.one("metadata"), [999]))

const capture = captureOf([ran("metadata"), answered("e001", "metadata")])

/** The verdict on a breach of some requirements. */
const verdict = (...ids: ReadonlyArray<string>) => evaluate(check(wrong, ids), capture, options).verdict

const under = (profile: "ig-stu2" | "ig-stu3") =>
  evaluate(check(wrong, ["export#capability-accurate"]), capture, { ...options, profile: profiles[profile] }).verdict

describe("no check passes", () => {
  for (const each of checks) {
    it(`${each.id}: on nothing, on steps without an exchange, or on silence`, () => {
      assert.strictEqual(evaluate(each, captureOf([]), options).verdict, "blocked")
      const steps = each.steps.map(ran)
      assert.strictEqual(evaluate(each, captureOf(steps), options).verdict, "engine-error")
      const silent = captureOf([...steps, ...each.steps.map((step, index) => exchange(`e00${index}`, step))])
      assert.notInclude(["pass", "engine-error"], evaluate(each, silent, options).verdict)
    })
  }
})

describe("a check", () => {
  it("that holds passes, with its evidence", () => {
    const judged = evaluate(
      check((view) => [status(view.one("metadata"), [200])]),
      capture,
      options
    )
    assert.strictEqual(judged.verdict, "pass")
    assert.deepStrictEqual(judged.exchanges, ["e001"])
    assert.strictEqual(judged.evidence[0]?.at, "status")
  })

  it("that asserts nothing is an engine error", () => {
    const judged = evaluate(
      check((view) => {
        view.one("metadata")
        return []
      }),
      capture,
      options
    )
    assert.strictEqual(judged.verdict, "engine-error")
  })

  it("that judges an exchange it never looked at is an engine error", () => {
    const judged = evaluate(
      check(() => [status(answered("e001", "metadata"), [200])]),
      capture,
      options
    )
    assert.strictEqual(judged.verdict, "engine-error")
  })

  it("that breaks, or reads a step it does not name, is an engine error", () => {
    const broken = check(() => {
      throw new Error("oh")
    })
    assert.strictEqual(evaluate(broken, capture, options).verdict, "engine-error")
    const reaching = check((view) => [status(view.one("token"), [200])])
    assert.strictEqual(evaluate(reaching, capture, options).verdict, "engine-error")
  })

  it("that cites nothing, or what the registry does not have, is an engine error", () => {
    assert.strictEqual(evaluate(check(fine, []), capture, options).verdict, "engine-error")
    assert.strictEqual(evaluate(check(fine, ["SEED-74", "SEED-999"]), capture, options).verdict, "engine-error")
  })

  it("that excuses itself is no pass", () => {
    const judged = evaluate(
      check(() => notApplicable("no such thing")),
      capture,
      options
    )
    assert.strictEqual(judged.verdict, "not-applicable")
  })

  it("whose requirements are not the profile's is not run", () => {
    const judged = evaluate(check(fine), capture, { ...options, profile: profiles["ig-stu2"] })
    assert.strictEqual(judged.verdict, "not-run")
  })

  it("fails, warns or informs as its gravest requirement has it", () => {
    assert.strictEqual(verdict("export#kickoff-202"), "fail")
    assert.strictEqual(verdict("SEED-74"), "fail")
    assert.strictEqual(verdict("index#instantiates"), "warn")
    assert.strictEqual(verdict("bcda#since-future-refused"), "warn")
    assert.strictEqual(verdict("export#hdr-prefer"), "info")
    assert.strictEqual(verdict("export#hdr-prefer", "index#instantiates"), "warn")
    // BCDA does not use SMART Backend Services, which the IG only recommends
    assert.strictEqual(verdict("smart#token-fields"), "warn")
    const target = Result.getOrThrow(Target.fromUrl("http://127.0.0.1", { apiVersion: "fhir", auth: "smart" }))
    const bound = evaluate(check(wrong, ["smart#token-fields"]), capture, { ...options, target })
    assert.strictEqual(bound.verdict, "fail")
  })

  it("weighs each breach by what it breaches, whatever else the check stands for", () => {
    const both = ["export#kickoff-202", "export#hdr-prefer"]
    const judge =
      (...broken: ReadonlyArray<string>): Check["judge"] =>
      (view) =>
        both.flatMap((id) => citing([id], status(view.one("metadata"), [broken.includes(id) ? 999 : 200])))
    const judged = (...broken: ReadonlyArray<string>) => evaluate(check(judge(...broken), both), capture, options)
    assert.strictEqual(judged("export#hdr-prefer").verdict, "info")
    assert.strictEqual(judged("export#kickoff-202").verdict, "fail")
    assert.strictEqual(judged(...both).verdict, "fail")
    assert.deepInclude(judged(), { verdict: "pass", severity: "fail", assertions: 2 })
    const [first, second] = judged("export#hdr-prefer").evidence
    assert.deepStrictEqual([first?.requirements, second?.requirements], [["export#hdr-prefer"], ["export#kickoff-202"]])
  })

  it("is not judged by assertions that are about another profile's requirements", () => {
    const ids = ["export#hdr-prefer", "SEED-74"]
    const ours = evaluate(check(pageOnly, ids), capture, options)
    const theirs = evaluate(check(pageOnly, ids), capture, { ...options, profile: profiles["ig-stu2"] })
    assert.strictEqual(ours.verdict, "fail")
    assert.deepInclude(theirs, { verdict: "not-run", assertions: 0 })
  })

  it("whose assertion cites what the check does not is an engine error", () => {
    assert.strictEqual(evaluate(check(pageOnly, ["SEED-75"]), capture, options).verdict, "engine-error")
  })

  it("weighs a requirement as the edition of the IG does", () => {
    assert.strictEqual(under("ig-stu2"), "warn")
    assert.strictEqual(under("ig-stu3"), "fail")
  })
})
