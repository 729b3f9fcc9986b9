/**
 * Loaded before a program (`node --import`), it kills that program at its `n`th operation on files: `BCDA_KIT_DIE_AT=before:12` just before
 * it, `after` it, or `torn`: with half of what was to be written. Every flush, rename and note in the journal is such a point. With a third part,
 * `before:2:receipt.json`, those count that come after a file has got that name.
 */
import { open, rm } from "node:fs/promises"
import { createRequire, syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { join, sep } from "node:path"
import { getEnvironmentData, isMainThread, setEnvironmentData } from "node:worker_threads"

const [when = "", at = "0", from] = (process.env["BCDA_KIT_DIE_AT"] ?? "").split(":")

/** How many operations are left, and whether they count: for all threads together. */
const shared = "bcda-kit-die-at"
if (isMainThread) {
  const begun = new Int32Array(new SharedArrayBuffer(8))
  begun.set([Number(at), Number(from === undefined)])
  setEnvironmentData(shared, begun)
}
const counted = getEnvironmentData(shared)
if (!(counted instanceof Int32Array)) throw new Error("nobody has begun to count")
const isCounting = () => counted[1] === 1
/** Counts one operation; true for the one to die at. */
const isLast = () => Atomics.sub(counted, 0, 1) === 1

const die = (): Promise<never> => {
  process.kill(process.pid, "SIGKILL")
  return new Promise(() => undefined)
}

type Operation = (this: unknown, ...args: Array<unknown>) => Promise<unknown>

/** Puts a count before each of these operations. */
const count = (owner: Record<string, Operation>, names: ReadonlyArray<string>): void => {
  for (const name of names) {
    const original = owner[name]
    if (original === undefined) throw new Error(`there is no ${name}`)
    owner[name] = async function (...args) {
      if (!isCounting()) {
        const done = await original.apply(this, args)
        if (name === "rename" && String(args[1]).endsWith(`${sep}${from}`)) counted[1] = 1
        return done
      }
      if (!isLast()) return original.apply(this, args)
      if (when === "torn") await original.apply(this, [half(args[0]), ...args.slice(1)])
      if (when === "after") await original.apply(this, args)
      return die()
    }
  }
}

/** Half of what is to be written; anything else is left as it is. */
const half = (content: unknown): unknown => {
  if (typeof content === "string" && content.endsWith("\n")) return content.slice(0, content.length / 2)
  if (Array.isArray(content)) return content.map((block: unknown) => half(block))
  return content instanceof Uint8Array ? content.subarray(0, content.length / 2) : content
}

/** The one operation of the threads that files are written in, which do not wait for the disk. */
const countWrites = (fs: { writevSync: (fd: number, blocks: Array<Uint8Array>) => number }): void => {
  const original = fs.writevSync
  fs.writevSync = (fd, blocks) => {
    if (!isCounting() || !isLast()) return original(fd, blocks)
    if (when === "torn")
      original(
        fd,
        blocks.map((block) => block.subarray(0, block.length / 2))
      )
    if (when === "after") original(fd, blocks)
    void die()
    // The signal may need a moment.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }
}

const require = createRequire(import.meta.url)
if (isMainThread) {
  const promises: Record<string, Operation> = require("node:fs/promises")
  const probe = join(tmpdir(), `bcda-kit-${process.pid}`)
  const handle = await open(probe, "w")
  const handles: Record<string, Operation> = Object.getPrototypeOf(handle)
  await handle.close()
  await rm(probe)
  count(handles, ["sync", "writev", "writeFile", "appendFile", "truncate"])
  count(promises, ["open", "rename", "rm", "mkdir", "link"])
} else {
  countWrites(require("node:fs"))
}
syncBuiltinESMExports()
