import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"
import type { PolicyOptions } from "@bcda-kit/core"
import { type SaveOptions, saveFile } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  bulky,
  cut,
  type FakeBcda,
  type FakeFile,
  type Fault,
  fakeBcda,
  inTurn,
  stall,
  status,
  stored,
  whole
} from "./support/FakeBcda.ts"
import { tempDirectory } from "./support/TempDirectory.ts"

const mebibyte = 1024 * 1024

const large = bulky("Patient", 280)
const small = bulky("Patient", 3)
const largeGzip = gzipSync(large)
const largeStored = stored(large)

const setUp = Effect.fnUntraced(function* (file: Partial<FakeFile> = {}, fault?: Fault) {
  const fake = yield* fakeBcda([{ type: "Patient", name: "p.ndjson", content: large, ...file }])
  if (fault !== undefined) fake.faults.set("p.ndjson", fault)
  const part = join(yield* tempDirectory, "p.part")
  const retries: Array<string> = []
  return {
    fake,
    part,
    retries,
    /** Saves the file; a second time it is a second run in the same directory. */
    save: (options: Partial<SaveOptions> = {}, policy: PolicyOptions = {}) =>
      saveFile({
        url: `${fake.baseUrl}/data/7/p.ndjson`,
        type: "Patient",
        part,
        name: "Patient/p.ndjson",
        gzip: "decode",
        onRetry: ({ reason }) => Effect.sync(() => void retries.push(reason._tag)),
        ...options
      }).pipe(Effect.provide(fake.client(policy)))
  }
})

/** Not by `deepStrictEqual`, which takes a second for a large file. */
const assertIs = (part: string, expected: Buffer) => assert.isTrue(readFileSync(part).equals(expected), "the bytes")

/** Everything in the directory of a part but the part. */
const beside = (part: string) => readdirSync(dirname(part)).filter((name) => name !== "p.part")

/** Where each request for the file started. */
const startsOf = (fake: FakeBcda) =>
  fake.ranges("p.ndjson").map((range) => Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0))

/** Changes the headers of an answer, but not of one for the whole file. */
const withHeaders =
  (headers: Record<string, string>): Fault =>
  (response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    return false
  }

/** Says that the file has one byte more than it has. */
const grown: Fault = (response, wire) => {
  const range = String(response.getHeader("content-range"))
  response.setHeader(
    "content-range",
    range.replace(/(\d+)\/\d+$/, (_, end) => `${Number(end) + 1}/${Number(end) + 2}`)
  )
  response.setHeader("content-length", wire.length + 1)
  return false
}

/** Sends all but the last line of the rest, and says so. */
const short: Fault = (response, wire) => {
  const rest = wire.subarray(0, wire.lastIndexOf(10, wire.length - 2) + 1)
  const range = String(response.getHeader("content-range"))
  const missing = wire.length - rest.length
  response.setHeader(
    "content-range",
    range.replace(/-(\d+)/, (_, end) => `-${Number(end) - missing}`)
  )
  response.setHeader("content-length", rest.length)
  response.end(rest)
  return true
}

/** The file breaks off, and when the rest is asked for the server has lost it. */
const breaksOff = () => inTurn(cut(0.8), status(404))

