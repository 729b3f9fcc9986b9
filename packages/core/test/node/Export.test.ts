import { createHash } from "node:crypto"
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { BcdaClient, ExportEvent, ExportRequest, Receipt, Target } from "@bcda-kit/core"
import { type ExportOptions, exportEvents, exportToDirectory } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Schema, Stream } from "effect"
import {
  cut,
  type FakeBcda,
  type FakeFile,
  fakeBcda,
  instead,
  lines,
  stall,
  status,
  stored
} from "./support/FakeBcda.ts"
import { filesIn, tempDirectory } from "./support/TempDirectory.ts"

const outcome = (...severities: ReadonlyArray<string>) =>
  `${JSON.stringify({ issue: severities.map((severity) => ({ code: "processing", severity })), resourceType: "OperationOutcome" })}\n`

const patients: FakeFile = { type: "Patient", name: "p.ndjson", content: lines("Patient", 300) }
const claims1: FakeFile = {
  type: "ExplanationOfBenefit",
  name: "e1.ndjson",
  content: lines("ExplanationOfBenefit", 200)
}
const claims2: FakeFile = {
  type: "ExplanationOfBenefit",
  name: "e2.ndjson",
  content: lines("ExplanationOfBenefit", 100)
}
const warnings: FakeFile = {
  type: "OperationOutcome",
  name: "warnings-and-info.ndjson",
  section: "error",
  plain: true,
  content: outcome("warning")
}
const errors: FakeFile = {
  type: "OperationOutcome",
  name: "e1-error.ndjson",
  section: "error",
  content: outcome("error", "information") + outcome("error") + outcome("fatal", "strange")
}
const all = [patients, claims1, claims2, warnings, errors]

const request = new ExportRequest({ scope: "all" })

/** A server, a directory that does not exist yet, and ways to export from the one into the other. */
const setUp = Effect.fnUntraced(function* (files: ReadonlyArray<FakeFile> = all) {
  const fake = yield* fakeBcda(files)
  const directory = join(yield* tempDirectory, "export")
  const options = (more: Partial<ExportOptions> = {}): ExportOptions => ({ request, directory, ...more })
  const run = (more?: Partial<ExportOptions>) => exportToDirectory(options(more)).pipe(Effect.provide(fake.client()))
  const events = (more?: Partial<ExportOptions>) =>
    exportEvents(options(more)).pipe(Stream.runCollect, Effect.provide(fake.client()))
  return {
    fake,
    directory,
    run,
    events,
    /** The reason of a run that must fail. */
    reason: (more?: Partial<ExportOptions>) => Effect.map(Effect.flip(run(more)), ({ reason }) => reason)
  }
})

const kickOffs = (fake: FakeBcda) => fake.requests.filter((request) => request.endsWith("/$export")).length
const expired: FakeBcda["jobAnswer"] = (response) => response.writeHead(410).end()
const ofTypes = (types: ReadonlyArray<string>) => ({ request: new ExportRequest({ scope: "all", types }) })
const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex")
const readReceipt = (directory: string) =>
  Schema.decodeUnknownSync(Schema.fromJsonString(Receipt))(readFileSync(join(directory, "receipt.json"), "utf8"))
