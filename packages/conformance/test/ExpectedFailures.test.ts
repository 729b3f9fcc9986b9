/** Lists of expected failures: what an entry excuses, what it does not, and how a list that is no longer true shows. */
import { Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import { entriesFor, excuseFor, surprisesOf } from "../src/ExpectedFailures.ts"
import {
  bcdaExpected,
  checks,
  describeTarget,
  type ExpectedFailure,
  ExpectedFailures,
  type FooterLine,
  outcomeOf,
  type ResultLine
} from "../src/index.ts"
import { judged } from "./support/Judging.ts"
import { type Mutation, type TinyOptions } from "./support/TinyBcda.ts"

const entry = (more: Partial<ExpectedFailure> = {}): ExpectedFailure => ({
  check: "status/expires",
  verdict: "warn",
  reason: "It is so.",
  link: "https://example.org/why",
  review: "2999-12-31",
  ...more
})

const broken = (verdict: string, ...places: ReadonlyArray<string>) => ({
  check: "status/expires",
  verdict,
  evidence: [{ at: "status", holds: true }, ...places.map((at) => ({ at, holds: false }))]
})

const known: ReadonlySet<string> = new Set(["status/expires"])

const whats = (
  entries: ReadonlyArray<ExpectedFailure>,
  judged: ReadonlyArray<ReturnType<typeof broken>>,
  now = Date.parse("2026-11-24T10:00:00Z")
) => surprisesOf(entries, { judged, known, now }).map(({ what }) => what)

const footerOf = (lines: ReadonlyArray<ResultLine>): FooterLine => {
  const footer = lines.at(-1)
  if (footer?.kind !== "footer") throw new Error("there is no footer")
  return footer
}

/** A server that writes Expires as BCDA does. */
const goTime: Mutation = (reply, { route }) =>
  route === "status" && reply.status === 200
    ? { ...reply, headers: { ...reply.headers, expires: "2026-08-22 19:02:15.123456 +0000 UTC" } }
    : reply

const noToken: Mutation = (reply, { route }) => (route === "token" ? { ...reply, status: 503 } : reply)

const withList = (server: TinyOptions, ...expected: ReadonlyArray<ExpectedFailure>) => judged(server, { expected })

describe("an entry", () => {
  it("excuses its verdict, and neither a graver nor a milder one, nor what is no verdict on the matter", () => {
    assert.isDefined(excuseFor([entry()], broken("warn", "header expires")))
    for (const other of ["fail", "info", "pass", "blocked", "not-run", "not-applicable", "engine-error"]) {
      assert.isUndefined(excuseFor([entry()], broken(other, "header expires")), other)
    }
  })

  it("excuses breaches at its places only", () => {
    const placed = [entry({ at: ["header expires"] })]
    assert.isDefined(excuseFor(placed, broken("warn", "header expires", "header expires")))
    assert.isUndefined(excuseFor(placed, broken("warn", "header expires", "status")))
    assert.deepStrictEqual(whats(placed, [broken("warn", "header expires", "body")]), ["breaks otherwise"])
  })

  it("counts for the runs that it names", () => {
    const descriptor = describeTarget(Target.sandbox("v2"))
    const kept = (more: Partial<ExpectedFailure>) =>
      entriesFor([entry(more)], { descriptor, profile: "bcda-page" }).length === 1
    assert.isTrue(kept({}))
    assert.isTrue(
      kept({ profiles: ["ig-stu2", "bcda-page"], kinds: ["sandbox"], targets: ["sandbox"], apiVersions: ["v2"] })
    )
    assert.isFalse(kept({ profiles: ["ig-stu2"] }))
    assert.isFalse(kept({ kinds: ["production"] }))
    assert.isFalse(kept({ targets: ["embedded"] }))
    assert.isFalse(kept({ apiVersions: ["v1", "v3"] }))
  })
})

describe("a list is not true any more", () => {
  it("when the check passes, or breaks otherwise", () => {
    assert.deepStrictEqual(whats([entry()], [broken("pass")]), ["passes"])
    assert.deepStrictEqual(whats([entry()], [broken("fail", "status")]), ["breaks otherwise"])
    assert.deepStrictEqual(whats([entry()], [broken("warn", "status")]), [])
  })

  it("when there is no such check, or another entry stands for it", () => {
    assert.deepStrictEqual(whats([entry({ check: "status/expired" })], []), ["matches nothing"])
    assert.deepStrictEqual(whats([entry(), entry({ at: ["status"] })], [broken("warn", "x")]), ["matches nothing"])
  })

  it("when its date has gone by, and not on that day", () => {
    const dated = [entry({ review: "2026-11-24" })]
    const seen = [broken("warn", "status")]
    assert.deepStrictEqual(whats(dated, seen, Date.parse("2026-11-24T23:59:59.999Z")), [])
    assert.deepStrictEqual(whats(dated, seen, Date.parse("2026-11-25T00:00:00Z")), ["past its date"])
  })

  it("but not when nothing could be seen", () => {
    for (const kind of ["blocked", "not-run", "not-applicable", "engine-error"]) {
      assert.deepStrictEqual(whats([entry()], [broken(kind)]), [], kind)
    }
  })
})

describe("a run", () => {
  it.live("calls a known breach expected, says why, and is green", () =>
    Effect.gen(function* () {
      const { by, lines } = yield* withList({ mutate: goTime }, entry())
      const line = by.get("status/expires")
      assert.deepInclude(line, { verdict: "expected-fail", severity: "warn" })
      assert.deepStrictEqual(line?.excused, {
        reason: "It is so.",
        link: "https://example.org/why",
        review: "2999-12-31"
      })
      assert.isTrue(
        line?.evidence.some(({ holds }) => !holds),
        "it still ran, and shows what it saw"
      )
      assert.deepStrictEqual(footerOf(lines).surprises, [])
      assert.strictEqual(footerOf(lines).counts["expected-fail"], 1)
      assert.deepInclude(outcomeOf(lines), { exitCode: 0, red: false })
      assert.include(outcomeOf(lines).text, "1 failed as expected")
    })
  )

  it.live("is red when what was to fail passes, and names it", () =>
    Effect.gen(function* () {
      const { by, lines } = yield* withList({}, entry())
      assert.strictEqual(by.get("status/expires")?.verdict, "pass")
      assert.deepInclude(outcomeOf(lines), { exitCode: 1, red: true })
      assert.include(outcomeOf(lines).text, "status/expires passes, and was expected to warn")
    })
  )

  it.live("is red for an entry that stands for nothing, and for one that fails more gravely than it should", () =>
    Effect.gen(function* () {
      const nothing = yield* withList({}, entry({ check: "status/expirse" }))
      assert.match(outcomeOf(nothing.lines).text, /status\/expirse .* no such check/)
      assert.strictEqual(outcomeOf(nothing.lines).exitCode, 1)
      const milder = yield* withList({ mutate: goTime }, entry({ verdict: "info" }))
      assert.strictEqual(milder.by.get("status/expires")?.verdict, "warn")
      assert.strictEqual(outcomeOf(milder.lines).exitCode, 1)
    })
  )

  it.effect("goes by the clock: the day after the date it is red", () =>
    Effect.gen(function* () {
      const dated = entry({ review: "2030-06-30" })
      yield* TestClock.setTime(Date.parse("2030-06-30T12:00:00Z"))
      const before = yield* withList({ mutate: goTime }, dated)
      assert.deepStrictEqual(footerOf(before.lines).surprises, [])
      yield* TestClock.setTime(Date.parse("2030-07-01T00:00:00Z"))
      const after = yield* withList({ mutate: goTime }, dated)
      assert.strictEqual(after.by.get("status/expires")?.verdict, "expected-fail")
      assert.include(outcomeOf(after.lines).text, "was to be looked at again by 2030-06-30")
      assert.strictEqual(outcomeOf(after.lines).exitCode, 1)
    })
  )

  it.live("excuses no blocked check: the list has no say in a set-up that failed", () =>
    Effect.gen(function* () {
      const { by, lines } = yield* withList(
        { mutate: noToken },
        entry(),
        entry({ check: "kickoff/accepted", verdict: "fail" })
      )
      assert.strictEqual(by.get("kickoff/accepted")?.verdict, "blocked")
      assert.strictEqual(outcomeOf(lines).exitCode, 3)
    })
  )

  it.live("of a part of the checks minds no entry for another part", () =>
    Effect.gen(function* () {
      const { lines } = yield* judged({}, { expected: [entry()], only: ["metadata"] })
      assert.deepStrictEqual(footerOf(lines).surprises, [])
      assert.strictEqual(outcomeOf(lines).exitCode, 0)
    })
  )
})

describe("the list that ships", () => {
  const decode = Schema.decodeUnknownResult(ExpectedFailures, { onExcessProperty: "error" })

  it("is of the published schema, and stands for checks that there are", () => {
    assert.isTrue(Result.isSuccess(decode(JSON.parse(JSON.stringify({ format: 1, expected: bcdaExpected })))))
    const ids = checks.map(({ id }) => id)
    for (const { check, at } of bcdaExpected) {
      assert.include(ids, check)
      assert.isDefined(at, `${check}: an entry for anything that may go wrong excuses too much`)
    }
  })

  it("refuses what is no entry", () => {
    for (const wrong of [
      { reason: "" },
      { link: "see above" },
      { review: "soon" },
      { review: "2026-02-31x" },
      { verdict: "pass" }
    ]) {
      assert.isTrue(
        Result.isFailure(decode({ format: 1, expected: [{ ...entry(), ...wrong }] })),
        JSON.stringify(wrong)
      )
    }
    const { reason: _, ...without } = entry()
    assert.isTrue(Result.isFailure(decode({ format: 1, expected: [without] })))
    assert.isTrue(Result.isFailure(decode({ format: 2, expected: [] })))
    assert.isTrue(Result.isFailure(decode({ format: 1, expected: [{ ...entry(), why: "typo" }] })))
  })
})
