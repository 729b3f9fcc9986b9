import { assert, describe, it } from "@effect/vitest"
import { vi } from "vitest"
import { generated } from "../../src/generate/index.ts"
import * as People from "../../src/generate/People.ts"
import { selection } from "./Support.ts"

// Counts the people that are made; everything stays as it is.
vi.mock("../../src/generate/People.ts", { spy: true })

describe("lines", () => {
  it("makes a line when it is asked for, and no person before their turn", () => {
    const made = vi.mocked(People.person)
    made.mockClear()
    const plan = generated({ claimsPerPerson: 1 }).plan(
      selection({ people: 10_000, types: ["Patient", "Coverage", "ExplanationOfBenefit"] })
    )
    assert.strictEqual(plan.length, 2 + 3 + 200)
    assert.strictEqual(made.mock.calls.length, 0, "planning makes nobody")
    for (const { lines } of plan.slice(0, 6)) {
      made.mockClear()
      const found = lines()
      assert.strictEqual(made.mock.calls.length, 0, "nor does starting")
      if (!(Symbol.iterator in found)) assert.fail("the generator is synchronous")
      const iterator = found[Symbol.iterator]()
      iterator.next()
      // The first person or two may have no claims.
      assert.isAtMost(made.mock.calls.length, 3)
      assert.isAtLeast(made.mock.calls.length, 1)
    }
  })
})
