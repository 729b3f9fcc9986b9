import { RetryAfter } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"

const now = Date.UTC(2026, 7, 22, 19, 0, 0)

describe("Retry-After", () => {
  const table: ReadonlyArray<readonly [string | undefined, number | undefined, string]> = [
    [undefined, undefined, "absent"],
    ["", undefined, "empty"],
    ["  ", undefined, "blank"],
    ["300", 300_000, "seconds"],
    [" 7 ", 7_000, "spaces around"],
    ["0", 0, "BCDA's default for a duplicate job"],
    ["-5", 0, "negative"],
    ["1.5", 1_500, "a fraction"],
    ["007", 7_000, "leading zeros"],
    ["1787425230", 30_000, "seconds since 1970"],
    ["1787425230000", 30_000, "milliseconds since 1970"],
    ["1000000000", 0, "an instant long ago"],
    ["999999999", 999_999_999_000, "the longest plain delay"],
    ["Sat, 22 Aug 2026 19:02:00 GMT", 120_000, "IMF-fixdate"],
    ["Saturday, 22-Aug-26 19:02:00 GMT", 120_000, "RFC 850 date"],
    ["Sat Aug 22 19:02:00 2026", 120_000, "asctime date"],
    ["Sat, 22 Aug 2026 18:00:00 GMT", 0, "a date in the past"],
    ["2026-08-22T19:02:00Z", undefined, "ISO 8601 is not a form of it"],
    ["soon", undefined, "text"],
    ["1e3", undefined, "an exponent"],
    ["Infinity", undefined, "infinity"],
    ["NaN", undefined, "not a number"],
    ["0x10", undefined, "hexadecimal"],
    ["120, 60", undefined, "two header lines joined"],
    ["+5", undefined, "a plus sign"]
  ]
  for (const [value, millis, name] of table) {
    it(`${name}: ${value}`, () => {
      const delay = RetryAfter.parse(value, now)
      assert.strictEqual(delay === undefined ? undefined : Duration.toMillis(delay), millis)
    })
  }

  it("is kept between the shortest and the longest pause", () => {
    const limits = { least: Duration.seconds(1), most: Duration.minutes(5) }
    const clamped = (seconds: number) => Duration.toSeconds(RetryAfter.clamp(Duration.seconds(seconds), limits))
    assert.deepStrictEqual([0, 1, 60, 300, 301, 1e15].map(clamped), [1, 1, 60, 300, 300, 300])
  })

  it("prefers the shortest pause if the limits contradict each other", () => {
    const limits = { least: Duration.seconds(10), most: Duration.seconds(1) }
    assert.strictEqual(Duration.toSeconds(RetryAfter.clamp(Duration.seconds(3), limits)), 10)
  })
})
