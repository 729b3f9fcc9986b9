import { createHash, randomUUID } from "node:crypto"
import { readFileSync, readlinkSync } from "node:fs"
import { link, open, readdir, readFile, rm, stat, utimes } from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"
import { Clock, Effect, Schedule, type Scope } from "effect"
import { DirectoryBusy, type FileSystem } from "../../Reasons.ts"
import { type FileReason, onPath, orAbsent, remove } from "./Files.ts"

/** The file that says who is writing to an export directory. */
export const lockName = ".lock"

/** When this process started, in milliseconds. Tells it from an earlier one of the same number, which is common in containers. */
const started = (): number => Math.round(Date.now() - process.uptime() * 1000)

const readOr = (read: () => string): string => {
  try {
    return read().trim()
  } catch {
    return ""
  }
}

/** Among whom a number means a process: containers count for themselves, and so does a machine after every start. Empty where Linux does not say. */
const numbering = readOr(
  () => `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`
)

/** How often who holds a lock gives a sign of life: the time of its file changes. */
const beat = "2 seconds"
/** By what others see whether it lives: the time of the machine, whatever clock an export goes by. */
const machine = Clock.Clock.defaultValue()
/** For so many of these no sign comes before nobody is believed to be there. Half a minute: a slow disk must not look like a death. */
const beats = 15

/**
 * Keeps other runs out of a directory until the scope ends. The lock of a process that is no more (killed, power cut) is taken over. One
 * from another machine, over a shared disk, cannot be looked into and counts as held; so does a number that a stranger has by now. The error
 * then says which file to delete. In between are containers that share a name, and the same one started again: whose numbers mean nothing here
 * is watched for a sign of life. Hazard: a container that is paused for half a minute gives none.
 *
 * Two runs that find the same abandoned lock must not both get in, and a lock that was looked at cannot be deleted or replaced without a
 * moment in which it is somebody else's already. So an abandoned lock stays where it is and gets a successor, whose name follows from its
 * content and which, like every file, only one can create. Who is at the end of that chain holds the directory. On release the chain goes
 * away, its beginning first; who added to a chain that has gone meanwhile sees that on walking it once more, and tries again.
 */
export const lockDirectory = (
  directory: string,
  clock = machine
): Effect.Effect<void, DirectoryBusy | FileReason, Scope.Scope> => {
  const content = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    numbering,
    started: started(),
    id: randomUUID()
  })
  const lifeless: Lifeless = new Set()
  return Effect.acquireRelease(acquire(directory, content, lifeless), () => release(directory, lifeless)).pipe(
    Effect.flatMap((path) =>
      Effect.repeat(signOfLife(path), Schedule.spaced(beat)).pipe(
        Effect.provideService(Clock.Clock, clock),
        Effect.forkScoped
      )
    ),
    Effect.asVoid
  )
}

const signOfLife = (path: string) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => onPath(path, () => utimes(path, now / 1000, now / 1000))).pipe(
    Effect.ignore
  )

/** Contents of locks that gave no sign of life, so that each is waited for once. */
type Lifeless = Set<string>

/** Gives the path of the lock. */
const acquire = (directory: string, content: string, lifeless: Lifeless) =>
  Effect.gen(function* () {
    // Every turn but the last follows a change that another run made in between.
    for (let turn = 0; turn < 50; turn++) {
      const before = yield* walk(directory, lifeless)
      if (before.holder !== undefined) {
        return yield* new DirectoryBusy({ directory, holder: before.holder, lock: before.end })
      }
      if (!(yield* create(before.end, content))) continue
      const after = yield* walk(directory, lifeless).pipe(Effect.onError(() => Effect.ignore(remove(before.end))))
      if (after.content === content) return before.end
      yield* remove(before.end)
    }
    return yield* new DirectoryBusy({ directory, holder: "several runs at once", lock: join(directory, lockName) })
  })

const release = (directory: string, lifeless: Lifeless): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { chain } = yield* walk(directory, lifeless)
    for (const path of chain) yield* remove(path)
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
    if (content !== undefined && lookInto(content) === undefined) yield* remove(path)
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
const walk = (directory: string, lifeless: Lifeless): Effect.Effect<Walk, FileReason> =>
  Effect.gen(function* () {
    const chain: Array<string> = []
    let end = join(directory, lockName)
    for (;;) {
      const path = end
      const content = yield* orAbsent(onPath(path, () => readFile(path, "utf8")))
      if (content === undefined) return { chain, end, content, holder: undefined }
      chain.push(end)
      const holder = yield* holderOf(path, content, lifeless)
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
const holderOf = Effect.fnUntraced(function* (path: string, content: string, lifeless: Lifeless) {
  const found = lookInto(content)
  if (found === undefined || lifeless.has(content)) return undefined
  if (typeof found === "string") return found
  const life = yield* watch(path)
  if (life === "none") lifeless.add(content)
  return life === "some" ? `process ${found.pid} in another container on ${found.host}` : undefined
})

/** Waits for a sign of life, or for the lock to be released. Who is interrupted meanwhile has nothing to tidy up. */
const watch = Effect.fnUntraced(function* (path: string) {
  const look = orAbsent(
    Effect.map(
      onPath(path, () => stat(path)),
      ({ mtimeMs }) => mtimeMs
    )
  )
  const first = yield* look
  const last = yield* look.pipe(Effect.delay(beat), Effect.repeat({ times: beats - 1, until: (now) => now !== first }))
  return last === undefined ? "released" : last === first ? "none" : "some"
}, Effect.interruptible)

/** Who holds a lock as far as this process can see: a name; nobody any more; or the lock itself, if its numbers mean nothing here. */
const lookInto = (content: string): string | Lock | undefined => {
  const lock = parse(content)
  if (lock === undefined) return undefined
  if (lock.host !== hostname()) return `process ${lock.pid} on ${lock.host}`
  if (lock.numbering !== numbering) return lock
  if (lock.pid === process.pid) return Math.abs(lock.started - started()) < 1000 ? "this process" : undefined
  return isAlive(lock.pid) ? `process ${lock.pid}` : undefined
}

interface Lock {
  readonly pid: number
  readonly host: string
  readonly numbering: string
  readonly started: number
}

const parse = (content: string): Lock | undefined => {
  try {
    const value: unknown = JSON.parse(content)
    if (typeof value !== "object" || value === null) return undefined
    if (!("pid" in value) || typeof value.pid !== "number") return undefined
    if (!("host" in value) || typeof value.host !== "string") return undefined
    return {
      pid: value.pid,
      host: value.host,
      numbering: "numbering" in value ? String(value.numbering) : numbering,
      started: "started" in value ? Number(value.started) : Number.NaN
    }
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
