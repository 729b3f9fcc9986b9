import { Expires } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"

describe("Expires", () => {
  const table: ReadonlyArray<readonly [string | undefined, string | undefined]> = [
    ["2026-08-22 19:02:15.123456 +0000 UTC", "2026-08-22T19:02:15.123Z"],
    ["2026-08-22 19:02:15 +0000 UTC", "2026-08-22T19:02:15.000Z"],
    ["2026-08-22 19:02:15.1 +0000 UTC", "2026-08-22T19:02:15.100Z"],
    ["2026-08-22 15:02:15.123456789 -0400 EDT", "2026-08-22T19:02:15.123Z"],
    ["2026-08-23 00:32:15 +0530 +0530", "2026-08-22T19:02:15.000Z"],
    ["2026-08-22 19:02:15.123456 +0000 UTC m=+86400.000000001", "2026-08-22T19:02:15.123Z"],
    ["2026-08-22 19:02:15 +0000", "2026-08-22T19:02:15.000Z"],
    ["Sat, 22 Aug 2026 19:02:15 GMT", "2026-08-22T19:02:15.000Z"],
    ["2026-08-22T19:02:15Z", "2026-08-22T19:02:15.000Z"],
    ["2026-08-22T15:02:15.5-04:00", "2026-08-22T19:02:15.500Z"],
    ["2026-13-45 19:02:15 +0000 UTC", undefined],
    ["2026-08-22", undefined],
    ["2026-08-22 19:02:15", undefined],
    ["tomorrow", undefined],
    ["0", undefined],
    ["-1", undefined],
    ["", undefined],
    [undefined, undefined]
  ]
  for (const [value, expected] of table) {
    it(`${value}`, () => assert.strictEqual(Expires.parse(value), expected))
  }
})

describe("the time left", () => {
  const expires = "2026-08-23T19:02:15.123Z"
  const at = (seconds: number) => Date.parse(expires) - seconds * 1000
  const table: ReadonlyArray<readonly [number, string]> = [
    [86_400, "ample"],
    [7200, "ample"],
    [7199.999, "short"],
    [0.001, "short"],
    [0, "over"],
    [-60, "over"]
  ]
  for (const [secondsLeft, state] of table) {
    it(`of ${secondsLeft} s is ${state}`, () => {
      assert.deepStrictEqual(Expires.timeLeft(expires, at(secondsLeft)), { secondsLeft, state })
    })
  }

  it("is short as soon as one wants to know", () => {
    assert.strictEqual(Expires.timeLeft(expires, at(86_399), "1 day").state, "short")
  })
})
