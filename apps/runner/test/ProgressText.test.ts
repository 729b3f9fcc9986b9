import type { SinceLastEvent } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { linesOf, nothing, type Seen, see } from "../src/ProgressText.ts"

const path = (n: number) => `ExplanationOfBenefit/0b0d0f0a-0000-4000-8000-${String(n).padStart(12, "0")}.ndjson`

const done = (n: number, bytes: number): SinceLastEvent => ({
  _tag: "FileDone",
  file: {
    path: path(n),
    type: "ExplanationOfBenefit",
    url: "https://bcda.example/data/1/x.ndjson",
    bytes,
    lines: 1,
    sha256: "",
    wireBytes: bytes,
    contentEncoding: "identity",
    attempts: 1,
    verify: "json"
  }
})
const part = (n: number, bytes: number): SinceLastEvent => ({
  _tag: "FileProgress",
  path: path(n),
  bytes,
  wireBytes: bytes
})
const manifest = (files: number): SinceLastEvent => ({
  _tag: "ManifestReceived",
  files,
  transactionTime: "2026-01-01T00:00:00Z"
})

const after = (...events: ReadonlyArray<readonly [seconds: number, SinceLastEvent]>): Seen =>
  events.reduce((seen, [seconds, event]) => see(seen, event, seconds * 1000), nothing)

const mega = 1_000_000
/** Ten of fifty are here after ten seconds, two more on their way. */
const midway = after(
  [0, manifest(50)],
  ...Array.from({ length: 10 }, (_, n) => [n + 1, done(n, 4 * mega)] as const),
  [10, part(10, 2 * mega)],
  [10, part(11, mega)]
)

describe("what a bar says", () => {
  it("is how many, how much, how fast and how long, and each file on its way", () => {
    assert.deepStrictEqual(linesOf(midway, 10_000, 80, 6), [
      "████░░░░░░░░░░░░░░░░ 10/50 files · 43.0 MB · 4.3 MB/s · about 37 s left",
      `  ${path(10)}  2.0 MB`,
      `  ${path(11)}  1.0 MB`
    ])
  })

  it("fits forty columns, with less", () => {
    assert.deepStrictEqual(linesOf(midway, 10_000, 40, 6), [
      "█░░░░ 10/50 · 4.3 MB/s · 37 s",
      "  ExplanationOfB…0000010.ndjson  2.0 MB",
      "  ExplanationOfB…0000011.ndjson  1.0 MB"
    ])
  })

  it.each([200, 80, 60, 40, 30, 20, 10, 3])("never reaches the end of %d columns", (columns) => {
    for (const seen of [nothing, midway, after([0, manifest(1)], [5, part(0, 123_456_789)])]) {
      for (const line of linesOf(seen, 10_000, columns, 6)) assert.isBelow(line.length, columns)
    }
  })

  it("is the server's state until there are files, beside an empty bar", () => {
    const waiting = after([0, { _tag: "Waiting", state: "in-progress", percent: 40 }])
    assert.deepStrictEqual(linesOf(waiting, 0, 80, 6), ["░░░░░░░░░░░░░░░░░░░░ in-progress 40%"])
  })

  it("promises nothing of the only file, whose size nobody tells", () => {
    const single = after([0, manifest(1)], [2, part(0, 2 * mega)])
    assert.deepStrictEqual(linesOf(single, 2000, 80, 6), [
      "░░░░░░░░░░░░░░░░░░░░ 0/1 files · 2.0 MB · 1.0 MB/s",
      `  ${path(0)}  2.0 MB`
    ])
  })

  it("slows down where nothing comes any more", () => {
    assert.match(linesOf(midway, 20_000, 80, 6)[0] ?? "", /2\.1 MB\/s|2\.2 MB\/s/)
  })

  it("is about the last ten seconds, and not about how it began", () => {
    const slower = Array.from({ length: 15 }, (_, n) => [n + 11, done(n + 20, mega)] as const)
    const seen = slower.reduce((before, [seconds, event]) => see(before, event, seconds * 1000), midway)
    assert.match(linesOf(seen, 25_000, 80, 6)[0] ?? "", / 1\.0 MB\/s /)
  })

  it("counts what an earlier run saved as done, and not as speed", () => {
    const resumed = after(
      [0, { _tag: "Resumed", job: { jobId: "1", statusUrl: "", requestUrl: "", apiVersion: "v3" }, filesDone: 40 }],
      [0, manifest(50)],
      [4, done(0, 4 * mega)]
    )
    assert.deepStrictEqual(linesOf(resumed, 4000, 80, 6), [
      "████████████████░░░░ 41/50 files · 4.0 MB · 1.0 MB/s · about 36 s left"
    ])
  })

  it("tells of a file that is fetched again", () => {
    const again = see(midway, { _tag: "FileRetry", path: path(10), reason: "cut", attempt: 2 }, 10_000)
    assert.strictEqual(linesOf(again, 10_000, 80, 6)[1], `  ${path(10)}  again (2)`)
  })

  it("has no more lines than there is room for", () => {
    assert.lengthOf(linesOf(midway, 10_000, 80, 2), 2)
    assert.lengthOf(linesOf(midway, 10_000, 80, 1), 1)
  })
})
