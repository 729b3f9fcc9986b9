import type { ExportEvent } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { watchExpiry } from "../../src/internal/expiryWatch.ts"

/** Virtual time begins in 1970. */
const at = (seconds: number) => new Date(seconds * 1000).toISOString()

const watch = Effect.fnUntraced(function* (files: number, expires: string | undefined) {
  const said: Array<ExportEvent> = []
  const { fileDone } = yield* watchExpiry({ files, expires, emit: (event) => Effect.sync(() => void said.push(event)) })
  return { said, fileTook: (seconds: number) => Effect.andThen(TestClock.adjust(seconds * 1000), fileDone) }
})

describe("watchExpiry", () => {
  it.effect("says nothing while there is time", () =>
    Effect.gen(function* () {
      const { said, fileTook } = yield* watch(100, at(24 * 3600))
      for (let i = 0; i < 100; i++) yield* fileTook(60)
      assert.deepStrictEqual(said, [])
    })
  )

  it.effect("says once, from three files, that the others will be late", () =>
    Effect.gen(function* () {
      const { said, fileTook } = yield* watch(100, at(3600))
      yield* fileTook(60)
      yield* fileTook(60)
      assert.deepStrictEqual(said, [])
      yield* fileTook(60)
      const [first] = said
      assert.deepInclude(first, { expires: at(3600), secondsLeft: 3420, filesLeft: 97, secondsNeeded: 97 * 60 })
      yield* fileTook(60)
      assert.strictEqual(said.length, 1)
    })
  )

  it.effect("says at once that there is hardly any time, or none", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* watch(3, at(900))).said, [])
      const soon = (yield* watch(3, at(899))).said
      assert.deepStrictEqual(soon, [{ _tag: "Expiring", expires: at(899), secondsLeft: 899, filesLeft: 3 }])
      assert.deepInclude((yield* watch(3, at(-10))).said[0], { secondsLeft: -10 })
    })
  )

  it.effect("says nothing when nothing is left, or nobody knows", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* watch(0, at(10))).said, [])
      const { said, fileTook } = yield* watch(3, undefined)
      yield* fileTook(1e6)
      assert.deepStrictEqual(said, [])
    })
  )
})
