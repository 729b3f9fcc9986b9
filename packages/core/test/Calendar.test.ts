import { type AttributionStatus, Calendar } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"

const at = (text: string) => Date.parse(text)
const status = (attribution?: string, runout?: string): AttributionStatus => ({
  ingestionDates: [
    ...(attribution === undefined ? [] : [{ type: "last_attribution_update", timestamp: attribution }]),
    ...(runout === undefined ? [] : [{ type: "last_runout_update", timestamp: runout }])
  ]
})

describe("attribution", () => {
  const table: ReadonlyArray<readonly [string, string | undefined, string, RegExp]> = [
    ["2026-03-10T00:00:00Z", "2026-03-01T22:31:40.397916Z", "current", /updated on 2026-03-01/],
    ["2026-03-10T00:00:00Z", "2026-03-01 22:31:40.397916+00", "current", /updated on 2026-03-01/],
    ["2026-12-31T23:59:59Z", "2026-12-05T00:00:00Z", "current", /2026-12-05/],
    ["2027-01-01T00:00:00Z", "2026-12-05T00:00:00Z", "awaited", /list of 2027 arrives.*Group\/runout/],
    ["2027-01-20T00:00:00Z", "2027-01-19T00:00:00Z", "current", /2027-01-19/],
    ["2026-05-20T00:00:00Z", "2026-03-31T00:00:00Z", "current", /monthly/],
    ["2026-05-20T00:00:01Z", "2026-03-31T00:00:00Z", "old", /more than 50 days/],
    ["2026-05-20T00:00:00Z", undefined, "never", /refused/],
    ["2026-05-20T00:00:00Z", "yesterday", "unknown", /cannot be read/]
  ]
  for (const [now, timestamp, state, says] of table) {
    it(`of ${timestamp ?? "never"} is ${state} on ${now}`, () => {
      const found = Calendar.attribution(status(timestamp), at(now))
      assert.strictEqual(found.state, state)
      assert.match(found.text, says)
      assert.deepStrictEqual(Schema.decodeUnknownSync(Calendar.Attribution)(found), found)
    })
  }
})

describe("the runout", () => {
  const table: ReadonlyArray<readonly [string, string | undefined, string, string | undefined, RegExp]> = [
    [
      "2026-01-15T00:00:00Z",
      "2026-01-10T00:00:00Z",
      "open",
      "2026-07-09T00:00:00.000Z",
      /members of 2025.*until 2025-12-31/
    ],
    ["2026-07-08T23:59:59Z", "2026-01-10T00:00:00Z", "open", "2026-07-09T00:00:00.000Z", /closes on 2026-07-09/],
    [
      "2026-07-09T00:00:00Z",
      "2026-01-10T00:00:00Z",
      "over",
      "2026-07-09T00:00:00.000Z",
      /closed on 2026-07-09, 180 days/
    ],
    [
      "2027-01-05T00:00:00Z",
      "2026-12-01T00:00:00Z",
      "over",
      "2027-05-30T00:00:00.000Z",
      /one for 2026 has not arrived/
    ],
    ["2026-01-15T00:00:00Z", undefined, "never", undefined, /No runout list/],
    ["2026-01-15T00:00:00Z", "", "unknown", undefined, /cannot be read/]
  ]
  for (const [now, timestamp, state, closes, says] of table) {
    it(`of ${timestamp ?? "never"} is ${state} on ${now}`, () => {
      const found = Calendar.runout(status("2026-01-01T00:00:00Z", timestamp), at(now))
      assert.deepStrictEqual([found.state, found.closes], [state, closes])
      assert.match(found.text, says)
      assert.deepStrictEqual(Schema.decodeUnknownSync(Calendar.Runout)(found), found)
    })
  }
})

// 2026-03-02 was a Monday.
const list = ["2026-02-20T00:00:00Z", "2026-02-20T00:00:00Z"] as const
const advise = (scope: "all" | "patient") =>
  Calendar.advise({
    status: status(...list),
    scope,
    last: { startedAt: "2026-02-01T00:00:00Z" },
    now: at("2026-03-01T00:00:00Z")
  }).text

