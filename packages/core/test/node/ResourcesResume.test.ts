import { gzipSync } from "node:zlib"
import { resources } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { claims1, patients, request, sha256, tags } from "./support/Exporting.ts"
import {
  bulky,
  cut,
  type FakeBcda,
  type Fault,
  fakeBcda,
  inTurn,
  lines,
  stall,
  status,
  whole
} from "./support/FakeBcda.ts"
import { clientOver, cutAt, cutWhen, keeping, readAll, type TransportName, transportNames } from "./support/Reading.ts"

/** The last one asks twice for the first answer, and would let a fault go by. */
const names = transportNames.filter((name) => name !== "a fetch that cannot inflate")

/** A file that is large on the wire, too, so that a break comes between its lines. */
const large = { ...patients, content: bulky("Patient", 120) }

/** Reads the text of an export's lines with a client over a transport. */
const read = Effect.fnUntraced(function* (
  fake: FakeBcda,
  name: TransportName,
  { idleTimeout, onEach }: { readonly idleTimeout?: number | undefined; readonly onEach?: (count: number) => void } = {}
) {
  const { events, onEvent } = keeping()
  return yield* readAll(resources({ request, decode: "line", onEvent }), events, onEach).pipe(
    Effect.provide(clientOver(fake, name, { idleTimeout }))
  )
})

/** Reads a file that breaks off when 20 lines of it have come, and is answered with these after that. */
const readBroken = Effect.fnUntraced(function* (fake: FakeBcda, name: TransportName, ...then: ReadonlyArray<Fault>) {
  const { drop, fault } = cutWhen(0.6)
  fake.faults.set("p.ndjson", inTurn(fault, ...then))
  return yield* read(fake, name, { onEach: (count) => count === 20 && drop() })
})

const text = (got: ReadonlyArray<{ readonly value: string }>) => got.map(({ value }) => `${value}\n`).join("")

const startsOf = (fake: FakeBcda) =>
  fake.ranges("p.ndjson").map((range) => Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0))

/** Answers with a whole file of other lines. */
const other =
  (change: (text: string) => string): Fault =>
  (response) => {
    for (const header of ["content-length", "content-range"]) response.removeHeader(header)
    response.statusCode = 200
    const isGzip = response.getHeader("content-encoding") === "gzip"
    const changed = Buffer.from(change(large.content))
    response.end(isGzip ? gzipSync(changed) : changed)
    return true
  }

describe.each(names)("a connection that breaks, over %s", (name) => {
  const breaks: ReadonlyArray<readonly [string, Fault, number | undefined]> = [
    ["in the middle", cut(0.6, 1), undefined],
    ["before the first byte", cut(0, 1), undefined],
    ["again and again", inTurn(cut(0.3), cut(0.5)), undefined],
    ["and then again before where it had got to", inTurn(cut(0.6), cut(0.2)), undefined],
    ["by standing still", stall(0.5, 1), 100]
  ]
  for (const [how, fault, idleTimeout] of breaks) {
    it.live(`${how} neither loses a line nor repeats one`, () =>
      Effect.gen(function* () {
        const fake = yield* fakeBcda([large, claims1])
        fake.faults.set("p.ndjson", fault)
        const { events, got, reason } = yield* read(fake, name, { idleTimeout })
        assert.isUndefined(reason)
        assert.isTrue(text(got) === large.content + claims1.content, "every line once")
        assert.deepStrictEqual(
          got.map(({ line }) => line),
          [...Array.from({ length: 120 }, (_, n) => n + 1), ...Array.from({ length: 200 }, (_, n) => n + 1)]
        )
        const [file] = events.flatMap((event) => (event._tag === "FileDone" ? [event.file] : []))
        assert.deepInclude(file, { sha256: sha256(large.content), lines: 120, bytes: Buffer.byteLength(large.content) })
        assert.include(tags(events), "FileRetry")
      })
    )
  }

  it.live("with a token that is refused meanwhile goes on with a new one", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large])
      fake.faults.set("p.ndjson", (...answer) => {
        fake.token = "d.e.f"
        return cut(0.5, 1)(...answer)
      })
      const { got, reason } = yield* read(fake, name)
      assert.isUndefined(reason)
      assert.isTrue(text(got) === large.content)
    })
  )

  it.live("before a file that has changed ends the stream, and nothing of the other file comes", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large])
      const { got, reason } = yield* readBroken(
        fake,
        name,
        other((text) => text.replace("é-3", "é-X"))
      )
      assert.isTrue(large.content.startsWith(text(got)))
      assert.isAbove(got.length, 10)
      assert.deepInclude(reason, { _tag: "FileChanged", file: "Patient/p.ndjson", lines: got.length })
      assert.strictEqual(fake.asked("p.ndjson"), 2)
    })
  )

  it.live("before a file that is shorter than what was handed out ends the stream", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large])
      const { got, reason } = yield* readBroken(
        fake,
        name,
        other((text) => text.split("\n", 2).join("\n"))
      )
      assert.deepInclude(reason, { _tag: "FileChanged", lines: got.length })
    })
  )

  it.live("before an answer that is torn goes on with the next one", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large])
      const { events, got, reason } = yield* readBroken(
        fake,
        name,
        other((text) => text.slice(0, 20_000))
      )
      assert.isUndefined(reason)
      assert.isTrue(text(got) === large.content)
      assert.lengthOf(
        events.filter(({ _tag }) => _tag === "FileRetry"),
        2
      )
    })
  )

  it.live("before a file that has grown goes on, as long as its beginning is the same", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large])
      const { got, reason } = yield* readBroken(
        fake,
        name,
        other((text) => text + lines("Patient", 2))
      )
      assert.isUndefined(reason)
      assert.isTrue(text(got) === large.content + lines("Patient", 2))
    })
  )
})

