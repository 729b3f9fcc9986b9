import { assert, describe, it } from "@effect/vitest"
import { awayBecause, compared, unreachable } from "../../src/nightly/Comparison.ts"
import { effective, memoryOf, nothing, remember } from "../../src/nightly/Memory.ts"
import type { NightLine } from "../../src/nightly/NightLine.ts"
import { exitCodeOf } from "../../src/nightly/Nightly.ts"
import { nightAfter, proven, type RunOptions, runOf } from "./support/Runs.ts"

type Verdicts = Parameters<typeof runOf>[0]

/** Nights one after the other, from the first of November. */
const nights = (...all: ReadonlyArray<readonly [Verdicts, RunOptions?]>): ReadonlyArray<NightLine> =>
  all.reduce<ReadonlyArray<NightLine>>(
    (before, [verdicts, options]) => [
      ...before,
      nightAfter(before, `2026-11-${String(before.length + 1).padStart(2, "0")}`, runOf(verdicts, options))
    ],
    []
  )

const codes = (lines: ReadonlyArray<NightLine>) => lines.map(({ exitCode }) => exitCode)
const failing = (line: NightLine | undefined) => line?.changes.newlyFailing.map(({ check }) => check)
const still = (line: NightLine | undefined) =>
  line?.standing.checks.map(({ check, since, verdict }) => `${verdict} ${check} since ${since}`)

