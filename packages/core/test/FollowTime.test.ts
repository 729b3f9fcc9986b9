import { BcdaClient, JobRef, type JobState, type PolicyOptions, Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Stream } from "effect"
import { answering, elapse } from "./support/clock.ts"

const path = "/api/v3/jobs/42"
const manifest = { transactionTime: "2026-08-22T19:02:15Z", output: [] }
const pending = (headers: Record<string, string> = {}) =>
  new Response(null, { status: 202, headers: { "x-progress": "Pending", ...headers } })

/** Follows job 42 in virtual time; gives when it was asked for (in seconds) and how it ended. */
const followed = (
  answer: (count: number, at: number) => Response,
  options: { readonly policy?: PolicyOptions; readonly step?: number } = {}
) => {
  const world = answering(({ at }, count) => answer(count, at))
  const target = Result.getOrThrow(Target.fromUrl("https://bcda.example", { apiVersion: "v3", auth: "none" }))
  const run = Effect.flatMap(BcdaClient, (bcda) => Effect.result(Stream.runDrain(bcda.follow(bcda.job("42")))))
  return elapse(run, options.step ?? 100).pipe(
    Effect.map((result) => ({
      times: world.times(path).map((at) => at / 1000),
      ended: Result.isSuccess(result) ? "Completed" : result.failure.reason._tag
    })),
    Effect.provide(BcdaClient.layer({ target, policy: options.policy })),
    Effect.provide(world.layer)
  )
}

describe("when a job is looked at", () => {
  it.effect("at a growing pace up to half a minute", () =>
    Effect.gen(function* () {
      const { times, ended } = yield* followed((count) => (count < 12 ? pending() : Response.json(manifest)))
      const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0))
      const expected = [1, 1.5, 2.25, 3.375, 5.0625, 7.59375, 11.390625, 17.0859375, 25.62890625, 30, 30, 30]
      assert.strictEqual(pauses.length, expected.length)
      // Virtual time moves in steps of a tenth of a second.
      for (const [index, pause] of pauses.entries()) assert.closeTo(pause, expected[index] ?? 0, 0.11)
      assert.strictEqual(ended, "Completed")
    })
  )

  const wishes: ReadonlyArray<readonly [string, string, number]> = [
    ["when the server says", "7", 7],
    ["not at once, though it says 0", "0", 1],
    ["within five minutes, though it says an hour", "3600", 300],
    ["within five minutes, though it names a year far away", "99999999999", 300],
    ["as we please, if it cannot be understood", "later", 1]
  ]
  for (const [name, retryAfter, seconds] of wishes) {
    it.effect(`${name}: Retry-After ${retryAfter}`, () =>
      Effect.gen(function* () {
        const { times } = yield* followed((count) =>
          count === 0 ? pending({ "retry-after": retryAfter }) : Response.json(manifest)
        )
        assert.deepStrictEqual(times, [0, seconds])
      })
    )
  }

  it.effect("until the deadline, and then no more", () =>
    Effect.gen(function* () {
      const { times, ended } = yield* followed(() => pending(), {
        policy: { poll: { initial: "20 seconds", factor: 1, deadline: "50 seconds" } }
      })
      assert.deepStrictEqual(times, [0, 20, 40, 50])
      assert.strictEqual(ended, "GaveUp")
    })
  )

  it.effect("for a day, if nobody says otherwise", () =>
    Effect.gen(function* () {
      const { times, ended } = yield* followed(() => pending(), {
        policy: { poll: { max: "1 hour", factor: 100 } },
        step: 100_000
      })
      assert.strictEqual(times.at(-1), 86_400)
      assert.strictEqual(ended, "GaveUp")
    })
  )

  it.effect("through an outage shorter than the policy's", () =>
    Effect.gen(function* () {
      const { ended } = yield* followed((_, at) =>
        at === 0 ? pending() : at < 500_000 ? new Response(null, { status: 502 }) : Response.json(manifest)
      )
      assert.strictEqual(ended, "Completed")
    })
  )

  it.effect("but not through a longer one", () =>
    Effect.gen(function* () {
      const { times, ended } = yield* followed((count) =>
        count === 0 ? pending() : new Response(null, { status: 502 })
      )
      assert.strictEqual(ended, "ServerFault")
      assert.isAtLeast(times.at(-1) ?? 0, 570)
      assert.isAtMost(times.at(-1) ?? 0, 640)
    })
  )

  it.effect("again after every outage: two short ones are not one long one", () =>
    Effect.gen(function* () {
      const { ended } = yield* followed((_, at) => {
        const minute = at / 60_000
        if (minute < 8 || (minute > 9 && minute < 17)) return new Response(null, { status: 503 })
        return minute < 18 ? pending() : Response.json(manifest)
      })
      assert.strictEqual(ended, "Completed")
    })
  )

  it.effect("later, when throttled, by what the server says", () =>
    Effect.gen(function* () {
      const { times } = yield* followed((count) =>
        count === 0 ? new Response("{}", { status: 429, headers: { "retry-after": "42" } }) : Response.json(manifest)
      )
      assert.deepStrictEqual(times, [0, 42])
    })
  )

  it.effect("once more when the headers do not come", () =>
    Effect.gen(function* () {
      const world = answering((_, count) =>
        count === 0 ? new Promise<Response>(() => undefined) : Promise.resolve(Response.json(manifest))
      )
      const target = Result.getOrThrow(Target.fromUrl("https://bcda.example", { apiVersion: "v3", auth: "none" }))
      const run = Effect.flatMap(BcdaClient, (bcda) => bcda.status(bcda.job("42")))
      const state = yield* elapse(run, 100).pipe(
        Effect.provide(BcdaClient.layer({ target })),
        Effect.provide(world.layer)
      )
      assert.strictEqual(state._tag, "Completed")
      const [first, second] = world.times(path)
      assert.strictEqual(first, 0)
      // 30 s of patience, and half a second of pause, jittered by a fifth.
      assert.isAtLeast(second ?? 0, 30_400)
      assert.isAtMost(second ?? 0, 30_700)
    })
  )

  it.effect("once more when the body stands still", () =>
    Effect.gen(function* () {
      const world = answering((_, count) =>
        count === 0
          ? new Response(new ReadableStream({ start: (to) => to.enqueue(new Uint8Array(3)) }))
          : Response.json(manifest)
      )
      const target = Result.getOrThrow(Target.fromUrl("https://bcda.example", { apiVersion: "v3", auth: "none" }))
      const run = Effect.flatMap(BcdaClient, (bcda) => bcda.status(bcda.job("42")))
      yield* elapse(run, 100).pipe(Effect.provide(BcdaClient.layer({ target })), Effect.provide(world.layer))
      assert.isAtLeast(world.times(path)[1] ?? 0, 60_400)
      assert.isAtMost(world.times(path)[1] ?? 0, 60_700)
    })
  )
})

