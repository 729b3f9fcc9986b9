import { readdir, rename } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { Effect, Result, type Scope } from "effect"
import type { ExportError } from "../Errors.ts"
import type { ExportRequest } from "../ExportRequest.ts"
import { asExportError } from "../internal/exportErrors.ts"
import { keptSuffix } from "../internal/filePlan.ts"
import type { Asked, KnownManifest, Place, SavedFile } from "../internal/place.ts"
import { requestIdentity } from "../internal/requestUrls.ts"
import type { JobRef } from "../JobRef.ts"
import { Manifest } from "../Manifest.ts"
import { DirectoryMismatch, JournalUnreadable } from "../Reasons.ts"
import type { Target } from "../Target.ts"
import { matches } from "./internal/Digest.ts"
import { lockDirectory } from "./internal/DirectoryLock.ts"
import {
  ensureDirectory,
  type FileReason,
  flushesTogether,
  onPath,
  readIfThere,
  remove,
  syncDirectory,
  writeAtomically
} from "./internal/Files.ts"
import { type JournalRecord, journalName, openJournal } from "./internal/Journal.ts"
import { isBegun, removeLeftover } from "./internal/Leftover.ts"

type RecordOf<Tag extends JournalRecord["_tag"]> = Extract<JournalRecord, { readonly _tag: Tag }>

/** An export directory that this run owns until its scope ends: a place that remembers everything. `path` is absolute. */
export interface ExportDirectory extends Omit<Place, "fetch" | "holds" | "nameOf" | "oneByOne" | "wants"> {
  /** Gives the absolute path to write a file to while it is not whole, and makes its directory. */
  readonly partOf: (path: string) => Effect.Effect<string, ExportError>
}

/**
 * Opens a directory for an export of `request` from `target`, new or begun by an earlier run; locks it, and looks at what is there.
 *
 * Fails with `DirectoryMismatch` if it belongs to another export or holds other files, with `DirectoryBusy` if another run is at work in it,
 * and with `JournalUnreadable` if its journal is broken in a way that a crash does not explain.
 */
export const openExportDirectory: (
  directory: string,
  target: Target,
  request: ExportRequest
) => Effect.Effect<ExportDirectory, ExportError, Scope.Scope> = Effect.fnUntraced(function* (
  directory: string,
  target: Target,
  request: ExportRequest
) {
  const path = resolve(directory)
  // Claims are nobody else's business: what is made here is its owner's alone; a directory that exists keeps the permissions it was given.
  yield* ensureDirectory(path, { followLink: true })
  yield* lockDirectory(path)
  const journal = yield* openJournal(path)
  const { opened, job, asked, completed, files } = yield* replay(path, journal.records)
  // A run that was refused before it had a job leaves nothing to protect.
  const isFree = [job, asked, completed].every((known) => known === undefined)
  const mismatch = opened === undefined ? undefined : mismatchOf(opened, target, request)
  if (mismatch !== undefined && !isFree) return yield* new DirectoryMismatch({ directory: path, detail: mismatch })
  if (opened === undefined) yield* refuseOtherFiles(path)
  if (opened === undefined || mismatch !== undefined) {
    const { name, baseUrl, apiVersion } = target
    yield* journal.append({ _tag: "Opened", format: 1, target: name, baseUrl, apiVersion, request })
  }

  const known = completed === undefined ? undefined : yield* readKnown(path, completed)
  if (known !== undefined) yield* ensureContent(join(path, "manifest.json"), known.bytes)
  const saved = new Map<string, SavedFile>()
  yield* Effect.forEach(
    files,
    (file) => Effect.map(isIntact(path, file), (intact) => (intact ? saved.set(file.file.url, file) : undefined)),
    { concurrency: 2, discard: true }
  )

  const flushed = new Set<string>()
  const flush = flushesTogether()
  const directoryOf: ExportDirectory = {
    path,
    movedFrom: opened !== undefined && !isFree && opened.baseUrl !== target.baseUrl ? opened.baseUrl : undefined,
    job,
    asked,
    known,
    saved,
    ask: (asked) => journal.append({ _tag: "Asked", ...asked }).pipe(asExportError),
    notStarted: journal.append({ _tag: "NotStarted" }).pipe(asExportError),
    cancelled: journal.append({ _tag: "Cancelled" }).pipe(asExportError),
    kickedOff: (job) => journal.append({ _tag: "KickedOff", job }).pipe(asExportError),
    completed: ({ bytes, expires }) =>
      writeAtomically(join(path, "manifest.json"), bytes).pipe(
        Effect.andThen(
          journal.append({ _tag: "Completed", manifest: bytes, ...(expires === undefined ? {} : { expires }) })
        ),
        asExportError
      ),
    partOf: Effect.fnUntraced(function* (file) {
      const directory = dirname(join(path, file))
      if (!flushed.has(directory)) {
        yield* ensureDirectory(directory, { followLink: false })
        // A run that died right after making it may have left it unflushed, and then a power cut takes all its files.
        yield* syncDirectory(path)
        flushed.add(directory)
      }
      return partPath(path, file)
    }, asExportError),
    forget: (file) =>
      Effect.andThen(remove(partPath(path, file)), removeLeftover(partPath(path, file))).pipe(asExportError),
    isBegun: (file) =>
      opened === undefined ? Effect.succeed(false) : isBegun(partPath(path, file)).pipe(asExportError),
    // In this order a crash in between leaves a part that the next run only has to rename.
    commit: (file) =>
      journal
        .append(file)
        .pipe(
          Effect.andThen(renamePart(path, file)),
          Effect.andThen(flush(dirname(join(path, file.file.path)))),
          Effect.uninterruptible,
          asExportError
        ),
    writeReceipt: (receipt) =>
      ensureContent(join(path, "receipt.json"), Buffer.from(`${JSON.stringify(receipt, undefined, 2)}\n`)).pipe(
        asExportError
      ),
    withdrawReceipt: remove(join(path, "receipt.json")).pipe(asExportError)
  }
  return directoryOf
}, asExportError)

