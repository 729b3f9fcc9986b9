import { Effect, Scope } from "effect"
import type { FileResponse } from "../../Download.ts"
import { DownloadError, LimitExceeded, WrongRange } from "../../Errors.ts"
import type { Limits } from "../../Policy.ts"
import { asDownloadError, type Copy, type CopyOptions, continueCopy, newCopy } from "./Copy.ts"
import { findLeftover, removeLeftover } from "./Leftover.ts"
import type { LineCheck } from "./LineCheck.ts"

/** The copy that a file is being saved to over all attempts: the one so far, what an earlier process has left, or a new one. */
export interface Copies {
  /** Where to go on, and with which state of the file; `undefined` to begin at its start. */
  readonly position: () => { readonly start: number; readonly ifUnchanged: string } | undefined
  /** The copy that the body of an answer belongs to. Fails with `WrongRange` if it is a part of something else. */
  readonly of: (response: FileResponse) => Effect.Effect<Copy, DownloadError>
  /** To be told of every failure: whatever cannot be gone on with is given up. */
  readonly failed: (error: DownloadError) => void
}

/** The copies of one file, for as long as the scope lasts. */
export const makeCopies = Effect.fnUntraced(function* (
  options: Omit<CopyOptions, "check" | "limits"> & { readonly gzip: "decode" | "keep" },
  check: () => LineCheck,
  limits: Limits
) {
  const { part, url, name, refuseEmpty } = options
  const scope = yield* Effect.scope
  const mayKeep = options.gzip === "keep"
  let leftover = yield* findLeftover({ part, url, kept: mayKeep }).pipe(asDownloadError)
  let copy: Copy | undefined
  let total: number | undefined
  // Pieces that did not fit together once are not tried again: then the whole file is asked for.
  let mayJoin = true
  let isJoined = leftover !== undefined

  const copyOptions = (): CopyOptions => ({ part, url, name, check: check(), limits, refuseEmpty })

  const begin = Effect.fnUntraced(function* ({ contentEncoding, validator, rangesServed }: FileResponse) {
    if (copy !== undefined) yield* copy.close
    if (copy !== undefined || leftover !== undefined) yield* removeLeftover(part).pipe(asDownloadError)
    copy = undefined
    leftover = undefined
    total = undefined
    isJoined = false
    const kept = contentEncoding === "gzip" && mayKeep
    return yield* newCopy(copyOptions(), {
      contentEncoding,
      kept,
      ...(rangesServed && validator !== undefined ? { validator } : {})
    })
  })

  const goOn = Effect.fnUntraced(function* ({ validator, contentEncoding, range }: FileResponse) {
    const known = copy ?? leftover
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
    if (copy !== undefined || leftover === undefined) return copy
    const from = leftover
    return yield* continueCopy(copyOptions(), from, mayKeep)
  })

  const copies: Copies = {
    position: () => {
      const known = copy === undefined ? leftover : { wireBytes: copy.wireBytes(), validator: copy.validator }
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
