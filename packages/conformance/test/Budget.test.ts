/** What a run may cost the server is declared, and the engine keeps to it: what would exceed it is not run, and says so. */
import { NodeTransport } from "@bcda-kit/core/node"
import { assert, describe, it, vi } from "@effect/vitest"
import { Duration, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type Budget, judge, outcomeOf, type TargetKind, type VerdictLine } from "../src/index.ts"
import { atOnce, credentialsOf, described, headerOf, runOn } from "./support/Judging.ts"
import { type Mutation, type Tiny, type TinyOptions, tinyBcda } from "./support/TinyBcda.ts"

const within = Effect.fnUntraced(function* (budget: Budget, server: TinyOptions = {}) {
  const tiny = yield* tinyBcda(server)
  // so patient by nature that no poll has to be put off for the budget's sake
  const pace = { ...atOnce, max: Duration.hours(1) }
  const lines = yield* runOn(tiny, { target: described(tiny, { budget }), pace })
  const verdicts = lines.filter((line): line is VerdictLine => line.kind === "verdict")
  return { lines, tiny, verdicts, by: new Map(verdicts.map((line) => [line.check, line])) }
}, Effect.scoped)

const started = ({ requests }: Tiny) =>
  requests.filter((request) => request.includes("$export?_type=Patient,Coverage") && !request.includes("_since")).length

/** Attempts to cancel a job that was there. */
const cancelled = ({ requests }: Tiny) =>
  requests.filter((request) => request.startsWith("DELETE") && !request.endsWith("/999999999")).length

/** Tokens that die as soon as they are there. */
const shortLived: Mutation = (reply, { route }) =>
  route === "token" && reply.status === 200 ? { ...reply, body: reply.body.toString().replace("1200", "0.001") } : reply

