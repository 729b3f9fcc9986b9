/** The files of a run: complete, valid, free of secrets, and enough to judge the run again. */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Schema } from "effect"
import {
  CaptureLine,
  checks,
  judgeCapture,
  outcomeOf,
  ResultLine,
  readCapture,
  readResults,
  type VerdictLine
} from "../src/index.ts"
import { atOnce, embeddedOf, judged, notLimited, runOn } from "./support/Judging.ts"
import { temporaryDirectory } from "./support/TemporaryDirectory.ts"
import { tinyBcda } from "./support/TinyBcda.ts"

const text = (path: string, name: string) => Effect.promise(() => readFile(join(path, name), "utf8"))

describe("results.jsonl", () => {
  it.live("begins with a header, ends with a footer, and every line is of the published schema", () =>
    Effect.gen(function* () {
      const path = yield* temporaryDirectory
      const { lines } = yield* judged({ auth: "smart" }, { directory: path })
      const written = (yield* text(path, "results.jsonl")).trimEnd().split("\n")
      const exactly = Schema.decodeUnknownSync(ResultLine, { onExcessProperty: "error" })
      assert.deepStrictEqual(
        written.map((line) => exactly(JSON.parse(line))),
        [...lines]
      )
      assert.strictEqual(lines[0]?.kind, "header")
      const footer = lines.at(-1)
      assert.isTrue(
        footer?.kind === "footer" && footer.complete && footer.counts.pass === checks.length - notLimited.length
      )
      const capture = (yield* text(path, "capture.jsonl")).trimEnd().split("\n")
      const exchange = Schema.decodeUnknownSync(CaptureLine, { onExcessProperty: "error" })
      assert.isAbove(capture.map((line) => exchange(JSON.parse(line))).length, checks.length / 2)
    })
  )

  it.live("points with its evidence at exchanges that were recorded", () =>
    Effect.gen(function* () {
      const path = yield* temporaryDirectory
      const { verdicts } = yield* judged({ auth: "smart" }, { directory: path })
      const ids = new Set((yield* readCapture(path)).flatMap((line) => (line.kind === "exchange" ? [line.id] : [])))
      for (const { check, exchanges, evidence, verdict } of verdicts) {
        if (verdict === "pass") assert.isAbove(exchanges.length, 0, check)
        for (const { exchange } of evidence) assert.isTrue(ids.has(exchange) && exchanges.includes(exchange), check)
      }
    })
  )

  it.live("holds one run: an earlier one in the same directory is replaced", () =>
    Effect.gen(function* () {
      const path = yield* temporaryDirectory
      yield* judged({}, { directory: path })
      yield* judged({}, { directory: path, only: ["metadata"] })
      const lines = yield* readResults(path)
      assert.strictEqual(lines.filter(({ kind }) => kind === "header").length, 1)
      assert.strictEqual(lines.filter(({ kind }) => kind === "footer").length, 1)
    })
  )

  it.live("of an interrupted run has no footer and is red, and the job is cancelled", () =>
    Effect.gen(function* () {
      const path = yield* temporaryDirectory
      const polled = yield* Deferred.make<void>()
      const tiny = yield* tinyBcda({
        polls: Number.POSITIVE_INFINITY,
        mutate: (reply, { route }) => {
          if (route === "status" && reply.status === 202) Deferred.doneUnsafe(polled, Effect.void)
          return reply
        }
      })
      const pace = { ...atOnce, initial: Duration.hours(1), max: Duration.hours(1), retryAfterCap: Duration.hours(1) }
      const slow = { ...pace, deadline: Duration.hours(9) }
      const fiber = yield* Effect.forkChild(
        runOn(tiny, { directory: path, pace: { ...slow, retryAfterCap: Duration.hours(1) } })
      )
      yield* Deferred.await(polled)
      assert.strictEqual(tiny.running(), 1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(tiny.running(), 0, "the job was left running")
      const lines = yield* readResults(path)
      assert.isAbove(lines.length, 1)
      assert.isFalse(lines.some(({ kind }) => kind === "footer"))
      assert.deepInclude(outcomeOf(lines), { red: true, exitCode: 5 })
      assert.include(yield* text(path, "report.md"), "did not reach its end")
      assert.include(yield* text(path, "coverage.md"), "`manifest/output` no verdict")
    })
  )

  it.live("cannot be written below a file", () =>
    Effect.gen(function* () {
      const path = yield* temporaryDirectory
      yield* Effect.promise(() => writeFile(join(path, "taken"), ""))
      const error = yield* Effect.flip(judged({}, { directory: join(path, "taken", "results") }))
      assert.strictEqual(error.reason._tag, "OutputUnwritable")
      assert.isNotEmpty(error.reason.next)
    })
  )

  it.live("that is damaged is refused with the number of the line", () =>
    Effect.gen(function* () {
      const path = yield* temporaryDirectory
      yield* judged({}, { directory: path, only: ["metadata"] })
      const good = yield* text(path, "results.jsonl")
      yield* Effect.promise(() =>
        writeFile(join(path, "results.jsonl"), good.replace('"kind":"verdict"', '"kind":"verd'))
      )
      const error = yield* Effect.flip(readResults(path))
      assert.strictEqual(error.reason._tag, "ResultsUnreadable")
      assert.include(error.message, "line 2")
    })
  )
})

describe("a choice of checks", () => {
  it.live("sends only the requests they need, and says of the others that they were not run", () =>
    Effect.gen(function* () {
      const { tiny, by, verdicts } = yield* judged({}, { only: ["metadata/active", "token/wrong-secret-refused"] })
      const smoke = "GET /api/v3/attribution_status"
      assert.deepStrictEqual(tiny.requests, ["GET /api/v3/metadata", "POST /auth/token", "POST /auth/token", smoke])
      assert.strictEqual(by.get("metadata/active")?.verdict, "pass")
      assert.strictEqual(by.get("metadata/readable")?.verdict, "not-run")
      assert.strictEqual(verdicts.length, checks.length)
    })
  )

  it.live("that matches nothing is refused", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(judged({}, { only: ["manifesto"] }))
      assert.strictEqual(error.reason._tag, "NothingChosen")
    })
  )

  it.live("that the profile does not judge is refused", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(judged({}, { only: ["metadata/instantiates-ig"], profile: "bcda-page" }))
      assert.strictEqual(error.reason._tag, "NothingChosen")
    })
  )
})

