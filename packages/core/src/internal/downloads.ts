import { Clock, Effect } from "effect"
import { BcdaClient } from "../BcdaClient.ts"
import type { ExportError } from "../Errors.ts"
import type { ExportEvent } from "../ExportEvent.ts"
import { engineOf } from "./engine.ts"
import { watchExpiry } from "./expiryWatch.ts"
import { fromStep } from "./exportErrors.ts"
import type { PlannedFile } from "./filePlan.ts"
import { CurrentShare, type Share } from "./limiter.ts"
import { jsonOfType, type Verify } from "./lineCheck.ts"
import { addOutcomes, noOutcomes, outcomesOf } from "./outcomes.ts"
import type { Place, SavedFile } from "./place.ts"
import * as telemetry from "./telemetry.ts"

export type Emit = (event: ExportEvent) => Effect.Effect<void>

/** How the files of an export are fetched. */
export interface DownloadsOptions {
  readonly place: Place
  /** What is to be fetched. */
  readonly missing: ReadonlyArray<PlannedFile>
  readonly concurrency: number
  readonly verify: Verify
  /** As the manifest says. */
  readonly requiresAccessToken: boolean
  /** When the server will drop the files, ISO 8601. */
  readonly expires: string | undefined
  readonly emit: Emit
}

/**
 * Fetches files, several at a time. One that cannot be had does not keep the others, unless the place wants them one by one: tomorrow the
 * server will have none of them. Gives what went wrong with such; what would go wrong with every file fails at once.
 */
export const downloadAll = Effect.fnUntraced(function* (options: DownloadsOptions) {
  const { emit, expires, missing, place } = options
  const concurrency = place.oneByOne ? 1 : options.concurrency
  const saved = new Map<string, SavedFile>()
  let isOver = false
  const { fileDone } = yield* watchExpiry({ files: missing.length, expires, emit })
  const share: Share = { files: concurrency }
  const results = yield* Effect.forEach(
    yield* inOrder(options),
    Effect.fnUntraced(function* (file) {
      if (isOver) return undefined
      return yield* download(options, file).pipe(
        Effect.tap((record) => Effect.sync(() => saved.set(file.url, record))),
        Effect.tap((record) => told(record, emit)),
        Effect.tap(() => fileDone),
        Effect.asVoid,
        Effect.tapError(() => Effect.sync(() => (isOver = place.oneByOne))),
        Effect.catchIf(concernsOneFile, (failure) => Effect.as(refuseWithoutToken(options, failure), failure))
      )
    }),
    { concurrency }
  ).pipe(Effect.provideService(CurrentShare, share))
  return { saved, failures: results.filter((result) => result !== undefined) }
})

/**
 * What an earlier run began comes first, so that it does not lie about half done when the server drops it; then the files of the `error` list,
 * which are small and say who is missing.
 */
const inOrder = Effect.fnUntraced(function* ({ place, missing }: DownloadsOptions) {
  const ranks = yield* Effect.forEach(missing, ({ path }) => place.isBegun(path))
  const rankOf = (file: PlannedFile, at: number) => (ranks[at] === true ? 0 : file.section === "error" ? 1 : 2)
  return missing
    .map((file, at) => ({ file, rank: rankOf(file, at) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ file }) => file)
})

/** Milliseconds between two `FileProgress` events of a file. */
const progressEvery = 250

const download = Effect.fnUntraced(function* (options: DownloadsOptions, file: PlannedFile) {
  const { [engineOf]: engine, target } = yield* BcdaClient
  const { emit, place } = options
  const { section, type, url } = file
  const isRead = section === "error"
  // What error files say has to be parsed for.
  const verify = isRead ? "json" : options.verify
  const path = place.nameOf(file)
  let outcomes = noOutcomes
  let lastProgress = yield* Clock.currentTimeMillis
  yield* emit({ _tag: "FileStarted", path, type })
  const { kept, ...proof } = yield* place
    .fetch(file, {
      url,
      type,
      name: path,
      verify,
      requiresAccessToken: options.requiresAccessToken,
      // BCDA leaves files without resources out of its manifests: one that is listed and empty has been lost.
      refuseEmpty: section === "output" && target.isBcda,
      ...(isRead && {
        check: () => {
          outcomes = noOutcomes
          return jsonOfType(engine, type, (resource) => (outcomes = addOutcomes(outcomes, outcomesOf(resource))))
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
    })
    .pipe(fromStep)
  const record: SavedFile = {
    _tag: "Saved",
    file: { path: kept ? path : file.path, type, url, ...proof, verify },
    kept,
    ...(isRead ? { outcomes } : {})
  }
  yield* place.commit(record)
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
    case "FileChanged":
      return true
    default:
      return mayBeTheTokens(reason)
  }
}

/** What a server of files and one of tokens can both answer, or be. */
const mayBeTheTokens = ({ _tag }: ExportError["reason"]): boolean =>
  _tag === "Rejected" ||
  _tag === "Redirected" ||
  _tag === "ServerFault" ||
  _tag === "Malformed" ||
  _tag === "ForeignOrigin"

/** Ends the run if it was for want of a token that a file could not be had: then no other would fare better. A token that there is costs nothing. */
const refuseWithoutToken = Effect.fnUntraced(function* (
  { requiresAccessToken }: DownloadsOptions,
  { reason }: ExportError
) {
  const { target, token } = yield* BcdaClient
  if (mayBeTheTokens(reason) && requiresAccessToken && target.auth !== "none") yield* fromStep(token)
})
