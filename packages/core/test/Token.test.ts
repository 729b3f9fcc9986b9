import { BcdaClient, Credentials, makePolicy, Target, type TargetOptions, type TokenReason } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Formatter, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import { answering, elapse } from "./support/clock.ts"
import { json, lines, outcome, type Reply, secret, serve, token, withClient } from "./support/server.ts"

const theToken = Effect.flatMap(BcdaClient, (bcda) => bcda.token)
const attributionPath = "/api/v3/attribution_status"
const attribution: Reply = { body: '{"ingestion_dates":[]}' }

describe("token", () => {
  it.live("is asked for with HTTP Basic, and only once by many at a time", () =>
    Effect.gen(function* () {
      const server = yield* serve({})
      const tokens = yield* Effect.all(
        Array.from({ length: 20 }, () => theToken),
        { concurrency: "unbounded" }
      ).pipe(withClient(server))
      assert.strictEqual(new Set(tokens).size, 1)
      const [asked, ...more] = server.seen
      assert.deepStrictEqual(more, [])
      assert.strictEqual(`${asked?.method} ${asked?.url}`, "POST /auth/token")
      assert.deepStrictEqual(lines(asked, "authorization"), [`Basic ${btoa(`id-of-the-test:${secret}`)}`])
      assert.deepStrictEqual(lines(asked, "accept"), ["application/json"])
    })
  )

  const lives: ReadonlyArray<readonly [unknown, number]> = [
    ["1200", 1200],
    ["1201", 1201],
    [1200, 1200],
    [1200.5, 1200.5],
    ["0.5", 0.5],
    [null, 300]
  ]
  for (const [expiresIn, seconds] of lives) {
    it.live(`lives ${seconds} s when expires_in is ${expiresIn === null ? "absent" : JSON.stringify(expiresIn)}`, () =>
      Effect.gen(function* () {
        const body = { access_token: "abc", token_type: "bearer", ...(expiresIn !== null && { expires_in: expiresIn }) }
        const server = yield* serve({ "POST /auth/token": json(body) })
        const one = yield* theToken.pipe(withClient(server))
        assert.strictEqual(Duration.toSeconds(one.expiresIn), seconds)
        assert.strictEqual(Redacted.value(one.value), "abc")
        assert.notInclude(`${Formatter.format(one)} ${JSON.stringify(one)}`, "abc")
      })
    )
  }

  it.live("is renewed once for many that are refused with the same one", () =>
    Effect.gen(function* () {
      const server = yield* serve({
        [`GET ${attributionPath}`]: ({ headers }) =>
          headers.authorization === "Bearer t1" ? outcome("forbidden", "Expired Token", 401) : attribution
      })
      yield* Effect.flatMap(BcdaClient, (bcda) =>
        Effect.all(
          Array.from({ length: 10 }, () => bcda.attribution),
          { concurrency: "unbounded" }
        )
      ).pipe(withClient(server))
      assert.strictEqual(server.to("/auth/token").length, 2)
    })
  )

  it.live("is not remembered when it could not be had", () =>
    Effect.gen(function* () {
      const server = yield* serve({
        "POST /auth/token": (_, count) => (count === 0 ? { status: 401, body: "Unauthorized\n" } : token("t"))
      })
      const [first, second] = yield* Effect.all([Effect.result(theToken), Effect.result(theToken)]).pipe(
        withClient(server)
      )
      assert.deepStrictEqual([Result.isFailure(first), Result.isSuccess(second)], [true, true])
    })
  )

  it.live("is neither asked for nor sent when the target wants none", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${attributionPath}`]: attribution })
      const target = Result.getOrThrow(Target.fromUrl(server.url, { apiVersion: "v3", auth: "none" }))
      yield* Effect.flatMap(BcdaClient, (bcda) => bcda.attribution).pipe(withClient(server, { target }))
      assert.deepStrictEqual(
        server.seen.map(({ url, headers }) => [url, headers.authorization]),
        [[attributionPath, undefined]]
      )
    })
  )

  it.live("needs credentials", () =>
    Effect.gen(function* () {
      const server = yield* serve({})
      const error = yield* theToken.pipe(withClient(server, { credentials: undefined }), Effect.flip)
      assert.strictEqual(error.reason._tag, "NoCredentials")
      assert.deepStrictEqual(server.seen, [])
    })
  )
})

describe("a token's ways", () => {
  const elsewhere = Effect.fnUntraced(function* (policy?: { readonly allow: boolean }) {
    const other = yield* serve({ "GET /data/1/a.ndjson": { body: "{}" }, [`GET ${attributionPath}`]: attribution })
    const server = yield* serve({
      [`GET ${attributionPath}`]: { status: 307, headers: { location: `${other.url}${attributionPath}` } }
    })
    const target = Result.getOrThrow(
      Target.fromUrl(server.url, policy?.allow === true ? { allowedOrigins: [other.url] } : {})
    )
    return { other, server, target }
  })

  for (const allow of [false, true]) {
    it.live(`do not follow a redirect${allow ? ", not even to an origin that is allowed" : ""}`, () =>
      Effect.gen(function* () {
        const { other, server, target } = yield* elsewhere({ allow })
        const error = yield* Effect.flatMap(BcdaClient, (bcda) => bcda.attribution).pipe(
          withClient(server, { target }),
          Effect.flip
        )
        assert.deepInclude(error.reason, { _tag: "Redirected", status: 307, origin: other.url })
        assert.deepStrictEqual(other.seen, [])
      })
    )
  }

  it.live("do not lead to another origin, unless it is allowed", () =>
    Effect.gen(function* () {
      const { other, server } = yield* elsewhere()
      const open = (options: TargetOptions) =>
        Effect.scoped(Effect.flatMap(BcdaClient, (bcda) => bcda.open(`${other.url}/data/1/a.ndjson`))).pipe(
          withClient(server, { target: Result.getOrThrow(Target.fromUrl(server.url, options)) }),
          Effect.result
        )
      const refused = yield* open({})
      assert.isTrue(Result.isFailure(refused) && refused.failure.reason._tag === "ForeignOrigin")
      assert.deepStrictEqual(other.seen, [])
      assert.isTrue(Result.isSuccess(yield* open({ allowedOrigins: [other.url] })))
      assert.deepStrictEqual(lines(other.seen[0], "authorization"), ["Bearer t1"])
    })
  )
})

const plain = (status: number, body: string, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  body
})
const cap = "A9999 exceeded the rate limit for /auth/token. Access tokens last 20 minutes; please cache and reuse them."

const refusals: ReadonlyArray<readonly [string, Reply, TokenReason["_tag"], number]> = [
  ["400, no credentials read", plain(400, "Bad Request\n"), "BadCredentials", 1],
  ["401, unknown, wrong or expired", plain(401, "Unauthorized\n"), "BadCredentials", 1],
  ["403", plain(403, "Forbidden\n"), "BadCredentials", 1],
  ["429 in plain text, the cap", plain(429, cap, { "retry-after": "1" }), "TokenCap", 5],
  ["429 of something in between", outcome("throttled", "see /auth/token", 429), "Throttled", 5],
  ["500", plain(500, "Internal Server Error\n"), "ServerFault", 5],
  ["503", plain(503, "Service Unavailable\n", { "retry-after": "1" }), "ServerFault", 5],
  ["302", { status: 302, headers: { location: "https://login.example/?a=b" } }, "Redirected", 1],
  ["405", { status: 405, headers: { allow: "GET" } }, "Rejected", 1],
  ["a page", { headers: { "content-type": "text/html" }, body: "<html>private-page</html>" }, "Malformed", 1],
  ["no token", json({ expires_in: "1200" }), "Malformed", 1],
  ["an empty token", json({ access_token: "" }), "Malformed", 1],
  ["a token that is no header", json({ access_token: "private\r\nx: y" }), "Malformed", 1],
  ["a life that is no number", json({ access_token: "private", expires_in: "soon" }), "Malformed", 1],
  ["no life left", json({ access_token: "private", expires_in: "0" }), "Malformed", 1],
  ["no life left, as a number", json({ access_token: "private", expires_in: 0 }), "Malformed", 1],
  ["a life that is over", json({ access_token: "private", expires_in: -1 }), "Malformed", 1],
  ["a life that is over, as text", json({ access_token: "private", expires_in: "-1200" }), "Malformed", 1],
  ["a life without a length", json({ access_token: "private", expires_in: "" }), "Malformed", 1],
  ["another kind of token", json({ access_token: "private", token_type: "mac" }), "Malformed", 1]
]

describe("a refused token", () => {
  for (const [name, reply, reason, asked] of refusals) {
    it.live(`${name} is ${reason}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ "POST /auth/token": reply })
        const error = yield* theToken.pipe(withClient(server), Effect.flip)
        assert.strictEqual(error.reason._tag, reason)
        assert.strictEqual(server.seen.length, asked)
        const shown = `${error.message} ${error.reason.next} ${JSON.stringify(error)} ${String(error.stack)}`
        for (const hidden of [secret, btoa(`id-of-the-test:${secret}`), "private"]) assert.notInclude(shown, hidden)
      })
    )
  }

  it.live("because the connection drops, as BCDA's does when its token service is away", () =>
    Effect.gen(function* () {
      const server = yield* serve({
        "POST /auth/token": (_seen, _count, { request }) => {
          request.socket.destroy()
          return undefined
        }
      })
      const error = yield* theToken.pipe(withClient(server), Effect.flip)
      assert.strictEqual(error.reason._tag, "Unreachable")
      assert.strictEqual(server.seen.length, 5)
    })
  )
})

