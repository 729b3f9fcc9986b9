// Makes docs/reference, or the folder that is given, from the docstrings of the published packages: pages for a browser that work without a network.
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { Application } from "typedoc"
import { packageFolders, root, say } from "../lib/environment.mjs"

const [given] = process.argv.slice(2)
const out = given === undefined ? join(root, "docs", "reference") : resolve(given)
const folder = mkdtempSync(join(tmpdir(), "bcda-kit-reference-"))

/** What typedoc makes of a project, or the end: it has said why. */
const project = async (options) => {
  const app = await Application.bootstrap({ logLevel: "Error", ...options })
  const made = await app.convert()
  if (made === undefined) throw new Error("typedoc could not read the packages")
  return { app, made }
}

try {
  const entryPoints = []
  for (const package_ of packageFolders()) {
    const home = join(root, package_)
    const manifest = JSON.parse(readFileSync(join(home, "package.json"), "utf8"))
    const sources = Object.values(manifest.exports ?? {}).filter((entry) => String(entry).endsWith(".ts"))
    if (manifest.private === true || sources.length === 0) continue
    say(`reading ${manifest.name}`)
    const { app, made } = await project({
      name: manifest.name,
      entryPoints: sources.map((entry) => join(home, entry)),
      basePath: join(home, "src"),
      tsconfig: join(home, "tsconfig.json"),
      readme: join(home, "README.md"),
      // tsc has looked at them already; this one is another version.
      skipErrorChecking: true,
      excludeExternals: true,
      excludeInternal: true,
      excludePrivate: true,
      disableSources: true
    })
    const file = join(folder, `${entryPoints.length}.json`)
    await app.generateJson(made, file)
    entryPoints.push(file)
  }
  const { app, made } = await project({
    name: "bcda-kit",
    entryPoints,
    entryPointStrategy: "merge",
    readme: "none",
    hideGenerator: true
  })
  rmSync(out, { recursive: true, force: true })
  await app.generateDocs(made, out)
  if (app.logger.hasErrors()) throw new Error("typedoc could not write the reference")
  console.log(join(out, "index.html"))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
