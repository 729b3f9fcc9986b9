import { createHash, randomUUID } from "node:crypto"
import { link, open, readdir, readFile, rm } from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { DirectoryBusy, type FileSystem } from "../../Reasons.ts"
import { type FileReason, onPath, orAbsent } from "./Files.ts"

/** The file that says who is writing to an export directory. */
export const lockName = ".lock"

/** When this process started, in milliseconds. Tells it from an earlier one of the same number, which is common in containers. */
const started = (): number => Math.round(Date.now() - process.uptime() * 1000)

/**
 * Keeps other runs out of a directory until the scope ends. The lock of a process that is no more (killed, power cut) is taken over. One
 * from another machine, over a shared disk, cannot be looked into and counts as held; so does a number that a stranger has by now. The error
 * then says which file to delete.
 *
 * Two runs that find the same abandoned lock must not both get in, and a lock that was looked at cannot be deleted or replaced without a
 * moment in which it is somebody else's already. So an abandoned lock stays where it is and gets a successor, whose name follows from its
 * content and which, like every file, only one can create. Who is at the end of that chain holds the directory. On release the chain goes
 * away, its beginning first; who added to a chain that has gone meanwhile sees that on walking it once more, and tries again.
 */
export const lockDirectory = (directory: string): Effect.Effect<void, DirectoryBusy | FileReason, Scope.Scope> => {
  const content = JSON.stringify({ pid: process.pid, host: hostname(), started: started(), id: randomUUID() })
  return Effect.acquireRelease(acquire(directory, content), () => release(directory))
}

const acquire = (directory: string, content: string) =>
  Effect.gen(function* () {
    // Every turn but the last follows a change that another run made in between.
    for (let turn = 0; turn < 50; turn++) {
      const before = yield* walk(directory)
      if (before.holder !== undefined) {
        return yield* new DirectoryBusy({ directory, holder: before.holder, lock: before.end })
      }
      if (!(yield* create(before.end, content))) continue
      const after = yield* walk(directory)
      if (after.content === content) return content
      yield* onPath(before.end, () => rm(before.end, { force: true }))
    }
    return yield* new DirectoryBusy({ directory, holder: "several runs at once", lock: join(directory, lockName) })
  })

const release = (directory: string): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { chain } = yield* walk(directory)
    for (const path of chain) yield* onPath(path, () => rm(path, { force: true }))
    yield* sweep(directory)
  }).pipe(Effect.ignore)

const draftName = /^\.lock\.([0-9a-f]{16}\.)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Removes the drafts of processes that died while they made a lock. One that is just being made looks the same for a moment, before there is
 * anything in it; its maker then does without the draft.
 */
const sweep = Effect.fnUntraced(function* (directory: string) {
  const names = yield* onPath(directory, () => readdir(directory))
  for (const name of names.filter((name) => draftName.test(name))) {
    const path = join(directory, name)
    const content = yield* orAbsent(onPath(path, () => readFile(path, "utf8")))
    if (content !== undefined && holderOf(content) === undefined) yield* onPath(path, () => rm(path, { force: true }))
  }
})

interface Walk {
  /** The files of the chain, its beginning first. */
  readonly chain: ReadonlyArray<string>
  /** The file of who holds the directory, or the one to create if nobody does. */
  readonly end: string
  readonly content: string | undefined
  readonly holder: string | undefined
}

/** Follows the chain from its beginning over all abandoned locks. */
const walk = (directory: string): Effect.Effect<Walk, FileReason> =>
  Effect.gen(function* () {
    const chain: Array<string> = []
    let end = join(directory, lockName)
    for (;;) {
      const path = end
      const content = yield* orAbsent(onPath(path, () => readFile(path, "utf8")))
      if (content === undefined) return { chain, end, content, holder: undefined }
      chain.push(end)
      const holder = holderOf(content)
      if (holder !== undefined) return { chain, end, content, holder }
      end = join(directory, `${lockName}.${createHash("sha256").update(content).digest("hex").slice(0, 16)}`)
    }
  })

/** Creates a lock together with its content; false if there is one of that name. */
const create = (path: string, content: string): Effect.Effect<boolean, FileReason> => {
  const draft = `${path}.${randomUUID()}`
  return onPath(path, async () => {
    try {
      await writeNew(draft, content)
      // Disks without links (FAT, some shares) get the lock in two steps; who reads it in between is put right by the second walk.
      await link(draft, path).catch((error: unknown) =>
        hasCode(error, "EEXIST") ? Promise.reject(error) : writeNew(path, content)
      )
      return true
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

/** Who holds a lock, or `undefined` if it is abandoned. */
const holderOf = (content: string): string | undefined => {
  const lock = parse(content)
  if (lock === undefined) return undefined
  if (lock.host !== hostname()) return `process ${lock.pid} on ${lock.host}`
  if (lock.pid === process.pid) return Math.abs(lock.started - started()) < 1000 ? "this process" : undefined
  return isAlive(lock.pid) ? `process ${lock.pid}` : undefined
}

interface Lock {
  readonly pid: number
  readonly host: string
  readonly started: number
}

const parse = (content: string): Lock | undefined => {
  try {
    const value: unknown = JSON.parse(content)
    if (typeof value !== "object" || value === null) return undefined
    if (!("pid" in value) || typeof value.pid !== "number") return undefined
    if (!("host" in value) || typeof value.host !== "string") return undefined
    return { pid: value.pid, host: value.host, started: "started" in value ? Number(value.started) : Number.NaN }
  } catch {
    return undefined
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
