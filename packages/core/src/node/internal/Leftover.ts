import { lstat } from "node:fs/promises"
import { Effect, Option, Schema, Scope } from "effect"
import {
  type FileReason,
  onPath,
  openFile,
  orAbsent,
  readIfThere,
  remove,
  toAppend,
  toWrite,
  writeAll
} from "./Files.ts"

/** What a run that was killed has left of a file, so that the next one can go on where the wire stopped. */
export interface Leftover {
  /** The file with the bytes of the wire, from the first one on. */
  readonly path: string
  readonly wireBytes: number
  /** What tells this state of the server's file from others. */
  readonly validator: string
}

/** What stands beside a part: whose bytes they are, and where the bytes of the wire are if not in the part itself. */
const Origin = Schema.fromJsonString(
  Schema.Struct({
    url: Schema.String,
    validator: Schema.String,
    kept: Schema.Boolean
  })
)
const decode = Schema.decodeUnknownOption(Origin)
const encode = Schema.encodeSync(Origin)

const originOf = (part: string): string => `${part}.from`
/** A part that is decoded cannot be gone on with: the server counts compressed bytes. So those are kept beside it. */
const wireOf = (part: string, kept: boolean): string => (kept ? part : `${part}.gz`)

/** What is left of `url` at `part`, if it can be gone on with in the same manner; anything else that is left goes away. */
export const findLeftover = Effect.fnUntraced(function* (options: {
  readonly part: string
  readonly url: string
  readonly kept: boolean
}): Effect.fn.Return<Leftover | undefined, FileReason> {
  const { part, url, kept } = options
  const text = yield* readIfThere(originOf(part))
  if (text === undefined) return undefined
  const origin = Option.getOrUndefined(decode(text.toString("utf8")))
  if (origin?.url === url && origin.kept === kept) {
    const path = wireOf(part, kept)
    const found = yield* orAbsent(onPath(path, () => lstat(path)))
    if (found?.isFile() === true && found.size > 0) return { path, wireBytes: found.size, validator: origin.validator }
  }
  yield* removeLeftover(part)
  return undefined
})

/** Whether a part has anything beside it: then its file was begun by an earlier run. */
export const isBegun = (part: string): Effect.Effect<boolean, FileReason> =>
  Effect.map(orAbsent(onPath(originOf(part), () => lstat(originOf(part)))), (found) => found !== undefined)

/** Deletes what stands beside a part; the bytes first, so that there are never any of unknown origin. */
export const removeLeftover = (part: string): Effect.Effect<void, FileReason> =>
  Effect.andThen(remove(wireOf(part, false)), remove(originOf(part)))

/** Writes down the wire for a later run. */
export interface WireCopy {
  readonly take: (block: Uint8Array) => Effect.Effect<void, FileReason>
  /** Whether anything has been written beside the part. */
  readonly isOpen: () => boolean
}

// Fetching a smaller file again costs less than the files here would; most of BCDA's are smaller.
const worthwhile = 1024 * 1024

/**
 * Begins a copy of the wire. Nothing is written before there is enough of it to be worth it. None of it is flushed: after a power cut it may
 * be anything, and then the checksum at the end of its gzip will say so.
 */
export const beginWireCopy = Effect.fnUntraced(function* (options: {
  readonly part: string
  readonly url: string
  readonly validator: string
  readonly kept: boolean
}): Effect.fn.Return<WireCopy, never, Scope.Scope> {
  const { part, url, validator, kept } = options
  const scope = yield* Effect.scope
  let held: Array<Uint8Array> = []
  let heldBytes = 0
  let opened: WireCopy | undefined
  return {
    take: Effect.fnUntraced(function* (block) {
      if (opened !== undefined) return yield* opened.take(block)
      heldBytes += block.byteLength
      if (!kept) held.push(block)
      if (heldBytes < worthwhile) return
      const origin = yield* openFile(originOf(part), toWrite)
      yield* onPath(originOf(part), () => origin.writeFile(encode({ url, validator, kept })))
      opened = yield* continueWireCopy(part, kept).pipe(Scope.provide(scope))
      for (const one of held) yield* opened.take(one)
      held = []
    }, Effect.scoped),
    isOpen: () => heldBytes >= worthwhile
  }
})

/** Goes on with a copy of the wire at its end. A part that is kept as it came is its own. */
export const continueWireCopy = Effect.fnUntraced(function* (
  part: string,
  kept: boolean
): Effect.fn.Return<WireCopy, FileReason, Scope.Scope> {
  if (kept) return { take: () => Effect.void, isOpen: () => true }
  const path = wireOf(part, kept)
  const handle = yield* openFile(path, toAppend)
  return { take: (block) => onPath(path, () => writeAll(handle, [block])), isOpen: () => true }
})
