import { existsSync, statSync } from "node:fs"
import type * as http from "node:http"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import type { LimitExceeded, PolicyOptions } from "@bcda-kit/core"
import { type SaveOptions, saveFile } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { patients, setUp as setUpExport } from "./support/Exporting.ts"
import { type FakeFile, type Fault, fakeBcda, instead, lines } from "./support/FakeBcda.ts"
import { tempDirectory } from "./support/TempDirectory.ts"

const content = lines("Patient", 500)
const mebibyte = 1024 * 1024

/** Saves a file under a policy; gives the reason if that fails. */
const save = Effect.fnUntraced(function* (
  limits: PolicyOptions["limits"],
  { fault, ...file }: Partial<FakeFile> & { readonly fault?: Fault } = {},
  options: Partial<SaveOptions> = {}
) {
  const fake = yield* fakeBcda([{ type: "Patient", name: "p.ndjson", content, ...file }])
  if (fault !== undefined) fake.faults.set("p.ndjson", fault)
  const part = join(yield* tempDirectory, "p.part")
  const reason = yield* saveFile({
    url: `${fake.baseUrl}/data/7/p.ndjson`,
    type: "Patient",
    part,
    name: "Patient/p.ndjson",
    gzip: "decode",
    ...options
  }).pipe(
    Effect.provide(fake.client({ limits })),
    Effect.match({ onFailure: ({ reason }) => reason, onSuccess: () => undefined })
  )
  return { reason, asked: fake.asked("p.ndjson"), onDisk: existsSync(part) ? statSync(part).size : 0 }
})

/** Writes a block again and again until the other side has had enough. */
const endless =
  (block: Buffer): Fault =>
  (response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(block));
    }
    response.removeHeader("content-length")
    response.on("drain", more)
    more()
    return true
  }

describe("limits of a file", () => {
  const bytes = Buffer.byteLength(content)
  const longest = Math.max(...content.split("\n").map((line) => Buffer.byteLength(line)))

  const bounds: ReadonlyArray<readonly [LimitExceeded["limit"], number, Partial<FakeFile>]> = [
    ["fileBytes", bytes, {}],
    ["fileBytes", bytes, { plain: true }],
    ["lineBytes", longest, {}]
  ]
  for (const [limit, fits, file] of bounds) {
    it.live(`${limit} takes what just fits, and not a byte more (${file.plain === true ? "plain" : "gzip"})`, () =>
      Effect.gen(function* () {
        assert.isUndefined((yield* save({ [limit]: fits }, file)).reason)
        const most = fits - 1
        const { reason, asked } = yield* save({ [limit]: most }, file)
        assert.deepInclude(reason, { _tag: "LimitExceeded", limit, most, file: "Patient/p.ndjson" })
        assert.strictEqual(asked, 1, "another try would not mend it")
      })
    )
  }

  it.live("a file whose length is said to be beyond them is not even begun", () =>
    Effect.gen(function* () {
      const { reason, onDisk } = yield* save({ fileBytes: 100 }, { plain: true })
      assert.strictEqual(reason?._tag, "LimitExceeded")
      assert.strictEqual(onDisk, 0)
    })
  )

  const line = Buffer.from('{"resourceType":"Patient"}\n')
  const endlessBodies: ReadonlyArray<readonly [string, Fault, LimitExceeded["limit"]]> = [
    ["lines without end", endless(gzipSync(Buffer.alloc(line.length * 1000, line))), "fileBytes"],
    ["a line without end", endless(gzipSync(Buffer.alloc(100_000, "x"))), "lineBytes"],
    ["empty members without end", endless(Buffer.alloc(20_000, gzipSync(""))), "fileBytes"]
  ]
  for (const [name, fault, limit] of endlessBodies) {
    for (const gzip of ["decode", "keep"] as const) {
      it.live(`end ${name} (${gzip})`, () =>
        Effect.gen(function* () {
          const limits = { fileBytes: 3_000_000, lineBytes: 1_000_000 }
          const { reason, asked, onDisk } = yield* save(limits, { fault }, { gzip })
          assert.deepInclude(reason, { _tag: "LimitExceeded", limit })
          assert.strictEqual(asked, 1)
          assert.isAtMost(onDisk, limits.fileBytes)
        })
      )
    }
  }

  it.live("end a bomb long before it is as large as it may be, and let it pass when asked to", () =>
    Effect.gen(function* () {
      const bomb = Buffer.alloc(80 * mebibyte, line)
      const fault = instead(() => gzipSync(bomb.subarray(0, bomb.length - (bomb.length % line.length))))
      const { reason, onDisk } = yield* save({}, { fault }, { verify: "bytes" })
      assert.deepInclude(reason, { _tag: "LimitExceeded", limit: "inflation", most: 250 })
      assert.isAtMost(onDisk, 64 * mebibyte)
      assert.isUndefined((yield* save({ inflation: 1100 }, { fault }, { verify: "bytes" })).reason)
    })
  )
})

describe("limits of an export", () => {
  it.live("refuse a manifest of too many files before any is fetched", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 4 }, (_, n) => ({ ...patients, name: `p${n}.ndjson` }))
      const { fake, reason, run } = yield* setUpExport(many)
      assert.deepInclude(yield* reason({}, { limits: { files: 3 } }), { _tag: "LimitExceeded", limit: "files" })
      assert.strictEqual(fake.asked("p0.ndjson"), 0)
      assert.isTrue((yield* run({}, { limits: { files: 4 } })).complete)
    })
  )

  it.live("refuse a manifest without end", () =>
    Effect.gen(function* () {
      const { fake, reason } = yield* setUpExport([patients])
      fake.jobAnswer = (response: http.ServerResponse) =>
        void endless(Buffer.alloc(10_000, " "))(response, Buffer.alloc(0), 1)
      assert.strictEqual((yield* reason({}, { limits: { answerBytes: 100_000 } }))._tag, "Malformed")
    })
  )

  it.live("keep the other files when one is beyond them, and a rerun with more room takes it", () =>
    Effect.gen(function* () {
      const big = { ...patients, name: "big.ndjson", content: lines("Patient", 3000) }
      const { fake, reason, run } = yield* setUpExport([big, patients])
      assert.strictEqual((yield* reason({}, { limits: { fileBytes: 60_000 } }))._tag, "LimitExceeded")
      assert.isTrue((yield* run()).complete)
      assert.strictEqual(fake.asked("p.ndjson"), 1)
    })
  )
})
