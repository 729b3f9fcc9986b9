import { BcdaClient, Credentials, ExportRequest, type PolicyOptions, Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { type Asked, answering, settle } from "./support/clock.ts"

const bcda = Result.getOrThrow(Target.fromUrl("https://bcda.test"))
const tokenBody = JSON.stringify({ access_token: "t1", expires_in: "1200" })

/** A client of a server that answers as told; `fork` starts something with it and goes on. */
const setUp = Effect.fnUntraced(function* (
  answer: (asked: Asked, count: number) => Response,
  policy: PolicyOptions,
  target = bcda
) {
  const server = answering((asked, count) =>
    asked.path.endsWith("/token") && count === 0 ? new Response(tokenBody) : answer(asked, count)
  )
  const layer = BcdaClient.layer({ target, credentials: Credentials.of("id", "secret"), policy }).pipe(
    Layer.provide(server.layer)
  )
  const context = yield* Layer.build(layer)
  const fork = Effect.fnUntraced(function* <A, E>(effect: Effect.Effect<A, E, BcdaClient>) {
    yield* effect.pipe(Effect.provide(context), Effect.exit, Effect.forkChild({ startImmediately: true }))
    yield* settle
  })
  const open = (name: string) =>
    Effect.scoped(BcdaClient.use((client) => client.open(`${target.baseUrl}/data/7/${name}`)))
  const look = BcdaClient.use((client) => client.status(client.job("7")))
  return { ...server, fork, open, look }
})

const refused = () => new Response("", { status: 429, headers: { "retry-after": "100" } })

const pass = (seconds: number) => Effect.andThen(TestClock.adjust(seconds * 1000), settle)

describe("one client", () => {
  it.effect("counts tokens, looks and files together", () =>
    Effect.gen(function* () {
      const { asked, fork, open, look } = yield* setUp(
        ({ path }) => new Response("", { status: path.includes("/jobs/") ? 202 : 200 }),
        { budget: { requests: 4, window: "60 seconds" } }
      )
      yield* fork(look)
      yield* pass(10)
      for (const name of ["a", "b", "c"]) yield* fork(open(name))
      yield* fork(look)
      assert.strictEqual(asked.length, 4, "a token, a look and two files")
      yield* pass(49)
      assert.strictEqual(asked.length, 4)
      yield* pass(1)
      assert.deepStrictEqual(
        asked.slice(4).map(({ path, at }) => [path, at]),
        [
          ["/data/7/c", 60_000],
          ["/api/v3/jobs/7", 60_000]
        ]
      )
    })
  )

  for (const status of [429, 503]) {
    it.effect(`lets everything wait for the Retry-After of one file (${status})`, () =>
      Effect.gen(function* () {
        const busy = new Response("", { status, headers: { "retry-after": "100" } })
        const { asked, times, fork, open, look } = yield* setUp(
          ({ path }, count) => {
            if (path === "/data/7/a" && count === 0) return busy
            return new Response("", { status: path.includes("/jobs/") ? 202 : 200 })
          },
          { retry: { initial: "1 second" } }
        )
        yield* fork(open("a"))
        yield* fork(open("b"))
        yield* fork(look)
        yield* pass(99)
        assert.deepStrictEqual(
          asked.map(({ path }) => path),
          ["/auth/token", "/data/7/a"]
        )
        yield* pass(1)
        assert.deepStrictEqual(times("/data/7/b"), [100_000])
        assert.deepStrictEqual(times("/api/v3/jobs/7"), [100_000])
        assert.deepStrictEqual(times("/data/7/a"), [0, 100_000])
      })
    )
  }

  it.effect("lets nothing else wait when a kick-off meets a running job, or there are too many tokens", () =>
    Effect.gen(function* () {
      const { times, fork, open } = yield* setUp(
        ({ path }) => (path.endsWith("/$export") || path === "/auth/token" ? refused() : new Response("")),
        { retry: { attempts: 1 } }
      )
      yield* fork(BcdaClient.use((client) => client.kickOff(new ExportRequest({ scope: "all" }))))
      yield* fork(open("a"))
      assert.deepStrictEqual(times("/data/7/a"), [0])
      // The token is at the end of its life, and the next is not to be had.
      yield* pass(1190)
      yield* fork(open("b"))
      assert.strictEqual(times("/auth/token").length, 2)
      yield* fork(BcdaClient.use((client) => client.metadata))
      assert.deepStrictEqual(times("/api/v3/metadata"), [1_190_000])
    })
  )

  it.effect("lets nothing else wait when there are too many tokens of another server, wherever those come from", () =>
    Effect.gen(function* () {
      const options = { auth: "basic", apiVersion: "fhir", tokenEndpoint: "https://fhir.test/oauth2/token" } as const
      const { times, fork, open } = yield* setUp(
        ({ path }) => (path === "/oauth2/token" ? refused() : new Response("")),
        { retry: { attempts: 1 } },
        Result.getOrThrow(Target.fromUrl("https://fhir.test/r4", options))
      )
      yield* fork(open("a"))
      yield* pass(1190)
      yield* fork(open("b"))
      assert.strictEqual(times("/oauth2/token").length, 2)
      yield* fork(BcdaClient.use((client) => client.metadata))
      assert.deepStrictEqual(times("/r4/metadata"), [1_190_000])
    })
  )
})
