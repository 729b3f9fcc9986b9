import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeTokens } from "../src/internal/Tokens.ts"
import { basic, type Kit, makeKit, persona } from "./Support.ts"

const status = (kit: Kit, clientId: string, secret: string) =>
  Effect.map(kit.send("/auth/token", { authorization: basic(clientId, secret) }, "POST"), (answer) => answer.status)

/** Two client ids of one organization, and another organization. */
const personas = [
  persona({ id: "one", clientId: "one" }),
  persona({ id: "two", clientId: "two" }),
  persona({ id: "other", clientId: "other", cmsId: "A9998" })
]

describe("token calls are counted", () => {
  it.effect("for an organization, not for a client id; with a wrong secret, too; but not for nobody", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ personas, behaviour: { tokenCalls: 3 } })
      assert.strictEqual(yield* status(kit, "nobody", "x"), 401)
      assert.strictEqual(yield* status(kit, "one", "not-a-secret"), 200)
      assert.strictEqual(yield* status(kit, "two", "wrong"), 401)
      assert.strictEqual(yield* status(kit, "two", "not-a-secret"), 200)
      assert.strictEqual(yield* status(kit, "one", "not-a-secret"), 429)
      // A wrong secret is not even looked at any more.
      assert.strictEqual(yield* status(kit, "two", "wrong"), 429)
      assert.strictEqual(yield* status(kit, "other", "not-a-secret"), 200)
      assert.strictEqual(yield* status(kit, "nobody", "x"), 401)
    })
  )

  it.effect("in a window that opens with the first call and does not move", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ personas, behaviour: { tokenCalls: 1, tokenWindowMinutes: 2 } })
      const call = status(kit, "one", "not-a-secret")
      assert.strictEqual(yield* call, 200)
      yield* TestClock.adjust("119 seconds")
      assert.strictEqual(yield* call, 429)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* call, 200)
      const refused = yield* kit.send("/auth/token", { authorization: basic("one", "not-a-secret") }, "POST")
      assert.deepStrictEqual([refused.status, refused.headers.get("retry-after")], [429, "120"])
    })
  )

  it.effect("up to a thousand in five minutes", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ personas })
      const calls = yield* Effect.forEach(Array.from({ length: 1001 }), () => status(kit, "one", "wrong"))
      assert.deepStrictEqual([...new Set(calls.slice(0, 1000)), calls[1000]], [401, 429])
    })
  )
})

describe("expires_in", () => {
  it("is a second more when the second turns over between two looks at the clock", () => {
    const tokens = makeTokens(1200)
    const second = 1_790_000_000_000_000
    const life = (now: number) => tokens.mint(persona(), now).expiresInSeconds
    assert.deepStrictEqual(
      [second, second + 999_998, second + 999_999, second + 1_000_000].map(life),
      [1200, 1200, 1201, 1200]
    )
  })
})