const failed = () =>
  Response.json(
    {
      resourceType: "OperationOutcome",
      issue: [
        {
          severity: "error",
          code: "exception",
          diagnostics: "Service encountered numerous errors. Job failed to complete."
        }
      ]
    },
    { status: 500 }
  )
const running = (percent: number) => new Response(null, { status: 202, headers: { "x-progress": `${percent}%` } })

/** Follows a job whose reference says when it was started, and gives every state, with its second. */
const states = (
  answer: (count: number, second: number) => Response,
  options: { readonly startedSecondsAgo?: number; readonly policy?: PolicyOptions; readonly fhir?: boolean } = {}
) => {
  const world = answering(({ at }, count) => answer(count, at / 1000))
  const apiVersion = options.fhir === true ? "fhir" : "v3"
  const target = Result.getOrThrow(Target.fromUrl("https://bcda.example", { apiVersion, auth: "none" }))
  const job = new JobRef({
    jobId: "42",
    statusUrl: `https://bcda.example${path}`,
    apiVersion,
    ...(options.startedSecondsAgo !== undefined && {
      kickedOffAt: new Date(-options.startedSecondsAgo * 1000).toISOString()
    })
  })
  const seen: Array<JobState> = []
  const run = Effect.flatMap(BcdaClient, (bcda) =>
    Effect.result(Stream.runForEach(bcda.follow(job), (state) => Effect.sync(() => void seen.push(state))))
  )
  return elapse(run, 500).pipe(
    Effect.map((result) => ({
      seen,
      last: (world.times(path).at(-1) ?? 0) / 1000,
      ended: Result.isSuccess(result) ? "Completed" : result.failure.reason._tag
    })),
    Effect.provide(BcdaClient.layer({ target, policy: options.policy })),
    Effect.provide(world.layer)
  )
}

