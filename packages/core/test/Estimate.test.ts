import { Estimate } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"

/** Percentages, ten seconds apart, and how long after the last one it is asked. */
const left = (percents: ReadonlyArray<number>, later = 0) => {
  const samples = percents.map((percent, index) => ({ at: index * 10_000, percent }))
  return Estimate.secondsLeft(samples, (percents.length - 1) * 10_000 + later * 1000)
}

describe("what is left", () => {
  const table: ReadonlyArray<readonly [ReadonlyArray<number>, number, number | undefined]> = [
    [[], 0, undefined],
    [[50], 0, undefined],
    [[0, 50], 0, undefined],
    [[0, 10, 20], 0, 80],
    [[0, 10, 20], 30, 50],
    // Longer than it should have taken: any moment now, and never less than nothing.
    [[0, 10, 20], 300, 0],
    [[0, 0, 10, 10, 20], 0, 160],
    [[0, 10, 20, 20, 20], 0, 60],
    [[10, 30, 100], 0, undefined],
    [[0, 10, 5, 20, 30], 0, undefined],
    [[50, 50, 50, 50], 0, undefined]
  ]
  for (const [percents, later, expected] of table) {
    it(`after ${percents.join(", ")} % and ${later} s is ${expected ?? "not said"}`, () => {
      assert.strictEqual(left(percents, later), expected)
    })
  }
})