describe("a file that breaks off", () => {
  for (const gzip of ["decode", "keep"] as const) {
    it.live(`goes on where it stopped (${gzip})`, () =>
      Effect.gen(function* () {
        const { fake, part, save, retries } = yield* setUp({}, cut(0.6, 1))
        const saved = yield* save({ gzip })
        assertIs(part, gzip === "keep" ? largeGzip : Buffer.from(large))
        assert.deepInclude(saved, {
          attempts: 2,
          wireBytes: largeGzip.length,
          lines: 280,
          bytes: Buffer.byteLength(large)
        })
        assert.deepStrictEqual(retries, ["CutShort"])
        const [first, second = 0] = startsOf(fake)
        assert.strictEqual(first, 0)
        assert.isAbove(second, largeGzip.length / 3)
        assert.deepStrictEqual(beside(part), [])
      })
    )
  }

  it.live("goes on after it stood still", () =>
    Effect.gen(function* () {
      const { fake, part, save, retries } = yield* setUp({}, stall(0.5, 1))
      yield* save({}, { idleTimeout: 50 })
      assertIs(part, Buffer.from(large))
      assert.deepStrictEqual(retries, ["Stalled"])
      assert.strictEqual(startsOf(fake)[1], Math.floor(largeStored.length / 2))
    })
  )

  it.live("goes on with a new token when the old one is refused meanwhile", () =>
    Effect.gen(function* () {
      const { fake, part, save } = yield* setUp()
      fake.faults.set("p.ndjson", (...answer) => {
        fake.token = "d.e.f"
        return cut(0.5, 1)(...answer)
      })
      assert.strictEqual((yield* save()).attempts, 2)
      assertIs(part, Buffer.from(large))
      assert.strictEqual(fake.requests.filter((request) => request.endsWith("/auth/token")).length, 2)
    })
  )

  it.live("goes on uncompressed, too", () =>
    Effect.gen(function* () {
      const { fake, part, save } = yield* setUp({ plain: true }, cut(0.5, 1))
      assert.deepInclude(yield* save(), { attempts: 2, contentEncoding: "identity" })
      assertIs(part, Buffer.from(large))
      assert.isAbove(startsOf(fake)[1] ?? 0, large.length / 4)
    })
  )

  it.live("is not given up while every try gets a mebibyte further", () =>
    Effect.gen(function* () {
      const pieces = Array.from(
        { length: 6 },
        (): Fault => (response, wire) => {
          const piece = wire.subarray(0, Math.min(1.5 * mebibyte, wire.length - 1))
          response.write(piece, () => response.destroy())
          return true
        }
      )
      const content = large.repeat(4)
      const { fake, part, save, retries } = yield* setUp({ content }, inTurn(...pieces.slice(0, 4)))
      assert.strictEqual((yield* save({}, { fileAttempts: 1 })).attempts, 5)
      assert.deepStrictEqual(retries, ["CutShort", "CutShort", "CutShort", "CutShort"])
      assertIs(part, Buffer.from(content))
      fake.faults.set("p.ndjson", cut(0.001))
      const { reason } = yield* Effect.flip(save({}, { fileAttempts: 2 }))
      assert.strictEqual(reason._tag, "CutShort")
      assert.strictEqual(fake.asked("p.ndjson"), 7)
    })
  )

  const others: ReadonlyArray<readonly [string, Fault, ReadonlyArray<string>]> = [
    ["the server ignores ranges", whole(large), []],
    ["another part came", withHeaders({ "content-range": "bytes 0-9/10", "content-length": "10" }), ["WrongRange"]],
    ["the part says nothing about its place", withHeaders({ "content-range": "" }), ["WrongRange"]],
    [
      "the part has another Last-Modified",
      withHeaders({ "last-modified": "Mon, 02 Feb 2026 20:20:20 GMT" }),
      ["WrongRange"]
    ],
    ["the part has another ETag", withHeaders({ etag: '"v2"' }), ["WrongRange"]],
    ["the part is not compressed", withHeaders({ "content-encoding": "identity" }), ["WrongRange"]]
  ]
  for (const [name, fault, more] of others) {
    for (const gzip of ["decode", "keep"] as const) {
      it.live(`starts over when ${name} (${gzip})`, () =>
        Effect.gen(function* () {
          const { fake, part, save, retries } = yield* setUp({}, inTurn(cut(0.5), fault))
          const saved = yield* save({ gzip })
          assertIs(part, gzip === "keep" ? largeStored : Buffer.from(large))
          assert.strictEqual(saved.wireBytes, largeStored.length)
          assert.deepStrictEqual(retries, ["CutShort", ...more])
          assert.deepStrictEqual(
            startsOf(fake).slice(2),
            more.length === 0 ? [] : [0],
            "the last is for the whole file"
          )
          assert.deepStrictEqual(beside(part), [])
        })
      )
    }
  }

  it.live("starts over when the part is of a file of another size", () =>
    Effect.gen(function* () {
      const { fake, part, save, retries } = yield* setUp({}, inTurn(cut(0.4), cut(0.4), grown))
      yield* save({}, { fileAttempts: 5 })
      assertIs(part, Buffer.from(large))
      assert.deepStrictEqual(retries, ["CutShort", "CutShort", "WrongRange"])
      assert.strictEqual(startsOf(fake)[3], 0)
    })
  )

  it.live("starts over when the part ends before the file does, where nothing else would show it", () =>
    Effect.gen(function* () {
      const { part, save, retries } = yield* setUp({ plain: true }, inTurn(cut(0.5), short))
      yield* save()
      assertIs(part, Buffer.from(large))
      assert.deepStrictEqual(retries, ["CutShort", "WrongRange"])
    })
  )

  it.live("starts over, and asks for no part again, when parts that claim to fit do not", () =>
    Effect.gen(function* () {
      const other = gzipSync(bulky("Patient", 280))
      const splice: Fault = (response, wire) => {
        response.end(other.subarray(0, wire.length))
        return true
      }
      const { fake, part, save, retries } = yield* setUp({}, inTurn(cut(0.5), splice, cut(0.5)))
      yield* save({}, { fileAttempts: 4 })
      assertIs(part, Buffer.from(large))
      assert.deepStrictEqual(retries, ["CutShort", "BadGzip", "CutShort"])
      assert.deepStrictEqual(startsOf(fake).slice(2), [0, 0])
    })
  )

  it.live("is fetched whole when it has changed meanwhile", () =>
    Effect.gen(function* () {
      const { fake, part, save } = yield* setUp()
      fake.faults.set("p.ndjson", (...answer) => {
        fake.lastModified = "Mon, 02 Feb 2026 20:20:20 GMT"
        return cut(0.5, 1)(...answer)
      })
      yield* save()
      assertIs(part, Buffer.from(large))
      assert.isAbove(startsOf(fake)[1] ?? 0, 0, "it asked for the rest of the old state")
    })
  )

  for (const name of ["accept-ranges", "last-modified"]) {
    it.live(`is asked for whole where the server sends no ${name}`, () =>
      Effect.gen(function* () {
        const { fake, part, save } = yield* setUp({}, (...answer) => {
          answer[0].removeHeader(name)
          return cut(0.5, 1)(...answer)
        })
        yield* save()
        assertIs(part, Buffer.from(large))
        assert.deepStrictEqual(fake.ranges("p.ndjson"), ["", ""])
      })
    )
  }
})