describe("a budget of", () => {
  it.live("requests is never exceeded, whatever it is, and always leaves enough to cancel what was started", () =>
    Effect.gen(function* () {
      for (let requests = 1; requests <= 30; requests++) {
        const { lines, tiny, verdicts } = yield* within({ requests }, { polls: 3 })
        assert.isAtMost(tiny.requests.length, requests)
        assert.strictEqual(tiny.running(), 0, `${requests}: a job was left running`)
        assert.isFalse(
          verdicts.some(({ verdict }) => ["fail", "engine-error"].includes(verdict)),
          String(requests)
        )
        // with too little for a token the server was not met, which blocks everything
        const met = headerOf(lines).smoke?.ok === true
        const spent = met ? verdicts.filter(({ because }) => because?.includes("budget")) : []
        assert.strictEqual(met, requests >= 3)
        if (met && requests < 28) assert.isAbove(spent.length, 0, String(requests))
        for (const { verdict } of spent) assert.strictEqual(verdict, "not-run")
        assert.notStrictEqual(outcomeOf(lines).exitCode, 5)
      }
    })
  )

  it.live("requests has no room for new tokens in what is kept to cancel jobs with", () =>
    Effect.gen(function* () {
      for (let requests = 6; requests <= 24; requests++) {
        const { tiny } = yield* within({ requests }, { mutate: shortLived, polls: Number.POSITIVE_INFINITY })
        assert.isAtMost(tiny.requests.length, requests)
        assert.strictEqual(tiny.running(), 0, `${requests}: a job was left running`)
      }
    })
  )

  it.live("requests stops the polls of a job that goes on and on, and keeps back what later steps want", () =>
    Effect.gen(function* () {
      const { by, tiny } = yield* within({ requests: 100 }, { polls: Number.POSITIVE_INFINITY })
      assert.isAtMost(tiny.requests.length, 100)
      assert.strictEqual(by.get("status/done")?.verdict, "not-run")
      assert.include(by.get("status/done")?.because, "the budget of 100 requests is spent before the job ended")
      assert.strictEqual(by.get("file/fetched")?.verdict, "not-run", "what needs the files inherits the reason")
      assert.strictEqual(by.get("jobs/bundle")?.verdict, "pass")
      assert.strictEqual(by.get("cancel/accepted")?.verdict, "pass")
      assert.strictEqual(tiny.running(), 0)
    })
  )

  it.live("one job lets the second go, and what hangs on it", () =>
    Effect.gen(function* () {
      const { by, lines, tiny } = yield* within({ jobs: 1 })
      assert.strictEqual(by.get("file/fetched")?.verdict, "pass")
      for (const check of ["second-opinion/export", "cancel/accepted", "cancel/then-404"]) {
        assert.strictEqual(by.get(check)?.verdict, "not-run", check)
        assert.strictEqual(by.get(check)?.because, "the budget of 1 job is spent")
      }
      assert.strictEqual(cancelled(tiny), 0)
      assert.strictEqual(outcomeOf(lines).exitCode, 0)
    })
  )

  it.live("jobs counts those that should never have been started, and stops there", () =>
    Effect.gen(function* () {
      // Takes every kick-off, the wrong ones too.
      let jobs = 900
      const { by, tiny } = yield* within(
        { jobs: 2 },
        {
          mutate: (reply, { base, route }) =>
            route === "kickoff"
              ? { status: 202, headers: { "content-location": `${base}/api/v3/jobs/${jobs++}` }, body: "" }
              : reply
        }
      )
      assert.strictEqual(jobs, 902)
      assert.strictEqual(by.get("kickoff/needs-token")?.verdict, "fail")
      assert.strictEqual(by.get("kickoff/accepted")?.because, "the budget of 2 jobs is spent")
      assert.strictEqual(cancelled(tiny), 2)
    })
  )

  it.live("one token is one token, though it lives too short; what comes after its end is not run", () =>
    Effect.gen(function* () {
      const { by, tiny } = yield* within(
        { tokens: 1 },
        {
          mutate: (reply, { route }) =>
            route === "token" && reply.status === 200
              ? { ...reply, body: reply.body.toString().replace("1200", "0.001") }
              : reply
        }
      )
      // one that is given, one with a wrong secret, one with none
      assert.strictEqual(tiny.requests.filter((request) => request.startsWith("POST /auth/token")).length, 3)
      assert.match(by.get("kickoff/accepted")?.because ?? "", /token has expired, and the budget of 1 token is spent/)
      assert.strictEqual(by.get("kickoff/accepted")?.verdict, "not-run")
    })
  )

  it.live("no job at all leaves the reads", () =>
    Effect.gen(function* () {
      const { by, tiny } = yield* within({ jobs: 0 })
      assert.strictEqual(started(tiny), 0)
      assert.strictEqual(by.get("kickoff/accepted")?.verdict, "not-run")
      assert.strictEqual(by.get("attribution/shape")?.verdict, "pass")
    })
  )

  it.effect("requests a minute makes a run wait for the next minute", () =>
    Effect.gen(function* () {
      const tiny = yield* tinyBcda()
      const target = described(tiny, { budget: { requestsPerMinute: 5 } })
      const run = yield* judge({ target, credentials: credentialsOf(tiny), pace: atOnce, expected: [] }).pipe(
        Stream.runCollect,
        Effect.provide(NodeTransport.layer),
        Effect.forkChild
      )
      // The clock stands still: a sixth request could only come from not waiting.
      for (const expected of [5, 10, 15]) {
        yield* Effect.promise(() =>
          vi.waitUntil(() => tiny.requests.length >= expected, { interval: 2, timeout: 20_000 })
        )
        for (let turn = 0; turn < 1000; turn++) yield* Effect.promise(() => new Promise(setImmediate))
        assert.strictEqual(tiny.requests.length, expected)
        yield* TestClock.adjust(Duration.minutes(1))
      }
      yield* Fiber.interrupt(run)
    }).pipe(Effect.scoped)
  )
})

describe("without a word about a budget", () => {
  it("only servers that others use have one", () => {
    const tiny = {
      apiVersion: "v3" as const,
      baseUrl: "http://127.0.0.1:1",
      clientId: "",
      clientSecret: "",
      requests: [],
      clock: { advance: () => Effect.void },
      running: () => 0
    }
    const of = (kind: TargetKind) => described(tiny, { kind }).budget
    for (const kind of ["embedded", "mock", "other"] as const) assert.deepStrictEqual(of(kind), {})
    assert.deepStrictEqual(of("sandbox"), { jobs: 3, requests: 60, requestsPerMinute: 30, tokens: 1 })
    assert.deepStrictEqual(of("production"), { jobs: 1, requests: 60, requestsPerMinute: 20, tokens: 1 })
  })
})
