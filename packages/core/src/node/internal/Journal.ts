import { join } from "node:path"
import { Effect, Result, Schema, type Scope } from "effect"
import { ExportRequest } from "../../ExportRequest.ts"
import { JobRef } from "../../JobRef.ts"
import { JournalUnreadable } from "../../Reasons.ts"
import { Outcomes, ReceiptFile } from "../../Receipt.ts"
import { Dialect } from "../../Target.ts"
import { type FileReason, onPath, openFile, readIfThere, syncDirectory, toAppend } from "./Files.ts"
import { together } from "./Together.ts"

/** The journal's name in the export directory. */
export const journalName = "journal.jsonl"

/** What an export directory remembers: each record is a step that need not, or must not, be done again. */
export const JournalRecord = Schema.TaggedUnion({
  /** The first one: what the directory is for. Once more, if a run for something else came to nothing before there was a job. */
  Opened: {
    format: Schema.Literal(1),
    target: Schema.String,
    baseUrl: Schema.String,
    apiVersion: Dialect,
    request: ExportRequest
  },
  /** The server is about to be asked for a job; `at` is ISO 8601. Without one of the next three after it, nobody knows what it answered. */
  Asked: { requestUrl: Schema.String, at: Schema.String },
  /** It has surely started none. */
  NotStarted: {},
  /** The server accepted the export. */
  KickedOff: { job: JobRef },
  /** The server confirmed that the job is cancelled: the next run starts another. */
  Cancelled: {},
  /** The job is done; `manifest` are the server's bytes. */
  Completed: { manifest: Schema.Uint8ArrayFromBase64, expires: Schema.optionalKey(Schema.String) },
  /** The file is proven and flushed; at most its renaming is missing. */
  Saved: { file: ReceiptFile, kept: Schema.Boolean, outcomes: Schema.optionalKey(Outcomes) }
})
export type JournalRecord = typeof JournalRecord.Type

const codec = Schema.fromJsonString(Schema.toCodecJson(JournalRecord))
const decode = Schema.decodeUnknownResult(codec)
const encode = Schema.encodeSync(codec)

/** An open journal. */
export interface Journal {
  /** What earlier runs wrote, in order. */
  readonly records: ReadonlyArray<JournalRecord>
  /** Adds a record; it is on the disk when this returns. Records of concurrent callers never mix, and are flushed together. */
  readonly append: (record: JournalRecord) => Effect.Effect<void, FileReason>
}

/**
 * Opens the journal of a directory, empty if there is none yet. A last line that was not written to its end, because the machine or the
 * process died, is dropped: its step was never confirmed and will be done again. Any other line that cannot be read is an error, since
 * ignoring it could start a second job.
 */
export const openJournal = (directory: string): Effect.Effect<Journal, FileReason | JournalUnreadable, Scope.Scope> =>
  Effect.gen(function* () {
    const path = join(directory, journalName)
    const before = yield* readIfThere(path)
    const { records, length } = yield* Effect.fromResult(parse(path, before ?? Buffer.alloc(0)))
    const handle = yield* openFile(path, toAppend)
    if (before === undefined) yield* syncDirectory(directory)
    else if (length < before.length) yield* onPath(path, () => handle.truncate(length))
    const add = together(async (lines: ReadonlyArray<string>) => {
      await handle.appendFile(lines.join(""))
      await handle.sync()
    })
    const append = (record: JournalRecord) =>
      onPath(path, () => add(`${encode(record)}\n`)).pipe(Effect.uninterruptible)
    return { records, append }
  })

/** The records, and how many bytes of the journal they are. */
const parse = (
  path: string,
  bytes: Buffer
): Result.Result<{ readonly records: ReadonlyArray<JournalRecord>; readonly length: number }, JournalUnreadable> => {
  const records: Array<JournalRecord> = []
  let length = 0
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, length)) {
    const record = decode(bytes.toString("utf8", length, end))
    if (Result.isFailure(record)) {
      // Some file systems leave zeros where the last bytes before a power cut should be.
      if (end + 1 === bytes.length && bytes.subarray(length, end).includes(0)) break
      const detail = "the line is not a record of this version's journal"
      return Result.fail(new JournalUnreadable({ path, line: records.length + 1, detail }))
    }
    records.push(record.success)
    length = end + 1
  }
  return Result.succeed({ records, length })
}
