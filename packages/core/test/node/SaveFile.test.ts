import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import { type SaveOptions, saveFile } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { cut, type FakeFile, type Fault, fakeBcda, instead, lines, stall, status, stored } from "./support/FakeBcda.ts"
import { tempDirectory } from "./support/TempDirectory.ts"

const content = lines("Patient", 500)
const patients: FakeFile = { type: "Patient", name: "p.ndjson", content }

/** Saves one file of a server that has only this one, with a fault; `retries` are the attempts that were announced. */
const save = Effect.fnUntraced(function* (
  options: Partial<SaveOptions> & {
    readonly file?: FakeFile
    readonly fault?: Fault
    readonly idleTimeout?: number
  } = {}
) {
  const fake = yield* fakeBcda([options.file ?? patients])
  if (options.fault !== undefined) fake.faults.set("p.ndjson", options.fault)
  const part = join(yield* tempDirectory, "p.part")
  const retries: Array<readonly [string, number]> = []
  const result = yield* saveFile({
    url: `${fake.baseUrl}/data/7/p.ndjson`,
    type: "Patient",
    part,
    name: "Patient/p.ndjson",
    gzip: "decode",
    onRetry: ({ reason }, attempt) => Effect.sync(() => void retries.push([reason._tag, attempt])),
    ...options
  }).pipe(Effect.provide(fake.client({ idleTimeout: options.idleTimeout })), Effect.result)
  return { fake, part, retries, result }
})

const saved = Effect.fnUntraced(function* (options: Parameters<typeof save>[0]) {
  const { result, ...rest } = yield* save(options)
  return { saved: yield* Effect.fromResult(result), ...rest }
})

const refused = Effect.fnUntraced(function* (options: Parameters<typeof save>[0]) {
  const { result, ...rest } = yield* save(options)
  return { reason: (yield* Effect.flip(Effect.fromResult(result))).reason, ...rest }
})

const half = (wire: Buffer) => wire.subarray(0, wire.length / 2)

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

describe("a whole file", () => {
  it.live("that comes as BCDA stores it, with the empty second member, is saved plain", () =>
    Effect.gen(function* () {
      const { saved: proof, part } = yield* saved({})
      assert.deepStrictEqual(proof, {
        bytes: Buffer.byteLength(content),
        lines: 500,
        sha256: sha256(content),
        wireBytes: stored(content).length,
        contentEncoding: "gzip",
        kept: false,
        attempts: 1
      })
      assert.strictEqual(readFileSync(part, "utf8"), content)
    })
  )

  it.live("is kept compressed, byte for byte, with the same proof", () =>
    Effect.gen(function* () {
      const { saved: proof, part } = yield* saved({ gzip: "keep" })
      assert.isTrue(proof.kept)
      assert.strictEqual(proof.sha256, sha256(content))
      assert.strictEqual(proof.lines, 500)
      assert.deepStrictEqual(readFileSync(part), stored(content))
    })
  )

  it.live("that comes uncompressed is saved so, also when compressed ones would be kept", () =>
    Effect.gen(function* () {
      const { saved: proof, part } = yield* saved({ file: { ...patients, plain: true }, gzip: "keep" })
      assert.isFalse(proof.kept)
      assert.strictEqual(proof.contentEncoding, "identity")
      assert.strictEqual(proof.wireBytes, proof.bytes)
      assert.strictEqual(readFileSync(part, "utf8"), content)
    })
  )

  it.live("may leave out its last line end", () =>
    Effect.gen(function* () {
      const { saved: proof } = yield* saved({ file: { ...patients, content: content.trimEnd() } })
      assert.strictEqual(proof.lines, 500)
      assert.strictEqual(proof.bytes, Buffer.byteLength(content) - 1)
    })
  )

  it.live("may be empty", () =>
    Effect.gen(function* () {
      const { saved: proof, part } = yield* saved({ file: { ...patients, content: "" } })
      assert.deepInclude(proof, { bytes: 0, lines: 0, sha256: sha256("") })
      assert.strictEqual(readFileSync(part).length, 0)
    })
  )

  it.live("reports its progress in both counts", () =>
    Effect.gen(function* () {
      const seen: Array<readonly [number, number]> = []
      const { saved: proof } = yield* saved({ onProgress: (...counts) => Effect.sync(() => void seen.push(counts)) })
      assert.deepStrictEqual(seen.at(-1), [proof.bytes, proof.wireBytes])
      assert.isTrue(
        seen.every(([bytes, wire], i) => {
          const [bytesBefore, wireBefore] = seen[i - 1] ?? [0, 0]
          return bytes >= bytesBefore && wire >= wireBefore && bytes + wire > bytesBefore + wireBefore
        })
      )
    })
  )
})

