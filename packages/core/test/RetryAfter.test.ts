import { RetryAfter } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"

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
    ["9".repeat(400), Number.MAX_SAFE_INTEGER, "a number beyond all numbers"],
    [`-${"9".repeat(400)}`, 0, "its negative"],
    [`0.${"0".repeat(400)}1`, 0, "next to nothing"],
    ["Sat, 22 Aug 2026 19:00:00 GMT", 0, "now"],
    ["Fri, 31 Dec 9999 23:59:59 GMT", Date.UTC(9999, 11, 31, 23, 59, 59) - now, "the last date there is"],
    ["Sun, 31 Feb 2027 19:02:00 GMT", undefined, "a date that is none"],
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

const millisOf = (value: string, at = now): number | undefined => {
  const delay = RetryAfter.parse(value, at)
  return delay === undefined ? undefined : Duration.toMillis(delay)
}

const two = (number: number) => `${number}`.padStart(2, "0")

/** An instant as each of the three forms of an HTTP date has it, written here without a library. */
const formsOf = (millis: number): Readonly<Record<"fixdate" | "rfc850" | "asctime", string>> => {
  const date = new Date(millis)
  const day = date.toLocaleDateString("en-US", { weekday: "long", timeZone: "UTC" })
  const month = date.toLocaleDateString("en-US", { month: "short", timeZone: "UTC" })
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":")
  const year = date.getUTCFullYear()
  return {
    fixdate: `${day.slice(0, 3)}, ${two(date.getUTCDate())} ${month} ${year} ${time} GMT`,
    rfc850: `${day}, ${two(date.getUTCDate())}-${month}-${two(year % 100)} ${time} GMT`,
    asctime: `${day.slice(0, 3)} ${month} ${`${date.getUTCDate()}`.padStart(2)} ${time} ${year}`
  }
}

/** Whole seconds from 1970 to 2069, the years that two digits name. */
const Second = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Date.UTC(2070, 0, 1) / 1000 - 1 }))
const Delay = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999_999_999 }))
const Thousandths = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999 }))
const Digits = Schema.String.check(Schema.isPattern(/^[0-9]{1,400}$/))

describe("every Retry-After", () => {
  it.effect.prop(
    "of seconds, with or without a fraction, is as many; none that is negative is a delay",
    [Delay, Thousandths],
    ([whole, part]) =>
      Effect.sync(() => {
        const text = `${whole}.${`${part}`.padStart(3, "0")}`
        assert.strictEqual(millisOf(`${whole}`), whole * 1000)
        assert.approximately(millisOf(text) ?? -1, whole * 1000 + part, 0.001)
        assert.strictEqual(millisOf(`-${whole}`), 0)
        assert.strictEqual(millisOf(`-${text}`), 0)
      })
  )

  it.effect.prop(
    "that is a date means the same in its three forms: the time until then, and none if it is past",
    [Second, Second],
    ([then, at]) =>
      Effect.sync(() => {
        const left = Math.max(0, then - at) * 1000
        for (const [form, text] of Object.entries(formsOf(then * 1000))) {
          assert.strictEqual(millisOf(text, at * 1000), left, `${form}: ${text}`)
          assert.strictEqual(millisOf(` ${text.toLowerCase()} `, at * 1000), left, form)
        }
      })
  )

  it.effect.prop("that is a number, however long, is a finite delay and no negative one", [Digits, Digits], ([a, b]) =>
    Effect.sync(() => {
      for (const text of [a, `${a}.${b}`, `-${a}`, `0.${b}`]) {
        const millis = millisOf(text)
        assert.isTrue(Number.isSafeInteger(Math.floor(millis ?? -1)) && (millis ?? -1) >= 0, text)
      }
    })
  )

  it.effect.prop(
    "that is neither a number nor a date is none, and all that are any are kept within the limits",
    [Schema.String, Delay, Delay],
    ([text, a, b]) =>
      Effect.sync(() => {
        const limits = { least: Duration.millis(Math.min(a, b)), most: Duration.millis(Math.max(a, b)) }
        const delay = RetryAfter.parse(text, now)
        if (!/[0-9]/.test(text)) assert.isUndefined(delay)
        for (const one of delay === undefined ? [Duration.millis(a), Duration.infinity] : [delay]) {
          const clamped = RetryAfter.clamp(one, limits)
          assert.isTrue(Duration.between(clamped, { minimum: limits.least, maximum: limits.most }))
        }
      })
  )
})