describe("a night beside those before", () => {
  it("is as red as its verdicts when it is the first, and as its changes from then on", () => {
    const lines = nights([{ a: "fail" }], [{ a: "fail" }], [{ a: "fail", b: "pass" }], [{ a: "pass", b: "warn" }])
    assert.deepStrictEqual(codes(lines), [1, 0, 0, 1])
    assert.deepStrictEqual(
      lines.map(({ first }) => first),
      [true, false, false, false]
    )
    assert.match(lines[1]?.text ?? "", /^Nothing changed; 1 check still failing, the first since 2026-11-01\.$/)
    assert.deepStrictEqual(failing(lines[3]), ["b"])
    assert.deepStrictEqual(
      lines[3]?.changes.newlyPassing.map(({ check }) => check),
      ["a"]
    )
  })

  it("compares a check with the last night that judged it, however long ago", () => {
    const lines = nights(
      [{ weekly: "pass" }],
      [{ weekly: "not-run" }],
      [{ weekly: "not-run" }],
      [{ weekly: "fail" }],
      [{ weekly: "not-run" }],
      [{ weekly: "fail" }],
      [{ weekly: "not-run" }],
      [{ weekly: "pass" }]
    )
    // Nothing was judged but that one: a first night of it would be red.
    assert.deepStrictEqual(codes(lines), [0, 0, 0, 1, 0, 0, 0, 0])
    assert.deepStrictEqual(still(lines[4]), ["fail weekly since 2026-11-04"])
    assert.deepStrictEqual(still(lines[5]), ["fail weekly since 2026-11-04"])
    assert.match(lines[7]?.text ?? "", /1 check newly passing/)
  })

  it("keeps the beginning of a trouble that only changes its weight, and tells when it grows", () => {
    const lines = nights([{ a: "pass" }], [{ a: "warn" }], [{ a: "fail" }], [{ a: "warn" }])
    assert.deepStrictEqual(codes(lines), [0, 1, 1, 0])
    assert.deepStrictEqual(still(lines[3]), ["warn a since 2026-11-02"])
  })

  it("is red for a check that vanished, once, and for a new one that fails", () => {
    const lines = nights([{ a: "pass", b: "pass" }], [{ a: "pass", c: "fail" }], [{ a: "pass", c: "fail" }])
    assert.deepStrictEqual(codes(lines), [0, 1, 0])
    assert.deepStrictEqual(lines[1]?.changes.vanished, ["b"])
    assert.deepStrictEqual(failing(lines[1]), ["c"])
    assert.deepStrictEqual(nights([{ a: "pass" }], [{ a: "pass", c: "pass" }])[1]?.exitCode, 0)
  })

  it("is red once for what was expected to fail and does not", () => {
    const lines = nights(
      [{ a: "expected-fail", b: "pass" }],
      [{ a: "pass", b: "pass" }, { surprising: ["a"] }],
      [{ a: "pass", b: "pass" }, { surprising: ["a"] }],
      [{ a: "pass", b: "pass" }]
    )
    assert.deepStrictEqual(codes(lines), [0, 1, 0, 0])
    assert.match(lines[2]?.text ?? "", /still not as expected: a passes \(since 2026-11-02\)/)
  })

  it("is red for an export that is newly not proven, and tells since when it is not", () => {
    const run = runOf({ a: "pass" })
    const bad = { ...proven, proven: false, because: "cut" }
    const first = nightAfter([], "2026-11-01", run)
    const second = nightAfter([first], "2026-11-02", run, bad)
    const third = nightAfter([first, second], "2026-11-03", run, bad)
    const fourth = nightAfter([first, second, third], "2026-11-04", run)
    assert.deepStrictEqual(codes([first, second, third, fourth]), [0, 1, 0, 0])
    assert.match(third.text, /the export is not proven since 2026-11-02/)
    assert.deepStrictEqual([second.changes.export, fourth.changes.export], ["broke", "healed"])
    assert.strictEqual(nightAfter([], "2026-11-01", run, bad).exitCode, 1, "on a first night, too")
  })

  it("begins anew when the run is of another kind", () => {
    const lines = nights(
      [{ a: "pass", b: "pass" }],
      [{ a: "fail" }, { profile: "ig-stu2" }],
      [{ a: "fail" }, { profile: "ig-stu2" }]
    )
    assert.deepStrictEqual(codes(lines), [0, 1, 0])
    assert.isTrue(lines[1]?.first)
    assert.deepStrictEqual(lines[1]?.changes.vanished, [])
    assert.match(
      lines[1]?.text ?? "",
      /^Compared with nothing, because it is of another kind: profile: bcda-today, then/
    )
    assert.isFalse(lines[2]?.first)
    const other = nights(
      [{ a: "fail" }],
      [{ a: "fail" }, { profile: "ig-stu2" }],
      [{ a: "fail" }, { profile: "ig-stu2" }]
    )
    assert.deepStrictEqual(
      still(other[2]),
      ["fail a since 2026-11-02"],
      "what was so in another kind is not this one's"
    )
  })

  it("is a 4 for a fault of the suite, new or not", () => {
    assert.deepStrictEqual(codes(nights([{ a: "engine-error" }], [{ a: "engine-error" }])), [4, 4])
  })

  it("tells what changed on the wire, and holds it against nobody", () => {
    const lines = nights([{ a: "pass" }], [{ a: "pass" }, { status: 503 }], [{ a: "pass" }, { status: 503 }])
    assert.deepStrictEqual(codes(lines), [0, 0, 0])
    assert.deepStrictEqual(
      lines.map(({ changes }) => changes.wire),
      [0, 1, 0]
    )
    const [change] = lines[1]?.judged?.wire ?? []
    assert.include(change?.come ?? [], "status 503")
    assert.include(change?.gone ?? [], "status 200")
    assert.isUndefined(change?.first)
    assert.isTrue(lines[0]?.judged?.wire[0]?.first)
  })
})

const away = (before: ReadonlyArray<NightLine>, night: string): NightLine => {
  const [some] = nights([{ a: "pass" }])
  if (some === undefined) return assert.fail()
  const { judged: _, export: __, ...line } = some
  return { ...line, night, ...unreachable(memoryOf(before, "mine", night), night, "silence") }
}

