import { createHash } from "node:crypto"
import { readlinkSync } from "node:fs"
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { describeFailure, FileStoreError } from "../FileStore.ts"

const prefix = "bcda-sandbox"

/** Process ids mean something on one machine, and on Linux in one namespace, only. Containers may share a temporary directory. */
const machine = (): string => {
  let namespace = ""
  try {
    namespace = readlinkSync("/proc/self/ns/pid")
  } catch {
    // Not Linux: the host's name has to do.
  }
  return createHash("sha256").update(`${hostname()} ${namespace}`).digest("hex").slice(0, 8)
}

/** `bcda-sandbox-<machine>-<process id>-<six random characters>`. */
const named = /^bcda-sandbox-([0-9a-f]{8})-(\d+)-[A-Za-z0-9]{6}$/

/** A process that may not be signalled is alive all the same. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return !(cause instanceof Error && "code" in cause && cause.code === "ESRCH")
  }
}

/** Whether a directory is one that a sandbox of this user and machine left behind when its process was killed. */
const isLeftBehind = async (folder: string, name: string): Promise<boolean> => {
  const [, where, pid] = named.exec(name) ?? []
  if (pid === undefined || where !== machine() || isAlive(Number(pid))) return false
  const found = await lstat(join(folder, name))
  return found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid())
}

/** Removes what killed processes left behind. Nobody depends on it, so it fails silently. */
const removeLeftBehind = async (folder: string): Promise<void> => {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const gone = await isLeftBehind(folder, name).catch(() => false)
    if (gone) await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

const failed = (cause: unknown) => new FileStoreError({ operation: "prepare", detail: describeFailure(cause) })

/**
 * A directory of its own below the system's temporary one, removed when the scope closes. A process that is killed cannot
 * do that, so directories of processes that are no more go first.
 */
export const temporaryFolder = Effect.acquireRelease(
  Effect.tryPromise({
    try: async () => {
      const folder = tmpdir()
      await removeLeftBehind(folder)
      return mkdtemp(join(folder, `${prefix}-${machine()}-${process.pid}-`))
    },
    catch: failed
  }),
  // Retried, because a write that is being stopped may still put a file there.
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true, maxRetries: 5 }))
)
