import { join } from "node:path"
import { Receipt } from "@bcda-kit/core"
import { exportEvents } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { openJournal } from "../../src/node/internal/Journal.ts"
import { request } from "./support/Exporting.ts"
import { bulky, type FakeFile, fakeBcda, lines } from "./support/FakeBcda.ts"
import { runChild } from "./support/Killing.ts"
import { filesIn, tempDirectory } from "./support/TempDirectory.ts"

const files: ReadonlyArray<FakeFile> = Array.from({ length: 40 }, (_, i) => ({
  type: i % 2 === 0 ? "Patient" : "ExplanationOfBenefit",
  name: `f${i}.ndjson`,
  content: lines(i % 2 === 0 ? "Patient" : "ExplanationOfBenefit", 50 + i)
}))

/** The same numbers, from 0 to 1, on every machine (mulberry32). */
const random = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

/** What the journal says is whole, or has its final name: from here on no run may fetch it. */
const wholeFiles = Effect.fnUntraced(function* (directory: string) {
  const { records } = yield* openJournal(directory)
  const named = Array.from((yield* filesIn(directory)).keys()).filter((path) => /\/f\d+\.ndjson$/.test(path))
  const noted = records.flatMap((record) => (record._tag === "Saved" ? [record.file.url] : []))
  return [...noted, ...named].map((path) => path.split("/").at(-1) ?? "")
}, Effect.scoped)

/** Exports into one directory with run after run that is killed, and one that may live; gives how many died. */
const killedAgainAndAgain = Effect.fnUntraced(function* (seed: number, kills: number, cache: string) {
  const fake = yield* fakeBcda(files)
  const directory = join(yield* tempDirectory, "export")
  const next = random(seed)
  const died: Array<string> = []
  const askedWhenWhole = new Map<string, number>()
  const told = `seed ${seed}`
  for (let kill = 0; kill < kills; kill++) {
    const when = ["before", "after", "torn"][Math.floor(next() * 3)]
    // The first ones die among the steps before the first file: the lock, the journal, the kick-off, the manifest.
    const dieAt = `${when}:${1 + Math.floor(next() * (kill < 3 ? 34 : 75))}`
    const output = yield* runChild(fake, directory, { cache, dieAt })
    if (output !== undefined) break
    died.push(dieAt)
    const files = yield* Effect.orElseSucceed(wholeFiles(directory), () => [])
    for (const name of files) if (!askedWhenWhole.has(name)) askedWhenWhole.set(name, fake.asked(name))
    assert.isAtMost(fake.jobs.length, 1, `${told}, died ${died.join(", ")}`)
  }
  const output = yield* runChild(fake, directory, { cache })
  assert.isTrue(Schema.decodeUnknownSync(Schema.fromJsonString(Receipt))(output).complete, told)
  const after = yield* filesIn(directory)
  for (const { type, name, content } of files) {
    assert.isTrue(after.get(`${type}/${name}`)?.equals(Buffer.from(content)), `${name}, ${told}`)
  }
  for (const [name, asked] of askedWhenWhole) assert.strictEqual(fake.asked(name), asked, `${name}, ${told}`)
  assert.strictEqual(fake.jobs.length, 1, `one job, ${told}`)
  const left = Array.from(after.keys()).filter((path) => /\.lock|\.part/.test(path))
  assert.deepStrictEqual(left, [], told)
  return died.length
})

/** Exports one file with a run that dies at its `n`th step, and one in this process; says how that began, or that none died. */
const killedAt = Effect.fnUntraced(function* (n: number, cache: string) {
  const fake = yield* fakeBcda(files.slice(0, 1))
  const directory = join(yield* tempDirectory, "export")
  const output = yield* runChild(fake, directory, { cache, dieAt: `before:${n}` })
  const asked = fake.asked("f0.ndjson")
  const whole = yield* Effect.orElseSucceed(wholeFiles(directory), () => [])
  const events = yield* exportEvents({ directory, request }).pipe(Stream.runCollect, Effect.provide(fake.client()))
  assert.strictEqual(events.at(-1)?._tag, "Finished", `step ${n}`)
  const after = yield* filesIn(directory)
  assert.strictEqual(after.get("Patient/f0.ndjson")?.toString(), files[0]?.content, `step ${n}`)
  assert.strictEqual(fake.jobs.length, 1, `one job, step ${n}`)
  if (whole.length > 0) assert.strictEqual(fake.asked("f0.ndjson"), asked, `step ${n}`)
  const left = Array.from(after.keys()).filter((path) => /\.lock|\.part/.test(path))
  assert.deepStrictEqual(left, [], `step ${n}`)
  return output === undefined ? events[0]?._tag : "survived"
})

describe("a process that is killed", () => {
  it.live(
    "at any step of a small export leaves what the next one completes, also when it asked for a job and did not hear",
    () =>
      Effect.gen(function* () {
        const cache = yield* tempDirectory
        const began: Array<string | undefined> = []
        // Some at a time; the last of them survive, because there are no more steps.
        while (!began.includes("survived")) {
          const steps = Array.from({ length: 6 }, (_, i) => began.length + i + 1)
          began.push(...(yield* Effect.forEach(steps, (n) => killedAt(n, cache), { concurrency: 3 })))
        }
        assert.includeMembers(began, ["KickedOff", "Adopted", "Resumed"])
      }),
    180_000
  )

  it.live(
    "at any step of a large one, again and again: the same bytes, no whole file twice, no second job",
    () =>
      Effect.gen(function* () {
        const cache = yield* tempDirectory
        const seeds = [1, 2, 3, 4, 5, 6, 7]
        const chains = yield* Effect.forEach(seeds, (seed) => killedAgainAndAgain(seed, 9, cache), { concurrency: 3 })
        assert.isAtLeast(
          chains.reduce((sum, died) => sum + died, 0),
          60
        )
      }),
    180_000
  )

  it.live(
    "in the middle of a large file leaves a beginning that the next one goes on with",
    () =>
      Effect.gen(function* () {
        const cache = yield* tempDirectory
        const large: FakeFile = { type: "Patient", name: "large.ndjson", content: bulky("Patient", 600) }
        const fake = yield* fakeBcda([large])
        const directory = join(yield* tempDirectory, "export")
        for (const dieAt of ["before:100", "torn:110", "after:110"]) {
          assert.isUndefined(yield* runChild(fake, directory, { cache, dieAt }), `it died (${dieAt})`)
        }
        yield* runChild(fake, directory, { cache })
        const saved = (yield* filesIn(directory)).get("Patient/large.ndjson")
        assert.isTrue(saved?.equals(Buffer.from(large.content)))
        const starts = fake.ranges("large.ndjson").map((range) => Number(/\d+/.exec(range)?.[0] ?? 0))
        assert.strictEqual(starts.length, 4)
        assert.deepStrictEqual(
          starts,
          starts.toSorted((a, b) => a - b),
          "none began before another had got to"
        )
        assert.isAbove(starts[1] ?? 0, 1_000_000)
        assert.isAbove(starts[3] ?? 0, starts[1] ?? 0)
      }),
    60_000
  )
})
