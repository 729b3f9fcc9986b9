import { assert, describe, it } from "@effect/vitest"
import * as Time from "../src/internal/Time.ts"

const at = (text: string): number => Date.parse(text) * 1000

describe("times as Go prints them", () => {
  it("writes JSON times with as much of the fraction as there is", () => {
    assert.strictEqual(Time.rfc3339(at("2019-12-09T20:44:01Z") + 705_398), "2019-12-09T20:44:01.705398Z")
    assert.strictEqual(Time.rfc3339(at("2019-12-09T20:44:01Z") + 700_000), "2019-12-09T20:44:01.7Z")
    assert.strictEqual(Time.rfc3339(at("2019-12-09T20:44:01Z")), "2019-12-09T20:44:01Z")
    assert.strictEqual(Time.rfc3339(-1), "1969-12-31T23:59:59.999999Z")
  })

  it("writes Expires as Go's default format, not as an HTTP date", () => {
    assert.strictEqual(Time.goString(at("2026-08-22T19:02:15Z") + 123_456), "2026-08-22 19:02:15.123456 +0000 UTC")
    assert.strictEqual(Time.goString(at("2026-08-22T19:02:15Z")), "2026-08-22 19:02:15 +0000 UTC")
  })

  it("finds the clean-up run at or after a moment", () => {
    const cases = [
      ["2026-10-06T10:59:59Z", "2026-10-06T11:00:00Z"],
      ["2026-10-06T11:00:00Z", "2026-10-06T11:00:00Z"],
      ["2026-10-06T11:00:01Z", "2026-10-06T23:00:00Z"],
      ["2026-10-06T23:00:01Z", "2026-10-07T11:00:00Z"]
    ] as const
    for (const [from, run] of cases) assert.strictEqual(Time.cleanUpAtOrAfter(at(from), [11, 23]), at(run), from)
  })
})

/** What a clock with these readings is read as. */
const reader = (readings: ReadonlyArray<readonly [millis: number, micros: number]>) => {
  let reading = 0
  const now = Time.microsOf({
    currentTimeMillisUnsafe: () => readings[reading]?.[0] ?? 0,
    currentTimeNanosUnsafe: () => BigInt(readings[reading++]?.[1] ?? 0) * 1000n
  })
  return readings.map(now)
}

describe("the clock in microseconds", () => {
  it("never goes back when the finer hand turns over first", () =>
    assert.deepStrictEqual(
      reader([
        [5, 998],
        [5, 3],
        [6, 4]
      ]),
      [5998, 5998, 6004]
    ))

  it("follows a clock that is set back", () =>
    assert.deepStrictEqual(
      reader([
        [5000, 0],
        [4000, 7]
      ]),
      [5_000_000, 4_000_007]
    ))
})

describe("FHIR instants as Go reads them", () => {
  it.each([
    ["2020-02-13T08:00:00Z", "2020-02-13T08:00:00Z"],
    ["2020-02-13T08:00:00.000-05:00", "2020-02-13T13:00:00Z"],
    ["2020-02-13T08:00:00+05:30", "2020-02-13T02:30:00Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"],
    ["2024-02-29T7:00:00Z", "2024-02-29T07:00:00Z"],
    ["2024-02-29T07:00:00+05:60", "2024-02-29T01:00:00Z"],
    ["2024-03-01T07:00:00+24:00", "2024-02-29T07:00:00Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"]
  ])("%s", (text, instant) => assert.strictEqual(Time.parseRfc3339(text), at(instant)))

  it("keeps microseconds", () =>
    assert.strictEqual(Time.parseRfc3339("2020-02-13T08:00:00.123456789Z"), at("2020-02-13T08:00:00Z") + 123_456))

  it.each([
    "",
    "2020-02-13",
    "2020-02-13T08:00:00",
    "2020-02-13T08:00Z",
    "2020-02-13t08:00:00z",
    "2020-02-13T08:00:00 05:00",
    "2020-02-13T08:00:00+0500",
    "2023-02-29T00:00:00Z",
    "2020-13-01T00:00:00Z",
    "2020-01-01T24:00:00Z",
    "2020-01-01T00:60:00Z",
    "2020-01-01T00:00:00+25:00",
    "2020-01-01T00:00:00+05:61",
    " 2020-01-01T00:00:00Z"
  ])("refuses %j", (text) => assert.isUndefined(Time.parseRfc3339(text)))
})

describe("dates of HTTP as Go reads them", () => {
  it.each([
    ["Tue, 06 Oct 2026 10:00:00 GMT", "2026-10-06T10:00:00Z"],
    ["Tuesday, 06-Oct-26 10:00:00 GMT", "2026-10-06T10:00:00Z"],
    ["Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"],
    ["Tue Oct  6 10:00:00 2026", "2026-10-06T10:00:00Z"]
  ])("%s", (text, instant) => assert.strictEqual(Time.parseHttpDate(text), at(instant)))

  it.each(["", "2026-10-06T10:00:00Z", "Tue, 06 Oct 2026 10:00:00 +0000", "Tue, 31 Feb 2026 10:00:00 GMT"])(
    "refuses %j",
    (text) => assert.isUndefined(Time.parseHttpDate(text))
  )
})
