/** The judge judged: every check goes red on a server that is broken in the way the check is for. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checks, outcomeOf, type Severity } from "../src/index.ts"
import { judged } from "./support/Judging.ts"
import { mutations } from "./support/mutations/index.ts"

const red: ReadonlyArray<string> = ["fail", "warn", "info"] satisfies ReadonlyArray<Severity>

describe("the table of mutations", () => {
  it("has one for every check, and names no other", () => {
    const killing = new Set(mutations.flatMap(({ kills }) => kills))
    const ids = checks.map(({ id }) => id)
    assert.deepStrictEqual(
      ids.filter((id) => !killing.has(id)),
      [],
      "checks that no mutation turns red"
    )
    assert.deepStrictEqual(
      [...killing].filter((id) => !ids.includes(id)),
      []
    )
  })

  it("has no two of one name", () => {
    assert.strictEqual(new Set(mutations.map(({ name }) => name)).size, mutations.length)
  })
})

describe("a server on which", () => {
  for (const { kills, name, overNights = false, server } of mutations) {
    it.live(name, () =>
      Effect.gen(function* () {
        // the checks that must notice, and those beside them: what they read may not break them
        const areas = new Set(kills.map((id) => id.slice(0, id.indexOf("/"))))
        const { lines, by, verdicts } = yield* judged(server(), { only: [...areas], nights: overNights })
        for (const id of kills) {
          const verdict = by.get(id)
          assert.include(red, verdict?.verdict, `${id} is ${verdict?.verdict}: ${verdict?.because ?? ""}`)
          // the severity follows from the requirements, so a breach of a SHALL or a promise is never less than a failure
          assert.strictEqual(verdict?.verdict, verdict?.severity)
          assert.isTrue(verdict?.evidence.some(({ holds }) => !holds))
        }
        assert.deepStrictEqual(
          verdicts.filter(({ verdict }) => verdict === "engine-error"),
          []
        )
        const met = lines.some((line) => line.kind === "header" && line.smoke?.ok === true)
        if (verdicts.some(({ verdict }) => verdict === "fail")) {
          assert.strictEqual(outcomeOf(lines).exitCode, met ? 1 : 3)
        }
      })
    )
  }
})
