import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { ExportEvent } from "@bcda-kit/core"
import { exportToDirectory } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  all,
  claims1,
  errors,
  patients,
  readReceipt,
  request,
  setUp,
  sha256,
  tags,
  warnings
} from "./support/Exporting.ts"
import { cut, fakeBcda, instead, stored } from "./support/FakeBcda.ts"
import { filesIn, tempDirectory } from "./support/TempDirectory.ts"
import { settled } from "./support/Waiting.ts"

describe("an export", () => {
  it.live("ends with every file in its place, byte for byte, and a receipt that proves it", () =>
    Effect.gen(function* () {
      const { run, directory, fake } = yield* setUp()
      const receipt = yield* run()
      const files = yield* filesIn(directory)
      assert.deepStrictEqual(Array.from(files.keys()).toSorted(), [
        "ExplanationOfBenefit/e1.ndjson",
        "ExplanationOfBenefit/e2.ndjson",
        "Patient/p.ndjson",
        "error/e1-error.ndjson",
        "error/warnings-and-info.ndjson",
        "journal.jsonl",
        "manifest.json",
        "receipt.json"
      ])
      for (const { name, content, section, type } of all) {
        const path = `${section ?? type}/${name}`
        assert.strictEqual(files.get(path)?.toString(), content)
        assert.deepInclude(
          receipt.files.find((file) => file.path === path),
          {
            type,
            url: `${fake.baseUrl}/data/7/${name}`,
            bytes: Buffer.byteLength(content),
            sha256: sha256(content),
            lines: content.toString().split("\n").length - 1,
            wireBytes: name === warnings.name ? Buffer.byteLength(content) : stored(content).length,
            contentEncoding: name === warnings.name ? "identity" : "gzip",
            attempts: 1
          }
        )
      }
      assert.deepInclude(receipt, {
        apiVersion: "v3",
        jobId: "7",
        request: `${fake.baseUrl}/api/v3/Group/all/$export`,
        transactionTime: "2026-02-01T20:20:20.123456Z",
        complete: true
      })
      assert.deepInclude(receipt.outcomes, { fatal: 1, error: 3, warning: 1, information: 1 })
      assert.strictEqual(receipt.totals.files, 5)
      assert.strictEqual(receipt.totals.lines, 604)
      assert.deepStrictEqual(readReceipt(directory), receipt)
      assert.strictEqual(JSON.parse(files.get("manifest.json")?.toString() ?? "").JobID, 7)
      assert.notInclude(files.get("journal.jsonl")?.toString() ?? "", "a.b.c", "the token")
    })
  )

  it.live("tells what happens, in order", () =>
    Effect.gen(function* () {
      const { events, fake } = yield* setUp([patients])
      fake.pending = 2
      fake.faults.set("p.ndjson", cut(0.5, 1))
      const seen = yield* events()
      assert.deepStrictEqual(tags(seen), [
        "KickedOff",
        "Waiting",
        "Waiting",
        "ManifestReceived",
        "FileStarted",
        "FileRetry",
        "FileDone",
        "Finished"
      ])
      assert.deepStrictEqual(seen[1], { _tag: "Waiting", state: "in-progress", percent: 50 })
      assert.deepStrictEqual(seen[3], {
        _tag: "ManifestReceived",
        files: 1,
        transactionTime: "2026-02-01T20:20:20.123456Z",
        expires: "2126-02-02T20:20:20.000Z"
      })
      assert.deepStrictEqual(seen[5], { _tag: "FileRetry", path: "Patient/p.ndjson", reason: "CutShort", attempt: 2 })
      for (const event of seen) Schema.encodeSync(ExportEvent)(event)
    })
  )

  it.live("may have nothing in it", () =>
    Effect.gen(function* () {
      const { run, directory } = yield* setUp([])
      const receipt = yield* run()
      assert.isTrue(receipt.complete)
      assert.deepStrictEqual(receipt.totals, { files: 0, bytes: 0, lines: 0, wireBytes: 0 })
      assert.deepStrictEqual(Array.from((yield* filesIn(directory)).keys()).toSorted(), [
        "journal.jsonl",
        "manifest.json",
        "receipt.json"
      ])
    })
  )

  it.live("keeps data files compressed when asked, and error files readable", () =>
    Effect.gen(function* () {
      const { run, directory, fake } = yield* setUp([patients, errors, { ...claims1, plain: true }])
      const receipt = yield* run({ gzip: "keep" })
      const files = yield* filesIn(directory)
      assert.deepStrictEqual(files.get("Patient/p.ndjson.gz"), stored(patients.content))
      assert.strictEqual(files.get("ExplanationOfBenefit/e1.ndjson")?.toString(), claims1.content)
      assert.strictEqual(files.get("error/e1-error.ndjson")?.toString(), errors.content)
      assert.deepInclude(receipt.files[0], {
        path: "Patient/p.ndjson.gz",
        sha256: sha256(patients.content),
        lines: 300
      })
      assert.deepStrictEqual(yield* run({ gzip: "keep" }), receipt)
      assert.strictEqual(fake.asked("p.ndjson"), 1)
    })
  )

  it.live("makes files and directories that only their owner can read", () =>
    Effect.gen(function* () {
      const { run, directory } = yield* setUp([patients])
      yield* run()
      const made = readdirSync(directory, { recursive: true, encoding: "utf8" })
      assert.include(made, join("Patient", "p.ndjson"))
      for (const path of ["", ...made]) {
        const { mode } = statSync(join(directory, path))
        assert.strictEqual(mode & 0o077, 0, path)
      }
    })
  )

  it.live("fetches no more files at a time than it may, and as many", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 9 }, (_, i) => ({ ...patients, name: `p${i}.ndjson` }))
      const { run, fake } = yield* setUp(many)
      const open: Array<() => void> = []
      let most = 0
      for (const { name } of many) {
        fake.faults.set(name, (response, wire) => {
          most = Math.max(
            most,
            open.push(() => response.end(wire))
          )
          // Answered three at a time, after everything had the occasion to ask for a fourth.
          if (open.length === 3)
            void settled(() => open.length).then(() => open.splice(0).forEach((answer) => answer()))
          return true
        })
      }
      yield* run({ concurrency: 3 })
      assert.strictEqual(most, 3)
    })
  )
})