describe("a body that is not whole is fetched again", () => {
  const cases: ReadonlyArray<readonly [string, string, (times: number) => Fault]> = [
    ["a connection that breaks", "CutShort", (times) => cut(0.5, times)],
    ["a connection that breaks before the first byte", "CutShort", (times) => cut(0, times)],
    ["compressed bytes that end too soon", "BadGzip", (times) => instead(half, times)],
    [
      "compressed bytes that are damaged",
      "BadGzip",
      (times) => instead((wire) => Buffer.from(wire).fill(255, 30, 60), times)
    ],
    [
      "junk after the last member",
      "BadGzip",
      (times) => instead((wire) => Buffer.concat([wire, Buffer.from("junk")]), times)
    ],
    ["a body without a byte that says it is gzip", "BadGzip", (times) => instead(() => Buffer.alloc(0), times)],
    ["a resource that breaks off", "CutShort", (times) => instead((wire) => gzipSync(half(gunzipSync(wire))), times)],
    [
      "a line that is not JSON",
      "BadLine",
      (times) => instead((wire) => gzipSync(gunzipSync(wire).fill("x", 20, 30)), times)
    ]
  ]
  for (const [name, reason, fault] of cases) {
    it.live(`${name}, once: the second try is good`, () =>
      Effect.gen(function* () {
        const { saved: proof, part, retries, fake } = yield* saved({ fault: fault(1) })
        assert.strictEqual(readFileSync(part, "utf8"), content)
        assert.strictEqual(proof.sha256, sha256(content))
        // Without the empty member if something of the first try arrived before its connection broke, so that the second went on.
        const lengths = [stored(content).length, gzipSync(content).length]
        assert.include(lengths, proof.wireBytes)
        assert.strictEqual(proof.attempts, 2)
        assert.deepStrictEqual(retries, [[reason, 2]])
        assert.strictEqual(fake.asked("p.ndjson"), 2)
      })
    )

    it.live(`${name}, always: ${reason} after policy.fileAttempts`, () =>
      Effect.gen(function* () {
        const { reason: got, fake, retries } = yield* refused({ fault: fault(Number.POSITIVE_INFINITY) })
        assert.strictEqual(got._tag, reason)
        assert.strictEqual(fake.asked("p.ndjson"), 3)
        assert.deepStrictEqual(retries, [
          [reason, 2],
          [reason, 3]
        ])
      })
    )
  }

  it.live("a connection that stands still, once", () =>
    Effect.gen(function* () {
      const { saved: proof, retries } = yield* saved({ fault: stall(0.5, 1), idleTimeout: 50 })
      assert.strictEqual(proof.sha256, sha256(content))
      assert.deepStrictEqual(retries, [["Stalled", 2]])
    })
  )

  it.live("a short body with a Content-Length", () =>
    Effect.gen(function* () {
      const { reason } = yield* refused({
        file: { ...patients, plain: true },
        // Else what arrived before the break would be gone on with, and the rest be expected.
        fault: (response, ...answer) => {
          response.removeHeader("accept-ranges")
          return cut(0.5)(response, ...answer)
        }
      })
      assert.strictEqual(reason._tag, "CutShort")
      if (reason._tag === "CutShort") assert.strictEqual(reason.expected, Buffer.byteLength(content))
    })
  )
})

describe("what another try cannot mend is not tried again", () => {
  it.live("a file that is gone", () =>
    Effect.gen(function* () {
      const { reason, fake } = yield* refused({ fault: status(404) })
      assert.strictEqual(reason._tag, "FileGone")
      assert.strictEqual(fake.asked("p.ndjson"), 1)
    })
  )

  it.live("a part that cannot be written", () =>
    Effect.gen(function* () {
      const { reason, fake } = yield* refused({ part: "/dev/null/p.part" })
      assert.deepInclude(reason, { _tag: "FileSystem", code: "ENOTDIR" })
      assert.strictEqual(fake.asked("p.ndjson"), 0)
    })
  )

  it.live.skipIf(process.platform !== "linux")("a disk that is full", () =>
    Effect.gen(function* () {
      const { reason } = yield* refused({ part: "/dev/full" })
      assert.strictEqual(reason._tag, "DiskFull")
    })
  )
})

describe("errors", () => {
  it.live("never quote a line", () =>
    Effect.gen(function* () {
      const bad = '{"resourceType":"Patient","id":"1S00EU7JH47", oops\n'
      const { reason } = yield* refused({ file: { ...patients, content: content + bad + content } })
      assert.deepInclude(reason, { _tag: "BadLine", line: 501, file: "Patient/p.ndjson" })
      assert.notInclude(JSON.stringify(reason) + reason.message, "1S00EU7JH47")
    })
  )

  it.live("name the type that was promised", () =>
    Effect.gen(function* () {
      const { reason } = yield* refused({ type: "Coverage" })
      assert.strictEqual(reason.message, "Patient/p.ndjson, line 1: the line's resourceType is not Coverage")
    })
  )
})
