import { Schema } from "effect"
import { JobRef } from "./JobRef.ts"
import { Outcomes, Receipt, ReceiptFile } from "./Receipt.ts"

/** What happens during an export, in order; the last event of a good one is `Finished`. Events hold no patient data. */
export const ExportEvent = Schema.TaggedUnion({
  /** The server accepted the export. */
  KickedOff: { job: JobRef },
  /**
   * A job that the server has already is followed, and none was started: one that an earlier run asked for and died before it knew the answer,
   * or one that was to be adopted.
   */
  Adopted: { job: JobRef },
  /** The directory holds an earlier run of this export, which goes on. */
  Resumed: { job: JobRef, filesDone: Schema.Int },
  /** The job is not done yet. BCDA's percentage does not climb: do not promise a time from it, only from `secondsLeft`. */
  Waiting: {
    state: Schema.Literals(["pending", "in-progress"]),
    percent: Schema.optionalKey(Schema.Finite),
    /** What the rest may take, where it can be said: not for BCDA. */
    secondsLeft: Schema.optionalKey(Schema.Finite),
    /** The server says that the job failed, and may try it again: see `policy.poll.failedGrace`. */
    failed: Schema.optionalKey(Schema.String)
  },
  /** `files` counts the manifest's output and error files; `expires` is ISO, when the server will drop them. */
  ManifestReceived: { files: Schema.Int, transactionTime: Schema.String, expires: Schema.optionalKey(Schema.String) },
  FileStarted: { path: Schema.String, type: Schema.String },
  /** `bytes` are uncompressed, `wireBytes` as they travelled, both so far. */
  FileProgress: { path: Schema.String, bytes: Schema.Int, wireBytes: Schema.Int },
  /** A download failed and is repeated; `attempt` is the number of the next one. */
  FileRetry: { path: Schema.String, reason: Schema.String, attempt: Schema.Int },
  FileDone: { file: ReceiptFile },
  /** What a file of the manifest's `error` list says; it follows the file's `FileDone`. Everybody who is missing from an export is counted here. */
  OutcomesRead: { path: Schema.String, outcomes: Outcomes },
  /**
   * Going by the files so far, the rest will not be there before the server drops it at `expires` (ISO 8601), or that time has passed. The
   * export goes on: servers are often late. Once a run.
   */
  Expiring: {
    expires: Schema.String,
    /** Negative once it has passed. */
    secondsLeft: Schema.Finite,
    filesLeft: Schema.Int,
    /** What the rest will take; absent while no file has come. */
    secondsNeeded: Schema.optionalKey(Schema.Finite)
  },
  Finished: { receipt: Receipt }
})
export type ExportEvent = typeof ExportEvent.Type
