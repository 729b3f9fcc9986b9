import { Effect, Exit, Scope } from "effect"
import { BadGzip, BadLine, CutShort, DownloadError, LimitExceeded, WrongRange } from "../../Errors.ts"
import type { Limits } from "../../Policy.ts"
import { type FileReason, onPath, openFile, toUpdate, toWrite, writeAll } from "./Files.ts"
import { inSlices, makeInflater } from "./Inflater.ts"
import { beginWireCopy, continueWireCopy, type Leftover, removeLeftover } from "./Leftover.ts"
import type { LineCheck } from "./LineCheck.ts"
import { type LineProblem, LineProof } from "./LineProof.ts"

/** What a copy is of, and how it is made. */
export interface CopyOptions {
  readonly part: string
  readonly url: string
  /** What errors call the file. */
  readonly name: string
  readonly check: LineCheck
  readonly limits: Limits
  /** See `SaveOptions.refuseEmpty`. */
  readonly refuseEmpty?: boolean | undefined
}

/** What the answer says about the bytes that a copy is made of. */
export interface Source {
  readonly contentEncoding: "gzip" | "identity"
  readonly kept: boolean
  /** If the server serves ranges of this very state of the file. */
  readonly validator?: string
}

/**
 * A file on its way from the wire to the disk, with its proof so far. It outlives the connection: while it is sound, the bytes that follow the
 * last one taken can come from another.
 */
export interface Copy extends Source {
  readonly wireBytes: () => number
  readonly bytes: () => number
  /** False once something is wrong with its content: then there is nothing to go on with. */
  readonly isSound: () => boolean
  readonly take: (block: Uint8Array) => Effect.Effect<void, DownloadError>
  /** Takes the end of the file, and flushes it to the disk. */
  readonly end: Effect.Effect<
    { readonly bytes: number; readonly lines: number; readonly sha256: string },
    DownloadError
  >
  readonly close: Effect.Effect<void>
}

/** The ratio of plain to compressed bytes says something only after this many plain ones. */
const ratioCounts = 64 * 1024 * 1024

const readBlock = 256 * 1024

/** Begins a copy at the first byte of the file. */
export const newCopy = (options: CopyOptions, source: Source): Effect.Effect<Copy, DownloadError, Scope.Scope> =>
  inOwnScope(
    Effect.gen(function* () {
      const handle = yield* openFile(options.part, toWrite).pipe(asDownloadError)
      const { contentEncoding, kept, validator } = source
      const { part, url } = options
      // Only gzip has a checksum of its own, without which a later process could not know what it finds.
      const wire =
        validator === undefined || contentEncoding === "identity"
          ? undefined
          : yield* beginWireCopy({ part, url, validator, kept })
      return yield* makeCopy(options, source, {
        write: (blocks) => onPath(options.part, () => writeAll(handle, blocks)),
        writeWire: wire?.take ?? (() => Effect.void),
        sync: onPath(options.part, () => handle.sync()),
        tidy: Effect.suspend(() => (wire?.isOpen() === true ? removeLeftover(part) : Effect.void))
      })
    })
  )

/** Takes up what an earlier process has left, by reading it as if it came from the wire. */
export const continueCopy = (
  options: CopyOptions,
  leftover: Leftover,
  kept: boolean
): Effect.Effect<Copy, DownloadError, Scope.Scope> =>
  inOwnScope(
    Effect.gen(function* () {
      const { part } = options
      const handle = yield* openFile(part, kept ? toUpdate : toWrite).pipe(asDownloadError)
      const left = kept ? handle : yield* openFile(leftover.path, toUpdate).pipe(asDownloadError)
      const wire = yield* continueWireCopy(part, kept).pipe(asDownloadError)
      let isReading = true
      const copy = yield* makeCopy(
        options,
        { contentEncoding: "gzip", kept, validator: leftover.validator },
        {
          write: (blocks) => (isReading && kept ? Effect.void : onPath(part, () => writeAll(handle, blocks))),
          writeWire: (block) => (isReading ? Effect.void : wire.take(block)),
          sync: onPath(part, () => handle.sync()),
          tidy: removeLeftover(part)
        }
      )
      while (copy.wireBytes() < leftover.wireBytes) {
        const block = Buffer.allocUnsafe(Math.min(readBlock, leftover.wireBytes - copy.wireBytes()))
        const { bytesRead } = yield* onPath(leftover.path, () => left.read(block, 0, block.length)).pipe(
          asDownloadError
        )
        if (bytesRead === 0) {
          const detail = "what an earlier run left of it is shorter than it was"
          return yield* new DownloadError({ reason: new WrongRange({ file: options.name, detail }) })
        }
        yield* copy.take(block.subarray(0, bytesRead))
      }
      isReading = false
      return copy
    })
  )

