import type { DataSource } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { complete, exportHeaders, type Kit, makeKit, memberOf, outcomeText, persona, tinyData } from "./Support.ts"

const pace = { pendingMillis: 2000, perSubJobMillis: 1000 }

/** A started job and a way to look at it. */
const started = Effect.fnUntraced(function* (kit: Kit, path = "/api/v3/Group/all/$export") {
  const authorization = yield* kit.bearer()
  const job = yield* kit.start(path, authorization)
  const look = Effect.fnUntraced(function* () {
    // A new token each time, as time passes.
    return yield* kit.send(job, { authorization: yield* kit.bearer() })
  })
  return { job, look, authorization }
})

/** One file whose only line comes when it is let go. */
const heldBack = () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const data: DataSource = {
    plan: () => [
      {
        type: "Patient",
        people: 1,
        lines: async function* () {
          await held
          yield "{}"
        }
      }
    ]
  }
  return { data, release }
}

const twoOutcomes = (version: "v1" | "v2" | "v3", code: string, text: string) =>
  outcomeText(version, "not-found") + outcomeText(version, code, text)

describe("job status", () => {
  it.effect("goes Pending, In Progress, Completed at its pace", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ pace })
      const { look } = yield* started(kit, "/api/v2/Group/all/$export")
      const progress = Effect.fnUntraced(function* () {
        const { headers, status, text } = yield* look()
        if (status === 202) assert.deepStrictEqual([text, headers.get("retry-after")], ["", null])
        return status === 202 ? headers.get("x-progress") : status
      })
      yield* kit.sandbox.idle
      assert.strictEqual(yield* progress(), "Pending")
      yield* TestClock.adjust("2 seconds")
      // 100 people are one Patient, one Coverage and two EOB sub-jobs; BCDA's percentage never climbs.
      assert.strictEqual(yield* progress(), "In Progress (0%)")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* progress(), "In Progress (25%)")
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* progress(), "In Progress (25%)")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* progress(), 200)
    })
  )

  it.effect("does not complete before its files are whole", () =>
    Effect.gen(function* () {
      const { data, release } = heldBack()
      const kit = yield* makeKit({ data })
      const { look } = yield* started(kit)
      yield* TestClock.adjust("1 hour")
      // The v3 warning counts as the one sub-job that BCDA counts.
      assert.strictEqual((yield* look()).headers.get("x-progress"), "In Progress (100%)")
      release()
      yield* kit.sandbox.idle
      const { headers, status } = yield* look()
      assert.strictEqual(status, 200)
      assert.strictEqual(headers.get("expires"), "2026-10-07 11:00:00 +0000 UTC")
    })
  )

  it.effect("counts no sub-job that found nothing, and rounds down", () =>
    Effect.gen(function* () {
      const found = [false, false, true, true, true, true]
      const data: DataSource = {
        plan: () => found.map((has) => ({ type: "Patient", people: 1, lines: () => (has ? ["{}"] : []) }))
      }
      const kit = yield* makeKit({ data, pace })
      const { look } = yield* started(kit, "/api/v2/Patient/$export")
      yield* kit.sandbox.idle
      const seen: Array<string | null> = []
      yield* TestClock.adjust("2 seconds")
      for (const _ of found) {
        seen.push((yield* look()).headers.get("x-progress"))
        yield* TestClock.adjust("1 second")
      }
      const [none, sixth] = ["In Progress (0%)", "In Progress (16%)"]
      assert.deepStrictEqual(seen, [none, none, none, sixth, sixth, sixth])
      assert.strictEqual((yield* look()).status, 200)
    })
  )

  it.effect("knows progress without a pace", () =>
    Effect.gen(function* () {
      const { data, release } = heldBack()
      const kit = yield* makeKit({ data, pace: { pendingMillis: 0, perSubJobMillis: 0 } })
      const { look } = yield* started(kit, "/api/v2/Patient/$export")
      assert.strictEqual((yield* look()).headers.get("x-progress"), "In Progress (100%)")
      release()
      yield* kit.sandbox.idle
      assert.strictEqual((yield* look()).status, 200)
    })
  )

  it.effect("the manifest has BCDA's members in BCDA's order, several files per type, a v3 warning", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ pace })
      const { job, look } = yield* started(kit, "/api/v3/Group/all/$export?_type=ExplanationOfBenefit,Patient")
      yield* kit.sandbox.idle
      yield* TestClock.adjust("5 seconds")
      const { headers, status, text } = yield* look()
      assert.strictEqual(status, 200)
      assert.strictEqual(headers.get("content-type"), "application/json")
      assert.strictEqual(headers.get("expires"), "2026-10-07 10:00:05 +0000 UTC")
      const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
      const item = (type: string) => `\\{"type":"${type}","url":"https://bcda.test/data/1/${uuid}\\.ndjson"\\}`
      const expected = new RegExp(
        '^\\{"transactionTime":"2026-10-06T10:00:00Z",' +
          '"request":"https://bcda.test/api/v3/Group/all/\\$export\\?_type=ExplanationOfBenefit,Patient",' +
          '"requiresAccessToken":true,' +
          `"output":\\[${item("ExplanationOfBenefit")},${item("ExplanationOfBenefit")},${item("Patient")}\\],` +
          '"error":\\[\\{"type":"OperationOutcome","url":"https://bcda.test/data/1/warnings-and-info\\.ndjson"\\}\\],' +
          '"JobID":1\\}$'
      )
      assert.match(text, expected)
      const elsewhere = yield* kit.send(`https://other.test${job}`, { authorization: yield* kit.bearer() })
      assert.include(elsewhere.text, '"url":"https://other.test/data/1/')
    })
  )

  it.effect.each([
    ["/api/v3/Patient/$export?_type=Patient", 0],
    ["/api/v2/Patient/$export", 0],
    ["/api/v3/Patient/$export?_typeFilter=ExplanationOfBenefit%3Foutcome%3Dcomplete", 1],
    [
      "/api/v3/Patient/$export?_typeFilter=ExplanationOfBenefit%3F_tag%3Dhttps://bluebutton.cms.gov/fhir/CodeSystem/System-Type%257CDDPS",
      0
    ]
  ] as const)("%s lists %i warning files", ([path, count]) =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const { look } = yield* started(kit, path)
      yield* complete(kit)
      const errors = memberOf((yield* look()).text, "error")
      assert.lengthOf(Array.isArray(errors) ? errors : [], count)
      assert.isArray(errors)
    })
  )

  it.effect("sub-jobs without data are left out", () =>
    Effect.gen(function* () {
      const data: DataSource = {
        plan: (selection) =>
          tinyData
            .plan(selection)
            .map((subJob) => (subJob.type === "Patient" ? subJob : { ...subJob, lines: () => [] }))
      }
      const kit = yield* makeKit({ data })
      const { look } = yield* started(kit, "/api/v2/Patient/$export")
      yield* complete(kit)
      assert.match((yield* look()).text, /"output":\[\{"type":"Patient","url":"[^"]*"\}\],"error":\[\]/)
      const { look: none } = yield* started(kit, "/api/v2/Patient/$export?_type=Coverage")
      yield* complete(kit)
      assert.include((yield* none()).text, '"output":[],"error":[]')
    })
  )

  it.effect("transactionTime: v3 the kick-off, v1 and v2 the last load of claims", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      for (const [version, time] of [
        ["v1", "2026-10-03T05:40:44.705398Z"],
        ["v2", "2026-10-03T05:40:44.705398Z"]
      ] as const) {
        const { look } = yield* started(kit, `/api/${version}/Patient/$export`)
        yield* complete(kit)
        assert.strictEqual(memberOf((yield* look()).text, "transactionTime"), time)
      }
    })
  )

  it.effect.each([
    ["an empty plan", { plan: () => [] }],
    [
      "a plan that throws",
      {
        plan: () => {
          throw new Error("no")
        }
      }
    ],
    [
      "lines that throw",
      {
        plan: () => [
          {
            type: "Patient",
            people: 1,
            lines: function* () {
              yield "{}"
              throw new Error("no")
            }
          }
        ]
      }
    ]
  ] satisfies ReadonlyArray<readonly [string, DataSource]>)("%s: Pending, then 500", ([, data]) =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ data, pace })
      const { look } = yield* started(kit)
      yield* kit.sandbox.idle
      assert.strictEqual((yield* look()).headers.get("x-progress"), "Pending")
      yield* TestClock.adjust("2 seconds")
      const { status, text } = yield* look()
      assert.strictEqual(status, 500)
      const words = "Service encountered numerous errors. Job failed to complete."
      assert.strictEqual(text, outcomeText("v3", "exception", words))
    })
  )

  it.effect("v1 takes Observation and then fails the job", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const { look } = yield* started(kit, "/api/v1/Patient/$export?_type=Observation")
      yield* complete(kit)
      assert.strictEqual((yield* look()).status, 500)
    })
  )

  it.effect("an organization with open claims only waits for ever on v3", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ personas: [persona({ kinds: ["partially-adjudicated"] })] })
      const { look } = yield* started(kit)
      yield* TestClock.adjust("100 hours")
      assert.strictEqual((yield* look()).headers.get("x-progress"), "Pending")
    })
  )
})

