import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"

/** A directory that goes with the scope. Its name has a space. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "conformance test "))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)
