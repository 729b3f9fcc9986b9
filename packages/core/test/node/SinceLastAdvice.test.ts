import { ExportRequest } from "@bcda-kit/core"
import type { SinceLastEvent, SinceLastOptions } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { errors, expired, kickOffs, patients } from "./support/Exporting.ts"
import { first, only, outline, setUpSince } from "./support/SinceLast.ts"

const DAY = 86_400_000
const SIX_DAYS = 6 * DAY

/** From now to noon UTC of the first Tuesday of the next year's June: a day after claims are loaded, far from the end of a year. */
const toTuesday = Effect.map(Clock.currentTimeMillis, (now) => {
  const date = new Date(Date.UTC(new Date(now).getUTCFullYear() + 1, 5, 1, 12))
  while (date.getUTCDay() !== 2) date.setUTCDate(date.getUTCDate() + 1)
  return date.getTime() - now
})
const toJanuary = Effect.map(Clock.currentTimeMillis, (now) => Date.UTC(new Date(now).getUTCFullYear() + 1, 0, 9) - now)

/** Runs by a clock that begins some milliseconds from now, on that Tuesday by default. */
const setUpFrom = Effect.fnUntraced(function* (ahead?: number) {
  const start = ahead ?? (yield* toTuesday)
  const set = yield* setUpSince([patients, errors])
  const base = { moveOnErrors: true }
  return {
    ...set,
    /** A run so many milliseconds after the beginning. */
    at: (after: number, more?: Partial<SinceLastOptions>) => set.runAt(start + after, { ...base, ...more }),
    /** Says that a list arrived so many milliseconds after the beginning. */
    listed: (after: number, type = "last_attribution_update") =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const timestamp = new Date(now + start + after).toISOString()
        set.fake.attribution = { ingestion_dates: [{ type, timestamp }] }
      })
  }
})

const isSkipped = (events: Iterable<{ readonly _tag: string }>) => [...events].some(({ _tag }) => _tag === "Skipped")

describe("when nothing can be new", () => {
  it.live("nothing is asked for, and it is said until when", () =>
    Effect.gen(function* () {
      const { at, fake, listed, runs } = yield* setUpFrom()
      yield* listed(-1000)
      assert.strictEqual(only(yield* at(0), "Advised").because, "first-export")
      const events = yield* at(DAY)
      assert.deepStrictEqual(outline(events), ["Skipped"])
      const { advice, watermark } = only(events, "Skipped")
      assert.strictEqual(advice.because, "nothing-new")
      assert.isDefined(advice.next)
      assert.strictEqual(watermark?.transactionTime, first)
      assert.strictEqual(kickOffs(fake), 1)
      assert.strictEqual(runs().length, 1)
    })
  )

  it.live("it is asked for all the same if that is wanted", () =>
    Effect.gen(function* () {
      const { at, listed, sinces } = yield* setUpFrom()
      yield* listed(-1000)
      yield* at(0)
      assert.isFalse(isSkipped(yield* at(1000, { evenIfUnchanged: true })))
      assert.deepStrictEqual(sinces, [null, first])
    })
  )

  it.live("an unfinished run goes on", () =>
    Effect.gen(function* () {
      const { at, fake, listed } = yield* setUpFrom()
      yield* listed(-1000)
      yield* at(0)
      fake.jobAnswer = (response) => response.writeHead(403).end()
      yield* Effect.flip(at(1000, { evenIfUnchanged: true }))
      fake.jobAnswer = undefined
      assert.include(outline(yield* at(2000)), "Resumed")
    })
  )
})

const saidOfNewMembers = (events: Iterable<SinceLastEvent>) =>
  [...events].flatMap((event) => (event._tag === "Advised" && event.because === "new-members" ? [event.text] : []))

describe("people who are new on the list", () => {
  const outcomeOf = Effect.fnUntraced(function* (scope: ExportRequest["scope"]) {
    const { at, listed } = yield* setUpFrom()
    yield* listed(-1000, scope === "runout" ? "last_runout_update" : undefined)
    const request = new ExportRequest({ scope })
    const runs = [yield* at(0, { request }), yield* at(1000, { evenIfUnchanged: true, request })]
    return runs.map(saidOfNewMembers)
  })

  it.live.each([
    ["patient", /^Of people who come new .*, Patient gives with since only .*on BCDA, Group\/all/],
    ["runout", /, Group\/runout gives with since only .*Export everything anew/]
  ] as const)("of %s have no past: each run says so, from the first", ([scope, says]) =>
    Effect.gen(function* () {
      for (const texts of yield* outcomeOf(scope)) {
        assert.lengthOf(texts, 1)
        assert.match(texts[0] ?? "", says)
      }
    })
  )

  it.live("get theirs with Group/all", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* outcomeOf("all"), [[], []])
    })
  )
})

