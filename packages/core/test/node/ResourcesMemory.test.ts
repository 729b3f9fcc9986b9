import { Readable } from "node:stream"
import { promisify } from "node:util"
import { gzip, gzipSync } from "node:zlib"
import { resources } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { patients, request, tags } from "./support/Exporting.ts"
import { bulky, type Fault, fakeBcda, lines } from "./support/FakeBcda.ts"
import { collectGarbage, heldBytes } from "./support/Memory.ts"
import { clientOver, keeping, type TransportName } from "./support/Reading.ts"

const mebibyte = 1024 * 1024
const block = Buffer.from(lines("Patient", 20_000))
/** One that is large on the wire as well. */
const bulk = Buffer.from(bulky("Patient", 100))

/** Sends a block so many times, each as a gzip member of its own if the file is compressed, and says what it has sent. */
const generated = (block: Buffer, times: number) => {
  const sent = { bytes: 0 }
  const fault: Fault = (response) => {
    response.removeHeader("content-length")
    const isGzip = response.getHeader("content-encoding") === "gzip"
    const piece = isGzip ? gzipSync(block) : block
    const pieces = function* () {
      for (let n = 0; n < times; n++) {
        sent.bytes += piece.length
        yield piece
      }
    }
    Readable.from(pieces()).pipe(response)
    return true
  }
  return { sent, fault }
}

/**
 * Waits until a figure stands still, over work that waits in the same line as that of the client's inflater: were there any of that left to do, it
 * would be done before ours.
 */
const stillness = async (figure: () => number): Promise<void> => {
  let last = figure()
  for (let still = 0; still < 50; still++) {
    await promisify(gzip)(block.subarray(0, 64 * 1024))
    if (figure() !== last) still = 0
    last = figure()
  }
}

const names: ReadonlyArray<TransportName> = ["node:http", "the platform's fetch"]

describe.each(names)("a large file, over %s", (name) => {
  it.live(
    "is not held in memory, whatever its size",
    () =>
      Effect.gen(function* () {
        const fake = yield* fakeBcda([patients])
        const times = Math.ceil((64 * mebibyte) / block.length)
        fake.faults.set("p.ndjson", generated(block, times).fault)
        let count = 0
        let most = 0
        collectGarbage()
        const before = heldBytes()
        yield* resources({ request }).pipe(
          Stream.runForEach(() =>
            Effect.sync(() => {
              if (++count % 50_000 !== 0) return
              collectGarbage()
              most = Math.max(most, heldBytes() - before)
            })
          ),
          Effect.provide(clientOver(fake, name))
        )
        assert.strictEqual(count, times * 20_000)
        assert.isAbove(most, 0)
        assert.isBelow(most / (times * block.length), 0.5, `${most} bytes held of ${times * block.length}`)
      }),
    120_000
  )

  it.live("waits on the wire for a slow consumer", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients])
      const { fault, sent } = generated(bulk, (100 * mebibyte) / bulk.length)
      fake.faults.set("p.ndjson", fault)
      const reached = yield* Deferred.make<void>()
      const reading = yield* resources({ request, decode: "line" }).pipe(
        Stream.runForEach(({ line }) =>
          line === 100 ? Effect.andThen(Deferred.succeed(reached, undefined), Effect.never) : Effect.void
        ),
        Effect.provide(clientOver(fake, name)),
        Effect.forkChild
      )
      yield* Deferred.await(reached)
      yield* Effect.promise(() => stillness(() => sent.bytes))
      assert.isBelow(sent.bytes, 30 * mebibyte, "what the sockets of both sides hold, and a few blocks")
      yield* Fiber.interrupt(reading)
    })
  )
})

describe("a consumer that takes its time", () => {
  it.effect("is not taken for a server that stands still", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients])
      const { fault, sent } = generated(bulk, 30)
      fake.faults.set("p.ndjson", fault)
      const { events, onEvent } = keeping()
      let count = 0
      yield* resources({ request, decode: "line", onEvent }).pipe(
        Stream.runForEach(() => {
          if (++count !== 50) return Effect.void
          // Once the client has all that it takes ahead, it waits for nothing but the consumer.
          return Effect.promise(() => stillness(() => sent.bytes)).pipe(Effect.andThen(TestClock.adjust("1 hour")))
        }),
        Effect.provide(clientOver(fake, "node:http"))
      )
      assert.strictEqual(count, 3000)
      assert.notInclude(tags(events), "FileRetry")
    })
  )
})
