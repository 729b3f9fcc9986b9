import { randomBytes } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { gzipSync } from "node:zlib"
import { DiskFull, defaultPolicy } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Copy, type CopyOptions, makeCopy, type Source } from "../../src/internal/copy.ts"
import { bytesOfType, jsonOfType, type Verify } from "../../src/internal/lineCheck.ts"
import { CopyThread, type Heard } from "../../src/node/internal/CopyThreads.ts"
import { onPath, openFile, toWrite, writeAll } from "../../src/node/internal/Files.ts"
import { nodeEngine } from "../../src/node/internal/NodeEngine.ts"
import { makeThreadedCopy } from "../../src/node/internal/ThreadedCopy.ts"
import { lines, stored } from "./support/FakeBcda.ts"
import { tempDirectory } from "./support/TempDirectory.ts"

const options = (verify: Verify, limits: Partial<CopyOptions["limits"]> = {}): CopyOptions => ({
  engine: nodeEngine,
  url: "https://bcda.example/data/1/p.ndjson",
  name: "Patient/p.ndjson",
  check: verify === "bytes" ? bytesOfType(nodeEngine, "Patient") : jsonOfType(nodeEngine, "Patient"),
  lines: { type: "Patient", verify },
  limits: { ...defaultPolicy.limits, ...limits },
  refuseEmpty: true
})

const plain: Source = { contentEncoding: "identity", kept: false }
const gzip: Source = { contentEncoding: "gzip", kept: false }
const kept: Source = { contentEncoding: "gzip", kept: true }

/** Makes a copy of blocks, in this thread or in another; gives what it came to, and what is on the disk. */
const copied = Effect.fnUntraced(function* (
  where: "here" | "there",
  { blocks, copyOptions, source }: { blocks: ReadonlyArray<Uint8Array>; copyOptions: CopyOptions; source: Source }
) {
  const path = join(yield* tempDirectory, "part")
  const result = yield* Effect.scoped(
    Effect.gen(function* () {
      const handle = yield* openFile(path, toWrite)
      const copy: Copy | undefined =
        where === "here"
          ? yield* makeCopy(copyOptions, source, { write: (blocks) => onPath(path, () => writeAll(handle, blocks)) })
          : yield* makeThreadedCopy(copyOptions, source, { fd: handle.fd, path })
      if (copy === undefined) return yield* Effect.die(new Error("there is no thread"))
      for (const block of blocks) yield* copy.take(block)
      yield* copy.settled
      const file = yield* copy.end
      return { file, bytes: copy.bytes(), wireBytes: copy.wireBytes(), isSound: copy.isSound() }
    })
  ).pipe(Effect.result)
  return { result, path }
})

/** Cuts into blocks of so many bytes. */
const cutInto = (size: number, wire: Uint8Array) =>
  Array.from({ length: Math.ceil(wire.length / size) }, (_, n) => wire.subarray(n * size, (n + 1) * size))

const good = lines("Patient", 300)
const noise = Array.from(
  { length: 40 },
  () => `${JSON.stringify({ resourceType: "Patient", a: randomBytes(20_000).toString("base64") })}\n`
).join("")
const wire = stored(good)
const large = stored(noise)

const files: ReadonlyArray<readonly [string, Uint8Array, Source, Partial<CopyOptions["limits"]>?]> = [
  ["a small file", wire, gzip],
  ["a large file", large, gzip],
  ["a small file that is kept", wire, kept],
  ["a large file that is kept", large, kept],
  ["a plain file", Buffer.from(noise), plain],
  ["nothing at all", Buffer.alloc(0), gzip],
  ["nothing at all, plain", Buffer.alloc(0), plain],
  ["no lines", gzipSync(""), gzip],
  ["a bad line", stored(`${good}{"resourceType":"Coverage"}\n${good}`), gzip],
  ["a bad line in a large file", stored(`${noise}nonsense\n${noise}`), gzip],
  ["half a file", wire.subarray(0, wire.length / 2), gzip],
  ["half a large file", large.subarray(0, large.length / 2), gzip],
  ["damage", Buffer.from(large).fill(1, 300_000, 300_010), gzip],
  ["junk", Buffer.concat([large, Buffer.from("junk")]), gzip],
  ["no gzip", Buffer.from(good), gzip],
  ["a torn last line", Buffer.from(good.slice(0, -20)), plain],
  ["a line that is too long", large, gzip, { lineBytes: 20_000 }],
  ["a file that is too large", large, gzip, { fileBytes: 500_000 }],
  ["a bomb", gzipSync("x".repeat(80_000_000)), gzip, { lineBytes: 100_000_000 }]
]

