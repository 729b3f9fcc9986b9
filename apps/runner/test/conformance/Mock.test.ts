/** A mock that has no socket: the suite judges the sandbox's msw handlers as it judges a server. */
import { bcdaExpected, describeTarget, judge, outcomeOf } from "@bcda-kit/conformance"
import { Credentials, Target } from "@bcda-kit/core"
import { NodeTransport } from "@bcda-kit/core/node"
import { small } from "@bcda-kit/sandbox"
import { sandboxHandlers } from "@bcda-kit/sandbox/msw"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Result, Stream } from "effect"
import { setupServer } from "msw/node"

const origin = "https://bcda.example"

const mock = Effect.acquireRelease(
  Effect.sync(() => {
    const server = setupServer(...sandboxHandlers({ origin, pace: { pendingMillis: 0, perSubJobMillis: 0 } }))
    server.listen({ onUnhandledFrame: "error" })
    return server
  }),
  (server) => Effect.sync(() => server.close())
)

describe("a mock made of msw handlers", () => {
  it.live("is judged as the server that it stands in for", () =>
    Effect.gen(function* () {
      yield* mock
      const target = describeTarget(Result.getOrThrow(Target.fromUrl(origin)), { kind: "mock" })
      const lines = yield* judge({
        target,
        credentials: Credentials.of(small.clientId, small.clientSecret),
        // it is a mock of BCDA as it is
        expected: bcdaExpected,
        pace: { initial: Duration.millis(5) }
      }).pipe(Stream.runCollect, Effect.provide(NodeTransport.layer))
      const verdicts = lines.filter((line) => line.kind === "verdict")
      assert.strictEqual(outcomeOf(lines).exitCode, 0, outcomeOf(lines).text)
      assert.isAbove(verdicts.filter(({ verdict }) => verdict === "pass").length, 100)
    }).pipe(Effect.scoped)
  )
})