const client = (renewBefore?: number) => {
  const world = answering(({ path }, count) =>
    path === "/auth/token"
      ? Response.json({ access_token: `t${count + 1}`, expires_in: "1200", token_type: "bearer" })
      : new Response('{"ingestion_dates":[]}')
  )
  const layer = BcdaClient.layer({
    target: Target.sandbox(),
    credentials: Credentials.of("me", secret),
    policy: { renewBefore }
  })
  return {
    world,
    run: <A, E>(effect: Effect.Effect<A, E, BcdaClient>) =>
      effect.pipe(Effect.provide(layer), Effect.provide(world.layer))
  }
}

describe("a token's time", () => {
  it.effect("ends after nine tenths of its life", () => {
    const { world, run } = client()
    return run(
      Effect.gen(function* () {
        const bcda = yield* BcdaClient
        yield* bcda.attribution
        yield* TestClock.adjust("1079 seconds")
        yield* bcda.attribution
        yield* TestClock.adjust("1 second")
        yield* bcda.attribution
        assert.deepStrictEqual(
          world.asked.filter(({ path }) => path !== "/auth/token").map(({ authorization }) => authorization),
          ["Bearer t1", "Bearer t1", "Bearer t2"]
        )
      })
    )
  })

  it.effect("follows the policy", () => {
    const { world, run } = client(0.5)
    return run(
      Effect.gen(function* () {
        const bcda = yield* BcdaClient
        yield* bcda.token
        yield* TestClock.adjust("600 seconds")
        yield* bcda.token
        assert.deepStrictEqual(world.times("/auth/token"), [0, 600_000])
      })
    )
  })

  it.effect(
    "at the cap the server's five minutes are waited out",
    () => {
      const world = answering((_, count) =>
        count === 0
          ? new Response(cap, { status: 429, headers: { "content-type": "text/plain", "retry-after": "300" } })
          : Response.json({ access_token: "t", expires_in: 1200 })
      )
      return elapse(theToken, 100).pipe(
        Effect.provide(BcdaClient.layer({ target: Target.sandbox(), credentials: Credentials.of("me", secret) })),
        Effect.provide(world.layer),
        Effect.map(() => assert.deepStrictEqual(world.times("/auth/token"), [0, 300_000]))
      )
    },
    30_000
  )

  it.effect(
    "is too short when the server refuses each at once: the policy's limit waits, before the server's cap is reached",
    () =>
      Effect.gen(function* () {
        const world = answering(({ path }, count) =>
          path === "/auth/token"
            ? Response.json({ access_token: `t${count}`, expires_in: 1200 })
            : new Response(null, { status: 401 })
        )
        const policy = { tokens: { most: 3, window: "5 minutes" }, retry: { attempts: 2 } } as const
        const ask = Effect.flatMap(BcdaClient, (bcda) =>
          Effect.forEach([1, 2, 3, 4], () => Effect.result(bcda.attribution))
        )
        const results = yield* elapse(ask, 1000).pipe(
          Effect.provide(
            BcdaClient.layer({ target: Target.sandbox(), credentials: Credentials.of("me", secret), policy })
          ),
          Effect.provide(world.layer)
        )
        assert.deepStrictEqual(
          results.map((result) => (Result.isFailure(result) ? result.failure.reason._tag : "fine")),
          ["Unauthorized", "Unauthorized", "Unauthorized", "Unauthorized"]
        )
        // One for the first, then one more for every refusal; never more than three within five minutes.
        assert.deepStrictEqual(world.times("/auth/token"), [0, 0, 0, 300_000, 300_000])
      })
  )

  it.effect("ends in a reason of its own where the policy's limit may not be waited out", () =>
    Effect.gen(function* () {
      const { run } = client()
      const policy = { tokens: { most: 1, window: "5 minutes" }, retry: { attempts: 1 } } as const
      const world = answering(({ path }) =>
        path === "/auth/token" ? Response.json({ access_token: "t" }) : new Response(null, { status: 401 })
      )
      const error = yield* Effect.flatMap(BcdaClient, (bcda) => bcda.attribution).pipe(
        Effect.provide(
          BcdaClient.layer({ target: Target.sandbox(), credentials: Credentials.of("me", secret), policy })
        ),
        Effect.provide(world.layer),
        Effect.flip
      )
      assert.deepInclude(error.reason, { _tag: "TokenCap", own: true, retryAfterSeconds: 300 })
      yield* run(theToken)
    })
  )

  it("has defaults that suit BCDA", () => {
    const policy = makePolicy()
    assert.isBelow(policy.tokens.most, 1000)
    assert.strictEqual(Duration.toMinutes(policy.tokens.window), 5)
    assert.strictEqual(policy.renewBefore, 0.9)
    assert.strictEqual(Duration.toMinutes(policy.retry.retryAfterCap), 5)
  })
})
