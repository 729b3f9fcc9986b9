import { readFileSync } from "node:fs"
import { join } from "node:path"
import { ExportRequest, JobRef } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { kickOffs, patients, request, setUp, tags } from "./support/Exporting.ts"
import type { FakeBcda } from "./support/FakeBcda.ts"
import { until } from "./support/Waiting.ts"

const jobOn = (baseUrl: string, requestUrl?: string, jobId = "7") =>
  new JobRef({
    jobId,
    statusUrl: `${baseUrl}/api/v3/jobs/${jobId}`,
    ...(requestUrl !== undefined && { requestUrl }),
    apiVersion: "v3"
  })

/** Job 7, which somebody else started. */
const running = (fake: FakeBcda, url = `${fake.baseUrl}/api/v3/Group/all/$export`) =>
  fake.jobs.push({
    id: "7",
    url,
    start: new Date().toISOString(),
    status: "in-progress"
  })

describe("an export of a job that is there", () => {
  it.live("finds it, if it is to", () =>
    Effect.gen(function* () {
      const { events, fake } = yield* setUp([patients])
      running(fake)
      assert.deepStrictEqual(tags(yield* events({ adopt: true })).slice(0, 2), ["Adopted", "ManifestReceived"])
      assert.strictEqual(kickOffs(fake), 0)
    })
  )

  it.live("starts one if there is none to adopt", () =>
    Effect.gen(function* () {
      const { events, fake } = yield* setUp([patients])
      assert.strictEqual(tags(yield* events({ adopt: true }))[0], "KickedOff")
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.live("follows it and starts none, and so does a rerun", () =>
    Effect.gen(function* () {
      const { events, fake, run } = yield* setUp([patients])
      running(fake)
      const adopt = jobOn(fake.baseUrl)
      assert.deepStrictEqual(tags(yield* events({ adopt })).slice(0, 2), ["Adopted", "ManifestReceived"])
      assert.strictEqual((yield* run({ adopt })).jobId, "7")
      assert.strictEqual((yield* run()).jobId, "7")
      assert.strictEqual(kickOffs(fake), 0)
    })
  )

  it.live("takes a job whose URL asks for the same in other words", () =>
    Effect.gen(function* () {
      const { fake, run } = yield* setUp([patients])
      const both = new ExportRequest({ scope: "all", types: ["Coverage", "Patient"] })
      const url = "http://inside/api/v3/Group/all/$export?_type=Patient,Coverage"
      running(fake, url)
      const adopt = jobOn(fake.baseUrl, url)
      assert.isTrue((yield* run({ request: both, adopt })).complete)
    })
  )

  it.live("refuses a job that exports something else", () =>
    Effect.gen(function* () {
      const { fake, reason } = yield* setUp([patients])
      const adopt = jobOn(fake.baseUrl, `${fake.baseUrl}/api/v3/Group/runout/$export`)
      assert.strictEqual((yield* reason({ adopt }))._tag, "InvalidRequest")
      assert.deepStrictEqual(fake.requests, [])
    })
  )

  it.live("refuses a directory that has another job", () =>
    Effect.gen(function* () {
      const { fake, reason, run } = yield* setUp([patients])
      yield* run()
      const before = fake.requests.length
      const found = yield* reason({ adopt: jobOn(fake.baseUrl, undefined, "8") })
      assert.strictEqual(found._tag, "DirectoryMismatch")
      assert.include(found.message, "job 7")
      assert.strictEqual(fake.requests.length, before)
    })
  )
})

describe("an interruption that asks whether to cancel", () => {
  const interrupt = Effect.fnUntraced(function* (answer: boolean) {
    const { directory, fake, run } = yield* setUp([patients])
    fake.pending = Number.POSITIVE_INFINITY
    let asked = 0
    const cancelOnInterrupt = Effect.sync(() => {
      asked += 1
      return answer
    })
    const fiber = yield* Effect.forkChild(run({ cancelOnInterrupt }))
    yield* Effect.promise(() => until(() => fake.requests.includes("GET /api/v3/jobs/7")))
    yield* Fiber.interrupt(fiber)
    const deletes = fake.requests.filter((line) => line.startsWith("DELETE ")).length
    return { asked, deletes, journal: readFileSync(join(directory, "journal.jsonl"), "utf8") }
  })

  it.live("cancels on a yes", () =>
    Effect.gen(function* () {
      const { asked, deletes } = yield* interrupt(true)
      assert.deepStrictEqual({ asked, deletes }, { asked: 1, deletes: 1 })
    })
  )

  it.live("leaves the job alone on a no", () =>
    Effect.gen(function* () {
      const { asked, deletes, journal } = yield* interrupt(false)
      assert.deepStrictEqual({ asked, deletes }, { asked: 1, deletes: 0 })
      assert.notInclude(journal, "Cancelled")
    })
  )

  it.live("is not asked when the job is done", () =>
    Effect.gen(function* () {
      const { fake, run } = yield* setUp([patients])
      fake.faults.set("p.ndjson", () => true)
      let asked = 0
      const fiber = yield* Effect.forkChild(run({ request, cancelOnInterrupt: Effect.sync(() => ++asked > 0) }))
      yield* Effect.promise(() => until(() => fake.asked("p.ndjson") > 0))
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(asked, 0)
    })
  )
})
