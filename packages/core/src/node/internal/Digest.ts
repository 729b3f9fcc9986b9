import { createHash } from "node:crypto"
import { lstat } from "node:fs/promises"
import { Effect, Result } from "effect"
import { inSlices } from "../../internal/bytes.ts"
import { type FileReason, onPath, openFile, orAbsent, toRead } from "./Files.ts"
import { makeInflater } from "./Inflater.ts"

/** What a file on disk must be. Sizes are bytes; `sha256` is of the uncompressed content. */
export interface Expected {
  readonly sizeOnDisk: number
  readonly gzip: boolean
  readonly bytes: number
  readonly sha256: string
}

const readBlock = 1024 * 1024

/** Whether a regular file is there and is what it must be, by its size and its digest. */
export const matches = (path: string, expected: Expected): Effect.Effect<boolean, FileReason> =>
  Effect.gen(function* () {
    const found = yield* orAbsent(onPath(path, () => lstat(path)))
    if (found === undefined || !found.isFile() || found.size !== expected.sizeOnDisk) return false
    const actual = yield* Effect.result(digest(path, expected.gzip))
    if (Result.isSuccess(actual))
      return actual.success.bytes === expected.bytes && actual.success.sha256 === expected.sha256
    return typeof actual.failure === "string" ? false : yield* actual.failure
  })

/** Fails with a text when the file is not sound gzip. */
const digest = Effect.fnUntraced(function* (path: string, gzip: boolean) {
  const handle = yield* openFile(path, toRead)
  const inflater = gzip ? yield* makeInflater : undefined
  const hash = createHash("sha256")
  const block = Buffer.allocUnsafe(readBlock)
  let bytes = 0
  const take = (plain: ReadonlyArray<Uint8Array>) => {
    for (const part of plain) {
      hash.update(part)
      bytes += part.length
    }
    inflater?.release(plain)
  }
  for (;;) {
    const { bytesRead } = yield* onPath(path, () => handle.read(block, 0, readBlock))
    if (bytesRead === 0) break
    const read = block.subarray(0, bytesRead)
    if (inflater === undefined) take([read])
    else for (const slice of inSlices(read)) take(yield* inflater.push(slice))
  }
  if (inflater !== undefined) take(yield* inflater.end)
  return { bytes, sha256: hash.digest("hex") }
}, Effect.scoped)
