import { Effect, Schedule, Stream } from "effect"
import { BcdaClient } from "../BcdaClient.ts"
import { BadGzip, BadLine, CutShort, DownloadError } from "../Errors.ts"
import * as schedules from "../internal/schedules.ts"
import type { Policy } from "../Policy.ts"
import { onPath, openFile, toWrite, writeAll } from "./internal/Files.ts"
import { inSlices, makeInflater } from "./internal/Inflater.ts"
import { jsonOfType, type LineCheck, type LineProblem, LineProof } from "./internal/LineProof.ts"

/** What to save, and how. */
export interface SaveOptions {
  readonly url: string
  /** What every line's `resourceType` must be. */
  readonly type: string
  /** Where the bytes go; overwritten. */
  readonly part: string
  /** What errors call the file. */
  readonly name: string
  /** `decode` saves plain NDJSON; `keep` saves a compressed body as it came. A body that comes uncompressed is saved so in both cases. */
  readonly gzip: "decode" | "keep"
  /** Makes the check that every line must pass; called once an attempt. Default: `jsonOfType(type)`. */
  readonly check?: (() => LineCheck) | undefined
  /** Called after every block; both counts are of this attempt, `bytes` uncompressed. */
  readonly onProgress?: ((bytes: number, wireBytes: number) => Effect.Effect<void>) | undefined
  /** Called before every repetition, with the number of the attempt to come. */
  readonly onRetry?: ((error: DownloadError, attempt: number) => Effect.Effect<void>) | undefined
}

/** A file that is on disk, whole and proven. `bytes`, `lines` and `sha256` are of the uncompressed NDJSON even if `kept` compressed. */
export interface Saved {
  readonly bytes: number
  readonly lines: number
  readonly sha256: string
  readonly wireBytes: number
  readonly contentEncoding: "gzip" | "identity"
  readonly kept: boolean
  readonly attempts: number
}

/**
 * Fetches one file into `part` and proves it: it inflates to its trailer, and every line is valid UTF-8 and one JSON object of the promised
 * type. When this succeeds, the bytes have been flushed to the disk. What fails may leave a piece in `part`, so it must not be the final name.
 *
 * Bodies that are cut, stall, do not inflate or hold a bad line are fetched again from their start, up to `policy.fileAttempts` times with
 * the pauses of `policy.retry`. Failures to open the file are final here, because `BcdaClient.open` has repeated them already.
 */
export const saveFile = (options: SaveOptions): Effect.Effect<Saved, DownloadError, BcdaClient> =>
  Effect.gen(function* () {
    const { policy } = yield* BcdaClient
    let attempts = 0
    const attempt = Effect.suspend(() => {
      attempts++
      return saveOnce(options)
    }).pipe(
      Effect.tapError((error) =>
        isRepeatable(error) && attempts < policy.fileAttempts && options.onRetry !== undefined
          ? options.onRetry(error, attempts + 1)
          : Effect.void
      )
    )
    const saved = yield* Effect.retry(attempt, repetitions(policy))
    return { ...saved, attempts }
  })

const isRepeatable = ({ reason }: DownloadError): boolean =>
  reason._tag === "CutShort" || reason._tag === "Stalled" || reason._tag === "BadGzip" || reason._tag === "BadLine"

const repetitions = (policy: Policy) =>
  schedules.pauses(policy).pipe(
    Schedule.upTo({ times: policy.fileAttempts - 1 }),
    Schedule.setInputType<DownloadError>(),
    Schedule.while(({ input }) => isRepeatable(input))
  )

const saveOnce = Effect.fnUntraced(function* (options: SaveOptions) {
  const { name, part, type, url } = options
  const client = yield* BcdaClient
  const response = yield* client.open(url, { acceptEncoding: "gzip" })
  const handle = yield* openFile(part, toWrite).pipe(asDownloadError)
  const inflater = response.contentEncoding === "gzip" ? yield* makeInflater : undefined
  const kept = inflater !== undefined && options.gzip === "keep"
  const proof = new LineProof(options.check === undefined ? jsonOfType(type) : options.check())
  let wireBytes = 0

  const failOn = (problem: LineProblem | undefined) =>
    problem === undefined
      ? Effect.void
      : new DownloadError({
          reason: problem.cut
            ? new CutShort({ file: name, got: wireBytes })
            : new BadLine({ file: name, line: problem.line, detail: problem.detail })
        })
  const badGzip = Effect.mapError(
    (detail: string) => new DownloadError({ reason: new BadGzip({ file: name, detail }) })
  )
  const write = (blocks: ReadonlyArray<Uint8Array>) =>
    onPath(part, () => writeAll(handle, blocks)).pipe(asDownloadError)
  const take = Effect.fnUntraced(function* (plain: ReadonlyArray<Buffer>) {
    for (const block of plain) yield* failOn(proof.update(block))
    if (!kept) yield* write(plain)
  })

  yield* Stream.runForEach(
    response.body,
    Effect.fnUntraced(function* (block) {
      wireBytes += block.byteLength
      if (inflater === undefined) yield* take([asBuffer(block)])
      else for (const slice of inSlices(block)) yield* take(yield* badGzip(inflater.push(slice)))
      if (kept) yield* write([block])
      if (options.onProgress !== undefined) yield* options.onProgress(proof.bytes, wireBytes)
    })
  )
  if (inflater !== undefined) yield* take(yield* badGzip(inflater.end))
  yield* failOn(proof.end())
  yield* onPath(part, () => handle.sync()).pipe(asDownloadError)
  return {
    bytes: proof.bytes,
    lines: proof.lines,
    sha256: proof.sha256(),
    wireBytes,
    contentEncoding: response.contentEncoding,
    kept
  }
}, Effect.scoped)

const asDownloadError = Effect.mapError((reason: DownloadError["reason"]) => new DownloadError({ reason }))

const asBuffer = (block: Uint8Array): Buffer => Buffer.from(block.buffer, block.byteOffset, block.byteLength)