describe("a night without the server", () => {
  it("says since when it is so, and forgets nothing", () => {
    const [first] = nights([{ a: "fail", b: "pass" }])
    if (first === undefined) return assert.fail()
    const second = away([first], "2026-11-02")
    const third = away([first, second], "2026-11-03")
    const fourth = away([first, second, third], "2026-11-04")
    assert.deepStrictEqual(
      [second, third, fourth].map(({ text }) => text),
      [
        "Not reachable tonight: silence.",
        "Not reachable tonight, nor was it on 2026-11-02: silence.",
        "Not reachable tonight, nor was it since 2026-11-02: silence."
      ]
    )
    assert.deepStrictEqual(
      [second, third, fourth].map(({ standing }) => standing.unreachable),
      [undefined, "2026-11-02", "2026-11-02"]
    )
    const back = nightAfter([first, second, third], "2026-11-04", runOf({ a: "fail", b: "fail" }))
    assert.deepStrictEqual(failing(back), ["b"])
    assert.deepStrictEqual(still(back), ["fail a since 2026-11-01"])
    assert.strictEqual(back.changes.back, "2026-11-02")
    assert.match(back.text, /reachable again, which it was not since 2026-11-02/)
    const gone = away([first, back], "2026-11-05")
    assert.strictEqual(gone.text, "Not reachable tonight: silence.")
  })

  it("is one on which it let nobody in, or stopped answering", () => {
    assert.strictEqual(awayBecause(runOf({ a: "pass" }).lines), undefined)
    assert.strictEqual(awayBecause(runOf({ a: "blocked" }, { smoke: "gives no token" }).lines), "gives no token")
    const cut = runOf({ a: "blocked" }).lines.map((line) =>
      line.kind === "verdict" ? { ...line, because: "the server stopped answering" } : line
    )
    assert.strictEqual(awayBecause(cut), "the server stopped answering")
  })

  it("is no night at all when the run did not reach its end", () => {
    const run = runOf({ a: "pass" })
    const cut = { ...run, lines: run.lines.filter(({ kind }) => kind !== "footer") }
    assert.deepInclude(compared(nothing, "2026-11-01", { run: cut, exported: undefined }), {
      state: "broke",
      exitCode: 2
    })
  })
})

describe("the memory", () => {
  it("takes the last line of a night that was run again, and compares it with the nights before only", () => {
    const [first, second] = nights([{ a: "pass" }], [{ a: "fail" }])
    if (first === undefined || second === undefined) return assert.fail()
    const again = nightAfter([first, second], "2026-11-02", runOf({ a: "fail" }))
    assert.deepStrictEqual(failing(again), ["a"], "it is still news on the night on which it was news")
    const mended = nightAfter([first, second, again], "2026-11-02", runOf({ a: "pass" }))
    assert.deepStrictEqual(effective([first, second, again, mended]), [first, mended])
    assert.strictEqual(nightAfter([first, second, mended], "2026-11-03", runOf({ a: "fail" })).exitCode, 1)
  })

  it("keeps the targets apart", () => {
    const [first] = nights([{ a: "pass" }])
    if (first === undefined) return assert.fail()
    assert.deepStrictEqual(memoryOf([first], "theirs", "2026-11-02"), nothing)
    assert.notDeepEqual(memoryOf([first], "mine", "2026-11-02"), nothing)
    assert.deepStrictEqual(memoryOf([first], "mine", "2026-11-01"), nothing, "a night does not remember itself")
    assert.strictEqual(remember(nothing, first).night, "2026-11-01")
  })
})

const together = (...all: ReadonlyArray<NightLine["exitCode"]>) => {
  const [line] = nights([{ a: "pass" }])
  return line === undefined ? assert.fail() : exitCodeOf(all.map((exitCode) => ({ ...line, exitCode })))
}

describe("the exit code of all targets", () => {
  it("is the gravest: a fault of ours, then of the disk, then what is worse, then who was away", () => {
    assert.deepStrictEqual(
      [together(0, 3, 1, 2, 4), together(0, 3, 1, 2), together(3, 1, 0), together(0, 3), together(0)],
      [4, 2, 1, 3, 0]
    )
  })
})
