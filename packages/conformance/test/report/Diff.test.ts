import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  type ComparedRun,
  diffExitCode,
  diffRuns,
  type ResultLine,
  readCapture,
  readResults,
  renderDiff
} from "../../src/index.ts"
import { wireChanges } from "../../src/report/WireShape.ts"
import { judged } from "../support/Judging.ts"
import { temporaryDirectory } from "../support/TemporaryDirectory.ts"
import type { TinyOptions } from "../support/TinyBcda.ts"

/** A run against a server of its own, as its directory holds it. */
const stored = (server: TinyOptions = {}) =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    yield* judged(server, { directory })
    return { lines: yield* readResults(directory), capture: yield* readCapture(directory) } satisfies ComparedRun
  })

const without = (run: ComparedRun, is: (line: ResultLine) => boolean): ComparedRun => ({
  ...run,
  lines: run.lines.filter((line) => !is(line))
})

const checks = (changes: ReadonlyArray<{ readonly check: string }>) => changes.map(({ check }) => check)

/** What is different of a step. */
const changesOf = (before: ReadonlyArray<string>, after: ReadonlyArray<string>) =>
  wireChanges(new Map([["step", new Set(before)]]), new Map([["step", new Set(after)]]))

describe("the difference of two runs", () => {
  it.live("is nothing between two runs against the same server, however long the job takes", () =>
    Effect.gen(function* () {
      const quick = yield* stored({ polls: 0 })
      const slow = yield* stored({ polls: 4 })
      const same = diffRuns(slow, yield* stored({ polls: 3 }))
      assert.deepStrictEqual(same, {
        newlyFailing: [],
        newlyPassing: [],
        otherwise: [],
        vanished: [],
        added: [],
        wire: [],
        apart: [],
        complete: true
      })
      assert.strictEqual(diffExitCode(same), 0)
      assert.include(renderDiff(same), "**Nothing.**")
      const sooner = diffRuns(slow, quick)
      assert.deepStrictEqual([sooner.newlyFailing, sooner.wire], [[], []])
      assert.isNotEmpty(sooner.otherwise)
      assert.strictEqual(diffExitCode(sooner), 0)
      assert.deepStrictEqual(diffRuns(quick, slow).wire, [])
    }).pipe(Effect.scoped)
  )

  it.live("tells what newly fails, and what passes again", () =>
    Effect.gen(function* () {
      const good = yield* stored()
      const bad = yield* stored({
        mutate: (reply, { route }) =>
          route === "metadata" ? { ...reply, body: reply.body.toString().replace('"active"', '"draft"') } : reply
      })
      const worse = diffRuns(good, bad)
      assert.deepStrictEqual(checks(worse.newlyFailing), ["metadata/active"])
      assert.include(worse.newlyFailing[0]?.detail ?? "", "draft")
      assert.deepStrictEqual(worse.wire, [], "a value is no shape")
      assert.strictEqual(diffExitCode(worse), 1)
      assert.match(renderDiff(worse), /## Newly failing[^]*metadata\/active/)
      const better = diffRuns(bad, good)
      assert.deepStrictEqual([checks(better.newlyPassing), better.newlyFailing], [["metadata/active"], []])
      assert.strictEqual(diffExitCode(better), 0)
      assert.deepStrictEqual(diffRuns(bad, bad).newlyFailing, [], "what is known turns nothing red")
    }).pipe(Effect.scoped)
  )

  it.live("tells what is graver, milder and otherwise", () =>
    Effect.gen(function* () {
      const run = yield* stored()
      const as = (verdict: "fail" | "warn" | "not-run" | "expected-fail") => ({
        ...run,
        lines: run.lines.map((line) =>
          line.kind === "verdict" && line.check === "metadata/active" ? { ...line, verdict } : line
        )
      })
      assert.deepStrictEqual(checks(diffRuns(as("warn"), as("fail")).newlyFailing), ["metadata/active"])
      assert.deepStrictEqual(checks(diffRuns(as("fail"), as("warn")).otherwise), ["metadata/active"])
      assert.deepStrictEqual(checks(diffRuns(run, as("not-run")).otherwise), ["metadata/active"])
      assert.deepStrictEqual(checks(diffRuns(as("expected-fail"), run).newlyPassing), ["metadata/active"])
      assert.deepStrictEqual(checks(diffRuns(as("expected-fail"), as("fail")).newlyFailing), ["metadata/active"])
    }).pipe(Effect.scoped)
  )

  it.live("tells what vanished and what is new", () =>
    Effect.gen(function* () {
      const run = yield* stored()
      const less = without(run, (line) => line.kind === "verdict" && line.check === "metadata/active")
      assert.deepStrictEqual(diffRuns(run, less).vanished, ["metadata/active"])
      assert.strictEqual(diffExitCode(diffRuns(run, less)), 1)
      assert.deepStrictEqual(diffRuns(less, run).added, ["metadata/active"])
      assert.strictEqual(diffExitCode(diffRuns(less, run)), 0)
    }).pipe(Effect.scoped)
  )

  it.live("tells that the later run was cut off, and that the two are not of one kind", () =>
    Effect.gen(function* () {
      const run = yield* stored()
      const cut = without(run, ({ kind }) => kind === "footer")
      assert.strictEqual(diffExitCode(diffRuns(run, cut)), 5)
      assert.strictEqual(diffExitCode(diffRuns(cut, run)), 0)
      const v2 = diffRuns(run, yield* stored({ apiVersion: "v2" }))
      assert.deepStrictEqual(v2.apart, ["API version: v3, then v2"])
    }).pipe(Effect.scoped)
  )

  it.live("tells what changed on the wire, though every verdict is the same", () =>
    Effect.gen(function* () {
      const run = yield* stored()
      const other = yield* stored({
        mutate: (reply, { route }) =>
          route === "metadata"
            ? {
                ...reply,
                headers: { ...reply.headers, "x-new": "1", age: "5" },
                body: reply.body.toString().replace(/^\{/, '{"extra":{"nested":[1]},')
              }
            : reply
      })
      const changed = diffRuns(run, other)
      assert.deepStrictEqual([changed.newlyFailing, changed.otherwise], [[], []])
      assert.deepStrictEqual(
        changed.wire.find(({ step }) => step === "metadata"),
        {
          step: "metadata",
          gone: [],
          come: [
            "200: body $.extra.nested: array",
            "200: body $.extra.nested[]: number",
            "200: body $.extra: object",
            "200: header x-new"
          ]
        }
      )
      assert.strictEqual(diffExitCode(changed), 0)
      assert.match(renderDiff(changed), /Changed on the wire[^]*x-new/)
    }).pipe(Effect.scoped)
  )

  it.live("tells of another status", () =>
    Effect.gen(function* () {
      const run = yield* stored()
      const other = yield* stored({
        mutate: (reply, { route }) => (route === "attribution" ? { ...reply, status: 204, body: "" } : reply)
      })
      const [change] = diffRuns(run, other).wire.filter(({ step }) => step === "attribution")
      assert.include(change?.come ?? [], "status 204")
      assert.include(change?.gone ?? [], "status 200")
    }).pipe(Effect.scoped)
  )

  it("takes a job at work and one that is done for two moments, but not a kick-off that is answered in another way", () => {
    const atWork = ["status 202", "202: header x-progress"]
    const done = ["status 200", "200: body $.output: array"]
    const started = ["status 202", "202: header content-location"]
    for (const [before, after] of [
      [atWork, done],
      [done, atWork]
    ] as const) {
      assert.deepStrictEqual(changesOf(before, after), [])
    }
    for (const [before, after] of [
      [started, done],
      [atWork, ["status 500"]],
      [done, started]
    ] as const) {
      assert.deepStrictEqual(
        changesOf(before, after).map(({ come }) => come),
        [[...after].toSorted()]
      )
    }
  })
})
