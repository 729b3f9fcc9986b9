import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"

/** A directory that goes away with the test. */
export const tempDirectory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "bcda-kit-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

/** Every file below a directory, by its relative path with `/`. */
export const filesIn = (directory: string): Effect.Effect<Map<string, Buffer>> =>
  Effect.promise(async () => {
    const files = new Map<string, Buffer>()
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      files.set(path.slice(directory.length + 1).replaceAll("\\", "/"), await readFile(path))
    }
    return files
  })
