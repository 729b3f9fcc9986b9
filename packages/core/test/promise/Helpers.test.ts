/** The pure helpers, as users of promises have them; what they say is tested where they are made. */
import * as Core from "@bcda-kit/core"
import {
  Calendar,
  connect,
  defaultPolicy,
  Estimate,
  Expires,
  Migration,
  makeTarget,
  OperationOutcome,
  RequestError,
  RequestRules,
  RetryAfter,
  redact,
  TypeFilter,
  XProgress
} from "@bcda-kit/core/promise"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"

const now = Date.UTC(2026, 5, 10)

describe("helpers", () => {
  it("write type filters and read them back", () => {
    const filter = { ...TypeFilter.partiallyAdjudicated, finalAction: true, serviceFrom: "2026-01-01" } as const
    const text = TypeFilter.write(filter)
    assert.strictEqual(text, new Core.TypeFilter(filter).text)
    assert.deepStrictEqual(TypeFilter.parse(text), filter)
    assert.isUndefined(TypeFilter.flaw(text))
    assert.throws(() => TypeFilter.parse("Patient?a=b"), RequestError, /only ExplanationOfBenefit/)
    assert.throws(() => TypeFilter.write({ serviceFrom: "2026-02-30" }), RequestError, /type filter/)
    assert.throws(() => TypeFilter.write({}), RequestError)
  })

  it("move requests from v2 to v3", () => {
    const { apiVersion, request } = Migration.readUrl("https://x.example/api/v2/Group/all/$export?_type=Patient,Claim")
    assert.strictEqual(apiVersion, "v2")
    assert.deepStrictEqual(request, { scope: "all", types: ["Patient", "Claim"] })
    const { notes, request: moved } = Migration.toV3(request, { from: "v2" })
    assert.deepStrictEqual(moved, {
      scope: "all",
      types: ["Patient", "ExplanationOfBenefit"],
      typeFilter: TypeFilter.write(TypeFilter.partiallyAdjudicated)
    })
    assert.includeMembers(
      notes.map(({ kind }) => kind),
      ["changed", "check", "lost"]
    )
    assert.throws(() => Migration.readUrl("https://x.example/"), RequestError)
  })

  it("say what is wrong with a request before it is sent, and what would be", () => {
    const v2 = makeTarget("https://bcda.example/api/v2")
    RequestRules.check({ types: ["Claim"] }, v2)
    assert.throws(() => RequestRules.check({ types: ["Claim"] }, makeTarget("sandbox")), RequestError, /Claim/)
    const soon = { since: new Date(now + 60_000).toISOString() }
    RequestRules.check(soon, v2, { now })
    assert.throws(() => RequestRules.check(soon, v2, { now, clockSkew: "1 second" }), RequestError, /future/)
    assert.throws(() => RequestRules.check({ since: "9999-01-01T00:00:00Z" }, v2), RequestError, /future/)
    assert.strictEqual(RequestRules.toUrl({}, v2), "https://bcda.example/api/v2/Group/all/$export")
  })

  it("know the year, the time that is left, and what a server asks for", () => {
    const status = { ingestionDates: [{ type: "last_attribution_update", timestamp: "2026-06-01T00:00:00Z" }] }
    const last = { startedAt: "2026-06-09T20:00:00Z" }
    assert.strictEqual(Calendar.advise({ status, scope: "all", last, now }).because, "nothing-new")
    const expires = Expires.parse("2026-06-10 01:00:00 +0000 UTC") ?? ""
    assert.deepStrictEqual(Expires.timeLeft(expires, now), { secondsLeft: 3600, state: "short" })
    assert.strictEqual(Expires.timeLeft(expires, now, "30 minutes").state, "ample")
    assert.strictEqual(RetryAfter.parse("90", now), 90_000)
    assert.isUndefined(RetryAfter.parse("soon", now))
    assert.strictEqual(RetryAfter.clamp(0, { least: 500, most: 1000 }), 500)
    assert.strictEqual(RetryAfter.clamp(5000, { least: 500, most: 1000 }), 1000)
    assert.deepStrictEqual(XProgress.parse("In Progress (80%)"), { _tag: "InProgress", percent: 80 })
    const samples = [10, 20, 30].map((percent, n) => ({ at: n * 1000, percent }))
    assert.strictEqual(Estimate.secondsLeft(samples, 2000), 7)
  })

  it("read outcomes and keep people out of them", () => {
    const body = JSON.stringify({
      resourceType: "OperationOutcome",
      issue: [{ severity: "error", code: "x", diagnostics: "1S00E00AA00 is missing" }]
    })
    assert.strictEqual(OperationOutcome.parse(body).text, "[MBI] is missing")
    assert.strictEqual(redact("1S00-E00-AA00"), "[MBI]")
  })

  it("show the policy in milliseconds", () => {
    const bcda = connect({
      target: "sandbox",
      credentials: { clientId: "me", clientSecret: "s" },
      policy: { poll: { max: "2 minutes" } }
    })
    assert.strictEqual(bcda.policy.poll.max, 120_000)
    assert.strictEqual(bcda.clientId, "me")
    assert.strictEqual(defaultPolicy.retry.attempts, Core.defaultPolicy.retry.attempts)
    const times = (value: object): ReadonlyArray<unknown> =>
      Object.values(value).flatMap((one) => (typeof one === "object" && !Duration.isDuration(one) ? times(one) : [one]))
    assert.deepStrictEqual(
      times(defaultPolicy),
      times(Core.defaultPolicy).map((one) => (Duration.isDuration(one) ? Duration.toMillis(one) : one))
    )
  })
})