interface Disk {
  readonly write: (blocks: ReadonlyArray<Uint8Array>) => Effect.Effect<void, FileReason>
  readonly writeWire: (block: Uint8Array) => Effect.Effect<void, FileReason>
  readonly sync: Effect.Effect<void, FileReason>
  /** Removes what lies beside the part, when it is whole. */
  readonly tidy: Effect.Effect<void, FileReason>
}

const empty: LineProblem = { line: 1, detail: "the file is empty, and its server lists no empty ones", kind: "bad" }

const makeCopy = Effect.fnUntraced(function* (options: CopyOptions, source: Source, disk: Disk) {
  const { name, check, limits, refuseEmpty = false } = options
  const { contentEncoding, kept } = source
  const inflater = contentEncoding === "gzip" ? yield* makeInflater : undefined
  const proof = new LineProof(check, limits.lineBytes)
  let wireBytes = 0
  let isSound = true

  const refuse = (reason: DownloadError["reason"]) =>
    Effect.suspend(() => {
      isSound = false
      return Effect.fail(new DownloadError({ reason }))
    })
  const exceeds = (limit: LimitExceeded["limit"]) =>
    refuse(new LimitExceeded({ file: name, limit, most: limits[limit] }))
  const failOn = ({ line, detail, kind }: LineProblem) => {
    if (kind === "long") return exceeds("lineBytes")
    return refuse(
      kind === "cut" ? new CutShort({ file: name, got: wireBytes }) : new BadLine({ file: name, line, detail })
    )
  }
  const sound = Effect.catch((detail: string) => refuse(new BadGzip({ file: name, detail })))

  const takePlain = Effect.fnUntraced(function* (plain: ReadonlyArray<Buffer>) {
    for (const block of plain) {
      const problem = proof.update(block)
      if (problem !== undefined) return yield* failOn(problem)
      if (proof.bytes > limits.fileBytes) return yield* exceeds("fileBytes")
      if (proof.bytes > Math.max(ratioCounts, wireBytes * limits.inflation)) return yield* exceeds("inflation")
    }
    if (!kept) yield* disk.write(plain).pipe(asDownloadError)
  })
  const take = Effect.fnUntraced(function* (block: Uint8Array) {
    wireBytes += block.byteLength
    if (wireBytes > limits.fileBytes) return yield* exceeds("fileBytes")
    if (inflater === undefined) yield* takePlain([asBuffer(block)])
    else for (const slice of inSlices(block)) yield* takePlain(yield* sound(inflater.push(slice)))
    if (kept) yield* disk.write([block]).pipe(asDownloadError)
    yield* disk.writeWire(block).pipe(asDownloadError)
  })
  const end = Effect.gen(function* () {
    if (inflater !== undefined) yield* takePlain(yield* sound(inflater.end))
    const problem = proof.end() ?? (refuseEmpty && proof.lines === 0 ? empty : undefined)
    if (problem !== undefined) return yield* failOn(problem)
    yield* disk.sync.pipe(Effect.andThen(disk.tidy), asDownloadError)
    return { bytes: proof.bytes, lines: proof.lines, sha256: proof.sha256() }
  })
  return {
    ...source,
    wireBytes: () => wireBytes,
    bytes: () => proof.bytes,
    isSound: () => isSound,
    take,
    end
  }
})

/** Gives a copy a scope of its own within the caller's: it can be given up before that one ends. */
const inOwnScope = Effect.fnUntraced(function* (make: Effect.Effect<Omit<Copy, "close">, DownloadError, Scope.Scope>) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const copy = yield* make.pipe(
    Scope.provide(scope),
    Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
  )
  return { ...copy, close: Scope.close(scope, Exit.void) }
})

/** Turns what the disk says into a reason why a file cannot be had. */
export const asDownloadError = Effect.mapError((reason: DownloadError["reason"]) => new DownloadError({ reason }))

const asBuffer = (block: Uint8Array): Buffer => Buffer.from(block.buffer, block.byteOffset, block.byteLength)