describe("a copy that another thread makes", () => {
  for (const [name, bytes, source, limits] of files) {
    it.live(`is the same as one that is made here: ${name}`, () =>
      Effect.gen(function* () {
        for (const verify of ["json", "bytes"] as const) {
          // A bomb is the same work however it comes.
          for (const size of name === "a bomb" ? [65_536] : [5000, 65_536, 1_000_000]) {
            const asked = { blocks: cutInto(size, bytes), copyOptions: options(verify, limits), source }
            const here = yield* copied("here", asked)
            const there = yield* copied("there", asked)
            assert.deepStrictEqual(there.result, here.result, `${verify}, ${size}`)
            if (here.result._tag === "Success") {
              assert.isTrue(readFileSync(there.path).equals(readFileSync(here.path)), `${verify}, ${size}`)
            }
          }
        }
      })
    )
  }

  it.live("leaves alone what it was not given for good", () =>
    Effect.gen(function* () {
      const whole = Buffer.from(large)
      yield* copied("there", { blocks: cutInto(65_536, whole), copyOptions: options("bytes"), source: gzip })
      assert.isTrue(whole.equals(large))
    })
  )

  it.live("writes nothing more once it is given up", () =>
    Effect.gen(function* () {
      const path = join(yield* tempDirectory, "part")
      const half = large.subarray(0, large.length / 2)
      for (let turn = 0; turn < 20; turn++) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const handle = yield* openFile(path, toWrite)
            const copy = yield* makeThreadedCopy(options("json"), gzip, { fd: handle.fd, path })
            yield* copy?.take(half) ?? Effect.void
          })
        )
        // The number of the closed file is likely to be that of the next.
        const next = yield* copied("there", { blocks: [wire], copyOptions: options("json"), source: gzip })
        assert.strictEqual(readFileSync(next.path, "utf8"), good)
      }
    })
  )

  it.live("has looked at all that it was given, also when a disk is full of the wire's bytes before that", () =>
    Effect.gen(function* () {
      const path = join(yield* tempDirectory, "part")
      const handle = yield* openFile(path, toWrite)
      const full = new DiskFull({ path })
      const outlet = { fd: handle.fd, path, writeWire: () => Effect.fail(full) }
      const copy = yield* makeThreadedCopy(options("json"), gzip, outlet)
      const error = yield* Effect.flip(copy?.take(wire) ?? Effect.die("there is no thread"))
      assert.strictEqual(error.reason, full)
      yield* copy?.settled ?? Effect.void
    }).pipe(Effect.scoped)
  )

  it.live("ends when its thread does, and also when that has ended before", () =>
    Effect.gen(function* () {
      const file = {
        fd: 1,
        ...gzip,
        type: "Patient",
        verify: "json",
        limits: defaultPolicy.limits,
        refuseEmpty: true
      } as const
      const program = join(yield* tempDirectory, "ends.mjs")
      writeFileSync(
        program,
        `import { parentPort } from "node:worker_threads"
parentPort.once("message", () => process.exit(3))
parentPort.postMessage({ is: "ready" })
`
      )
      const thread = new CopyThread(pathToFileURL(program))
      assert.isTrue(yield* Effect.promise(() => thread.runs))
      for (const turn of ["lives", "has ended"]) {
        const heard = yield* Effect.callback<Heard>((resume) => {
          thread.end(thread.begin(file, (heard) => resume(Effect.succeed(heard))))
        })
        assert.strictEqual(heard.is, "died", turn)
        // Out of the thread's own last event.
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      }
    })
  )

  it.live("is not made where the program of the thread is not there", () =>
    Effect.gen(function* () {
      const program = pathToFileURL(join(yield* tempDirectory, "none.js"))
      assert.isFalse(yield* Effect.promise(() => new CopyThread(program).runs))
    })
  )
})
