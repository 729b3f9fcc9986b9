import { existsSync, readFileSync } from "node:fs"
import type { ServerResponse } from "node:http"
import { join } from "node:path"
import { exportEvents } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { expired, kickOffs, outcome, patients, request, setUp, tags } from "./support/Exporting.ts"
import { type FakeBcda, stall } from "./support/FakeBcda.ts"
import { settled, until } from "./support/Waiting.ts"

/** The server accepts the job, and its answer never arrives. */
const lostAnswer = (fake: FakeBcda) => {
  fake.kickOffAnswer = (response, job) => {
    fake.jobs.push(job)
    fake.kickOffAnswer = undefined
    response.destroy()
    return true
  }
}

describe("a run that does not learn whether its job was started", () => {
  it.live("notes that it asks, and the next adopts the job that the server lists", () =>
    Effect.gen(function* () {
      const { fake, reason, events, directory } = yield* setUp([patients])
      lostAnswer(fake)
      assert.deepInclude(yield* reason(), { _tag: "Unreachable", sent: true })
      assert.include(readFileSync(join(directory, "journal.jsonl"), "utf8"), '"Asked"')
      const seen = yield* events()
      assert.deepStrictEqual(tags(seen).slice(0, 2), ["Adopted", "ManifestReceived"])
      assert.strictEqual(kickOffs(fake), 1)
      assert.strictEqual(fake.jobs.length, 1)
      assert.strictEqual((yield* events())[0]?._tag, "Resumed")
    })
  )

  it.live("also when it was interrupted while it asked", () =>
    Effect.gen(function* () {
      const { fake, run, events } = yield* setUp([patients])
      fake.kickOffAnswer = (_, job) => fake.jobs.push(job) > 0
      const fiber = yield* Effect.forkChild(run())
      yield* Effect.promise(() => until(() => fake.jobs.length > 0))
      yield* Fiber.interrupt(fiber)
      fake.kickOffAnswer = undefined
      assert.strictEqual((yield* events())[0]?._tag, "Adopted")
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.live("leaves it to the next to start one when the server has none", () =>
    Effect.gen(function* () {
      const { fake, reason, events } = yield* setUp([patients])
      fake.kickOffAnswer = (response) => {
        fake.kickOffAnswer = undefined
        response.destroy()
        return true
      }
      yield* reason()
      assert.strictEqual((yield* events())[0]?._tag, "KickedOff")
      assert.strictEqual(kickOffs(fake), 2)
    })
  )

  const unread = { resourceType: "OperationOutcome", issue: [{ severity: "error", diagnostics: "Unauthorized Error" }] }
  for (const [what, status, body, tag] of [
    ["the server refused", 400, "", "Rejected"],
    ["it had trouble before it looked at what was asked", 403, JSON.stringify(unread), "ServerFault"]
  ] as const) {
    it.live(`leaves nothing open where ${what}: its list is not even asked for`, () =>
      Effect.gen(function* () {
        const { fake, reason, events } = yield* setUp([patients])
        fake.kickOffAnswer = (response) => {
          response.writeHead(status).end(body)
          return true
        }
        assert.strictEqual((yield* reason())._tag, tag)
        fake.kickOffAnswer = undefined
        assert.strictEqual((yield* events())[0]?._tag, "KickedOff")
        assert.notInclude(fake.requests, "GET /api/v3/jobs")
      })
    )
  }

  it.live("does not find again the job that BCDA could not queue: it would never end", () =>
    Effect.gen(function* () {
      const { fake, reason, run } = yield* setUp([patients])
      fake.kickOffAnswer = (response, job) => {
        fake.jobs.push(job)
        response.writeHead(500, { "content-type": "application/fhir+json" }).end(outcome("error"))
        return true
      }
      assert.strictEqual((yield* reason())._tag, "ServerFault")
      fake.kickOffAnswer = undefined
      assert.strictEqual((yield* run()).jobId, "8")
    })
  )

  for (const [what, answer] of Object.entries({
    "a 500 of something in front of the server": (response: ServerResponse) => response.writeHead(500).end("Oops"),
    "a job on another origin": (response: ServerResponse) =>
      response.writeHead(202, { "content-location": "https://elsewhere.invalid/api/v3/jobs/7" }).end()
  })) {
    it.live(`finds the job again after ${what}`, () =>
      Effect.gen(function* () {
        const { fake, reason, events } = yield* setUp([patients])
        fake.kickOffAnswer = (response, job) => {
          fake.jobs.push(job)
          response.setHeader("content-type", "text/plain")
          answer(response)
          return true
        }
        yield* reason()
        fake.kickOffAnswer = undefined
        assert.strictEqual((yield* events())[0]?._tag, "Adopted")
        assert.strictEqual(kickOffs(fake), 1)
      })
    )
  }

  for (const status of [404, 405, 501]) {
    it.live(`is told so by the next when the server has no list (${status}), which starts another only if it may`, () =>
      Effect.gen(function* () {
        const { fake, reason, run } = yield* setUp([patients])
        lostAnswer(fake)
        yield* reason()
        fake.jobsAnswer = (response) => response.writeHead(status).end()
        const unknown = yield* reason()
        assert.strictEqual(unknown._tag, "StartUnknown")
        assert.include(unknown.next, "allow starting again")
        assert.strictEqual(kickOffs(fake), 1)
        assert.isTrue((yield* run({ startAgain: true })).complete)
        assert.strictEqual(kickOffs(fake), 2)
      })
    )
  }

  it.live("is not told so when the server is only in trouble", () =>
    Effect.gen(function* () {
      const { fake, reason, events } = yield* setUp([patients])
      lostAnswer(fake)
      yield* reason()
      fake.jobsAnswer = (response) => response.writeHead(500).end()
      assert.strictEqual((yield* reason({ startAgain: true }))._tag, "ServerFault")
      fake.jobsAnswer = undefined
      assert.strictEqual((yield* events())[0]?._tag, "Adopted")
      assert.strictEqual(kickOffs(fake), 1)
    })
  )
})

describe("an interruption", () => {
  it.live("leaves the job running, and the directory without a receipt", () =>
    Effect.gen(function* () {
      const { fake, run, directory } = yield* setUp([patients])
      fake.pending = 1_000_000
      const fiber = yield* Effect.forkChild(run())
      yield* Effect.promise(() => until(() => fake.requests.filter((line) => line.endsWith("/jobs/7")).length > 2))
      yield* Fiber.interrupt(fiber)
      assert.notInclude(fake.requests, "DELETE /api/v3/jobs/7")
      assert.isFalse(existsSync(join(directory, "receipt.json")))
      assert.isFalse(existsSync(join(directory, ".lock")))
    })
  )

  it.live("cancels the job when it should, and the next run starts another", () =>
    Effect.gen(function* () {
      const { fake, run, events } = yield* setUp([patients])
      fake.pending = 1_000_000
      const fiber = yield* Effect.forkChild(run({ cancelOnInterrupt: true }))
      yield* Effect.promise(() => until(() => fake.requests.filter((line) => line.endsWith("/jobs/7")).length > 2))
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(fake.requests.filter((line) => line === "DELETE /api/v3/jobs/7").length, 1)
      assert.strictEqual(fake.requests.at(-1), "DELETE /api/v3/jobs/7", "nothing goes on after it")
      fake.pending = 0
      const seen = yield* events()
      assert.strictEqual(seen[0]?._tag === "KickedOff" && seen[0].job.jobId, "8")
      assert.strictEqual(seen.at(-1)?._tag, "Finished")
    })
  )

  it.live("while the server is asked for the job cancels the one that the server lists", () =>
    Effect.gen(function* () {
      const { fake, run, events } = yield* setUp([patients])
      fake.kickOffAnswer = (_, job) => fake.jobs.push(job) > 0
      const fiber = yield* Effect.forkChild(run({ cancelOnInterrupt: true }))
      yield* Effect.promise(() => until(() => fake.jobs.length > 0))
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(fake.requests.slice(-2), ["GET /api/v3/jobs", "DELETE /api/v3/jobs/7"])
      fake.kickOffAnswer = undefined
      const seen = yield* events()
      assert.strictEqual(seen[0]?._tag === "KickedOff" && seen[0].job.jobId, "8")
    })
  )

  it.live("while the server is asked for the job leaves it to the next run when the list cannot be had", () =>
    Effect.gen(function* () {
      const { fake, run, events } = yield* setUp([patients])
      fake.kickOffAnswer = (_, job) => fake.jobs.push(job) > 0
      fake.jobsAnswer = (response) => response.writeHead(400).end()
      const fiber = yield* Effect.forkChild(run({ cancelOnInterrupt: true }))
      yield* Effect.promise(() => until(() => fake.jobs.length > 0))
      yield* Fiber.interrupt(fiber)
      assert.isFalse(fake.requests.some((line) => line.startsWith("DELETE")))
      fake.jobsAnswer = undefined
      assert.strictEqual((yield* events())[0]?._tag, "Adopted")
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.effect.each([
    ["list", "Adopted"],
    ["cancel", "Resumed"]
  ] as const)("waits 10 s at most for the answer to a %s, and the next run begins with %s", ([what, begins]) =>
    Effect.gen(function* () {
      const { fake, run, events } = yield* setUp([patients])
      let asked = 0
      let givenUp = 0
      fake.kickOffAnswer = (_, job) => fake.jobs.push(job) > 0
      fake[what === "list" ? "jobsAnswer" : "cancelAnswer"] = (response) => {
        asked += 1
        response.once("close", () => (givenUp += 1))
      }
      const fiber = yield* Effect.forkChild(run({ cancelOnInterrupt: true }))
      yield* Effect.promise(() => until(() => fake.jobs.length > 0))
      const end = yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true })
      yield* Effect.promise(() => until(() => asked > 0))
      yield* TestClock.adjust("9999 millis")
      yield* Effect.promise(() => settled(() => givenUp))
      assert.deepStrictEqual([givenUp, end.pollUnsafe()], [0, undefined])
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(end)
      fake.jobsAnswer = undefined
      assert.strictEqual((yield* events())[0]?._tag, begins)
    })
  )

  it.live("cancels it also by closing the stream of events", () =>
    Effect.gen(function* () {
      const { fake, directory } = yield* setUp([patients])
      fake.pending = 1_000_000
      yield* exportEvents({ request, directory, cancelOnInterrupt: true }).pipe(
        Stream.take(3),
        Stream.runDrain,
        Effect.provide(fake.client())
      )
      assert.strictEqual(fake.requests.at(-1), "DELETE /api/v3/jobs/7")
    })
  )

  it.live("follows the job in the next run when the cancel was not confirmed", () =>
    Effect.gen(function* () {
      const { fake, run, events } = yield* setUp([patients])
      fake.jobAnswer = (response) => response.writeHead(202).end()
      const fiber = yield* Effect.forkChild(run({ cancelOnInterrupt: true }))
      yield* Effect.promise(() => until(() => fake.requests.filter((line) => line.endsWith("/jobs/7")).length > 2))
      fake.token = "another"
      fake.refuseTokens = true
      yield* Fiber.interrupt(fiber)
      fake.refuseTokens = false
      fake.jobAnswer = undefined
      assert.strictEqual((yield* events())[0]?._tag, "Resumed")
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.live("lets a job that is done be: its files are for the next run", () =>
    Effect.gen(function* () {
      const { fake, run } = yield* setUp([patients])
      fake.faults.set("p.ndjson", stall(0.5, 1))
      const fiber = yield* Effect.forkChild(run({ cancelOnInterrupt: true }))
      yield* Effect.promise(() => until(() => fake.asked("p.ndjson") > 0))
      yield* Fiber.interrupt(fiber)
      assert.isFalse(fake.requests.some((line) => line.startsWith("DELETE")))
      assert.isTrue((yield* run()).complete)
    })
  )

  it.live("is not what an error is: a job that failed to be followed goes on", () =>
    Effect.gen(function* () {
      const { fake, reason } = yield* setUp([patients])
      fake.jobAnswer = expired
      yield* reason({ cancelOnInterrupt: true })
      assert.isFalse(fake.requests.some((line) => line.startsWith("DELETE")))
    })
  )
})
