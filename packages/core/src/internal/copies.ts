import { Effect, Exit, Scope } from "effect"
import type { FileResponse } from "../Download.ts"
import { DownloadError, LimitExceeded, WrongRange } from "../Errors.ts"
import type { Limits } from "../Policy.ts"
import type { Copy, CopyOptions, Source } from "./copy.ts"
import type { LineCheck } from "./lineCheck.ts"

/** What an earlier process has left of a file, so that this one can go on where the wire stopped. */
export interface Left {
  readonly wireBytes: number
  /** What tells this state of the server's file from others. */
  readonly validator: string
}

/** Where a file is kept while it is fetched, over all attempts. */
export interface Store {
  /** Whether compressed bytes are to be kept as they came. */
  readonly keepsGzip: boolean
  /** Begins a copy at the file's first byte. What there was of it is void. */
  readonly begin: (options: CopyOptions, source: Source) => Effect.Effect<Copy, DownloadError, Scope.Scope>
  /** What an earlier process has left, compressed. */
  readonly left?: Left | undefined
  /** Takes that up. */
  readonly takeUp?: (options: CopyOptions) => Effect.Effect<Copy, DownloadError, Scope.Scope>
}

/** The copy that a file is being saved to over all attempts: the one so far, what an earlier process has left, or a new one. */
export interface Copies {
  /** Where to go on, and with which state of the file; `undefined` to begin at its start. */
  readonly position: () => { readonly start: number; readonly ifUnchanged: string } | undefined
  /** The copy that the body of an answer belongs to. Fails with `WrongRange` if it is a part of something else. */
  readonly of: (response: FileResponse) => Effect.Effect<Copy, DownloadError>
  /** To be told of every failure: whatever cannot be gone on with is given up. */
  readonly failed: (error: DownloadError) => void
}

/** The copies of one file, for as long as the scope lasts. `check` is called once for each beginning of the file. */
export const makeCopies = Effect.fnUntraced(function* (
  store: Store,
  options: Omit<CopyOptions, "check" | "limits">,
  check: () => LineCheck,
  limits: Limits
) {
  const { name } = options
  const scope = yield* Effect.scope
  let left = store.left
  let copy: (Copy & { readonly close: Effect.Effect<void> }) | undefined
  let total: number | undefined
  // Pieces that did not fit together once are not tried again: then the whole file is asked for.
  let mayJoin = true
  let isJoined = left !== undefined

  const copyOptions = (): CopyOptions => ({ ...options, check: check(), limits })

  const begin = Effect.fnUntraced(function* ({ contentEncoding, validator, rangesServed }: FileResponse) {
    if (copy !== undefined) yield* copy.close
    copy = undefined
    left = undefined
    total = undefined
    isJoined = false
    const source = {
      contentEncoding,
      kept: contentEncoding === "gzip" && store.keepsGzip,
      ...(rangesServed && validator !== undefined ? { validator } : {})
    }
    return yield* inOwnScope(store.begin(copyOptions(), source))
  })

  const goOn = Effect.fnUntraced(function* ({ validator, contentEncoding, range }: FileResponse) {
    const known = copy ?? left
    const isSame =
      validator !== undefined &&
      validator === known?.validator &&
      contentEncoding === (copy?.contentEncoding ?? "gzip") &&
      range?.total !== undefined &&
      range.end + 1 === range.total &&
      range.total === (total ?? range.total)
    if (!isSame) {
      const detail = "what came is not said to be the rest of the same state of the file"
      return yield* new DownloadError({ reason: new WrongRange({ file: name, detail }) })
    }
    total = range.total
    isJoined = true
    if (copy !== undefined || left === undefined) return copy
    return store.takeUp === undefined ? undefined : yield* inOwnScope(store.takeUp(copyOptions()))
  })

  const copies: Copies = {
    position: () => {
      const known = copy === undefined ? left : { wireBytes: copy.wireBytes(), validator: copy.validator }
      return mayJoin && known?.validator !== undefined && known.wireBytes > 0 && copy?.isSound() !== false
        ? { start: known.wireBytes, ifUnchanged: known.validator }
        : undefined
    },
    of: Effect.fnUntraced(function* (response) {
      if ((response.range?.total ?? response.contentLength ?? 0) > limits.fileBytes) {
        const reason = new LimitExceeded({ file: name, limit: "fileBytes", most: limits.fileBytes })
        return yield* new DownloadError({ reason })
      }
      const found = response.status === 206 ? yield* goOn(response) : yield* begin(response)
      copy = found ?? (yield* begin(response))
      return copy
    }, Scope.provide(scope)),
    failed: ({ reason }) => {
      const isWire = reason._tag === "CutShort" || reason._tag === "Stalled"
      if (reason._tag === "WrongRange" || (isJoined && (!isWire || copy?.isSound() === false))) mayJoin = false
    }
  }
  return copies
})

/** Gives a copy a scope of its own within the caller's: it can be given up before that one ends. */
const inOwnScope = Effect.fnUntraced(function* (make: Effect.Effect<Copy, DownloadError, Scope.Scope>) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const copy = yield* make.pipe(
    Scope.provide(scope),
    Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
  )
  return { ...copy, close: Scope.close(scope, Exit.void) }
})
