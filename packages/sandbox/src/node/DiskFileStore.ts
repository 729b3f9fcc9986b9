import { closeSync, createReadStream, createWriteStream, openSync, readSync } from "node:fs"
import { mkdir, rename, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createGunzip, createGzip } from "node:zlib"
import { Effect } from "effect"
import { type ByteRange, describeFailure, type FileStore, FileStoreError, type StoredFile } from "../FileStore.ts"
import { lending } from "../internal/Lending.ts"
import { makePieces, pieceBytes } from "./Pieces.ts"
import { temporaryFolder } from "./TemporaryFolder.ts"

const failed = (operation: FileStoreError["operation"]) => (cause: unknown) =>
  new FileStoreError({ operation, detail: describeFailure(cause) })

/** Fast and still some fifteen to one on claims; nothing a client sees depends on it. */
const gzipLevel = 1

const highWaterMark = pieceBytes

const pieces = makePieces()

const storedFile = (path: string, encoding: StoredFile["encoding"], bytes: number): StoredFile => {
  const read = async function* ({ start, end }: ByteRange) {
    const file = openSync(path, "r")
    try {
      for (let at = start; at < end; ) {
        // Read on the spot: the bytes are the system's cache's, written a moment ago, and a trip to another thread for
        // each piece takes longer than the copy.
        const piece = pieces.take()
        const got = readSync(file, piece, 0, Math.min(pieceBytes, end - at), at)
        if (got === 0) throw new Error("the file has become shorter")
        at += got
        yield pieces.part(piece, got)
      }
    } finally {
      closeSync(file)
    }
  }
  const stored = (range: ByteRange = { start: 0, end: bytes }) => lending(read(range), pieces.giveBack)
  const content = async function* () {
    const source = createReadStream(path, { highWaterMark })
    const plain = source.pipe(createGunzip({ chunkSize: highWaterMark }))
    // `pipe` does not carry errors over.
    source.on("error", (cause) => plain.destroy(cause))
    try {
      yield* plain
    } finally {
      source.destroy()
    }
  }
  return { encoding, bytes, stored, content: encoding === "identity" ? () => stored() : content }
}

/** A job's folder is there after its first file. */
const unlessThere = (cause: unknown) => {
  if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause
}

/**
 * Keeps files below a directory that exists, one folder per job; a file gets its name when it is whole. The directory is
 * never made here: a write that was stopped too late would bring a removed one back.
 */
export const diskFileStore = (directory: string): FileStore => ({
  write: (job, name, encoding, content) =>
    Effect.tryPromise({
      try: async (signal) => {
        const folder = join(directory, String(job))
        const path = join(folder, encoding === "gzip" ? `${name}.gz` : name)
        const part = `${path}.part`
        await mkdir(folder).catch(unlessThere)
        try {
          const source = Readable.from(content, { objectMode: false })
          const target = createWriteStream(part)
          await (encoding === "gzip"
            ? pipeline(source, createGzip({ level: gzipLevel, chunkSize: highWaterMark }), target, { signal })
            : pipeline(source, target, { signal }))
          await rename(part, path)
        } catch (cause) {
          await rm(part, { force: true })
          throw cause
        }
        return storedFile(path, encoding, (await stat(path)).size)
      },
      catch: failed("write")
    }),
  remove: (job) =>
    Effect.tryPromise({
      try: () => rm(join(directory, String(job)), { recursive: true, force: true, maxRetries: 5 }),
      catch: failed("remove")
    })
})

/** A disk store in a directory of its own below the system's temporary one, removed when the scope closes. */
export const temporaryFileStore = Effect.map(temporaryFolder, diskFileStore)