describe("a job that is said to have failed", () => {
  it.effect("while it was waiting may turn, and is waited for", () =>
    Effect.gen(function* () {
      const { seen, ended } = yield* states((_, second) => {
        if (second < 5) return pending()
        if (second < 300) return failed()
        return second < 400 ? pending() : Response.json(manifest)
      })
      assert.strictEqual(ended, "Completed")
      const doubtful = seen.flatMap((state) => (state._tag === "Pending" ? (state.failed ?? []) : []))
      assert.isAbove(doubtful.length, 5)
      assert.match(doubtful[0] ?? "", /job 42 failed.*numerous errors/i)
    })
  )

  it.effect("is believed after ten minutes", () =>
    Effect.gen(function* () {
      const { ended, last } = yield* states((count) => (count === 0 ? pending() : failed()))
      assert.strictEqual(ended, "JobFailed")
      assert.isAtLeast(last, 600)
      assert.isAtMost(last, 640)
    })
  )

  it.effect("is given as long again once it has turned", () =>
    Effect.gen(function* () {
      const { ended } = yield* states((_, second) => {
        if (second > 500 && second < 540) return pending()
        return second < 1000 ? failed() : Response.json(manifest)
      })
      assert.strictEqual(ended, "Completed")
    })
  )

  it.effect("is believed at once when it ran", () =>
    Effect.gen(function* () {
      const { ended, last } = yield* states((count) => [pending(), running(10), pending()][count] ?? failed())
      assert.strictEqual(ended, "JobFailed")
      assert.isBelow(last, 10)
    })
  )

  it.effect("is believed at once when it is too old to be tried again, and when the policy says so", () =>
    Effect.gen(function* () {
      // In this order: all three are on one clock.
      const strict = yield* states(failed, { policy: { poll: { failedGrace: 0 } } })
      const old = yield* states(failed, { startedSecondsAgo: 4801 })
      const young = yield* states(failed, { startedSecondsAgo: 4500 })
      assert.deepStrictEqual([strict.ended, old.ended, young.ended], ["JobFailed", "JobFailed", "JobFailed"])
      assert.deepStrictEqual([strict.last, old.last], [0, 0])
      assert.isAtLeast(young.last, 300)
    })
  )

  it.effect("is believed at once on a server that is no BCDA", () =>
    Effect.gen(function* () {
      const issue = [{ severity: "error", code: "processing", details: { text: "no" } }]
      const answer = () => Response.json({ resourceType: "OperationOutcome", issue }, { status: 500 })
      const { ended, last } = yield* states(answer, { fhir: true })
      assert.deepStrictEqual([ended, last], ["JobFailed", 0])
    })
  )
})

/** Looks every ten seconds, ten times; then the job is done. */
const promised = (percentAt: (second: number) => number) =>
  states((count) => (count < 10 ? running(percentAt(count * 10)) : Response.json(manifest)), {
    policy: { poll: { initial: "10 seconds", factor: 1 } }
  }).pipe(Effect.map(({ seen }) => seen.map((state) => (state._tag === "InProgress" ? state.secondsLeft : undefined))))

describe("what the rest may take", () => {
  it.effect("is told from the third percentage on, where it climbs", () =>
    Effect.gen(function* () {
      const none = undefined
      assert.deepStrictEqual(yield* promised((second) => second), [none, none, 80, 70, 60, 50, 40, 30, 20, 10, none])
    })
  )

  it.effect("is no longer told once it has fallen", () =>
    Effect.gen(function* () {
      const told = yield* promised((second) => (second === 50 ? 10 : second))
      assert.deepStrictEqual(
        told.map((left) => left !== undefined),
        [false, false, true, true, true, ...Array(6).fill(false)]
      )
    })
  )

  it.effect("is not told where it stands still, or jumps once as BCDA's", () =>
    Effect.gen(function* () {
      const still = yield* promised(() => 50)
      const jump = yield* promised((second) => (second > 40 ? 33 : 0))
      assert.deepStrictEqual(new Set([...still, ...jump]), new Set([undefined]))
    })
  )
})