describe("whose job", () => {
  it.effect.each([
    ["abc", 400, "structure"],
    ["-1", 400, "structure"],
    ["+1", 400, "structure"],
    ["18446744073709551616", 400, "structure"],
    ["18446744073709551615", 404, "not-found"],
    ["2", 404, "not-found"],
    ["0001", 202, ""]
  ] as const)("id %s: %i", ([id, status, code]) =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const { authorization } = yield* started(kit)
      const answer = yield* kit.send(`/api/v2/jobs/${id}`, { authorization })
      assert.strictEqual(answer.status, status)
      assert.strictEqual(answer.text, code === "" ? "" : outcomeText("v2", code))
    })
  )

  it.effect("another organization's job: 401, for looking and for cancelling", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const { job, look } = yield* started(kit)
      const authorization = yield* kit.bearer("reach-small")
      for (const method of ["GET", "DELETE"]) {
        const answer = yield* kit.send(job, { authorization }, method)
        assert.strictEqual(answer.status, 401)
        assert.strictEqual(answer.text, outcomeText("v3", "forbidden"))
      }
      assert.strictEqual((yield* look()).status, 202)
    })
  )

  it.effect("any version's path answers for a job, in its own shapes", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const { authorization } = yield* started(kit, "/api/v1/Patient/$export")
      yield* complete(kit)
      assert.strictEqual((yield* kit.send("/api/v3/jobs/1", { authorization })).status, 200)
    })
  )
})

