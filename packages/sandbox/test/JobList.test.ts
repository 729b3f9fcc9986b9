import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { complete, exportHeaders, makeKit, memberOf, outcomeText, reachSmallUuid } from "./Support.ts"

/** One entry of the list, as text. */
const task = (id: number, state: string, request: string, start: string, end: string) =>
  `{"resource":{"resourceType":"Task","identifier":[{"use":"official","system":"https://bcda.test/api/v2/jobs","value":"${id}"}],` +
  `"status":"${state}","intent":"order","input":[{"type":{"text":"BULK FHIR Export"},"valueString":"GET https://bcda.test${request}"}],` +
  `"executionPeriod":{"start":"${start}","end":"${end}"}}}`

describe("GET /jobs", () => {
  it.effect("lists jobs of all versions as Tasks under the version that asks", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const authorization = yield* kit.bearer()
      yield* kit.start("/api/v1/Patient/$export", authorization)
      yield* complete(kit)
      yield* kit.start("/api/v3/Group/all/$export?_type=Patient", authorization)
      const { headers, status, text } = yield* kit.send("/api/v2/jobs", exportHeaders(authorization))
      assert.strictEqual(status, 200)
      assert.strictEqual(headers.get("content-type"), "application/json")
      assert.strictEqual(
        text,
        `{"resourceType":"Bundle","type":"searchset","total":2,"entry":[` +
          `${task(1, "completed", "/api/v1/Patient/$export", "2026-10-06T10:00:00Z", "2026-10-06T10:00:00Z")},` +
          `${task(2, "accepted", "/api/v3/Group/all/$export?_type=Patient", "2026-10-06T10:10:00Z", "2026-10-06T10:10:00Z")}]}`
      )
    })
  )

  it.effect("maps BCDA's states to Task states and finds them by _status", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ pace: { pendingMillis: 1000, perSubJobMillis: 1000 } })
      const authorization = yield* kit.bearer()
      const find = (status: string) =>
        kit
          .send(`/api/v3/jobs?_status=${status}`, exportHeaders(authorization))
          .pipe(Effect.map(({ text }) => /"status":"([a-z-]+)"/.exec(text)?.[1]))
      const cancelled = yield* kit.start("/api/v3/Patient/$export", authorization)
      yield* kit.send(cancelled, { authorization }, "DELETE")
      yield* kit.start("/api/v1/Patient/$export?_type=Observation", authorization)
      yield* kit.start("/api/v3/Patient/$export", authorization)
      yield* kit.sandbox.idle
      assert.strictEqual(yield* find("Cancelled"), "cancelled")
      assert.strictEqual(yield* find("Pending"), "accepted")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* find("In%20Progress"), "in-progress")
      assert.strictEqual(yield* find("In+Progress"), "in-progress")
      assert.strictEqual(yield* find("Failed"), "failed")
      assert.isUndefined(yield* find("Pending,Archived"))
    })
  )

  it.effect("the cancelled and the failed expire at a clean-up", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const first = yield* kit.bearer()
      const cancelled = yield* kit.start("/api/v3/Patient/$export", first)
      yield* kit.send(cancelled, { authorization: first }, "DELETE")
      yield* kit.start("/api/v1/Patient/$export?_type=Observation", first)
      yield* TestClock.setTime(Date.parse("2026-10-07T11:00:00Z"))
      const authorization = yield* kit.bearer()
      for (const [status, shown] of [
        ["CancelledExpired", "cancelled"],
        ["FailedExpired", "failed"]
      ]) {
        const { text } = yield* kit.send(`/api/v3/jobs?_status=${status}`, exportHeaders(authorization))
        assert.include(text, `"status":"${shown}"`)
      }
      // Their status answers stay what they were.
      assert.strictEqual((yield* kit.send(cancelled, { authorization })).status, 404)
    })
  )

  it.effect("another organization's jobs are none of its business", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      yield* kit.start("/api/v2/Patient/$export", yield* kit.bearer())
      const other = yield* kit.send("/api/v2/jobs", exportHeaders(yield* kit.bearer("reach-small")))
      assert.strictEqual(other.status, 404)
      assert.include(other.text, `no Jobs found for acoID ${reachSmallUuid} with job statuses [`)
    })
  )

  it.effect("needs Accept and Prefer, as an export does", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const { accept, authorization } = exportHeaders(yield* kit.bearer())
      const answer = yield* kit.send("/api/v3/jobs", { accept, authorization })
      assert.strictEqual(answer.text, outcomeText("v3", "structure", "Prefer header is required"))
      assert.strictEqual(memberOf(answer.text, "resourceType"), "OperationOutcome")
    })
  )
})
