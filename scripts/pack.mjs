// Builds every package and packs it as it would be published, into the folder given.
// pnpm packs, because only pnpm applies publishConfig (dist instead of src) and resolves catalog: and workspace: versions.
import { readdirSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { exitCodeOf, quietly } from "./lib/processes.mjs"
import { pnpmForWorkspace } from "./lib/toolchain.mjs"

const root = dirname(import.meta.dirname)
const [given] = process.argv.slice(2)
if (given === undefined) {
  console.error("which folder? node scripts/pack.mjs FOLDER")
  process.exit(2)
}
const folder = resolve(given)
const pnpm = await pnpmForWorkspace()

const run = async (args, cwd) => {
  const end = await quietly(pnpm, args, { cwd, env: process.env })
  if (exitCodeOf(end) === 0) return
  console.error(end.output)
  process.exit(1)
}

await run(["exec", "tsc", "-b"], root)
for (const group of ["packages", "apps"]) {
  for (const name of readdirSync(join(root, group))) {
    await run(["pack", "--pack-destination", folder], join(root, group, name))
  }
}
