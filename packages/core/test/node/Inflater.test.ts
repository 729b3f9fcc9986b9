import { randomBytes } from "node:crypto"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { inSlices } from "../../src/internal/bytes.ts"
import { makeInflater } from "../../src/node/internal/Inflater.ts"

/** Inflates blocks one after the other. */
const inflate = Effect.fnUntraced(function* (blocks: ReadonlyArray<Uint8Array>) {
  const inflater = yield* makeInflater
  const plain: Array<Uint8Array> = []
  for (const block of blocks) {
    for (const slice of inSlices(block)) plain.push(...(yield* inflater.push(slice)))
  }
  plain.push(...(yield* inflater.end))
  return { text: Buffer.concat(plain).toString(), blocks: plain.length }
}, Effect.scoped)

const detail = (blocks: ReadonlyArray<Uint8Array>) => Effect.flip(inflate(blocks))

describe("Inflater", () => {
  it.live("takes any number of members, cut anywhere", () =>
    Effect.gen(function* () {
      const wire = Buffer.concat([gzipSync("one "), gzipSync("two "), gzipSync(""), gzipSync("three"), gzipSync("")])
      for (let at = 0; at <= wire.length; at++) {
        assert.strictEqual((yield* inflate([wire.subarray(0, at), wire.subarray(at)])).text, "one two three")
      }
    })
  )

  it.live("refuses every file that ends before its last trailer does", () =>
    Effect.gen(function* () {
      const first = gzipSync("one")
      const wire = Buffer.concat([first, gzipSync("two")])
      for (let at = 0; at < wire.length; at++) {
        // A file that ends exactly between two members cannot be told from one that has no second.
        if (at !== first.length) assert.isString(yield* detail([wire.subarray(0, at)]), `${at} bytes`)
      }
    })
  )

  it.live("refuses damage, junk and emptiness", () =>
    Effect.gen(function* () {
      const wire = gzipSync("x".repeat(1000))
      assert.isString(yield* detail([Buffer.from("plain text")]))
      assert.isString(yield* detail([wire, Buffer.from("junk")]))
      assert.isString(yield* detail([Buffer.from(wire).fill(0, 15, 20)]))
      assert.isString(yield* detail([Buffer.from(wire).fill(1, wire.length - 8, wire.length - 4)]))
      assert.strictEqual(yield* detail([]), "it is empty")
      assert.strictEqual(yield* detail([Buffer.alloc(0)]), "it is empty")
    })
  )

  it.live("takes a large block in slices, so that a bomb cannot fill the memory at once", () =>
    Effect.gen(function* () {
      const noise = randomBytes(200_000).toString("latin1")
      assert.strictEqual((yield* inflate([gzipSync(noise)])).text, noise)
      const inflater = yield* makeInflater
      for (const slice of inSlices(gzipSync(Buffer.alloc(100_000_000)))) {
        const plain = yield* inflater.push(slice)
        assert.isBelow(
          plain.reduce((sum, block) => sum + block.length, 0),
          40_000_000
        )
      }
    })
  )

  it.live("gives back the memory of what is released, and nothing that is still written to", () =>
    Effect.gen(function* () {
      const noise = randomBytes(1_000_000).toString("latin1")
      const inflater = yield* makeInflater
      const texts: Array<Uint8Array> = []
      let freed = 0
      for (const slice of inSlices(gzipSync(noise))) {
        const plain = yield* inflater.push(slice)
        texts.push(Buffer.concat(plain))
        inflater.release(plain)
        freed += plain.filter((block) => block.byteLength === 0).length
      }
      texts.push(...(yield* inflater.end))
      assert.strictEqual(Buffer.concat(texts).toString(), noise)
      assert.isAbove(freed, 2)
    })
  )

  it.live("gives large blocks, because each one is a hop to the thread pool", () =>
    Effect.gen(function* () {
      const { text, blocks } = yield* inflate([gzipSync("x".repeat(4_000_000))])
      assert.strictEqual(text.length, 4_000_000)
      assert.isBelow(blocks, 20)
    })
  )
})