const partPath = (directory: string, path: string) => `${join(directory, path)}.part`

/** Where a file was written to: the part is named before it is known whether the body comes compressed. */
const partOf = (directory: string, { file, kept }: SavedFile) =>
  partPath(directory, kept ? file.path.slice(0, -keptSuffix.length) : file.path)

/** Gives a file its final name, which lasts once its directory has been flushed. */
const renamePart = (directory: string, saved: SavedFile) => {
  const name = join(directory, saved.file.path)
  return onPath(name, () => rename(partOf(directory, saved), name))
}

const refuseOtherFiles = Effect.fnUntraced(function* (directory: string) {
  const names = yield* onPath(directory, () => readdir(directory))
  return yield* names.some((name) => !name.startsWith(".") && name !== journalName)
    ? new DirectoryMismatch({ directory, detail: "it holds files, and none of them is an export's journal" })
    : Effect.void
})

/** What about an export is not what the directory was opened for. */
const mismatchOf = (opened: RecordOf<"Opened">, target: Target, request: ExportRequest): string | undefined => {
  if (opened.baseUrl !== target.baseUrl && !isSameLocalServer(opened, target)) {
    return `its target is ${opened.baseUrl}`
  }
  if (opened.apiVersion !== target.apiVersion) return `its API version is ${opened.apiVersion}`
  return requestIdentity(opened.request, target) === requestIdentity(request, target)
    ? undefined
    : "its request has another scope, types, since, filter or parameter"
}

/** A server that is started on this machine for each run has a name that stays and a port that changes. */
const isSameLocalServer = (opened: RecordOf<"Opened">, target: Target): boolean =>
  opened.target === target.name && [opened.baseUrl, target.baseUrl].every((url) => loopback.test(url))

const loopback = /^https?:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/

const replay = Effect.fnUntraced(function* (directory: string, records: ReadonlyArray<JournalRecord>) {
  const [first] = records
  if (first !== undefined && first._tag !== "Opened") {
    const detail = "a journal starts with what it is for, and this one does not"
    return yield* new JournalUnreadable({ path: join(directory, journalName), line: 1, detail })
  }
  let opened = first
  let job: JobRef | undefined
  let asked: Asked | undefined
  let completed: RecordOf<"Completed"> | undefined
  const files = new Map<string, SavedFile>()
  for (const record of records) {
    if (record._tag === "Opened") opened = record
    if (record._tag === "Asked") asked = { requestUrl: record.requestUrl, at: record.at }
    if (record._tag === "NotStarted" || record._tag === "KickedOff" || record._tag === "Cancelled") asked = undefined
    if (record._tag === "KickedOff") job = record.job
    if (record._tag === "Cancelled") job = undefined
    if (record._tag === "Completed") completed = record
    if (record._tag === "Saved") files.set(record.file.url, record)
  }
  return { opened, job, asked, completed, files: [...files.values()] }
})

const readKnown = (directory: string, { manifest: bytes, expires }: RecordOf<"Completed">) =>
  Effect.fromResult(
    Manifest.parse(bytes).pipe(
      Result.map((manifest): KnownManifest => ({ manifest, bytes, expires })),
      Result.mapError(({ detail }) => new JournalUnreadable({ path: join(directory, journalName), line: 1, detail }))
    )
  )

/** Whether a file of an earlier run is still what it was; a part that only lacks its renaming gets it. */
const isIntact = Effect.fnUntraced(function* (
  directory: string,
  saved: SavedFile
): Effect.fn.Return<boolean, FileReason> {
  const { file, kept } = saved
  const expected = { ...file, gzip: kept, sizeOnDisk: kept ? file.wireBytes : file.bytes }
  if (yield* matches(join(directory, file.path), expected)) return true
  if (!(yield* matches(partOf(directory, saved), expected))) return false
  yield* Effect.andThen(renamePart(directory, saved), syncDirectory(dirname(join(directory, file.path))))
  return true
})

const ensureContent = Effect.fnUntraced(function* (path: string, content: Uint8Array) {
  const found = yield* readIfThere(path)
  if (found === undefined || !found.equals(content)) yield* writeAtomically(path, content)
})
