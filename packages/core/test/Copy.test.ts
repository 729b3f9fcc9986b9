import { defaultPolicy } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeCopy } from "../src/internal/copy.ts"
import { webEngine } from "../src/internal/engine.ts"
import { jsonOfType } from "../src/internal/lineCheck.ts"

const mebibyte = 1024 * 1024
const line = `${JSON.stringify({ resourceType: "Patient", text: "x".repeat(100) })}\n`

describe("a copy", () => {
  it.effect("looks at a block of any size in pieces, so that its lines need not all be held at once", () =>
    Effect.gen(function* () {
      let held = 0
      let most = 0
      const copy = yield* makeCopy(
        {
          engine: webEngine,
          url: "https://bcda.example/data/1/p.ndjson",
          name: "Patient/p.ndjson",
          check: jsonOfType(webEngine, "Patient", () => held++),
          limits: defaultPolicy.limits
        },
        { contentEncoding: "identity", kept: false },
        {
          looked: Effect.sync(() => {
            most = Math.max(most, held)
            held = 0
          })
        }
      )
      const file = new TextEncoder().encode(line.repeat((8 * mebibyte) / line.length))
      yield* copy.take(file)
      assert.deepInclude(yield* copy.end, { bytes: file.length })
      assert.isAtMost(most * line.length, mebibyte)
    })
  )
})