const tags = (events: Iterable<ExportEvent>) => Array.from(events, ({ _tag }) => _tag)

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
      assert.deepStrictEqual(receipt.outcomes, { fatal: 1, error: 3, warning: 1, information: 1 })
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
        expires: "2026-02-02T20:20:20.000Z"
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

  it.live("makes a new directory that only its owner can look into", () =>
    Effect.gen(function* () {
      const { run, directory } = yield* setUp([])
      yield* run()
      assert.strictEqual(statSync(directory).mode & 0o777, 0o700)
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
          // Answered three at a time; a fourth would have the time to come as well.
          if (open.length === 3) setTimeout(() => open.splice(0).forEach((answer) => answer()), 30)
          return true
        })
      }
      yield* run({ concurrency: 3 })
      assert.strictEqual(most, 3)
    })
  )
})

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
      assert.deepStrictEqual(receipt.outcomes, { fatal: 1, error: 3, warning: 1, information: 1 })
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
      assert.deepStrictEqual(receipt.outcomes, { fatal: 0, error: 1000, warning: 0, information: 0 })
    })
  )

  it.live("is taken up again after an interruption in the middle of a file", () =>
    Effect.gen(function* () {
      const { run, events, directory, fake } = yield* setUp()
      fake.faults.set("e2.ndjson", stall(0.5, 1))
      const fiber = yield* Effect.forkChild(run({ concurrency: 5 }))
      while (fake.asked("e2.ndjson") === 0 || !existsSync(join(directory, "error/e1-error.ndjson")))
        yield* Effect.sleep(5)
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
      while (fake.asked("p.ndjson") === 1) yield* Effect.sleep(5)
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

describe("a directory is refused", () => {
  it.live("when it belongs to another request, but not for the order of its types", () =>
    Effect.gen(function* () {
      const { run, reason, fake } = yield* setUp([patients])
      yield* run(ofTypes(["Patient", "Coverage"]))
      fake.requests.length = 0
      yield* run(ofTypes(["Coverage", "Patient"]))
      for (const request of [
        new ExportRequest({ scope: "all", types: ["Patient"] }),
        new ExportRequest({ scope: "runout", types: ["Patient", "Coverage"] }),
        new ExportRequest({ scope: "all", types: ["Patient", "Coverage"], since: "2026-01-01T00:00:00Z" })
      ]) {
        assert.strictEqual((yield* reason({ request }))._tag, "DirectoryMismatch")
      }
      assert.deepStrictEqual(fake.requests, [])
    })
  )

  it.live("when it belongs to another target or API version", () =>
    Effect.gen(function* () {
      const { run, directory, fake } = yield* setUp([patients])
      yield* run()
      for (const change of [{ baseUrl: "https://elsewhere.test" }, { apiVersion: "v2" as const }]) {
        const { name, baseUrl, apiVersion, auth } = fake.target
        const target = new Target({ name, baseUrl, apiVersion, auth, ...change })
        const client = Layer.effect(
          BcdaClient,
          BcdaClient.use((client) => Effect.succeed({ ...client, target }))
        )
        const error = yield* exportToDirectory({ request, directory }).pipe(
          Effect.provide(client.pipe(Layer.provide(fake.client()))),
          Effect.flip
        )
        assert.strictEqual(error.reason._tag, "DirectoryMismatch")
      }
    })
  )

  it.live("when it holds other files", () =>
    Effect.gen(function* () {
      const { reason, directory, fake } = yield* setUp()
      mkdirSync(directory)
      writeFileSync(join(directory, "thesis.txt"), "mine")
      assert.strictEqual((yield* reason())._tag, "DirectoryMismatch")
      assert.strictEqual(kickOffs(fake), 0)
    })
  )

  it.live("when it is a file", () =>
    Effect.gen(function* () {
      const { reason, directory } = yield* setUp()
      writeFileSync(directory, "")
      assert.strictEqual((yield* reason())._tag, "FileSystem")
    })
  )

  it.live("while another run is at work in it", () =>
    Effect.gen(function* () {
      const { run, reason, fake } = yield* setUp()
      fake.pending = 1_000_000
      const fiber = yield* Effect.forkChild(run())
      while (kickOffs(fake) === 0) yield* Effect.sleep(5)
      assert.strictEqual((yield* reason())._tag, "DirectoryBusy")
      fake.pending = 0
      assert.isTrue((yield* Fiber.join(fiber)).complete)
      assert.strictEqual(kickOffs(fake), 1)
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
      assert.deepStrictEqual(Array.from((yield* filesIn(directory)).keys()).toSorted(), [
        "journal.jsonl",
        "manifest.json"
      ])
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
