import { Effect, Exit, Schedule, Scope, Stream } from "effect"
import { BcdaClient } from "../BcdaClient.ts"
import type { DownloadError } from "../Errors.ts"
import { type Copies, makeCopies, type Store } from "./copies.ts"
import type { Beginning } from "./copyProof.ts"
import type { Engine } from "./engine.ts"
import { bytesOfType, jsonOfType, type LineCheck, type Verify } from "./lineCheck.ts"
import * as schedules from "./schedules.ts"

/** Which file to fetch, and how to prove it. */
export interface FetchOptions {
  readonly url: string
  /** What every line's `resourceType` must be. */
  readonly type: string
  /** What errors call the file. */
  readonly name: string
  /** Default true; see `OpenOptions`. */
  readonly requiresAccessToken?: boolean | undefined
  /** How lines are checked; default `json`. See `ExportOptions.verify`. */
  readonly verify?: Verify | undefined
  /** Makes the check that every line must pass, in place of `verify`'s; called once for each beginning of the file. */
  readonly check?: (() => LineCheck) | undefined
  /** Whether a file without a line is a bad one. Default false: NDJSON may be empty. */
  readonly refuseEmpty?: boolean | undefined
  /** Called after every block; both counts are of the copy so far, `bytes` uncompressed. */
  readonly onProgress?: ((bytes: number, wireBytes: number) => Effect.Effect<void>) | undefined
  /** Called before every repetition, with the number of the attempt to come. */
  readonly onRetry?: ((error: DownloadError, attempt: number) => Effect.Effect<void>) | undefined
}

/** A file that came whole. `wireBytes` are of the copy as it was put together, not of what was fetched in vain. */
export interface Fetched extends Beginning {
  readonly wireBytes: number
  readonly contentEncoding: "gzip" | "identity"
  readonly kept: boolean
  readonly attempts: number
}

/** What gets this much further is worth another try, however many there were: BCDA itself cuts downloads after a quarter of an hour. */
const progress = 1024 * 1024

/**
 * Fetches one file into a store and proves it: it inflates to its trailer, and every line is valid UTF-8 and one JSON object of the promised
 * type.
 *
 * A body that is cut or stalls is gone on with where it stopped, if the server serves ranges of the very same state of the file. Otherwise, and
 * when it does not inflate or holds a bad line, it is fetched again from its start. All of that up to `policy.fileAttempts` times in a row
 * that get nowhere, with the pauses of `policy.retry`. Failures to open the file are final here, because `BcdaClient.open` has repeated them
 * already.
 */
export const fetchFile = Effect.fnUntraced(function* (engine: Engine, options: FetchOptions, store: Store) {
  const { policy } = yield* BcdaClient
  const { url, name, type, verify = "json", check, refuseEmpty, onRetry } = options
  const lines = check === undefined ? { type, verify } : undefined
  const copyOptions = { engine, url, name, refuseEmpty, lines }
  const copies = yield* makeCopies(store, copyOptions, checkOf(engine, options), policy.limits)
  const reader: Reader = { engine, wish: { encoding: "gzip" } }
  let attempts = 0
  let inVain = 0
  let advanced = false
  const attempt = Effect.suspend(() => {
    attempts++
    const before = copies.position()?.start ?? 0
    return fetchOnce(reader, options, copies).pipe(
      Effect.tapError((error) => {
        copies.failed(error)
        advanced = (copies.position()?.start ?? 0) - before >= progress
        inVain = advanced ? 0 : inVain + 1
        const again = isRepeatable(error) && inVain < policy.fileAttempts
        return again && onRetry !== undefined ? onRetry(error, attempts + 1) : Effect.void
      })
    )
  })
  const again = (worthIt: () => boolean) =>
    schedules.pauses(policy).pipe(
      Schedule.setInputType<DownloadError>(),
      Schedule.while(({ input }) => isRepeatable(input) && worthIt())
    )
  const fetched = yield* attempt.pipe(
    Effect.retry(again(() => !advanced).pipe(Schedule.upTo({ times: policy.fileAttempts - 1 }))),
    // Whatever got further starts the count anew, and its pauses.
    Effect.retry(again(() => advanced))
  )
  const whole: Fetched = { ...fetched, attempts }
  return whole
}, Effect.scoped)

const isRepeatable = ({ reason }: DownloadError): boolean =>
  reason._tag === "CutShort" ||
  reason._tag === "Stalled" ||
  reason._tag === "WrongRange" ||
  reason._tag === "BadGzip" ||
  reason._tag === "BadLine"

const checkOf = (engine: Engine, { type, verify, check }: FetchOptions): (() => LineCheck) =>
  check ?? (() => (verify === "bytes" ? bytesOfType(engine, type) : jsonOfType(engine, type)))

/** What reads a file, and how it would like it to come: that is known once the first answer is there. */
interface Reader {
  readonly engine: Engine
  readonly wish: { encoding: "gzip" | "identity" }
}

const fetchOnce = Effect.fnUntraced(function* (reader: Reader, options: FetchOptions, copies: Copies) {
  const response = yield* open(reader, options, copies)
  const copy = yield* copies.of(response)
  let told = 0
  const tell = Effect.suspend(() => {
    told = copy.bytes()
    return options.onProgress?.(told, copy.wireBytes()) ?? Effect.void
  })
  yield* Stream.runForEach(
    response.body,
    Effect.fnUntraced(function* (block) {
      yield* copy.take(block)
      yield* tell
    })
    // What is wrong with the bytes that came says more than why no others did.
  ).pipe(Effect.tapError(() => copy.settled))
  const proof = yield* copy.end
  // Where another thread inflates, its last bytes are known only now.
  if (copy.bytes() !== told) yield* tell
  return { ...proof, wireBytes: copy.wireBytes(), contentEncoding: copy.contentEncoding, kept: copy.kept }
}, Effect.scoped)

/** Opens a file so that it can be read: compressed only if it is inflated on the way, or can be here. */
const open = Effect.fnUntraced(function* (
  { engine, wish }: Reader,
  { requiresAccessToken, url }: FetchOptions,
  copies: Copies
) {
  const client = yield* BcdaClient
  const asking = (acceptEncoding: "gzip" | "identity") =>
    client.open(url, { acceptEncoding, range: copies.position(), requiresAccessToken })
  if (wish.encoding === "identity") return yield* asking("identity")
  const scope = yield* Scope.fork(yield* Effect.scope)
  const response = yield* asking("gzip").pipe(Scope.provide(scope))
  if (response.contentEncoding === "identity" || engine.inflation !== undefined) return response
  yield* Scope.close(scope, Exit.void)
  wish.encoding = "identity"
  return yield* asking("identity")
})
