import { assert, describe, it } from "@effect/vitest"
import { vi } from "vitest"
import { pause } from "../../src/DataSource.ts"
import { generated } from "../../src/generate/index.ts"
import * as People from "../../src/generate/People.ts"
import { selection } from "./Support.ts"

// Counts the people that are made; everything stays as it is.
vi.mock("../../src/generate/People.ts", { spy: true })

describe("lines", () => {
  it.each([
    ["large", 10_000, ["Patient", "Coverage", "ExplanationOfBenefit"], [2, 3, 200]],
    [
      "reach-large",
      11_000,
      ["Patient", "Coverage", "ExplanationOfBenefit", "Claim", "ClaimResponse"],
      [3, 3, 220, 3, 3]
    ]
  ] as const)(
    "of %s: makes a line when it is asked for, and no person before their turn",
    (_, people, types, files) => {
      const made = vi.mocked(People.person)
      made.mockClear()
      const plan = generated({ claimsPerPerson: 1 }).plan(selection({ people, types }))
      assert.deepStrictEqual(
        types.map((type) => plan.filter((job) => job.type === type).length),
        [...files]
      )
      assert.strictEqual(made.mock.calls.length, 0, "planning makes nobody")
      for (const type of types) {
        const [first] = plan.filter((job) => job.type === type)
        made.mockClear()
        const found = first?.lines() ?? []
        assert.strictEqual(made.mock.calls.length, 0, "nor does starting")
        if (!(Symbol.iterator in found)) assert.fail("the generator is synchronous")
        const iterator = found[Symbol.iterator]()
        iterator.next()
        assert.strictEqual(made.mock.calls.length, 1)
        // Until three people have had their turn.
        for (let turns = 0, pieces = 0; turns < 3; pieces++) {
          if (iterator.next().value === pause) turns++
          assert.isBelow(pieces, 10_000, "a pause after each person")
        }
        assert.strictEqual(made.mock.calls.length, 3)
      }
    }
  )
})