describe("whether to export", () => {
  interface Case {
    readonly name: string
    readonly now: string
    readonly scope?: "all" | "patient" | "runout"
    readonly last?: string
    readonly partial?: boolean
    readonly lists?: readonly [string?, string?]
    readonly expected: readonly [Calendar.Advice["because"], boolean]
    readonly next?: string
  }
  const cases: ReadonlyArray<Case> = [
    { name: "nothing was exported before", now: "2026-03-05T00:00:00Z", expected: ["first-export", true] },
    {
      name: "the list is newer",
      now: "2026-02-21T00:00:00Z",
      last: "2026-02-19T23:59:59Z",
      expected: ["list-updated", true]
    },
    {
      name: "the runout's list is newer",
      scope: "runout",
      now: "2026-02-21T00:00:00Z",
      last: "2026-02-19T00:00:00Z",
      lists: ["2026-01-30T00:00:00Z", "2026-02-20T00:00:00Z"],
      expected: ["list-updated", true]
    },
    {
      name: "only the other list is newer",
      now: "2026-02-21T00:00:00Z",
      last: "2026-02-19T00:00:00Z",
      lists: ["2026-01-30T00:00:00Z", "2026-02-20T00:00:00Z"],
      expected: ["nothing-new", false],
      next: "2026-02-23T12:00:00.000Z"
    },
    {
      name: "the weekend is to come",
      now: "2026-03-08T00:00:00Z",
      last: "2026-03-02T12:00:00Z",
      expected: ["nothing-new", false],
      next: "2026-03-09T12:00:00.000Z"
    },
    {
      name: "it was run on Monday, before noon",
      now: "2026-03-02T12:00:00Z",
      last: "2026-03-02T11:59:59Z",
      expected: ["claims-due", true]
    },
    {
      name: "a weekend has passed",
      now: "2026-03-09T12:00:00Z",
      last: "2026-03-06T00:00:00Z",
      expected: ["claims-due", true]
    },
    {
      name: "partially adjudicated claims are nearly a day old",
      now: "2026-03-04T20:00:00Z",
      last: "2026-03-04T00:00:00Z",
      partial: true,
      expected: ["claims-due", true]
    },
    {
      name: "partially adjudicated claims are younger",
      now: "2026-03-04T19:59:59Z",
      last: "2026-03-04T00:00:00Z",
      partial: true,
      expected: ["nothing-new", false],
      next: "2026-03-04T20:00:00.000Z"
    },
    {
      name: "it is January and the list is last year's",
      now: "2027-01-10T00:00:00Z",
      last: "2026-12-01T00:00:00Z",
      expected: ["attribution-awaited", false]
    },
    {
      name: "it is January, also for the first time",
      now: "2027-01-10T00:00:00Z",
      expected: ["attribution-awaited", false]
    },
    {
      name: "it is March and the list is last year's: the server knows better",
      now: "2027-03-10T00:00:00Z",
      last: "2026-12-01T00:00:00Z",
      expected: ["claims-due", true]
    },
    {
      name: "the runout is open in January",
      scope: "runout",
      now: "2027-01-10T00:00:00Z",
      lists: ["2026-12-01T00:00:00Z", "2027-01-05T00:00:00Z"],
      expected: ["first-export", true]
    },
    { name: "the runout is over", scope: "runout", now: "2026-09-10T00:00:00Z", expected: ["runout-over", false] },
    { name: "there never was a list", now: "2026-03-05T00:00:00Z", lists: [], expected: ["never-ingested", false] },
    {
      name: "the list's date cannot be read",
      now: "2026-03-05T00:00:00Z",
      last: "2026-03-04T00:00:00Z",
      lists: ["?"],
      expected: ["cannot-tell", true]
    },
    {
      name: "the last export's date cannot be read",
      now: "2026-03-05T00:00:00Z",
      last: "?",
      expected: ["cannot-tell", true]
    }
  ]
  for (const { name, now, scope = "all", last, partial, lists = list, expected, next } of cases) {
    it(`when ${name}: ${expected[0]}`, () => {
      const advice = Calendar.advise({
        status: status(...lists),
        scope,
        last: last === undefined ? undefined : { startedAt: last },
        partiallyAdjudicated: partial,
        now: at(now)
      })
      assert.deepStrictEqual([advice.because, advice.run], expected)
      assert.strictEqual(advice.next, next)
      assert.match(advice.text, /^[A-Z].{15,}\.$/)
      assert.deepStrictEqual(Schema.decodeUnknownSync(Calendar.Advice)(advice), advice)
    })
  }

  it("says what a new list means with since, on Group/all only", () => {
    assert.match(advise("all"), /whole history/)
    assert.notMatch(advise("patient"), /whole history/)
  })
})
