/** The list of what BCDA is known to break, held to a sandbox that breaks the same, and to one in which a bug is mended. */
import { outcomeOf, type ProfileId, type VerdictLine } from "@bcda-kit/conformance"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { judgeSandbox } from "../support/Judged.ts"

const notPassed = (verdicts: ReadonlyArray<VerdictLine>) =>
  verdicts
    .filter(
      ({ because = "", verdict }) =>
        verdict !== "pass" &&
        verdict !== "not-applicable" &&
        !/^(not part of profile|it takes more than one)/.test(because)
    )
    .map(({ check, verdict }) => `${verdict} ${check}`)
    .toSorted()

const expectedFails: Readonly<Record<"bcda-page" | "bcda-today", ReadonlyArray<string>>> = {
  "bcda-page": ["expected-fail jobs/none-404", "expected-fail status/progress-literal"],
  "bcda-today": [
    "expected-fail jobs/none-404",
    "expected-fail manifest/repeated-type",
    "expected-fail metadata/group-read",
    "expected-fail status/expires",
    "expected-fail status/progress-literal",
    "expected-fail status/retry-after",
    "expected-fail token/expires-in-number"
  ]
}

const profiles = ["bcda-page", "bcda-today"] as const satisfies ReadonlyArray<ProfileId>

describe("BCDA as it is today", () => {
  for (const profile of profiles) {
    for (const apiVersion of ["v1", "v2", "v3"] as const) {
      it.live(`breaks on ${apiVersion} what the list for ${profile} says, and nothing else`, () =>
        Effect.gen(function* () {
          const { lines, verdicts } = yield* judgeSandbox({ target: { apiVersion }, judge: { profile } })
          assert.deepStrictEqual(notPassed(verdicts), expectedFails[profile])
          assert.strictEqual(outcomeOf(lines).exitCode, 0, outcomeOf(lines).text)
        })
      )
    }
  }

  it.live("is red without the list by the page, and only then", () =>
    Effect.gen(function* () {
      const { lines, verdicts } = yield* judgeSandbox({ judge: { profile: "bcda-page", expected: [] } })
      assert.deepStrictEqual(notPassed(verdicts), ["fail jobs/none-404", "fail status/progress-literal"])
      assert.strictEqual(outcomeOf(lines).exitCode, 1)
    })
  )
})

describe("the day CMS mends a bug", () => {
  for (const profile of profiles) {
    it.live(`the list for ${profile} turns red, and names it`, () =>
      Effect.gen(function* () {
        const behaviour = { bugs: { "job-list-answers-twice": "fixed" } } as const
        const { lines, verdicts } = yield* judgeSandbox({ serve: { behaviour }, judge: { profile } })
        assert.strictEqual(verdicts.find(({ check }) => check === "jobs/none-404")?.verdict, "pass")
        const { exitCode, text } = outcomeOf(lines)
        assert.strictEqual(exitCode, 1)
        assert.strictEqual(text, "Not as expected: jobs/none-404 passes, and was expected to fail.")
      })
    )
  }
})
