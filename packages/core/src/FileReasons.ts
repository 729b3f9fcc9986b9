/** The reasons that have to do with files, on their way and on disk; see `Reasons.ts` for what all reasons have in common. */
import { Schema } from "effect"

/** The file is not (or no longer) there. BCDA moves a job's files away some time after 24 hours. */
export class FileGone extends Schema.TaggedError<FileGone>()("FileGone", { file: Schema.String, status: Schema.Int }) {
  override get message() {
    return `The server no longer has ${this.file} (${this.status})`
  }
  get next() {
    return "Look at the job: if it has expired, start a new export."
  }
}

/** The connection ended before the file did. `got` and `expected` are bytes on the wire. */
export class CutShort extends Schema.TaggedError<CutShort>()("CutShort", {
  file: Schema.String,
  got: Schema.Finite,
  expected: Schema.optionalKey(Schema.Finite)
}) {
  override get message() {
    return `${this.file} broke off after ${this.got} bytes${this.expected === undefined ? "" : ` of ${this.expected}`}`
  }
  get next() {
    return "Run the export again; into the same directory, it fetches what is missing."
  }
}

/** No byte arrived for `policy.idleTimeout`, or, if `came` says how many, too few for `policy.flow`. */
export class Stalled extends Schema.TaggedError<Stalled>()("Stalled", {
  file: Schema.String,
  got: Schema.Finite,
  afterSeconds: Schema.Finite,
  came: Schema.optionalKey(Schema.Finite)
}) {
  override get message() {
    if (this.came !== undefined) return `${this.file} trickled: ${this.came} bytes in ${this.afterSeconds} s`
    return `${this.file} stood still for ${this.afterSeconds} s after ${this.got} bytes`
  }
  get next() {
    return "Run the export again; into the same directory, it fetches what is missing."
  }
}

/** The server sent another part of the file than it was asked for. Nothing of it was used. */
export class WrongRange extends Schema.TaggedError<WrongRange>()("WrongRange", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.file} could not be gone on with: ${this.detail}`
  }
  get next() {
    return "Run the export again; into the same directory, it fetches this file from its start and keeps the others."
  }
}

/** What the server sends is beyond a limit of the policy. `limit` is its name in `policy.limits`, `most` its value. */
export class LimitExceeded extends Schema.TaggedError<LimitExceeded>()("LimitExceeded", {
  file: Schema.String,
  limit: Schema.Literals(["files", "fileBytes", "lineBytes", "inflation"]),
  most: Schema.Finite
}) {
  override get message() {
    return `${this.file} is refused: ${beyond[this.limit]} ${this.most} (limit ${this.limit})`
  }
  get next() {
    return `If the target is the server you mean and this is really its data, raise ${this.limit} of the policy's limits and run the export again, into the same directory if it has one.`
  }
}

const beyond = {
  files: "it lists more files than",
  fileBytes: "it has more bytes than",
  lineBytes: "it has a line of more bytes than",
  inflation: "its compressed bytes grow by more than a factor of"
}

/** The compressed bytes do not inflate, or end before their trailer. */
export class BadGzip extends Schema.TaggedError<BadGzip>()("BadGzip", { file: Schema.String, detail: Schema.String }) {
  override get message() {
    return `${this.file} is not sound gzip: ${this.detail}`
  }
  get next() {
    return "Run the export again, into the same directory if it has one; if this happens again, the file is damaged on the server."
  }
}

/** A line of the file is not one JSON resource of the right type. `line` counts from 1; the line itself is never shown. */
export class BadLine extends Schema.TaggedError<BadLine>()("BadLine", {
  file: Schema.String,
  line: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `${this.file}, line ${this.line}: ${this.detail}`
  }
  get next() {
    return "Run the export again, into the same directory if it has one; if this happens again, the file is damaged on the server."
  }
}

/**
 * A resource is what it must be, and the caller's Schema wants something else. `line` counts from 1; `detail` says where in the resource, and
 * what of the Schema it does not meet, but nothing of its content.
 */
export class SchemaMismatch extends Schema.TaggedError<SchemaMismatch>()("SchemaMismatch", {
  file: Schema.String,
  line: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `${this.file}, line ${this.line} does not fit the schema: ${this.detail}`
  }
  get next() {
    return "Look at what the schema asks for: the line is sound JSON of the promised type. Reading with decode json shows it."
  }
}

/**
 * The server's file is not what has been handed out of its beginning already: so many lines of it, which cannot be taken back. Only where
 * lines are handed out before their file is whole: a stream, and sinks that cannot take back what was written.
 */
