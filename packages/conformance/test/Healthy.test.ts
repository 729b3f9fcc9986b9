import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checks, outcomeOf } from "../src/index.ts"
import { judged, notPassed } from "./support/Judging.ts"

describe("a healthy server", () => {
  for (const apiVersion of ["v1", "v2", "v3"] as const) {
    it.live(`passes every check on ${apiVersion}`, () =>
      Effect.gen(function* () {
        const { lines, verdicts, tiny } = yield* judged({ apiVersion }, { nights: true })
        assert.deepStrictEqual(notPassed(verdicts), [])
        assert.strictEqual(verdicts.length, checks.length)
        assert.strictEqual(outcomeOf(lines).exitCode, 0)
        assert.strictEqual(tiny.running(), 0, "a job was left running")
      })
    )
  }
})
