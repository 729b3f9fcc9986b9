import { assert, describe, it } from "@effect/vitest"
import type { Selection } from "../../src/DataSource.ts"
import {
  everySystem,
  linesOf,
  noFilter,
  parse,
  type Resource,
  resources,
  selection,
  served,
  text,
  UNTIL
} from "./Support.ts"

const shown = (one: Resource): number => Date.parse(text(one, "meta.lastUpdated"))

const all = (version: Selection["version"]) => (version === "v3" ? everySystem : noFilter)

const dayOf = (millis: number) => Math.floor(millis / 86_400_000)

const count = (since: string) => linesOf(selection({ people: 150, since: new Date(since) })).length

const byId = (lines: ReadonlyArray<string>) => new Map(lines.map((line) => [text(parse(line), "id"), line]))

const lines = (until: string) => linesOf(selection({ people: 5, until: new Date(until) }))

const created = (line: string) => text(parse(line), "created")

const status = (version: "v1" | "v3") => (one: Resource) =>
  version === "v1"
    ? text(one, "status")
    : JSON.stringify(one["meta"]).includes('"NotFinalAction"')
      ? "cancelled"
      : "active"

describe("_since and until", () => {
  it.each(served)(
    "select some %s %s and not all: exactly those updated later, with the same bytes",
    (version, type) => {
      const wanted = selection({ version, types: [type], people: 60, filter: all(version) })
      const whole = linesOf(wanted)
      const times = whole.map((line) => shown(parse(line))).toSorted((a, b) => a - b)
      const middle = times[Math.floor(times.length / 2)] ?? assert.fail("nothing")
      const since = linesOf({ ...wanted, since: new Date(middle) })
      assert.isNotEmpty(since)
      assert.isBelow(since.length, whole.length)
      assert.deepStrictEqual(
        since,
        whole.filter((line) => shown(parse(line)) > middle),
        "strictly later"
      )
      assert.isAbove(linesOf({ ...wanted, since: new Date(middle - 1) }).length, since.length)
    }
  )

  it.each(served)("show no %s %s updated after until", (version, type) => {
    for (const until of [UNTIL, new Date("2026-04-20T13:14:15Z"), new Date("2029-01-01T00:00:00Z")])
      for (const one of resources(selection({ version, types: [type], people: 60, until, filter: all(version) })))
        assert.isAtMost(shown(one), until.getTime())
  })

  it("select within the last month and the last year alike", () => {
    const [year, month, week] = [
      count("2025-11-01T00:00:00Z"),
      count("2026-10-01T00:00:00Z"),
      count("2026-10-25T00:00:00Z")
    ]
    assert.isTrue(year > month && month > week && week > 0, `${year} ${month} ${week}`)
  })

  it.each([
    ["v1", "Patient"],
    ["v1", "Coverage"],
    ["v1", "ExplanationOfBenefit"],
    ["v3", "Patient"],
    ["v3", "Coverage"],
    ["v3", "ExplanationOfBenefit"]
  ] as const)("add up: yesterday's %s %s and what came since are today's", (version, type) => {
    const then = new Date("2026-08-01T00:00:00Z")
    const wanted = selection({ version, types: [type], people: 40, filter: all(version) })
    const merged = byId([...linesOf({ ...wanted, until: then }), ...linesOf({ ...wanted, since: then })])
    const today = byId(linesOf(wanted))
    assert.deepStrictEqual([...merged.values()].toSorted(), [...today.values()].toSorted())
    assert.notDeepEqual(byId(linesOf({ ...wanted, until: then })), today)
  })

  it("change nothing in v2 but created, which is when the answer was made", () => {
    const [one, other] = [lines("2026-11-01T00:00:00Z"), lines("2026-11-01T10:00:00Z")]
    assert.isTrue(one.every((line) => created(line) === "2026-10-31T20:00:00-04:00"))
    assert.isTrue(other.every((line) => created(line) === "2026-11-01T05:00:00-05:00"))
    assert.deepStrictEqual(
      other.map((line) => line.replace(created(line), "")),
      one.map((line) => line.replace(created(line), ""))
    )
  })

  it("make a closed claim come again: cancelled in v1, no longer the final action in v3", () => {
    const then = new Date("2026-06-01T00:00:00Z")
    for (const version of ["v1", "v3"] as const) {
      const before = new Map(
        resources(selection({ version, people: 100, until: then })).map((one) => [
          text(one, "id"),
          status(version)(one)
        ])
      )
      const again = resources(selection({ version, people: 100, since: then })).filter(
        (one) => before.get(text(one, "id")) === "active"
      )
      assert.isNotEmpty(again, version)
      for (const one of again) assert.strictEqual(status(version)(one), "cancelled")
    }
  })

  it("let pending claims go 60 days after their last change", () => {
    const claims = resources(selection({ types: ["Claim"], people: 150 }))
    assert.isNotEmpty(claims)
    const ages = claims.map((one) => dayOf(UNTIL.getTime()) - dayOf(shown(one)))
    assert.strictEqual(Math.max(...ages), 60)
    // The day after, those of that age are gone, unless something happened to them.
    const then = new Date(UNTIL.getTime() + 86_400_000)
    const later = byId(linesOf(selection({ types: ["Claim"], people: 150, until: then })))
    const oldest = claims.filter((_, index) => ages[index] === 60)
    assert.isNotEmpty(oldest)
    for (const one of oldest) assert.isFalse(later.has(text(one, "id")))
    const kept = claims.filter((_, index) => ages[index] === 59)
    assert.isTrue(kept.every((one) => later.has(text(one, "id"))))
    const outcomes = new Set(
      resources(selection({ types: ["ClaimResponse"], people: 150 })).map((one) => text(one, "outcome"))
    )
    assert.deepStrictEqual([...outcomes].toSorted(), ["complete", "partial", "queued"])
  })
})