describe("the end of a job", () => {
  it.effect("200 for 24 hours, 410 until the clean-up, then 404 with two documents", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ pace })
      const { job, look } = yield* started(kit, "/api/v2/Patient/$export?_type=Patient")
      yield* kit.sandbox.idle
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* look()).status, 200)
      // Completed at 10:00:03.
      yield* TestClock.setTime(Date.parse("2026-10-07T10:00:02Z"))
      assert.strictEqual((yield* look()).status, 200)
      yield* TestClock.setTime(Date.parse("2026-10-07T10:00:03Z"))
      assert.strictEqual((yield* look()).status, 200)
      yield* TestClock.adjust("1 millis")
      const gone = yield* look()
      assert.strictEqual(gone.status, 410)
      assert.strictEqual(gone.text, outcomeText("v2", "not-found"))
      assert.strictEqual(gone.headers.get("expires"), "2026-10-07 10:00:03 +0000 UTC")
      // The clean-up at 11:00 archives it.
      yield* TestClock.setTime(Date.parse("2026-10-07T11:00:00Z"))
      const archived = yield* look()
      assert.strictEqual(archived.status, 404)
      assert.strictEqual(archived.headers.get("content-type"), "application/fhir+json")
      assert.strictEqual(archived.text, twoOutcomes("v2", "not-found", ""))
      assert.isNull(archived.headers.get("expires"))
      const cancelled = yield* kit.send(job, { authorization: yield* kit.bearer() }, "DELETE")
      const words = "job was not cancelled because it is not Pending or In Progress"
      assert.deepStrictEqual([cancelled.status, cancelled.text], [404, twoOutcomes("v2", "not-found", words)])
      const foreign = yield* kit.send(job, { authorization: yield* kit.bearer("reach-small") })
      assert.deepStrictEqual([foreign.status, foreign.text], [404, twoOutcomes("v2", "forbidden", "")])
    })
  )

  it.effect("shows in the job list as Archived, then Expired, while Task calls both completed", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ pace })
      yield* started(kit, "/api/v2/Patient/$export?_type=Patient")
      yield* kit.sandbox.idle
      for (const [time, status, end] of [
        ["2026-10-07T10:59:59Z", "Completed", "2026-10-06T10:00:03Z"],
        ["2026-10-07T11:00:00Z", "Archived", "2026-10-07T11:00:00Z"],
        ["2026-10-08T10:59:59Z", "Archived", "2026-10-07T11:00:00Z"],
        ["2026-10-08T11:00:00Z", "Expired", "2026-10-08T11:00:00Z"]
      ] as const) {
        yield* TestClock.setTime(Date.parse(time))
        const list = yield* kit.send(`/api/v2/jobs?_status=${status}`, exportHeaders(yield* kit.bearer()))
        assert.strictEqual(list.status, 200, `${time} ${status}`)
        assert.include(list.text, '"status":"completed"')
        assert.include(list.text, `"end":"${end}"`)
      }
    })
  )
})

