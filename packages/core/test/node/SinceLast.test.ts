import { spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join, resolve } from "node:path"
import { ExportRequest } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { errors, expired, kickOffs, patients, setUp, sha256, warnings } from "./support/Exporting.ts"
import { status } from "./support/FakeBcda.ts"
import { first, later, only, outline, setUpSince } from "./support/SinceLast.ts"
import { until } from "./support/Waiting.ts"

describe("the watermark", () => {
  it.live("is set by a whole export, and is the since of the next one", () =>
    Effect.gen(function* () {
      const { fake, mode, run, runs, sinces, state, folder } = yield* setUpSince([patients, warnings])
      const events = yield* run()
      assert.deepStrictEqual(outline(events), [
        "Advised",
        "RunBegun",
        "KickedOff",
        "ManifestReceived",
        "WatermarkMoved",
        "Finished"
      ])
      const begun = only(events, "RunBegun")
      const { watermark } = state()
      assert.deepInclude(watermark, {
        transactionTime: first,
        jobId: "7",
        receiptSha256: sha256(readFileSync(join(begun.directory, "receipt.json")))
      })
      assert.strictEqual(resolve(folder(), watermark.directory), begun.directory)
      assert.deepStrictEqual(Object.keys(state()), ["format", "key", "watermark"])
      if (process.platform !== "win32") assert.strictEqual(mode(), 0o600)
      assert.deepStrictEqual(only(events, "WatermarkMoved"), { _tag: "WatermarkMoved", to: first })

      fake.transactionTime = later
      const again = yield* run()
      assert.strictEqual(only(again, "RunBegun").since, first)
      assert.deepStrictEqual(only(again, "WatermarkMoved"), { _tag: "WatermarkMoved", from: first, to: later })
      assert.deepStrictEqual(sinces, [null, first])
      assert.strictEqual(runs().length, 2)
    })
  )

  it.live("does not name the client", () =>
    Effect.gen(function* () {
      const { run, text } = yield* setUpSince()
      yield* run()
      assert.notInclude(text(), "an-id")
      assert.notInclude(text(), "a-secret")
    })
  )

  it.live("does not move while a file is missing; the next run gets the rest of the same job, and moves it", () =>
    Effect.gen(function* () {
      const { fake, reason, run, runs, state } = yield* setUpSince([patients, errors])
      fake.faults.set(errors.name, status(404))
      assert.strictEqual((yield* reason({ moveOnErrors: true }))._tag, "FileGone")
      assert.isUndefined(state().watermark)
      fake.faults.clear()
      const events = yield* run({ moveOnErrors: true })
      assert.deepStrictEqual(outline(events), ["RunBegun", "Resumed", "ManifestReceived", "WatermarkMoved", "Finished"])
      assert.strictEqual(kickOffs(fake), 1)
      assert.strictEqual(runs().length, 1)
    })
  )

  it.live("outlives an interruption", () =>
    Effect.gen(function* () {
      const { fake, run, sinces, stream } = yield* setUpSince()
      fake.pending = Number.POSITIVE_INFINITY
      const fiber = yield* Effect.forkChild(Stream.runDrain(stream()).pipe(Effect.provide(fake.client())))
      yield* Effect.promise(() => until(() => fake.requests.includes("GET /api/v3/jobs/7")))
      yield* Fiber.interrupt(fiber)
      fake.pending = 0
      assert.include(outline(yield* run()), "Resumed")
      assert.deepStrictEqual(sinces, [null])
    })
  )

  it.live("does not wait for a job that is lost: another run takes its place, with the same since", () =>
    Effect.gen(function* () {
      const { fake, reason, run, sinces, runs } = yield* setUpSince()
      yield* run()
      fake.jobAnswer = (response) => response.writeHead(403).end()
      yield* reason()
      fake.jobAnswer = expired
      let answered = 0
      fake.jobAnswer = (response) => {
        if (answered++ === 0) return expired?.(response)
        fake.jobAnswer = undefined
        return response.writeHead(202, { "x-progress": "Pending" }).end()
      }
      const events = yield* run()
      assert.include(only(events, "RunAbandoned").why, "no longer kept")
      assert.deepStrictEqual(sinces, [null, first, first])
      assert.strictEqual(runs().length, 3)
    })
  )

  it.live("follows its directory when that is moved, and needs no old run", () =>
    Effect.gen(function* () {
      const { directory, run, runs, sinces } = yield* setUpSince()
      yield* run()
      for (const name of runs()) rmSync(join(directory, name), { recursive: true })
      renameSync(directory, `${directory}-moved`)
      yield* run({ directory: `${directory}-moved` })
      assert.deepStrictEqual(sinces, [null, first])
    })
  )

  it.live("can lie elsewhere", () =>
    Effect.gen(function* () {
      const { directory, run, runs, sinces } = yield* setUpSince()
      const watermarks = `${directory}-watermarks`
      yield* run({ watermarks })
      yield* run({ watermarks })
      assert.deepStrictEqual(sinces, [null, first])
      assert.strictEqual(runs().length, 2)
    })
  )

  it.live("is each request's own", () =>
    Effect.gen(function* () {
      const { run, runs, sinces } = yield* setUpSince()
      yield* run()
      yield* run({ request: new ExportRequest({ scope: "all", types: ["Patient"] }) })
      assert.deepStrictEqual(sinces, [null, null])
      assert.strictEqual(runs().length, 2)
    })
  )
})

