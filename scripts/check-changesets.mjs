// Do the changesets parse, and is there one for what changed since the last release? `changeset status` compares with a base branch,
// which a fresh checkout of one branch does not have; this asks the history itself.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { readConfig } from "@changesets/config"
import { readChangesets } from "@changesets/read"
import { packageFolders, root } from "./lib/environment.mjs"
import { quietly } from "./lib/processes.mjs"

const git = (...args) => quietly("git", args, { env: process.env })

const published = packageFolders()
  .map((folder) => ({ folder, ...JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) }))
  .filter((manifest) => manifest.private !== true)

/** Source files that no released version has yet. */
const unreleased = async () => {
  const sources = published.map(({ folder }) => `${folder}/src`)
  if (published.every(({ version }) => version === "0.0.0")) return sources
  const manifests = published.map(({ folder }) => `${folder}/package.json`)
  const release = await git("log", "-1", "--format=%H", "-G", '"version":', "--", ...manifests)
  if (release.code !== 0 || release.output === "") return []
  const changed = await git("diff", "--name-only", release.output, "HEAD", "--", ...sources)
  return changed.output.split("\n").filter((file) => file !== "")
}

const { config, errors } = await readConfig(root)
const changesets = config === undefined ? [] : await readChangesets(root)
const names = new Set(published.map(({ name }) => name))
const strangers = changesets.flatMap(({ id, releases }) =>
  releases
    .filter(({ name }) => !names.has(name))
    .map(({ name }) => `.changeset/${id}.md names ${name}, which is not a published package`)
)
const changed = await unreleased()
const missing =
  changed.length > 0 && changesets.length === 0
    ? ["no changeset tells users of these changes (add one: pnpm changeset):", ...changed.map((file) => `  ${file}`)]
    : []

const problems = [...(errors ?? []), ...strangers, ...missing]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else
  console.log(
    changesets.length === 0 ? "nothing to release" : `to be released: ${changesets.map(({ id }) => id).join(", ")}`
  )
