import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import type { Effect, Scope } from "effect"
import { isAt } from "./bytes.ts"

/** A running SHA-256. */
export interface Digest {
  readonly update: (bytes: Uint8Array) => void
  /** Of what came so far, in lower-case hexadecimal. More may follow. */
  readonly hex: () => string
}

/** Inflates gzip, block by block. */
export interface Inflater {
  /**
   * Takes compressed bytes, gives the plain ones that are ready; they may lag behind. Fails with what is wrong with the bytes.
   * Give it no more than a slice (`inSlices`) at a time.
   */
  readonly push: (block: Uint8Array) => Effect.Effect<ReadonlyArray<Uint8Array>, string>
  /** Says that there are no more; gives the rest. Fails if the last member is not complete. */
  readonly end: Effect.Effect<ReadonlyArray<Uint8Array>, string>
  /**
   * Says that nobody needs any of the plain bytes given so far: they may be gone after it, and their memory free at once. Left to the collector, a GB of
   * them costs more than inflating it.
   */
  readonly release: (blocks: ReadonlyArray<Uint8Array>) => void
}

/** What the proof of a file takes beyond the language. Every engine gives the same answers; Node's own are several times faster. */
export interface Engine {
  readonly sha256: () => Digest
  readonly isUtf8: (bytes: Uint8Array) => boolean
  /** Of bytes that are UTF-8. A byte order mark is a character like any other. */
  readonly toText: (bytes: Uint8Array) => string
  /** The index of the first `needle` at or after `from`, or -1. */
  readonly indexOf: (bytes: Uint8Array, needle: Uint8Array, from: number) => number
  /** Inflates for as long as a scope lasts. Absent where nothing can but the transport: what comes compressed is asked for once more, uncompressed. */
  readonly inflation?: Effect.Effect<Inflater, never, Scope.Scope>
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
const strict = new TextDecoder("utf-8", { fatal: true })

/** What every engine has by the standards of the web, which know no digest of a stream. */
export const webEngine: Engine = {
  sha256: () => {
    const hash = sha256.create()
    return { update: (bytes) => void hash.update(bytes), hex: () => bytesToHex(hash.clone().digest()) }
  },
  isUtf8: (bytes) => {
    try {
      strict.decode(bytes)
      return true
    } catch {
      return false
    }
  },
  toText: (bytes) => decoder.decode(bytes),
  indexOf: (bytes, needle, from) => {
    const [first = 0] = needle
    for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
      if (isAt(bytes, needle, at)) return at
    }
    return -1
  }
}

/** Where a client keeps its engine: under a symbol, since it is no step for its users. */
export const engineOf: unique symbol = Symbol("@bcda-kit/core/internal/engine")

let runtimes: Engine = webEngine

/** The engine of the clients to be made: that of the web, until somebody brings the runtime's own. */
export const runtimeEngine = (): Engine => runtimes

/**
 * Brings the runtime's own engine. It is one for the process and no service beside the transport's, since it belongs to the runtime: whoever wraps the
 * transport in a layer of his own must not lose it.
 */
export const bringEngine = (engine: Engine): void => {
  runtimes = engine
}
