// Removes what builds and runs leave behind; keeps node_modules and .toolchain.
import { rmSync } from "node:fs"
import { join } from "node:path"
import { packageFolders, root } from "./lib/environment.mjs"

const folders = [
  ".turbo",
  "coverage",
  "bcda-export",
  "docs/reference",
  "node_modules/.cache",
  ...packageFolders().flatMap((folder) => [join(folder, "dist"), join(folder, ".turbo")])
]
for (const folder of folders) rmSync(join(root, folder), { recursive: true, force: true })
