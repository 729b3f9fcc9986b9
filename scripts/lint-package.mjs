// Packs the package in the current folder as it would be published and has publint and "are the types wrong" look at the tarball.
// pnpm packs, because only pnpm applies publishConfig (dist instead of src) and resolves catalog: and workspace: versions.
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { programOf } from "./lib/environment.mjs"
import { exitCodeOf, quietly } from "./lib/processes.mjs"
import { pnpmForWorkspace } from "./lib/toolchain.mjs"

const folder = mkdtempSync(join(tmpdir(), "bcda-kit-pack-"))
const run = async (title, program, args) => {
  const end = await quietly(program, args, { cwd: process.cwd(), env: process.env })
  const failed = exitCodeOf(end) !== 0
  console.log(`${title}: ${failed ? `failed\n${end.output}` : "ok"}`)
  if (failed) process.exitCode = 1
  return !failed
}

try {
  if (await run("pnpm pack", await pnpmForWorkspace(), ["pack", "--pack-destination", folder])) {
    const [tarball] = readdirSync(folder).map((name) => join(folder, name))
    await run("publint", process.execPath, [programOf("publint"), "run", tarball, "--strict"])
    await run("attw", process.execPath, [programOf("@arethetypeswrong/cli", "attw"), tarball, "--profile", "esm-only"])
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
