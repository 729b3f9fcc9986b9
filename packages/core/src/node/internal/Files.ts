/** The few file operations of an export, each with a typed failure, and the two that must survive a power cut. */

import { constants } from "node:fs"
import { type FileHandle, lstat, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises"
import { dirname } from "node:path"
import { Effect, type Scope } from "effect"
import { DiskFull, FileSystem } from "../../Reasons.ts"
import { together } from "./Together.ts"

export type FileReason = DiskFull | FileSystem

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "UNKNOWN"

/** Runs one operation on `path`. A full disk or quota is told apart from everything else. */
export const onPath = <A>(path: string, operation: () => Promise<A>): Effect.Effect<A, FileReason> =>
  Effect.tryPromise({
    try: operation,
    catch: (error) => reasonOfCode(path, codeOf(error))
  })

/** What a code of the system means for a path. */
export const reasonOfCode = (path: string, code: string): FileReason =>
  code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG" ? new DiskFull({ path }) : new FileSystem({ code, path })

const absent: undefined = undefined

/** Turns the absence of a file into `undefined`. */
export const orAbsent = <A, E>(
  effect: Effect.Effect<A, E | FileSystem>
): Effect.Effect<A | undefined, E | FileSystem> =>
  effect.pipe(
    Effect.catchIf(
      (error): error is FileSystem => error instanceof FileSystem && error.code === "ENOENT",
      () => Effect.succeed(absent)
    )
  )

/** The content of a file, or `undefined` if there is none. */
export const readIfThere = (path: string): Effect.Effect<Buffer | undefined, FileReason> =>
  orAbsent(onPath(path, () => readFile(path)))

/**
 * Opens a file for as long as the scope lasts. A link in its place is not followed. A new one is its owner's alone, whatever the directory
 * allows: it will hold claims.
 */
export const openFile = (path: string, flags: number): Effect.Effect<FileHandle, FileReason, Scope.Scope> =>
  Effect.acquireRelease(
    onPath(path, () => open(path, flags | noFollow, 0o600)),
    (handle) => Effect.promise(() => handle.close().catch(() => undefined))
  )

/** Flags to write a file from its start. */
export const toWrite = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC
/** Flags to add to the end of a file. */
export const toAppend = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND
/** Flags to read a file and write on at its end. */
export const toUpdate = constants.O_RDWR
/** Flags to read a file. */
export const toRead = constants.O_RDONLY

// Absent on Windows, where making a link needs a privilege anyway.
const noFollow = constants.O_NOFOLLOW ?? 0

/**
 * Makes a directory, and its parents, if need be, open to their owner only. Fails with `ENOTDIR` when something else has its name; a link to a directory counts as
 * something else unless `followLink`, because what the server names must not end up outside.
 */
export const ensureDirectory = (
  path: string,
  options: { readonly followLink: boolean }
): Effect.Effect<void, FileReason> =>
  Effect.gen(function* () {
    const made = yield* onPath(path, () => mkdir(path, { recursive: true, mode: 0o700 }))
    if (made !== undefined) yield* syncDirectory(dirname(made))
    const found = yield* onPath(path, () => (options.followLink ? stat(path) : lstat(path)))
    return yield* found.isDirectory() ? Effect.void : new FileSystem({ code: "ENOTDIR", path })
  })

const flushDirectory = async (path: string): Promise<void> => {
  // Windows has no such call.
  if (process.platform === "win32") return
  const handle = await open(path, toRead)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a new or renamed entry of a directory last. On Windows it does nothing. */
export const syncDirectory = (path: string): Effect.Effect<void, FileReason> => onPath(path, () => flushDirectory(path))

/** The same, for many entries at a time: those who wait for the same directory are served by one flush. */
export const flushesTogether = (): ((path: string) => Effect.Effect<void, FileReason>) => {
  const flushes = new Map<string, (path: string) => Promise<void>>()
  return (path) => {
    const flush = flushes.get(path) ?? together(() => flushDirectory(path))
    flushes.set(path, flush)
    return onPath(path, () => flush(path))
  }
}

/** Gives a file its final name: from now on it is there, whole, whatever happens to the machine. */
export const moveIntoPlace = (from: string, to: string): Effect.Effect<void, FileReason> =>
  onPath(to, () => rename(from, to)).pipe(Effect.andThen(syncDirectory(dirname(to))))

/** Writes a small file so that its name stands for the old content or the new, never for a part of it. */
export const writeAtomically = (path: string, content: Uint8Array | string): Effect.Effect<void, FileReason> =>
  Effect.scoped(
    Effect.gen(function* () {
      const handle = yield* openFile(`${path}.part`, toWrite)
      yield* onPath(path, () => handle.writeFile(content))
      yield* onPath(path, () => handle.sync())
    })
  ).pipe(Effect.andThen(moveIntoPlace(`${path}.part`, path)))

/** Deletes a file that may not be there. */
export const remove = (path: string): Effect.Effect<void, FileReason> => onPath(path, () => rm(path, { force: true }))

/** Writes all of the blocks. `writev` alone may write a part, on a disk that is nearly full for one. */
export const writeAll = async (handle: FileHandle, blocks: ReadonlyArray<Uint8Array>): Promise<void> => {
  const total = blocks.reduce((sum, block) => sum + block.byteLength, 0)
  if (total === 0) return
  const { bytesWritten } = await handle.writev([...blocks])
  if (bytesWritten < total) await handle.writeFile(Buffer.concat(blocks).subarray(bytesWritten))
}