const sorted = (verdicts: ReadonlyArray<VerdictLine>) => verdicts.toSorted((a, b) => a.check.localeCompare(b.check))

describe("capture.jsonl", () => {
  it.live("gives the same verdicts when it is judged again", () =>
    Effect.gen(function* () {
      const path = yield* temporaryDirectory
      const tiny = yield* tinyBcda({
        mutate: (reply, { route }) =>
          route === "attribution" || route === "cancel" ? { ...reply, status: 500 } : { ...reply, body: reply.body }
      })
      const lines = yield* runOn(tiny, { directory: path })
      const first = lines.filter((line): line is VerdictLine => line.kind === "verdict")
      const again = judgeCapture(yield* readCapture(path), { target: embeddedOf(tiny) })
      assert.deepStrictEqual(sorted(again), sorted(first))
      assert.isTrue(again.some(({ verdict }) => verdict === "fail"))
    })
  )

  it.live("judged under another profile gives that profile's verdicts", () =>
    Effect.gen(function* () {
      const path = yield* temporaryDirectory
      const tiny = yield* tinyBcda()
      yield* runOn(tiny, { directory: path })
      const again = judgeCapture(yield* readCapture(path), { target: embeddedOf(tiny), profile: "bcda-page" })
      assert.strictEqual(again.find(({ check }) => check === "metadata/instantiates-ig")?.verdict, "not-run")
      assert.strictEqual(again.find(({ check }) => check === "kickoff/accepted")?.verdict, "pass")
    })
  )
})

describe("report.md", () => {
  it.live("is rendered from results.jsonl and shows what went wrong first", () =>
    Effect.gen(function* () {
      const path = yield* temporaryDirectory
      const { lines } = yield* judged(
        {
          mutate: (reply, { route }) =>
            route === "metadata" ? { ...reply, body: '{"resourceType":"<b>|x|</b>"}' } : reply
        },
        { directory: path }
      )
      const report = yield* text(path, "report.md")
      assert.include(report, outcomeOf(lines).text)
      assert.isBelow(report.indexOf("### fail: Metadata is a CapabilityStatement"), report.indexOf("## All checks"))
      assert.notInclude(report, "<b>")
      for (const { id } of checks) assert.include(report, `\`${id}\``)
    })
  )
})
