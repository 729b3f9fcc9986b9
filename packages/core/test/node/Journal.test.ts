import { appendFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { ExportRequest, JobRef } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type JournalRecord, openJournal } from "../../src/node/internal/Journal.ts"
import { tempDirectory } from "./support/TempDirectory.ts"

const opened: JournalRecord = {
  _tag: "Opened",
  format: 1,
  target: "test",
  baseUrl: "https://bcda.test",
  apiVersion: "v3",
  request: new ExportRequest({ scope: "all", types: ["Patient"], since: "2026-01-01T00:00:00+01:00" })
}
const job = new JobRef({ jobId: "7", statusUrl: "https://bcda.test/api/v3/jobs/7", apiVersion: "v3" })
const kickedOff: JournalRecord = { _tag: "KickedOff", job }
const completed: JournalRecord = {
  _tag: "Completed",
  manifest: Buffer.from('{ "é": 1}'),
  expires: "2026-01-01T00:00:00Z"
}
const saved = (path: string): JournalRecord => ({
  _tag: "Saved",
  kept: false,
  outcomes: {
    fatal: 0,
    error: 1,
    warning: 0,
    information: 0,
    texts: [{ severity: "error", code: "not-found", text: "Error retrieving [MBI]", count: 1 }]
  },
  file: {
    path,
    type: "Patient",
    url: `https://bcda.test/${path}`,
    bytes: 1,
    lines: 1,
    sha256: "00",
    wireBytes: 1,
    contentEncoding: "gzip",
    attempts: 1,
    verify: "bytes"
  }
})

const records = (directory: string) => Effect.scoped(Effect.map(openJournal(directory), ({ records }) => records))
const write = (directory: string, ...added: ReadonlyArray<JournalRecord>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { append } = yield* openJournal(directory)
      for (const record of added) yield* append(record)
    })
  )

describe("journal", () => {
  it.live("gives back what was written, by one run and the next", () =>
    Effect.gen(function* () {
      const directory = yield* tempDirectory
      assert.deepStrictEqual(yield* records(directory), [])
      yield* write(directory, opened, kickedOff)
      yield* write(directory, completed, saved("Patient/a.ndjson"))
      const read = yield* records(directory)
      assert.deepStrictEqual(
        read.map(({ _tag }) => _tag),
        ["Opened", "KickedOff", "Completed", "Saved"]
      )
      assert.deepStrictEqual(read[0], opened)
      assert.deepStrictEqual(read[1], kickedOff)
      assert.deepStrictEqual(read[2]?._tag === "Completed" && Buffer.from(read[2].manifest).toString(), '{ "é": 1}')
      assert.deepStrictEqual(read[3], saved("Patient/a.ndjson"))
    })
  )

  it.live("keeps the records of concurrent writers apart", () =>
    Effect.gen(function* () {
      const directory = yield* tempDirectory
      const all = Array.from({ length: 50 }, (_, i) => saved(`Patient/${i}.ndjson`))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { append } = yield* openJournal(directory)
          yield* append(opened)
          yield* Effect.forEach(all, append, { concurrency: "unbounded" })
        })
      )
      assert.lengthOf(yield* records(directory), 51)
    })
  )

  it.live("forgets a last record that was not written to its end, wherever that was, and goes on after it", () =>
    Effect.gen(function* () {
      const directory = yield* tempDirectory
      const path = join(directory, "journal.jsonl")
      yield* write(directory, opened, kickedOff)
      const whole = readFileSync(path)
      const first = whole.indexOf(10) + 1
      for (let length = first; length < whole.length; length++) {
        writeFileSync(path, whole.subarray(0, length))
        yield* write(directory, saved("Patient/a.ndjson"))
        assert.deepStrictEqual(
          (yield* records(directory)).map(({ _tag }) => _tag),
          ["Opened", "Saved"],
          `${length} bytes`
        )
      }
    })
  )

  it.live("forgets zeros that a power cut left at the end", () =>
    Effect.gen(function* () {
      const directory = yield* tempDirectory
      yield* write(directory, opened)
      appendFileSync(join(directory, "journal.jsonl"), Buffer.concat([Buffer.alloc(100), Buffer.from("\n")]))
      assert.deepStrictEqual(yield* records(directory), [opened])
    })
  )

  for (const [name, damage] of [
    ["in the middle", '{"_tag":"Opened"\n{}\n'],
    ["at the end, written whole", '{"_tag":"KickedOff","job":{"jobId":7}}\n']
  ] as const) {
    it.live(`refuses a record it does not understand ${name}: ignoring it could start a second job`, () =>
      Effect.gen(function* () {
        const directory = yield* tempDirectory
        yield* write(directory, opened)
        appendFileSync(join(directory, "journal.jsonl"), damage)
        const error = yield* Effect.flip(records(directory))
        assert.deepInclude(error, { _tag: "JournalUnreadable", line: 2 })
      })
    )
  }
})
