// Do the changesets parse, is there one for what changed since the last release, and does one name each package whose public API changed?
// `changeset status` compares with a base branch, which a fresh checkout of one branch does not have; this asks the history itself.
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

/** Source files and API reports that no released version has yet. */
const unreleased = async () => {
  const sources = published.flatMap(({ folder }) => [`${folder}/src`, `${folder}/api`])
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

const named = new Set(changesets.flatMap(({ releases }) => releases.map(({ name }) => name)))
const untold = published
  .filter(({ folder, name }) => !named.has(name) && changed.some((file) => file.startsWith(`${folder}/api`)))
  .map(
    ({ name }) =>
      `the public API of ${name} is not what it was, and no changeset names that package (add one: pnpm changeset)`
  )

const problems = [...(errors ?? []), ...strangers, ...missing, ...untold]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else
  console.log(
    changesets.length === 0 ? "nothing to release" : `to be released: ${changesets.map(({ id }) => id).join(", ")}`
  )
