import { XProgress } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"

describe("X-Progress", () => {
  const table: ReadonlyArray<readonly [string | undefined, XProgress.XProgress["_tag"], number | undefined]> = [
    ["Pending", "Pending", undefined],
    ["pending", "Pending", undefined],
    [" Pending ", "Pending", undefined],
    ["In Progress", "InProgress", undefined],
    ["In Progress (0%)", "InProgress", 0],
    ["In Progress (80%)", "InProgress", 80],
    ["In Progress (100%)", "InProgress", 100],
    ["In Progress, 80%", "InProgress", 80],
    ["80%", "InProgress", 80],
    ["33.3 %", "InProgress", 33.3],
    ["In Progress (101%)", "InProgress", undefined],
    ["In Progress (-5%)", "InProgress", undefined],
    ["In Progress (1234%)", "InProgress", undefined],
    ["5 of 12 files", "InProgress", undefined],
    ["Pending (waiting for attribution)", "InProgress", undefined],
    ["", "InProgress", undefined],
    [undefined, "InProgress", undefined]
  ]
  for (const [value, tag, percent] of table) {
    it(`${value}`, () => {
      assert.deepStrictEqual(XProgress.parse(value), {
        _tag: tag,
        ...(percent !== undefined && { percent })
      })
    })
  }
})