describe("a watermark stays", () => {
  it.live("when the server reports errors, and the next run asks for the same time", () =>
    Effect.gen(function* () {
      const { fake, run, sinces, state } = yield* setUpSince([patients, errors])
      yield* run({ moveOnErrors: true })
      fake.transactionTime = later
      const kept = only(yield* run(), "WatermarkKept")
      assert.deepInclude(kept, { at: first, because: "outcomes" })
      assert.match(kept.text, /4 errors/)
      assert.strictEqual(state().watermark.transactionTime, first)
      assert.deepInclude(state().kept, { because: "outcomes", transactionTime: later })
      yield* run({ moveOnErrors: true })
      assert.deepStrictEqual(sinces, [null, first, first])
      assert.strictEqual(state().watermark.transactionTime, later)
      assert.isUndefined(state().kept)
    })
  )

  it.live("not for warnings", () =>
    Effect.gen(function* () {
      const { run } = yield* setUpSince([patients, warnings])
      assert.strictEqual(only(yield* run(), "WatermarkMoved").to, first)
    })
  )

  const far = "2199-01-01T00:00:00Z"
  it.live.each([
    ["older", "2026-02-01T20:20:20.123455Z"],
    ["older", "2026-02-01T20:20:20Z"],
    ["older", "2026-02-01T21:20:20.123+01:00"],
    ["future", far],
    ["unreadable", "2026-02-01"],
    ["unreadable", "2026-03-01T20:20:20"],
    ["unreadable", "2026-02-31T20:20:20Z"],
    ["unreadable", "Sun, 01 Mar 2026 20:20:20 GMT"]
  ] as const)("when the new transaction time is %s: %s", ([because, transactionTime]) =>
    Effect.gen(function* () {
      const { fake, run, state } = yield* setUpSince()
      yield* run()
      fake.transactionTime = transactionTime
      assert.strictEqual(only(yield* run(), "WatermarkKept").because, because)
      assert.strictEqual(state().watermark.transactionTime, first)
    })
  )

  it.live("the first time, when the transaction time cannot be one", () =>
    Effect.gen(function* () {
      const { fake, run, sinces } = yield* setUpSince()
      fake.transactionTime = far
      assert.isUndefined(only(yield* run(), "WatermarkKept").at)
      yield* run()
      assert.deepStrictEqual(sinces, [null, null])
    })
  )

  it.live("and counts as moved when the server's time stood still", () =>
    Effect.gen(function* () {
      const { run, state } = yield* setUpSince()
      yield* run()
      const { startedAt } = state().watermark
      assert.deepStrictEqual(only(yield* run(), "WatermarkMoved"), { _tag: "WatermarkMoved", from: first, to: first })
      assert.isAbove(Date.parse(state().watermark.startedAt), Date.parse(startedAt))
    })
  )
})

describe("two runs", () => {
  it.live("do not meet, and the second names the first", () =>
    Effect.gen(function* () {
      const { fake, folder, reason, stream } = yield* setUpSince()
      fake.pending = Number.POSITIVE_INFINITY
      const fiber = yield* Effect.forkChild(Stream.runDrain(stream()).pipe(Effect.provide(fake.client())))
      yield* Effect.promise(() => until(() => fake.requests.includes("GET /api/v3/jobs/7")))
      const found = yield* reason()
      assert.deepInclude(found, { _tag: "DirectoryBusy", holder: "this process", lock: join(folder(), ".lock") })
      assert.strictEqual(kickOffs(fake), 1)
      yield* Fiber.interrupt(fiber)
    })
  )

  it.live("of which the first was killed: the second takes over", () =>
    Effect.gen(function* () {
      const { folder, run, sinces } = yield* setUpSince()
      yield* run()
      const { pid } = spawnSync(process.execPath, ["-e", "0"])
      writeFileSync(join(folder(), ".lock"), JSON.stringify({ pid, host: hostname(), id: randomUUID() }))
      yield* run()
      assert.deepStrictEqual(sinces, [null, first])
    })
  )
})

describe("refused before anything is sent", () => {
  it.live("is a since of one's own", () =>
    Effect.gen(function* () {
      const { fake, reason } = yield* setUpSince()
      const found = yield* reason({ request: new ExportRequest({ scope: "all", since: first }) })
      assert.strictEqual(found._tag, "InvalidRequest")
      assert.deepStrictEqual(fake.requests, [])
    })
  )

  it.live("is the directory of a single export, and for a single export is this one", () =>
    Effect.gen(function* () {
      const single = yield* setUp([patients])
      yield* single.run()
      const { directory, reason, run } = yield* setUpSince()
      assert.strictEqual((yield* reason({ directory: single.directory }))._tag, "DirectoryMismatch")
      yield* run()
      assert.strictEqual((yield* single.reason({ directory }))._tag, "DirectoryMismatch")
    })
  )

  it.live.each([
    ["is broken", () => '{ "format": 1', /not what this client writes/],
    ["lacks a field", (text: string) => text.replace("transactionTime", "time"), /not what this client writes/],
    ["is a newer version's", (text: string) => text.replace('"format": 1', '"format": 2'), /newer version.*format 2/],
    ["belongs to another export", (text: string) => text.replace("Group/all", "Patient"), /another export/]
  ] as const)("is a watermark that %s", ([, spoil, detail]) =>
    Effect.gen(function* () {
      const { fake, put, reason, run, text } = yield* setUpSince()
      yield* run()
      const before = fake.requests.length
      put(spoil(text()))
      const found = yield* reason()
      assert.strictEqual(found._tag, "WatermarkUnreadable")
      assert.match(found.message, detail)
      assert.strictEqual(fake.requests.length, before)
    })
  )

  it.live("is a place that is no directory", () =>
    Effect.gen(function* () {
      const { directory, fake, reason } = yield* setUpSince()
      mkdirSync(directory)
      writeFileSync(join(directory, "watermarks"), "")
      assert.strictEqual((yield* reason())._tag, "FileSystem")
      assert.deepStrictEqual(fake.requests, [])
    })
  )
})