describe("a run whose job is lost", () => {
  it.live("is given up once, also when nothing takes its place", () =>
    Effect.gen(function* () {
      const { at, fake, listed } = yield* setUpFrom()
      yield* listed(-1000)
      yield* at(0)
      fake.jobAnswer = (response) => response.writeHead(403).end()
      yield* Effect.flip(at(1000, { evenIfUnchanged: true }))
      fake.jobAnswer = expired
      assert.deepStrictEqual(outline(yield* at(2000)), ["RunBegun", "Resumed", "RunAbandoned", "Skipped"])
      assert.deepStrictEqual(outline(yield* at(3000)), ["Skipped"])
    })
  )
})

describe("it is exported", () => {
  it.live("when claims are due", () =>
    Effect.gen(function* () {
      const { at, listed } = yield* setUpFrom()
      yield* listed(-1000)
      yield* at(0)
      assert.isTrue(isSkipped(yield* at(SIX_DAYS - 60_000)))
      assert.strictEqual(only(yield* at(SIX_DAYS), "Advised").because, "claims-due")
    })
  )

  it.live("when there is a new list of members", () =>
    Effect.gen(function* () {
      const { at, listed } = yield* setUpFrom()
      yield* listed(-1000)
      yield* at(0)
      yield* listed(60_000)
      assert.strictEqual(only(yield* at(61_000), "Advised").because, "list-updated")
    })
  )

  it.live("when the last one left somebody out", () =>
    Effect.gen(function* () {
      const { at, listed } = yield* setUpFrom()
      yield* listed(-1000)
      yield* at(0)
      yield* at(1000, { evenIfUnchanged: true, moveOnErrors: false })
      assert.strictEqual(only(yield* at(2000), "Advised").because, "nothing-new")
    })
  )

  it.live("when the server cannot say", () =>
    Effect.gen(function* () {
      const { at } = yield* setUpFrom()
      yield* at(0)
      const advised = only(yield* at(1000), "Advised")
      assert.strictEqual(advised.because, "cannot-tell")
      assert.match(advised.text, /could not be found out: .*404/)
    })
  )

  it.live("when it would be refused for good: the server's answer says it best", () =>
    Effect.gen(function* () {
      const { at, fake } = yield* setUpFrom()
      fake.attribution = { ingestion_dates: [] }
      assert.strictEqual(only(yield* at(0), "Advised").because, "never-ingested")
      assert.strictEqual(kickOffs(fake), 1)
    })
  )
})

const tag = (code: string) => `ExplanationOfBenefit?_tag=https://bluebutton.cms.gov/fhir/CodeSystem/System-Type|${code}`

describe("partially adjudicated claims", () => {
  const cases: ReadonlyArray<readonly [string, string | undefined, boolean]> = [
    ["an export without a filter has none", undefined, false],
    ["one of settled claims has none", tag("NationalClaimsHistory"), false],
    ["one of the Shared Systems has", tag("SharedSystem"), true],
    ["one by service date alone may have", "ExplanationOfBenefit?service-date=ge2026-01-01", true]
  ]
  it.live.each(cases)("are due every day: %s", ([, typeFilter, isDue]) =>
    Effect.gen(function* () {
      const { at, listed } = yield* setUpFrom()
      const request = new ExportRequest({ scope: "all", typeFilter })
      yield* listed(-1000)
      yield* at(0, { request })
      assert.isTrue(isSkipped(yield* at(DAY / 2, { request })))
      assert.strictEqual(isSkipped(yield* at(DAY, { request })), !isDue)
    })
  )

  it.live("of a nightly run, although it may begin a little earlier than the night before", () =>
    Effect.gen(function* () {
      const { at, listed } = yield* setUpFrom()
      const request = new ExportRequest({ scope: "all", typeFilter: tag("SharedSystem") })
      yield* listed(-1000)
      yield* at(60_000, { request })
      assert.isFalse(isSkipped(yield* at(DAY, { request })))
    })
  )
})

describe("in January", () => {
  it.live("an export of everybody waits for the new list, also the first one, and says what to do meanwhile", () =>
    Effect.gen(function* () {
      const { at, listed } = yield* setUpFrom(yield* toJanuary)
      yield* listed(-20 * DAY)
      const { advice } = only(yield* at(0), "Skipped")
      assert.strictEqual(advice.because, "attribution-awaited")
      assert.match(advice.text, /January.*Group\/runout/)
      assert.isFalse(isSkipped(yield* at(1000, { evenIfUnchanged: true })))
      assert.isTrue(isSkipped(yield* at(2000)))
      yield* listed(60_000)
      assert.strictEqual(only(yield* at(61_000), "Advised").because, "list-updated")
    })
  )

  it.live("the runout does not wait", () =>
    Effect.gen(function* () {
      const { at, listed } = yield* setUpFrom(yield* toJanuary)
      yield* listed(-1000, "last_runout_update")
      const events = yield* at(0, { request: new ExportRequest({ scope: "runout" }) })
      assert.deepStrictEqual(
        [...events].flatMap((event) => (event._tag === "Advised" ? [event.because] : [])),
        ["first-export", "new-members"]
      )
    })
  )
})
