import { afterAll, assert, describe, it } from "vitest"
import { runCell } from "./Cell.ts"
import { cellsOfPart, makeWorlds, type Part, parts } from "./Matrix.ts"

/** Nothing here waits for real time, but machines can be busy. */
const timeout = 300_000

/** Runs all cells of one part of the catalogue. */
export const runPart = (part: Part): void => {
  const worlds = makeWorlds()
  afterAll(() => worlds.close())
  describe.concurrent(parts[part].join(", "), () => {
    it.for(cellsOfPart(part))("$name", { timeout }, async ({ cell, isUnmet, outcome, unseen }) => {
      const seen = await worlds.use((world) => runCell(world, cell))
      const told = [seen.outcome, ...seen.flaws].join("; ")
      assert.strictEqual(told, outcome, told)
      if (isUnmet) assert.strictEqual(seen.struck, 0, "the client has met it")
      else assert.isAbove(seen.struck, 0, "the fault never struck")
      if (/as served|second job/.test(outcome)) assert.isString(unseen, "what the client cannot see needs a reason")
    })
  })
}
