import { randomUUID } from "node:crypto"
import { link, open, readFile, rename, rm } from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { DirectoryBusy, type FileSystem } from "../../Reasons.ts"
import { type FileReason, onPath, orAbsent } from "./Files.ts"

/** The file that says who is writing to an export directory. */
export const lockName = ".lock"

/** Locks of this process. A lock file with this process's number that is not among them was left by an earlier process of that number. */
const own = new Set<string>()

/**
 * Keeps other runs out of a directory until the scope ends: a file that only one can create. The lock of a process that no longer exists
 * (killed, power cut) is taken over. One from another machine, over a shared disk, cannot be looked into and counts as held.
 *
 * A process number may be in use again by a stranger after a restart; then the run is refused, and the error says which file to delete.
 */
export const lockDirectory = (directory: string): Effect.Effect<void, DirectoryBusy | FileReason, Scope.Scope> => {
  const path = join(directory, lockName)
  const content = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() })
  const release = Effect.promise(async () => {
    own.delete(content)
    await rm(path, { force: true }).catch(() => undefined)
  })
  return Effect.acquireRelease(acquire(directory, path, content), () => release)
}

const acquire = (directory: string, path: string, content: string) =>
  Effect.gen(function* () {
    // Somebody else may create a lock between our look and our try, so look again; each turn follows a change by another run.
    for (let turn = 0; turn < 20; turn++) {
      if (yield* create(path, content)) return content
      const found = yield* orAbsent(onPath(path, () => readFile(path, "utf8")))
      if (found === undefined) continue
      const holder = holderOf(found)
      if (holder !== undefined) return yield* new DirectoryBusy({ directory, holder, lock: path })
      yield* takeAway(path, found)
    }
    return yield* new DirectoryBusy({ directory, holder: "several runs want it at once", lock: path })
  })

/** Creates the lock with its content in one step, so that nobody can see it without; false if there is one. */
const create = (path: string, content: string): Effect.Effect<boolean, FileReason> => {
  const draft = `${path}.${randomUUID()}`
  return onPath(path, async () => {
    own.add(content)
    try {
      await writeNew(draft, content)
      // Unlike a rename, a link fails when the name is taken. Disks without links (FAT, some shares) get the lock in two steps.
      await link(draft, path).catch((error: unknown) =>
        hasCode(error, "EEXIST") ? Promise.reject(error) : writeNew(path, content)
      )
      return true
    } catch (error) {
      own.delete(content)
      throw error
    } finally {
      await rm(draft, { force: true })
    }
  }).pipe(Effect.catchIf(isTaken, () => Effect.succeed(false)))
}

const isTaken = (error: FileReason): error is FileSystem => error._tag === "FileSystem" && error.code === "EEXIST"

const writeNew = async (path: string, content: string): Promise<void> => {
  const handle = await open(path, "wx", 0o600)
  try {
    await handle.writeFile(content)
  } finally {
    await handle.close()
  }
}

/** Removes an abandoned lock. Two runs may try: what was moved aside is looked at again, and a live one is put back. */
const takeAway = (path: string, abandoned: string): Effect.Effect<void, FileReason> => {
  const aside = `${path}.${randomUUID()}`
  return orAbsent(
    onPath(path, async () => {
      await rename(path, aside)
      if ((await readFile(aside, "utf8")) !== abandoned) await link(aside, path).catch(() => undefined)
      await rm(aside, { force: true })
    })
  )
}

/** Who holds the lock, or `undefined` if nobody does any more. */
const holderOf = (content: string): string | undefined => {
  const { pid, host } = parse(content)
  if (pid === undefined || host === undefined) return undefined
  if (host !== hostname()) return `process ${pid} on ${host}`
  if (pid === process.pid) return own.has(content) ? "this process" : undefined
  return isAlive(pid) ? `process ${pid}` : undefined
}

const parse = (content: string): { readonly pid?: number; readonly host?: string } => {
  try {
    const value: unknown = JSON.parse(content)
    if (typeof value !== "object" || value === null) return {}
    if (!("pid" in value) || typeof value.pid !== "number") return {}
    if (!("host" in value) || typeof value.host !== "string") return {}
    return { pid: value.pid, host: value.host }
  } catch {
    return {}
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It lives and belongs to somebody else.
    return hasCode(error, "EPERM")
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code