/** The rest of the file, of which gzip's checksum says that it belongs to another beginning. */
const damaged: Fault = (response, wire) => {
  response.end(Buffer.from(wire).fill(0, wire.length - 8, wire.length - 4))
  return true
}

describe("where a stream goes on", () => {
  it.live("at the very byte of the wire, if the server vouches for the rest", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large])
      yield* readBroken(fake, "node:http")
      const [first, second = 0] = startsOf(fake)
      assert.strictEqual(first, 0)
      assert.isAbove(second, gzipSync(large.content).length / 3)
    })
  )

  it.live("at the next line, if the server sends the whole file instead of the rest", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large])
      const { got, reason } = yield* readBroken(fake, "node:http", whole(large.content))
      assert.isUndefined(reason)
      assert.isTrue(text(got) === large.content)
    })
  )

  it.live("at the next line, if the rest turns out to be none", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large])
      const { events, got, reason } = yield* readBroken(fake, "node:http", damaged)
      assert.isUndefined(reason)
      assert.isTrue(text(got) === large.content)
      assert.deepStrictEqual(
        startsOf(fake).map((start) => start > 0),
        [false, true, false]
      )
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "FileRetry" ? [event.reason] : [])),
        ["CutShort", "BadGzip"]
      )
    })
  )

  it.live.prop(
    "is the next line, wherever the connections break",
    {
      cuts: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 700 }))).check(Schema.isMaxLength(2))
    },
    ({ cuts }) =>
      Effect.gen(function* () {
        const content = lines("Patient", 12)
        const fake = yield* fakeBcda([{ ...patients, content, plain: true }])
        fake.faults.set("p.ndjson", inTurn(...cuts.map((bytes) => cutAt(bytes, Number.POSITIVE_INFINITY))))
        for (const name of names) {
          const { got, reason } = yield* read(fake, name)
          assert.isUndefined(reason)
          assert.strictEqual(text(got), content)
        }
      }).pipe(Effect.scoped),
    { arbitrary: { runs: 40 } }
  )

  it.live("is another manifest, when the first one is wrong about a file of which nothing came", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients, claims1])
      const wrong = {
        transactionTime: fake.transactionTime,
        output: [
          { type: "Patient", url: `${fake.baseUrl}/data/7/p.ndjson` },
          { type: "ExplanationOfBenefit", url: `${fake.baseUrl}/data/6/e1.ndjson` }
        ]
      }
      fake.jobAnswer = (response) => {
        fake.jobAnswer = undefined
        response.end(JSON.stringify(wrong))
      }
      const { got, reason } = yield* read(fake, "node:http")
      assert.isUndefined(reason)
      assert.strictEqual(text(got), [patients, claims1].map(({ content }) => content.toString()).join(""))
      assert.strictEqual(fake.asked("p.ndjson"), 1)
    })
  )

  it.live("is not another manifest, when lines of the file have been handed out", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large, { ...large, name: "new.ndjson" }])
      const manifest = (name: string) =>
        JSON.stringify({
          transactionTime: fake.transactionTime,
          output: [{ type: "Patient", url: `${fake.baseUrl}/data/7/${name}` }]
        })
      let looks = 0
      fake.jobAnswer = (response) => void response.end(manifest(looks++ === 0 ? "p.ndjson" : "new.ndjson"))
      const { got, reason } = yield* readBroken(fake, "node:http", status(404), status(404))
      assert.strictEqual(reason?._tag, "FileGone")
      assert.isAbove(got.length, 10)
      assert.strictEqual(looks, 2)
      assert.strictEqual(fake.asked("new.ndjson"), 0)
    })
  )
})

describe("a stream that is left early", () => {
  it.live("closes its connection", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large])
      const closed = new Promise<boolean>((resolve) => {
        fake.faults.set("p.ndjson", (response, wire) => {
          response.on("close", () => resolve(response.writableFinished))
          response.write(wire.subarray(0, wire.length / 2))
          return true
        })
      })
      const some = yield* resources({ request }).pipe(
        Stream.take(3),
        Stream.runCollect,
        Effect.provide(clientOver(fake, "node:http"))
      )
      assert.deepStrictEqual(
        some.map(({ line }) => line),
        [1, 2, 3]
      )
      assert.isFalse(yield* Effect.promise(() => closed))
    })
  )
})