describe("two exports of one client", () => {
  it.live("fetch no more files at a time together than one may, and both end", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 6 }, (_, i) => ({ ...patients, name: `p${i}.ndjson` }))
      const { fake, directory } = yield* setUp(many)
      const open: Array<() => void> = []
      let most = 0
      for (const { name } of many) {
        fake.faults.set(name, (response, wire) => {
          most = Math.max(
            most,
            open.push(() => response.end(wire))
          )
          void settled(() => open.length).then(() => open.shift()?.())
          return true
        })
      }
      const run = (to: string) => exportToDirectory({ request, directory: join(directory, to), concurrency: 3 })
      const receipts = yield* Effect.all([run("a"), run("b")], { concurrency: 2 }).pipe(
        Effect.provide(fake.client({ concurrency: 3 }))
      )
      assert.deepStrictEqual(
        receipts.map(({ complete }) => complete),
        [true, true]
      )
      assert.strictEqual(most, 3)
    })
  )
})

describe("a server that means harm", () => {
  it.live("cannot name a file that would be elsewhere", () =>
    Effect.gen(function* () {
      const { reason, directory, fake } = yield* setUp([
        { ...patients, url: "http://127.0.0.1/data/7/..%2f..%2fevil.ndjson" }
      ])
      assert.strictEqual((yield* reason())._tag, "UnsafeName")
      // Nor is the manifest kept, so that the next run asks for it again.
      assert.deepStrictEqual(Array.from((yield* filesIn(directory)).keys()), ["journal.jsonl"])
      assert.strictEqual(fake.asked("p.ndjson"), 0)
    })
  )

  it.live("cannot send the token elsewhere", () =>
    Effect.gen(function* () {
      const other = yield* fakeBcda([patients])
      const { reason, fake } = yield* setUp([{ ...patients, url: `${other.baseUrl}/data/7/p.ndjson` }, claims1])
      assert.strictEqual((yield* reason())._tag, "ForeignOrigin")
      assert.deepStrictEqual(other.requests, [])
      assert.strictEqual(fake.asked("e1.ndjson"), 1)
    })
  )

  it.live("cannot make use of a link that leads out of the directory", () =>
    Effect.gen(function* () {
      const { reason, run, directory, fake } = yield* setUp([patients, claims1])
      const outside = yield* tempDirectory
      fake.faults.set("p.ndjson", cut(0.5))
      yield* reason()
      rmSync(join(directory, "Patient"), { recursive: true })
      symlinkSync(outside, join(directory, "Patient"))
      fake.faults.clear()
      assert.deepInclude(yield* reason(), { _tag: "FileSystem", code: "ENOTDIR" })
      rmSync(join(directory, "Patient"))
      mkdirSync(join(directory, "Patient"))
      symlinkSync(join(outside, "x"), join(directory, "Patient", "p.ndjson.part"))
      assert.deepInclude(yield* reason(), { _tag: "FileSystem", code: "ELOOP" })
      rmSync(join(directory, "Patient", "p.ndjson.part"))
      assert.isTrue((yield* run()).complete)
      assert.strictEqual((yield* filesIn(outside)).size, 0)
    })
  )

  it.live("cannot pass a file of another type, or a page, for data", () =>
    Effect.gen(function* () {
      const { reason, directory, fake } = yield* setUp([patients])
      fake.faults.set(
        "p.ndjson",
        instead(() => stored("<html>Please log in</html>\n"))
      )
      assert.strictEqual((yield* reason())._tag, "BadLine")
      assert.isFalse((yield* filesIn(directory)).has("Patient/p.ndjson"))
    })
  )
})
