import { JobRef } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { kickOffs, patients, setUp, tags } from "./support/Exporting.ts"
import type { FakeBcda } from "./support/FakeBcda.ts"
import { until } from "./support/Waiting.ts"

/** The server starts a job, and says that it is another one. */
const misnamed = (fake: FakeBcda, name: string) => {
  fake.kickOffAnswer = (response, job) => {
    fake.jobs.push(job)
    response.writeHead(202, { "content-location": `${fake.baseUrl}/api/v3/jobs/${name}` }).end()
    return true
  }
}

/** Job 7, of another request. */
const other = (fake: FakeBcda) =>
  fake.jobs.push({
    id: "7",
    url: `${fake.baseUrl}/api/v3/Group/runout/$export`,
    start: new Date().toISOString(),
    status: "completed"
  })

describe("a server that names another job than it started", () => {
  for (const [what, before] of [
    ["is not there", () => undefined],
    ["answers another request", other]
  ] as const) {
    it.live(`is taken at its list: a job that ${what}`, () =>
      Effect.gen(function* () {
        const { events, fake, run } = yield* setUp([patients])
        before(fake)
        const id = String(7 + fake.jobs.length)
        misnamed(fake, id === "7" ? "99" : "7")
        const seen = yield* events()
        assert.deepStrictEqual(tags(seen).slice(0, 3), ["KickedOff", "Adopted", "ManifestReceived"])
        assert.deepInclude(seen.at(-1), { _tag: "Finished" })
        assert.strictEqual((yield* run()).jobId, id)
        assert.strictEqual(kickOffs(fake), 1)
      })
    )
  }

  it.live("is taken at its list by the next run too", () =>
    Effect.gen(function* () {
      const { fake, reason, events } = yield* setUp([patients])
      misnamed(fake, "99")
      fake.jobsAnswer = (response) => response.writeHead(404).end()
      assert.strictEqual((yield* reason())._tag, "JobNotFound")
      assert.deepInclude(yield* reason(), { _tag: "CannotResume", jobId: "99" })
      fake.jobsAnswer = undefined
      assert.deepStrictEqual(tags(yield* events()).slice(0, 3), ["Resumed", "Adopted", "ManifestReceived"])
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.live("is not asked twice for the same one", () =>
    Effect.gen(function* () {
      const { fake, reason } = yield* setUp([patients])
      const request = `${fake.baseUrl}/api/v3/Group/runout/$export`
      fake.jobAnswer = (response) => {
        response.end(JSON.stringify({ transactionTime: fake.transactionTime, request, output: [] }))
      }
      assert.strictEqual((yield* reason())._tag, "Malformed")
      assert.lengthOf(
        fake.requests.filter((line) => line === "GET /api/v3/jobs/7"),
        1
      )
    })
  )

  it.live("is not searched for a job that the caller named", () =>
    Effect.gen(function* () {
      const { fake, reason } = yield* setUp([patients])
      misnamed(fake, "99")
      const adopt = new JobRef({
        jobId: "98",
        statusUrl: `${fake.baseUrl}/api/v3/jobs/98`,
        kickedOffAt: new Date().toISOString(),
        apiVersion: "v3"
      })
      const url = `${fake.baseUrl}/api/v3/Group/all/$export`
      fake.jobs.push({ id: "7", url, start: new Date().toISOString(), status: "in-progress" })
      assert.deepInclude(yield* reason({ adopt }), { _tag: "JobNotFound", jobId: "98" })
    })
  )

  it.live("loses the job that it meant when the run is interrupted and was to cancel it", () =>
    Effect.gen(function* () {
      const { fake, run } = yield* setUp([patients])
      misnamed(fake, "99")
      fake.pending = Number.POSITIVE_INFINITY
      const fiber = yield* Effect.forkChild(run({ cancelOnInterrupt: true }))
      yield* Effect.promise(() => until(() => fake.requests.includes("GET /api/v3/jobs/7")))
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(
        fake.requests.filter((line) => line.startsWith("DELETE ")),
        ["DELETE /api/v3/jobs/7"]
      )
    })
  )
})