describe("cancel", () => {
  it.effect.each([0, 2000])("after %i ms: 202, then 404", (millis) =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ pace })
      const { authorization, job, look } = yield* started(kit)
      yield* kit.sandbox.idle
      yield* TestClock.adjust(millis)
      const answer = yield* kit.send(job, { authorization }, "DELETE")
      assert.deepStrictEqual([answer.status, answer.text], [202, ""])
      yield* complete(kit)
      const after = yield* look()
      assert.strictEqual(after.status, 404)
      assert.strictEqual(after.text, outcomeText("v3", "not-found", "Job has been cancelled."))
      const again = yield* kit.send(job, { authorization }, "DELETE")
      assert.strictEqual(again.status, 410)
      const words = "job was not cancelled because it is not Pending or In Progress"
      assert.strictEqual(again.text, outcomeText("v3", "not-found", words))
    })
  )

  it.effect("stops the writing of files", () =>
    Effect.gen(function* () {
      const { promise: stopped, resolve: stop } = Promise.withResolvers<string>()
      const data: DataSource = {
        plan: () => [
          {
            type: "Patient",
            people: 1,
            lines: async function* () {
              try {
                for (;;) {
                  yield "x".repeat(100_000)
                  await new Promise((resolve) => setImmediate(resolve))
                }
              } finally {
                stop("stopped")
              }
            }
          }
        ]
      }
      const kit = yield* makeKit({ data })
      const { authorization, job } = yield* started(kit)
      yield* kit.send(job, { authorization }, "DELETE")
      yield* kit.sandbox.idle
      assert.strictEqual(yield* Effect.promise(() => stopped), "stopped")
    })
  )

  it.effect("a completed job cannot be cancelled", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const { authorization, job } = yield* started(kit)
      yield* complete(kit)
      assert.strictEqual((yield* kit.send(job, { authorization }, "DELETE")).status, 410)
    })
  )
})
