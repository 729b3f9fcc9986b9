import { afterAll, assert, describe, it } from "vitest"
import { runCell } from "./Cell.ts"
import { cellsOfGroups, makeWorlds } from "./Matrix.ts"

/** Runs all cells of some groups of the catalogue. */
export const runGroups = (...groups: ReadonlyArray<string>): void => {
  const worlds = makeWorlds()
  afterAll(() => worlds.close())
  describe.concurrent(groups.join(", "), () => {
    it.for(cellsOfGroups(...groups))("$name", async ({ cell, isUnmet, outcome, unseen }) => {
      const seen = await worlds.use((world) => runCell(world, cell))
      const told = [seen.outcome, ...seen.flaws].join("; ")
      assert.strictEqual(told, outcome, told)
      if (isUnmet) assert.strictEqual(seen.struck, 0, "the client has met it")
      else assert.isAbove(seen.struck, 0, "the fault never struck")
      if (/as served|second job/.test(outcome)) assert.isString(unseen, "what the client cannot see needs a reason")
    })
  })
}
