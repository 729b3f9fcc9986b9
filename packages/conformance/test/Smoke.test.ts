/** Servers that nobody has met, and servers that go away: nothing is asked of them in vain, and nothing is called a failure. */
import { createServer, type Server } from "node:net"
import { Credentials, Target } from "@bcda-kit/core"
import { NodeTransport } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Result, Stream } from "effect"
import { judge, outcomeOf, type ResultLine, type VerdictKind } from "../src/index.ts"
import { atOnce, headerOf, judged } from "./support/Judging.ts"
import { type Mutation, outcome } from "./support/TinyBcda.ts"

const verdictsOf = (lines: ReadonlyArray<ResultLine>) => lines.filter((line) => line.kind === "verdict")

const kinds = (lines: ReadonlyArray<ResultLine>): ReadonlySet<VerdictKind> =>
  new Set(verdictsOf(lines).map(({ verdict }) => verdict))

/** A server that takes connections and does nothing else. */
const mute = Effect.acquireRelease(
  Effect.callback<Server>((resume) => {
    const server = createServer((socket) => socket.on("error", () => socket.destroy()))
    server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
  }),
  (server) => Effect.sync(() => server.close())
)

const at = (baseUrl: string, timeout = atOnce.timeout) =>
  judge({
    target: Result.getOrThrow(Target.fromUrl(baseUrl)),
    credentials: Credentials.of("nobody", "nothing"),
    clock: { advance: () => Effect.void },
    pace: { ...atOnce, timeout }
  }).pipe(Stream.runCollect, Effect.provide(NodeTransport.layer))

/** A server that falls silent after so many answers. */
const dyingAfter = (answers: number): Mutation => {
  let given = 0
  return (reply) => (given++ < answers ? reply : { ...reply, silent: true })
}

const refusing: Mutation = (reply, { route }) =>
  ["metadata", "token"].includes(route) ? reply : outcome(401, "forbidden", "Invalid Token")

const page: Mutation = () => ({ status: 404, headers: { "content-type": "text/html" }, body: "<h1>Welcome</h1>" })

const dropping: Mutation = (reply, { route }) => (route === "file" ? { ...reply, silent: true } : reply)

describe("a server that", () => {
  it.live("is not there: everything is blocked, for that reason", () =>
    Effect.gen(function* () {
      const lines = yield* at("http://127.0.0.1:9")
      assert.deepStrictEqual([...kinds(lines)].toSorted(), ["blocked", "not-applicable"])
      assert.match(
        headerOf(lines).smoke?.because ?? "",
        /does not answer: GET .*\/metadata gets no answer \(ECONNREFUSED\)/
      )
      assert.strictEqual(outcomeOf(lines).exitCode, 3)
      assert.match(outcomeOf(lines).text, /does not answer/)
    })
  )

  it.live("takes connections and never answers: the same", () =>
    Effect.gen(function* () {
      const server = yield* mute
      const address = server.address()
      const lines = yield* at(
        `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
        Duration.millis(50)
      )
      assert.deepStrictEqual([...kinds(lines)].toSorted(), ["blocked", "not-applicable"])
      assert.include(headerOf(lines).smoke?.because, "no response headers in time")
      assert.strictEqual(outcomeOf(lines).exitCode, 3)
    }).pipe(Effect.scoped)
  )

  it.live("refuses the credentials: what was seen is judged, the rest is blocked", () =>
    Effect.gen(function* () {
      const { by, lines, tiny } = yield* judged({}, { credentials: Credentials.of("nobody", "nothing") })
      assert.strictEqual(by.get("metadata/readable")?.verdict, "pass")
      assert.strictEqual(by.get("kickoff/accepted")?.verdict, "blocked")
      assert.match(by.get("kickoff/accepted")?.because ?? "", /gives no token: .* is answered 401/)
      assert.strictEqual(outcomeOf(lines).exitCode, 3)
      assert.deepStrictEqual(
        tiny.requests.filter((request) => request.includes("/jobs") || request.includes("export")),
        []
      )
    })
  )

  it.live("gives a token and does not take it: nothing else is asked", () =>
    Effect.gen(function* () {
      const { by, lines, tiny } = yield* judged({ mutate: refusing })
      assert.match(
        by.get("kickoff/accepted")?.because ?? "",
        /does not let us in: GET .*attribution_status is answered 401/
      )
      assert.strictEqual(outcomeOf(lines).exitCode, 3)
      assert.strictEqual(tiny.requests.length, 5)
    })
  )

  it.live("has no FHIR at its address: said at once", () =>
    Effect.gen(function* () {
      const { lines } = yield* judged({ mutate: page }, {}, "none")
      assert.strictEqual(outcomeOf(lines).exitCode, 3)
    })
  )

  it.live("dies in the middle: a few requests later the run stops, and its silence is nobody's failure", () =>
    Effect.gen(function* () {
      // metadata, the SMART configuration, token, wrong secret, attribution, and the first two refusals are answered
      const { by, lines, tiny } = yield* judged({ mutate: dyingAfter(7) })
      assert.strictEqual(by.get("kickoff/needs-token")?.verdict, "pass")
      for (const check of ["kickoff/unknown-type-refused", "kickoff/future-since-refused", "kickoff/accepted"]) {
        assert.strictEqual(by.get(check)?.verdict, "blocked", check)
      }
      assert.include(by.get("kickoff/unknown-type-refused")?.because, "the server stopped answering")
      assert.include(by.get("kickoff/accepted")?.because, "3 steps in a row got no answer")
      assert.isFalse(kinds(lines).has("fail"))
      assert.strictEqual(outcomeOf(lines).exitCode, 3)
      assert.strictEqual(tiny.requests.length, 7 + 3 + 1, "three steps and a last look for a sign of life")
    })
  )

  it.live("drops whatever is about files is broken, not gone", () =>
    Effect.gen(function* () {
      const { by, lines } = yield* judged({ mutate: dropping })
      assert.strictEqual(by.get("file/fetched")?.verdict, "fail")
      assert.strictEqual(by.get("status/stays-done")?.verdict, "pass")
      assert.strictEqual(by.get("cancel/accepted")?.verdict, "pass")
      assert.strictEqual(outcomeOf(lines).exitCode, 1)
    })
  )
})
