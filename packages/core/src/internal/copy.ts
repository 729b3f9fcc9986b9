import { Effect, type Scope } from "effect"
import { BadGzip, BadLine, CutShort, DownloadError, FileChanged, LimitExceeded, Malformed } from "../Errors.ts"
import type { Limits } from "../Policy.ts"
import { type Engine, inSlices } from "./engine.ts"
import type { LineCheck } from "./lineCheck.ts"
import { type LineProblem, LineProof } from "./lineProof.ts"

/** What a copy is of, and how it is proven. */
export interface CopyOptions {
  readonly engine: Engine
  readonly url: string
  /** What errors call the file. */
  readonly name: string
  readonly check: LineCheck
  readonly limits: Limits
  /** See `FetchOptions.refuseEmpty`. */
  readonly refuseEmpty?: boolean | undefined
}

/** What the answer says about the bytes that a copy is made of. */
export interface Source {
  readonly contentEncoding: "gzip" | "identity"
  readonly kept: boolean
  /** If the server serves ranges of this very state of the file. */
  readonly validator?: string
}

/** The good lines at the beginning of a file: so many bytes, lines, and their digest. */
export interface Beginning {
  readonly bytes: number
  readonly lines: number
  readonly sha256: string
}

/** Where a copy goes, as it is made. */
export interface Outlet {
  /** Takes plain bytes, unless the copy is kept compressed; before they are known to be good lines, but not if they are known not to be. */
  readonly write?: (blocks: ReadonlyArray<Uint8Array>) => Effect.Effect<void, DownloadError["reason"]>
  /** Sees good lines and their line ends; see `LineProof`. */
  readonly onLines?: (bytes: Uint8Array) => void
  /** Run after every block whose lines have been looked at, also when something is wrong with one of them. */
  readonly looked?: Effect.Effect<void, DownloadError["reason"]>
  /** Takes the bytes of the wire. */
  readonly writeWire?: (block: Uint8Array) => Effect.Effect<void, DownloadError["reason"]>
  /** Run when the file is whole and proven; it is all of its own beginning. */
  readonly whole?: (file: Beginning) => Effect.Effect<void, DownloadError["reason"]>
  /** What has left this process of the file already, and must come again to the byte. */
  readonly handedOut?: Beginning | undefined
}

/**
 * A file on its way from the wire, with its proof so far. It outlives the connection: while it is sound, the bytes that follow the last one taken
 * can come from another.
 */
export interface Copy extends Source {
  readonly wireBytes: () => number
  readonly bytes: () => number
  /** The good lines so far. */
  readonly beginning: () => Beginning
  /** False once something is wrong with its content: then there is nothing to go on with. */
  readonly isSound: () => boolean
  readonly take: (block: Uint8Array) => Effect.Effect<void, DownloadError>
  /** Takes the end of the file. */
  readonly end: Effect.Effect<Beginning, DownloadError>
}

/** The ratio of plain to compressed bytes says something only after this many plain ones. */
const ratioCounts = 64 * 1024 * 1024

/** Plain bytes are looked at in blocks of at most this: a transport may hand over a whole file at once. */
const plainBlock = 256 * 1024

const empty: LineProblem = { line: 1, detail: "the file is empty, and its server lists no empty ones", kind: "bad" }

/** Begins a copy, which can be taken from until the scope ends. */
export const makeCopy = Effect.fnUntraced(function* (
  options: CopyOptions,
  source: Source,
  outlet: Outlet
): Effect.fn.Return<Copy, DownloadError, Scope.Scope> {
  const { engine, name, check, limits, refuseEmpty = false } = options
  const { contentEncoding, kept } = source
  if (contentEncoding === "gzip" && engine.inflation === undefined) {
    const detail = `${name} came compressed, and was not asked for so`
    return yield* new DownloadError({ reason: new Malformed({ detail }) })
  }
  const inflater = contentEncoding === "gzip" ? yield* engine.inflation ?? Effect.undefined : undefined
  const { handedOut = { bytes: 0, lines: 0, sha256: "" } } = outlet
  const proof = new LineProof(engine, check, limits.lineBytes, outlet.onLines)
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
  const changed = () => refuse(new FileChanged({ file: name, lines: handedOut.lines }))
  const sound = Effect.catch((detail: string) => refuse(new BadGzip({ file: name, detail })))

  /** Looks at lines that have been handed out before: what comes now must be the same. */
  const compare = Effect.fnUntraced(function* (block: Uint8Array) {
    const problem = proof.update(block)
    if (problem !== undefined || (proof.bytes === handedOut.bytes && proof.sha256() !== handedOut.sha256)) {
      return yield* changed()
    }
  })
  const look = Effect.fnUntraced(function* (block: Uint8Array) {
    const known = Math.min(block.byteLength, Math.max(0, handedOut.bytes - proof.bytes))
    if (known > 0) yield* compare(block.subarray(0, known))
    const problem = known < block.byteLength ? proof.update(block.subarray(known)) : undefined
    if (outlet.looked !== undefined) yield* outlet.looked.pipe(asDownloadError)
    if (problem !== undefined) return yield* failOn(problem)
    if (proof.bytes > limits.fileBytes) return yield* exceeds("fileBytes")
    if (proof.bytes > Math.max(ratioCounts, wireBytes * limits.inflation)) return yield* exceeds("inflation")
  })
  const takePlain = Effect.fnUntraced(function* (plain: ReadonlyArray<Uint8Array>) {
    for (const block of plain) yield* look(block)
    if (!kept && outlet.write !== undefined) yield* outlet.write(plain).pipe(asDownloadError)
    // Who sees lines may keep them.
    if (outlet.onLines === undefined) inflater?.release(plain)
  })
  const take = Effect.fnUntraced(function* (block: Uint8Array) {
    wireBytes += block.byteLength
    if (wireBytes > limits.fileBytes) return yield* exceeds("fileBytes")
    if (inflater === undefined) yield* takePlain([...inSlices(block, plainBlock)])
    else for (const slice of inSlices(block)) yield* takePlain(yield* sound(inflater.push(slice)))
    if (kept && outlet.write !== undefined) yield* outlet.write([block]).pipe(asDownloadError)
    if (outlet.writeWire !== undefined) yield* outlet.writeWire(block).pipe(asDownloadError)
  })
  const beginning = (): Beginning => ({ bytes: proof.lineBytes, lines: proof.lines, sha256: proof.sha256() })
  const end = Effect.gen(function* () {
    if (inflater !== undefined) yield* takePlain(yield* sound(inflater.end))
    const last = proof.end()
    // A torn line says that the file was cut once more, and not that it has changed.
    if (proof.bytes < handedOut.bytes && last?.kind !== "cut") return yield* changed()
    const problem = last ?? (refuseEmpty && proof.lines === 0 ? empty : undefined)
    if (problem !== undefined) return yield* failOn(problem)
    if (outlet.looked !== undefined) yield* outlet.looked.pipe(asDownloadError)
    const file = beginning()
    if (outlet.whole !== undefined) yield* outlet.whole(file).pipe(asDownloadError)
    return file
  })
  return {
    ...source,
    wireBytes: () => wireBytes,
    bytes: () => proof.bytes,
    beginning,
    isSound: () => isSound,
    take,
    end
  }
})

/** Turns what keeps bytes from where they go into a reason why a file cannot be had. */
export const asDownloadError = Effect.mapError((reason: DownloadError["reason"]) => new DownloadError({ reason }))
