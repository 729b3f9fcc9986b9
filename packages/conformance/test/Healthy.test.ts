import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checks, outcomeOf } from "../src/index.ts"
import { judged, notPassed } from "./support/Judging.ts"

/** Filters for claims, and warnings about them, came with version 3. */
const onlyInV3 = [
  "not-applicable file/messages",
  "not-applicable file/warnings",
  "not-applicable manifest/type-filter-effect",
  "not-applicable kickoff/unknown-filter-refused"
]

describe("a healthy server", () => {
  for (const apiVersion of ["v1", "v2", "v3"] as const) {
    it.live(`passes every check on ${apiVersion}`, () =>
      Effect.gen(function* () {
        const { lines, verdicts, tiny } = yield* judged({ apiVersion }, { nights: true })
        const found = notPassed(verdicts).map((line) => line.replace(/:.*/, ""))
        assert.deepStrictEqual(found, apiVersion === "v3" ? [] : onlyInV3)
        assert.strictEqual(verdicts.length, checks.length)
        assert.strictEqual(outcomeOf(lines).exitCode, 0)
        assert.strictEqual(tiny.running(), 0, "a job was left running")
      })
    )
  }
})