export class FileChanged extends Schema.TaggedError<FileChanged>()("FileChanged", {
  file: Schema.String,
  lines: Schema.Int
}) {
  override get message() {
    return `${this.file} does not come again as it came: its first ${this.lines} lines, already handed out, are others now`
  }
  get next() {
    return "Discard what was made of this file and export again; if it happens again, the file is damaged or changes on the server."
  }
}

/** A sink could not take a file, or not keep it. `sink` is its name, `detail` what it says, which is shown: no content of files, no secrets. */
export class SinkFailed extends Schema.TaggedError<SinkFailed>()("SinkFailed", {
  sink: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.sink} does not take what is written to it: ${this.detail}`
  }
  get next() {
    return "Mend that and export again, adopting the same job within its day: a sink that knows what it holds is sent only the rest."
  }
}

/**
 * The manifest names a file, or a type, in a way that cannot safely be a file's name here. Only letters, digits, dot, dash and underscore
 * are taken. `name` is shown with every other character as a question mark.
 */
export class UnsafeName extends Schema.TaggedError<UnsafeName>()("UnsafeName", { name: Schema.String }) {
  override get message() {
    return `The server's manifest names a file in a way that is not used here: ${this.name}`
  }
  get next() {
    return "Check that the target is the server you mean; if it is, report this to its operator. Nothing of the file was fetched."
  }
}

// --- the export directory ----------------------------------------------------------------------------------------

/** The disk is full, or a quota is used up. */
export class DiskFull extends Schema.TaggedError<DiskFull>()("DiskFull", { path: Schema.String }) {
  override get message() {
    return `There is no room left to write ${this.path}`
  }
  get next() {
    return "Make room and run the export again into the same directory: it continues."
  }
}

/** A file or directory could not be read or written. `code` is the system's (`EACCES`, `ENOENT`, ...). */
export class FileSystem extends Schema.TaggedError<FileSystem>()("FileSystem", {
  code: Schema.String,
  path: Schema.String
}) {
  override get message() {
    return `${this.path} cannot be read or written (${this.code})`
  }
  get next() {
    return "Check the path and its permissions."
  }
}

/** The directory holds another export: another target, API version or request. */
export class DirectoryMismatch extends Schema.TaggedError<DirectoryMismatch>()("DirectoryMismatch", {
  directory: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.directory} belongs to another export: ${this.detail}`
  }
  get next() {
    return "Use another directory, or the same request as before."
  }
}

/** Another process is writing to the directory. `holder` names it, `lock` is the file that says so. */
export class DirectoryBusy extends Schema.TaggedError<DirectoryBusy>()("DirectoryBusy", {
  directory: Schema.String,
  holder: Schema.String,
  lock: Schema.String
}) {
  override get message() {
    return `${this.directory} is in use by another run (${this.holder})`
  }
  get next() {
    return `Wait for the other run to end, or use another directory. If there is surely no other run, delete ${this.lock}.`
  }
}

/** The journal (or receipt) of the directory cannot be understood. `line` counts from 1. */
export class JournalUnreadable extends Schema.TaggedError<JournalUnreadable>()("JournalUnreadable", {
  path: Schema.String,
  line: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `${this.path}, line ${this.line}: ${this.detail}`
  }
  get next() {
    return "Move the directory away and export into a new one."
  }
}

/** The directory holds an unfinished export whose job the server no longer serves, for the reason in `detail`. */
export class CannotResume extends Schema.TaggedError<CannotResume>()("CannotResume", {
  directory: Schema.String,
  jobId: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `The export in ${this.directory} cannot go on: ${this.detail}`
  }
  get next() {
    return "Export again into a new directory. The files that are already there are whole; they belong to the lost job."
  }
}

/**
 * An earlier run asked for a job and ended before it knew the answer, and the server cannot say whether there is one: starting another
 * could make it do the work twice. `at` is when the earlier run asked, ISO 8601.
 */
export class StartUnknown extends Schema.TaggedError<StartUnknown>()("StartUnknown", {
  directory: Schema.String,
  at: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `A job may already have been started for ${this.directory} at ${this.at}, and it cannot be found out: ${this.detail}`
  }
  get next() {
    return "Look whether the server runs a job of that time. If it does not, or if a second one does no harm, allow starting again."
  }
}

/** The file that holds the watermark cannot be understood: broken, or written by a newer version of this package. */
export class WatermarkUnreadable extends Schema.TaggedError<WatermarkUnreadable>()("WatermarkUnreadable", {
  path: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `The watermark in ${this.path} cannot be read: ${this.detail}`
  }
  get next() {
    return "Give since yourself, as the transactionTime of the last good receipt. If you delete the file, the next run exports everything."
  }
}
