import { assert, describe, it } from "@effect/vitest"
import {
  day,
  easternInstant,
  easternMidnight,
  easternSecond,
  fridayFrom,
  isoDay,
  monthStart,
  utcInstant
} from "../../src/generate/Dates.ts"
import { ccwUpdate, idrUpdate } from "../../src/generate/Updates.ts"

describe("Dates", () => {
  it("knows summer and winter time in Washington to the second", () => {
    assert.strictEqual(easternInstant(Date.parse("2021-08-17T17:43:00.037Z")), "2021-08-17T13:43:00.037-04:00")
    assert.strictEqual(easternInstant(Date.parse("2022-11-11T21:00:13.724Z")), "2022-11-11T16:00:13.724-05:00")
    assert.strictEqual(easternSecond(Date.parse("2026-03-08T06:59:59Z")), "2026-03-08T01:59:59-05:00")
    assert.strictEqual(easternSecond(Date.parse("2026-03-08T07:00:00Z")), "2026-03-08T03:00:00-04:00")
    assert.strictEqual(easternSecond(Date.parse("2026-11-01T05:59:59Z")), "2026-11-01T01:59:59-04:00")
    assert.strictEqual(easternSecond(Date.parse("2026-11-01T06:00:00Z")), "2026-11-01T01:00:00-05:00")
    assert.strictEqual(easternMidnight(day(2020, 12, 19)), "2020-12-19T00:00:00-05:00")
  })

  it("writes v3 instants in UTC with an offset", () => {
    assert.strictEqual(utcInstant(Date.parse("2026-05-13T20:57:19.951Z")), "2026-05-13T20:57:19.951+00:00")
  })

  it("finds Fridays and months, also before 1970", () => {
    for (const start of [day(1936, 2, 28), day(2024, 2, 29), day(2026, 1, 1)])
      for (let i = 0; i < 7; i++) {
        const friday = fridayFrom(start + i)
        assert.strictEqual(new Date(friday * 86_400_000).getUTCDay(), 5)
        assert.isTrue(friday >= start + i && friday < start + i + 7)
      }
    assert.strictEqual(isoDay(monthStart(day(1936, 2, 29))), "1936-02-01")
  })

  it("shows a person's last load before a time, and never one after it", () => {
    const before = Date.parse("2026-06-15T12:00:00Z")
    for (let index = 0; index < 200; index++)
      for (const update of [ccwUpdate, idrUpdate]) {
        const shown = update(1, index, before) ?? assert.fail("everybody has been loaded by then")
        assert.isAtMost(shown, before)
        assert.strictEqual(update(1, index, shown), shown, "an instant is included")
        assert.notStrictEqual(update(1, index, shown - 1), shown)
      }
    assert.isUndefined(idrUpdate(1, 1, Date.parse("2026-03-25T00:00:00Z")))
    assert.isUndefined(ccwUpdate(1, 1, Date.parse("2018-01-01T00:00:00Z")))
  })
})
