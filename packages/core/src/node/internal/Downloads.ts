import { Clock, Effect } from "effect"
import { BcdaClient } from "../../BcdaClient.ts"
import type { ExportError } from "../../Errors.ts"
import type { ExportEvent } from "../../ExportEvent.ts"
import { CurrentShare, type Share } from "../../internal/limiter.ts"
import * as telemetry from "../../internal/telemetry.ts"
import type { ExportDirectory, SavedFile } from "../ExportDirectory.ts"
import { saveFile } from "../SaveFile.ts"
import { watchExpiry } from "./ExpiryWatch.ts"
import { fromStep } from "./ExportErrors.ts"
import { keptSuffix, type PlannedFile } from "./FilePlan.ts"
import { jsonOfType, type Verify } from "./LineCheck.ts"
import { addOutcomes, noOutcomes, outcomesOf } from "./Outcomes.ts"

export type Emit = (event: ExportEvent) => Effect.Effect<void>

/** How the files of an export are fetched. */
export interface DownloadsOptions {
  readonly directory: ExportDirectory
  /** What is to be fetched. */
  readonly missing: ReadonlyArray<PlannedFile>
  readonly concurrency: number
  readonly gzip: "decode" | "keep"
  readonly verify: Verify
  /** As the manifest says. */
  readonly requiresAccessToken: boolean
  /** When the server will drop the files, ISO 8601. */
  readonly expires: string | undefined
  readonly emit: Emit
}

/**
 * Fetches files, several at a time. One that cannot be had does not keep the others: tomorrow the server will have none of them. Gives what
 * went wrong with such; what would go wrong with every file fails at once.
 */
export const downloadAll = Effect.fnUntraced(function* (options: DownloadsOptions) {
  const { concurrency, emit } = options
  const saved = new Map<string, SavedFile>()
  const { expires, missing } = options
  const { fileDone } = yield* watchExpiry({ files: missing.length, expires, emit })
  const share: Share = { files: concurrency }
  const results = yield* Effect.forEach(
    yield* inOrder(options),
    (file) =>
      download(options, file).pipe(
        Effect.tap((record) => Effect.sync(() => saved.set(file.url, record))),
        Effect.tap((record) => told(record, emit)),
        Effect.tap(() => fileDone),
        Effect.asVoid,
        Effect.catchIf(concernsOneFile, Effect.succeed)
      ),
    { concurrency }
  ).pipe(Effect.provideService(CurrentShare, share))
  return { saved, failures: results.filter((result) => result !== undefined) }
})

/**
 * What an earlier run began comes first, so that it does not lie about half done when the server drops it; then the files of the `error` list,
 * which are small and say who is missing.
 */
const inOrder = Effect.fnUntraced(function* ({ directory, missing }: DownloadsOptions) {
  const ranks = yield* Effect.forEach(missing, ({ path }) => directory.isBegun(path))
  const rankOf = (file: PlannedFile, at: number) => (ranks[at] === true ? 0 : file.section === "error" ? 1 : 2)
  return missing
    .map((file, at) => ({ file, rank: rankOf(file, at) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ file }) => file)
})

/** Milliseconds between two `FileProgress` events of a file. */
const progressEvery = 250

const download = Effect.fnUntraced(function* (
  options: DownloadsOptions,
  { section, type, url, path: plain }: PlannedFile
) {
  const { target } = yield* BcdaClient
  const { directory, emit } = options
  const isRead = section === "error"
  // Error files are small and meant to be read by people; what they say has to be parsed for.
  const keep = options.gzip === "keep" && !isRead
  const verify = isRead ? "json" : options.verify
  const path = keep ? plain + keptSuffix : plain
  const part = yield* directory.partOf(plain)
  let outcomes = noOutcomes
  let lastProgress = yield* Clock.currentTimeMillis
  yield* emit({ _tag: "FileStarted", path, type })
  const { kept, ...proof } = yield* saveFile({
    url,
    type,
    part,
    name: path,
    gzip: keep ? "keep" : "decode",
    verify,
    requiresAccessToken: options.requiresAccessToken,
    // BCDA leaves files without resources out of its manifests: one that is listed and empty has been lost.
    refuseEmpty: section === "output" && target.isBcda,
    ...(isRead && {
      check: () => {
        outcomes = noOutcomes
        return jsonOfType(type, (resource) => (outcomes = addOutcomes(outcomes, outcomesOf(resource))))
      }
    }),
    onProgress: Effect.fnUntraced(function* (bytes, wireBytes) {
      const now = yield* Clock.currentTimeMillis
      if (now - lastProgress < progressEvery) return
      lastProgress = now
      yield* emit({ _tag: "FileProgress", path, bytes, wireBytes })
    }),
    onRetry: ({ reason }, attempt) =>
      Effect.andThen(
        telemetry.fileRepeated(reason._tag),
        emit({ _tag: "FileRetry", path, reason: reason._tag, attempt })
      )
  }).pipe(fromStep)
  const record: SavedFile = {
    _tag: "Saved",
    file: { path: kept ? path : plain, type, url, ...proof, verify },
    kept,
    ...(isRead ? { outcomes } : {})
  }
  yield* directory.commit(record)
  yield* telemetry.fileProven(record.file)
  return record
}, telemetry.fileSpan)

const told = ({ file, outcomes }: SavedFile, emit: Emit) =>
  Effect.andThen(
    emit({ _tag: "FileDone", file }),
    outcomes === undefined ? Effect.void : emit({ _tag: "OutcomesRead", path: file.path, outcomes })
  )

/** A full disk, refused credentials, no network: the next file would not fare better. */
const concernsOneFile = ({ reason }: ExportError): boolean => {
  switch (reason._tag) {
    case "FileGone":
    case "CutShort":
    case "Stalled":
    case "WrongRange":
    case "LimitExceeded":
    case "BadGzip":
    case "BadLine":
    case "Rejected":
    case "Redirected":
    case "ServerFault":
    case "Malformed":
    case "ForeignOrigin":
      return true
    default:
      return false
  }
}
