import { Effect, type Scope } from "effect"
import { BadGzip, BadLine, CutShort, DownloadError, FileChanged, LimitExceeded, Malformed } from "../Errors.ts"
import type { Limits } from "../Policy.ts"
import { inSlices } from "./bytes.ts"
import { type Beginning, CopyProof, type Fault, plainBlock } from "./copyProof.ts"
import type { Engine } from "./engine.ts"
import type { LineCheck, Verify } from "./lineCheck.ts"

/** What a copy is of, and how it is proven. */
export interface CopyOptions {
  readonly engine: Engine
  readonly url: string
  /** What errors call the file. */
  readonly name: string
  readonly check: LineCheck
  /** What `check` is, if it is not the caller's own: for who looks at lines in another thread. */
  readonly lines?: { readonly type: string; readonly verify: Verify } | undefined
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
  /** False once something is wrong with its content: then there is nothing to go on with. */
  readonly isSound: () => boolean
  readonly take: (block: Uint8Array) => Effect.Effect<void, DownloadError>
  /** Waits until all that was taken has been looked at. Fails as a `take` would with what was found only then. */
  readonly settled: Effect.Effect<void, DownloadError>
  /** Takes the end of the file. */
  readonly end: Effect.Effect<Beginning, DownloadError>
}

/** A copy that is made in this very thread. */
export interface HeldCopy extends Copy {
  /** The good lines so far. */
  readonly beginning: () => Beginning
}

/** Begins a copy, which can be taken from until the scope ends. */
export const makeCopy = Effect.fnUntraced(function* (
  options: CopyOptions,
  source: Source,
  outlet: Outlet
): Effect.fn.Return<HeldCopy, DownloadError, Scope.Scope> {
  const { engine, name } = options
  const { contentEncoding, kept } = source
  if (contentEncoding === "gzip" && engine.inflation === undefined) {
    const detail = `${name} came compressed, and was not asked for so`
    return yield* new DownloadError({ reason: new Malformed({ detail }) })
  }
  const inflater = contentEncoding === "gzip" ? yield* engine.inflation ?? Effect.undefined : undefined
  const proof = new CopyProof({ ...options, handedOut: outlet.handedOut, onLines: outlet.onLines })
  let isSound = true

  const sound = (fault: Fault | undefined) => {
    if (fault === undefined) return Effect.void
    isSound = false
    return Effect.fail(refused(name, fault))
  }
  const inflated = Effect.catch((detail: string) => Effect.as(sound({ _tag: "BadGzip", detail }), noBlocks))

  const look = Effect.fnUntraced(function* (block: Uint8Array) {
    const fault = proof.look(block)
    if (outlet.looked !== undefined) yield* outlet.looked.pipe(asDownloadError)
    yield* sound(fault)
  })
  const takePlain = Effect.fnUntraced(function* (plain: ReadonlyArray<Uint8Array>) {
    for (const block of plain) yield* look(block)
    if (!kept && outlet.write !== undefined) yield* outlet.write(plain).pipe(asDownloadError)
    // Who sees lines may keep them.
    if (outlet.onLines === undefined) inflater?.release(plain)
  })
  const take = Effect.fnUntraced(function* (block: Uint8Array) {
    yield* sound(proof.arrived(block.byteLength))
    if (inflater === undefined) yield* takePlain([...inSlices(block, plainBlock)])
    else for (const slice of inSlices(block)) yield* takePlain(yield* inflated(inflater.push(slice)))
    if (kept && outlet.write !== undefined) yield* outlet.write([block]).pipe(asDownloadError)
    if (outlet.writeWire !== undefined) yield* outlet.writeWire(block).pipe(asDownloadError)
  })
  const end = Effect.gen(function* () {
    if (inflater !== undefined) yield* takePlain(yield* inflated(inflater.end))
    yield* sound(proof.end())
    if (outlet.looked !== undefined) yield* outlet.looked.pipe(asDownloadError)
    const file = proof.beginning()
    if (outlet.whole !== undefined) yield* outlet.whole(file).pipe(asDownloadError)
    return file
  })
  return {
    ...source,
    wireBytes: () => proof.wireBytes,
    bytes: () => proof.bytes,
    beginning: () => proof.beginning(),
    isSound: () => isSound,
    take,
    settled: Effect.void,
    end
  }
})

const noBlocks: ReadonlyArray<Uint8Array> = []

/** The error that a fault of a file is. */
export const refused = (file: string, fault: Fault): DownloadError =>
  new DownloadError({ reason: reasonOf(file, fault) })

const reasonOf = (file: string, fault: Fault): DownloadError["reason"] => {
  switch (fault._tag) {
    case "BadGzip":
      return new BadGzip({ file, detail: fault.detail })
    case "BadLine":
      return new BadLine({ file, line: fault.line, detail: fault.detail })
    case "CutShort":
      return new CutShort({ file, got: fault.got })
    case "FileChanged":
      return new FileChanged({ file, lines: fault.lines })
    case "LimitExceeded":
      return new LimitExceeded({ file, limit: fault.limit, most: fault.most })
  }
}

/** Turns what keeps bytes from where they go into a reason why a file cannot be had. */
export const asDownloadError = Effect.mapError((reason: DownloadError["reason"]) => new DownloadError({ reason }))
