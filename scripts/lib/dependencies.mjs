// `pnpm install`, but only when what it would read has changed since the last time it succeeded.
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { packageFolders, root, SetupError, say, toolEnvironment } from "./environment.mjs"
import { alone } from "./lock.mjs"
import { exitCodeOf, quietly } from "./processes.mjs"
import { pnpmForWorkspace } from "./toolchain.mjs"

const stamp = join(root, "node_modules", ".bcda-kit-installed")

/** Of every file that decides what gets installed, and of the platform, since some packages hold native programs. */
const fingerprint = () => {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`)
  for (const file of [
    "package.json",
    "pnpm-workspace.yaml",
    "pnpm-lock.yaml",
    ...packageFolders().map((folder) => join(folder, "package.json"))
  ]) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)))
  }
  return hash.digest("hex")
}

const isCurrent = () => existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint()

export const ensureDependencies = async (node) => {
  if (isCurrent()) return
  const pnpm = await pnpmForWorkspace()
  await alone(async () => {
    if (isCurrent()) return
    say("installing the dependencies (again only when they change)")
    rmSync(stamp, { force: true })
    const result = await quietly(pnpm, ["install", "--frozen-lockfile", "--config.confirm-modules-purge=false"], {
      env: toolEnvironment([node, pnpm])
    })
    if (result.code !== 0) {
      throw new SetupError(
        "could not install the dependencies",
        result.output,
        "check the network and the registry settings, then run the command again",
        result.signal ? exitCodeOf(result) : 2
      )
    }
    mkdirSync(join(root, "node_modules"), { recursive: true })
    writeFileSync(stamp, fingerprint())
  })
}
