import { readdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"

/** A folder of a night, and of nothing else that somebody may have put there. */
const isNight = (name: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(name)

/** The nights whose folders are there, the oldest first. */
export const nightFolders = (out: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(async () => {
    const entries = await readdir(out, { withFileTypes: true }).catch(() => [])
    return entries
      .filter((entry) => entry.isDirectory() && isNight(entry.name))
      .map(({ name }) => name)
      .toSorted()
  })

/** Removes the folders of all nights but the last `keep`. Their lines stay in the history. */
export const prune = Effect.fnUntraced(function* (out: string, keep: number) {
  const folders = yield* nightFolders(out)
  const old = folders.slice(0, Math.max(0, folders.length - keep))
  yield* Effect.promise(() => Promise.all(old.map((name) => rm(join(out, name), { recursive: true, force: true }))))
})
