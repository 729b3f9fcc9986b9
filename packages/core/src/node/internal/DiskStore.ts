import { Effect, type Scope } from "effect"
import { DownloadError, WrongRange } from "../../Errors.ts"
import type { Store } from "../../internal/copies.ts"
import { asDownloadError, type Copy, type CopyOptions, makeCopy, type Outlet } from "../../internal/copy.ts"
import { onPath, openFile, toUpdate, toWrite, writeAll } from "./Files.ts"
import { beginWireCopy, continueWireCopy, findLeftover, type Leftover, removeLeftover } from "./Leftover.ts"
import { makeThreadedCopy } from "./ThreadedCopy.ts"

const readBlock = 256 * 1024

/**
 * A file on the disk while it is not whole, at `part`. What it takes to go on with it in another process is kept beside it until then. A file
 * that has come whole is flushed.
 */
export const makeDiskStore = Effect.fnUntraced(function* (options: {
  readonly part: string
  readonly url: string
  readonly keepsGzip: boolean
}): Effect.fn.Return<Store, DownloadError> {
  const { part, url, keepsGzip } = options
  const left = yield* findLeftover({ part, url, kept: keepsGzip }).pipe(asDownloadError)
  let isBegun = left !== undefined
  return {
    keepsGzip,
    left,
    begin: Effect.fnUntraced(function* (copy, source) {
      if (isBegun) yield* removeLeftover(part).pipe(asDownloadError)
      isBegun = true
      const { contentEncoding, kept, validator } = source
      const handle = yield* openFile(part, toWrite).pipe(asDownloadError)
      // Only gzip has a checksum of its own, without which a later process could not know what it finds.
      const wire =
        validator === undefined || contentEncoding === "identity"
          ? undefined
          : yield* beginWireCopy({ part, url, validator, kept })
      const tidy = Effect.suspend(() => (wire?.isOpen() === true ? removeLeftover(part) : Effect.void))
      const outlet = {
        ...(wire === undefined ? {} : { writeWire: wire.take }),
        whole: () => onPath(part, () => handle.sync()).pipe(Effect.andThen(tidy))
      }
      const threaded = yield* makeThreadedCopy(copy, source, { fd: handle.fd, path: part, ...outlet })
      if (threaded !== undefined) return threaded
      return yield* makeCopy(copy, source, {
        write: (blocks) => onPath(part, () => writeAll(handle, blocks)),
        ...outlet
      })
    }),
    ...(left === undefined ? {} : { takeUp: (copy: CopyOptions) => takeUp(copy, part, left, keepsGzip) })
  }
})

/** Takes up what an earlier process has left, by reading it as if it came from the wire. */
const takeUp = Effect.fnUntraced(function* (
  options: CopyOptions,
  part: string,
  leftover: Leftover,
  kept: boolean
): Effect.fn.Return<Copy, DownloadError, Scope.Scope> {
  let isReading = true
  const handle = yield* openFile(part, kept ? toUpdate : toWrite).pipe(asDownloadError)
  // A part that is its own leftover is written on where reading it ends.
  const left = kept ? handle : yield* openFile(leftover.path, toUpdate).pipe(asDownloadError)
  const wire = yield* continueWireCopy(part, kept).pipe(asDownloadError)
  const outlet: Outlet = {
    write: (blocks) => (isReading && kept ? Effect.void : onPath(part, () => writeAll(handle, blocks))),
    writeWire: (block) => (isReading ? Effect.void : wire.take(block)),
    whole: () => onPath(part, () => handle.sync()).pipe(Effect.andThen(removeLeftover(part)))
  }
  const source = { contentEncoding: "gzip", kept, validator: leftover.validator } as const
  const copy = yield* makeCopy(options, source, outlet)
  while (copy.wireBytes() < leftover.wireBytes) {
    const block = Buffer.allocUnsafe(Math.min(readBlock, leftover.wireBytes - copy.wireBytes()))
    const { bytesRead } = yield* onPath(leftover.path, () => left.read(block, 0, block.length)).pipe(asDownloadError)
    if (bytesRead === 0) {
      const detail = "what an earlier run left of it is shorter than it was"
      return yield* new DownloadError({ reason: new WrongRange({ file: options.name, detail }) })
    }
    yield* copy.take(block.subarray(0, bytesRead))
  }
  isReading = false
  return copy
})
