/** A job is looked at as often as the pace says, whatever the server asks for. */
import { NodeTransport } from "@bcda-kit/core/node"
import { assert, describe, it, vi } from "@effect/vitest"
import { Duration, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { judge } from "../src/index.ts"
import { atOnce, credentialsOf, targetOf } from "./support/Judging.ts"
import { tinyBcda } from "./support/TinyBcda.ts"

describe("polling", () => {
  it.effect("does not follow a Retry-After of 0 faster than its own first wait", () =>
    Effect.gen(function* () {
      const tiny = yield* tinyBcda({ polls: 5 })
      const looks = () => tiny.requests.filter((request) => /^GET .*\/jobs\/4\d$/.test(request)).length
      const hour = Duration.hours(1)
      const pace = { ...atOnce, initial: hour, max: hour, retryAfterCap: hour, deadline: Duration.days(1) }
      const run = yield* judge({ target: targetOf(tiny), credentials: credentialsOf(tiny), pace }).pipe(
        Stream.runDrain,
        Effect.provide(NodeTransport.layer),
        Effect.forkChild
      )
      // The first look is the one without a token. The clock stands still, so that one too many can only come from not waiting.
      for (const expected of [2, 3, 4]) {
        yield* Effect.promise(() => vi.waitUntil(() => looks() >= expected, { interval: 2, timeout: 20_000 }))
        for (let turn = 0; turn < 1000; turn++) yield* Effect.promise(() => new Promise(setImmediate))
        assert.strictEqual(looks(), expected)
        yield* TestClock.adjust(hour)
      }
      yield* Fiber.interrupt(run)
    })
  )
})
