import {
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { exportEvents } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import {
  all,
  claims2,
  errors,
  expired,
  kickOffs,
  outcome,
  patients,
  readReceipt,
  request,
  setUp,
  tags
} from "./support/Exporting.ts"
import { cut, stall, status } from "./support/FakeBcda.ts"
import { filesIn } from "./support/TempDirectory.ts"
import { until } from "./support/Waiting.ts"

describe("a run that does not get everything", () => {
  it.live("says why, keeps the rest, and the next one fetches only what is missing", () =>
    Effect.gen(function* () {
      const { run, reason, directory, fake } = yield* setUp()
      fake.faults.set("e1.ndjson", cut(0.7))
      assert.strictEqual((yield* reason({ concurrency: 1 }))._tag, "CutShort")
      assert.isFalse(readReceipt(directory).complete)
      const files = yield* filesIn(directory)
      assert.isFalse(files.has("ExplanationOfBenefit/e1.ndjson"))
      assert.isTrue(files.has("ExplanationOfBenefit/e2.ndjson"))

      fake.faults.clear()
      const receipt = yield* run()
      assert.isTrue(receipt.complete)
      assert.deepStrictEqual(readReceipt(directory), receipt)
      assert.strictEqual(kickOffs(fake), 1)
      assert.strictEqual(fake.asked("e1.ndjson"), 4)
      for (const name of ["p.ndjson", "e2.ndjson", "warnings-and-info.ndjson", "e1-error.ndjson"]) {
        assert.strictEqual(fake.asked(name), 1, name)
      }
      assert.deepInclude(receipt.outcomes, { fatal: 1, error: 3, warning: 1, information: 1 })
      assert.strictEqual(receipt.files.length, 5)
    })
  )

  it.live("counts the outcomes of a file once, however often it was fetched", () =>
    Effect.gen(function* () {
      const many = { ...errors, plain: true, content: outcome("error").repeat(1000) }
      const { run, fake } = yield* setUp([many])
      fake.faults.set(many.name, cut(0.9, 1))
      const receipt = yield* run()
      assert.strictEqual(receipt.files[0]?.attempts, 2)
      assert.deepInclude(receipt.outcomes, { fatal: 0, error: 1000, warning: 0, information: 0 })
    })
  )

  it.live("is taken up again after an interruption in the middle of a file", () =>
    Effect.gen(function* () {
      const { run, events, directory, fake } = yield* setUp()
      fake.faults.set("e2.ndjson", stall(0.5, 1))
      const fiber = yield* Effect.forkChild(run({ concurrency: 5 }))
      yield* Effect.promise(() =>
        until(() => fake.asked("e2.ndjson") > 0 && existsSync(join(directory, "error/e1-error.ndjson")))
      )
      yield* Fiber.interrupt(fiber)
      const before = yield* filesIn(directory)
      assert.isFalse(before.has("ExplanationOfBenefit/e2.ndjson"))
      assert.isFalse(before.has("receipt.json"))
      const doneBefore = Array.from(before.keys()).filter((path) => path.endsWith(".ndjson")).length

      const seen = yield* events()
      assert.strictEqual(seen[0]?._tag === "Resumed" && seen[0].filesDone, doneBefore)
      assert.strictEqual(seen.at(-1)?._tag, "Finished")
      assert.strictEqual(kickOffs(fake), 1)
      assert.strictEqual(fake.asked("e2.ndjson"), 2)
      assert.strictEqual((yield* filesIn(directory)).get("ExplanationOfBenefit/e2.ndjson")?.toString(), claims2.content)
    })
  )

  it.live("leaves no lock when the stream of its events is closed early", () =>
    Effect.gen(function* () {
      const { directory, fake, run } = yield* setUp([patients])
      fake.pending = 1_000_000
      yield* exportEvents({ request, directory }).pipe(Stream.take(3), Stream.runDrain, Effect.provide(fake.client()))
      fake.pending = 0
      assert.isTrue((yield* run()).complete)
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.live("that died between noting a file and giving it its name is taken up without fetching it", () =>
    Effect.gen(function* () {
      const { run, directory, fake } = yield* setUp()
      const receipt = yield* run({ gzip: "keep" })
      for (const path of ["Patient/p.ndjson.gz", "error/e1-error.ndjson"]) {
        renameSync(join(directory, path), join(directory, `${path.replace(/\.gz$/, "")}.part`))
      }
      rmSync(join(directory, "receipt.json"))
      fake.requests.length = 0
      assert.deepStrictEqual(yield* run({ gzip: "keep" }), receipt)
      assert.deepStrictEqual(fake.requests, [])
      assert.isTrue((yield* filesIn(directory)).has("Patient/p.ndjson.gz"))
    })
  )
})

describe("a finished directory", () => {
  it.live("is only looked through: the same receipt, and not one request", () =>
    Effect.gen(function* () {
      const { run, events, fake } = yield* setUp()
      const receipt = yield* run()
      fake.requests.length = 0
      const seen = yield* events()
      assert.deepStrictEqual(tags(seen), ["Resumed", "ManifestReceived", "Finished"])
      assert.deepStrictEqual(seen.at(-1), { _tag: "Finished", receipt })
      assert.deepStrictEqual(fake.requests, [])
    })
  )

  const harm: ReadonlyArray<readonly [string, (path: string) => void]> = [
    ["is gone", (path) => rmSync(path)],
    ["has lost its end", (path) => truncateSync(path, statSync(path).size - 1)],
    ["has one other byte", (path) => writeFileSync(path, readFileSync(path).fill("x", 100, 101))],
    [
      "is a link now",
      (path) => {
        renameSync(path, `${path}.elsewhere`)
        symlinkSync(`${path}.elsewhere`, path)
      }
    ]
  ]
  for (const gzip of ["decode", "keep"] as const) {
    for (const [name, damage] of harm) {
      it.live(`gets a file back that ${name} (${gzip})`, () =>
        Effect.gen(function* () {
          const { run, directory, fake } = yield* setUp()
          const receipt = yield* run({ gzip })
          const path = join(directory, gzip === "keep" ? "Patient/p.ndjson.gz" : "Patient/p.ndjson")
          const before = readFileSync(path)
          damage(path)
          fake.requests.length = 0
          assert.deepStrictEqual(yield* run({ gzip }), receipt)
          assert.deepStrictEqual(readFileSync(path), before)
          assert.isTrue((yield* filesIn(directory)).has(gzip === "keep" ? "Patient/p.ndjson.gz" : "Patient/p.ndjson"))
          assert.deepStrictEqual(fake.requests, ["POST /auth/token", "GET /data/7/p.ndjson"])
        })
      )
    }
  }

  it.live("loses its receipt while a file of it is missing", () =>
    Effect.gen(function* () {
      const { run, reason, directory, fake } = yield* setUp()
      yield* run()
      rmSync(join(directory, "Patient/p.ndjson"))
      fake.faults.set("p.ndjson", stall(0.5))
      const fiber = yield* Effect.forkChild(run())
      yield* Effect.promise(() => until(() => fake.asked("p.ndjson") > 1))
      yield* Fiber.interrupt(fiber)
      assert.isFalse(existsSync(join(directory, "receipt.json")), "while it is not known what can be had")
      fake.faults.set("p.ndjson", cut(0.5))
      yield* reason()
      assert.isFalse(readReceipt(directory).complete)
    })
  )

  it.live("gets its manifest back", () =>
    Effect.gen(function* () {
      const { run, directory } = yield* setUp()
      yield* run()
      const manifest = readFileSync(join(directory, "manifest.json"))
      rmSync(join(directory, "manifest.json"))
      yield* run()
      assert.deepStrictEqual(readFileSync(join(directory, "manifest.json")), manifest)
    })
  )
})

describe("a job that the server has lost", () => {
  it.live("is its own reason in the run that started it", () =>
    Effect.gen(function* () {
      const { reason, fake } = yield* setUp()
      fake.jobAnswer = expired
      assert.strictEqual((yield* reason())._tag, "JobExpired")
    })
  )

  it.live("ends a later run, which says to start in a new directory", () =>
    Effect.gen(function* () {
      const { reason, fake, directory } = yield* setUp()
      fake.jobAnswer = expired
      yield* reason()
      const again = yield* reason()
      assert.strictEqual(again._tag, "CannotResume")
      assert.include(again.message, directory)
      assert.include(again.next, "new directory")
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.live("explains why its files are gone", () =>
    Effect.gen(function* () {
      const { reason, fake } = yield* setUp()
      for (const { name } of all) fake.faults.set(name, cut(0.5))
      yield* reason()
      for (const { name } of all) fake.faults.set(name, status(404))
      assert.strictEqual((yield* reason())._tag, "FileGone", "the job is there, a file is not")
      fake.jobAnswer = expired
      assert.strictEqual((yield* reason())._tag, "CannotResume")
    })
  )
})
