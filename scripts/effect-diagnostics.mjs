// The Effect compiler's own diagnostics (floating effects, leaked requirements, names of older versions) for every package.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { packageFolders, programOf, root } from "./lib/environment.mjs"
import { handOver } from "./lib/processes.mjs"

const projects = packageFolders()
  .map((folder) => join(folder, "tsconfig.json"))
  .filter((file) => existsSync(join(root, file)))
for (const project of projects) {
  const end = await handOver(
    process.execPath,
    [programOf("@effect/tsgo", "effect-tsgo"), "diagnostics", "--project", project, "--strict", "--format", "text"],
    process.env
  )
  if (end.code !== 0) process.exitCode = 1
}