describe("what a killed run left", () => {
  /** A run that ends in the middle of the file. */
  const stopped = Effect.fnUntraced(function* (gzip: "decode" | "keep" = "decode", file: Partial<FakeFile> = {}) {
    const setting = yield* setUp(file, breaksOff())
    assert.strictEqual((yield* Effect.flip(setting.save({ gzip }))).reason._tag, "FileGone")
    return setting
  })

  for (const gzip of ["decode", "keep"] as const) {
    it.live(`is gone on with (${gzip}), by one run and the next`, () =>
      Effect.gen(function* () {
        const { fake, part, save } = yield* stopped(gzip)
        assert.deepStrictEqual(beside(part), gzip === "keep" ? ["p.part.from"] : ["p.part.from", "p.part.gz"])
        fake.faults.set("p.ndjson", breaksOff())
        yield* Effect.flip(save({ gzip }))
        const saved = yield* save({ gzip })
        assertIs(part, gzip === "keep" ? largeGzip : Buffer.from(large))
        assert.deepInclude(saved, { attempts: 1, wireBytes: largeGzip.length, lines: 280 })
        const starts = startsOf(fake)
        assert.deepStrictEqual(
          starts,
          starts.toSorted((a, b) => a - b)
        )
        assert.strictEqual(new Set(starts).size, 3, "each piece was fetched once")
        assert.deepStrictEqual(beside(part), [])
      })
    )

    const harm: ReadonlyArray<
      readonly [string, (wire: string, part: string, fake: FakeBcda) => void, "goes on" | "asks" | "whole"]
    > = [
      ["is shorter than it was", (wire) => truncateSync(wire, 100_000), "goes on"],
      ["has one other byte", (wire) => writeFileSync(wire, readFileSync(wire).fill(0x55, 70_000, 70_001)), "asks"],
      ["is longer than the file", (wire) => appendFileSync(wire, Buffer.alloc(largeGzip.length)), "asks"],
      [
        "is of another state of the file",
        (_, __, fake) => (fake.lastModified = "Mon, 02 Feb 2026 20:20:20 GMT"),
        "asks"
      ],
      ["does not say what it is of", (_, part) => writeFileSync(`${part}.from`, "{"), "whole"],
      [
        "is of another file",
        (_, part) =>
          writeFileSync(`${part}.from`, readFileSync(`${part}.from`, "utf8").replace("/data/7/", "/data/6/")),
        "whole"
      ],
      ["is empty", (wire) => truncateSync(wire, 0), "whole"],
      [
        "is a link now",
        (wire) => {
          renameSync(wire, `${dirname(dirname(wire))}/elsewhere-of-${dirname(wire).split("/").at(-1)}`)
          symlinkSync("/dev/null", wire)
        },
        "whole"
      ]
    ]
    for (const [name, damage, then] of harm) {
      it.live(`${then === "goes on" ? "is gone on with" : "is not used"} when it ${name} (${gzip})`, () =>
        Effect.gen(function* () {
          const { fake, part, save } = yield* stopped(gzip)
          damage(gzip === "keep" ? part : `${part}.gz`, part, fake)
          const asked = fake.asked("p.ndjson")
          if (gzip === "keep" && name === "is a link now") {
            assert.deepInclude((yield* Effect.flip(save({ gzip }))).reason, { _tag: "FileSystem", code: "ELOOP" })
            return
          }
          yield* save({ gzip })
          const expected = gzip === "keep" ? (then === "goes on" ? largeGzip : largeStored) : Buffer.from(large)
          assertIs(part, expected)
          const starts = startsOf(fake).slice(asked)
          assert.strictEqual(starts[0] !== 0, then !== "whole")
          assert.deepStrictEqual(beside(part), [])
        })
      )
    }
  }

  it.live("makes room for what the next run leaves when the file has changed", () =>
    Effect.gen(function* () {
      const { fake, part, save, retries } = yield* stopped()
      fake.lastModified = "Mon, 02 Feb 2026 20:20:20 GMT"
      fake.faults.set("p.ndjson", breaksOff())
      yield* Effect.flip(save())
      retries.length = 0
      yield* save()
      assertIs(part, Buffer.from(large))
      assert.deepStrictEqual(retries, [])
      assert.isAbove(startsOf(fake).at(-1) ?? 0, mebibyte)
    })
  )

  it.live("is not used when it was kept as it came and now is to be decoded, or the other way round", () =>
    Effect.gen(function* () {
      for (const [first, second] of [
        ["keep", "decode"],
        ["decode", "keep"]
      ] as const) {
        const { fake, part, save } = yield* stopped(first)
        yield* save({ gzip: second })
        assertIs(part, second === "keep" ? largeStored : Buffer.from(large))
        assert.strictEqual(startsOf(fake).at(-1), 0)
        assert.deepStrictEqual(beside(part), [])
      }
    })
  )

  it.live("is nothing of a small file, nor of one without a checksum of its own", () =>
    Effect.gen(function* () {
      for (const file of [{ content: small }, { plain: true }]) {
        const { part, save, fake } = yield* stopped("decode", file)
        assert.deepStrictEqual(beside(part), [])
        yield* save()
        assert.deepStrictEqual(startsOf(fake).at(-1), 0)
      }
    })
  )
})
