import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checks, outcomeOf } from "../src/index.ts"
import { headerOf, judged, notLimited, notPassed } from "./support/Judging.ts"

/** Filters for claims, and warnings about them, came with version 3. */
const onlyInV3 = [
  "not-applicable file/messages",
  "not-applicable file/warnings",
  "not-applicable manifest/type-filter-effect",
  "not-applicable kickoff/unknown-filter-refused",
  "not-applicable kickoff/sorting-filter-refused",
  "not-applicable kickoff/patient-filter-refused"
]

/** A BCDA gives its tokens for a secret. */
const onlyWithKeys = checks.filter(({ id }) => id.startsWith("assertion/")).map(({ id }) => `not-applicable ${id}`)

describe("a healthy server", () => {
  it.live("of SMART Backend Services passes every check", () =>
    Effect.gen(function* () {
      const { lines, verdicts } = yield* judged({ auth: "smart" })
      assert.deepStrictEqual(
        notPassed(verdicts).map((line) => line.replace(/:.*/, "")),
        notLimited
      )
      assert.deepStrictEqual(
        headerOf(lines).smoke?.asked.map(({ answer, step }) => `${step} ${answer}`),
        ["metadata 200", "token 200", "attribution 200"]
      )
      assert.strictEqual(outcomeOf(lines).exitCode, 0)
    })
  )

  for (const apiVersion of ["v1", "v2", "v3"] as const) {
    it.live(`passes every check on ${apiVersion}`, () =>
      Effect.gen(function* () {
        const { lines, verdicts, tiny } = yield* judged({ apiVersion })
        const found = notPassed(verdicts).map((line) => line.replace(/:.*/, ""))
        const expected = [...onlyWithKeys, ...notLimited, ...(apiVersion === "v3" ? [] : onlyInV3)]
        assert.deepStrictEqual(found.toSorted(), expected.toSorted())
        assert.strictEqual(verdicts.length, checks.length)
        assert.strictEqual(outcomeOf(lines).exitCode, 0)
        assert.strictEqual(tiny.running(), 0, "a job was left running")
      })
    )
  }

  it.live("passes over nights what else takes a clock that moves, but for a job that has to run for long", () =>
    Effect.gen(function* () {
      const { verdicts } = yield* judged({}, { nights: true })
      assert.deepStrictEqual(
        notPassed(verdicts)
          .map((line) => line.replace(/:.*/, ""))
          .toSorted(),
        [...onlyWithKeys, ...notLimited, "not-run status/outlasts-token"].toSorted()
      )
    })
  )
})
