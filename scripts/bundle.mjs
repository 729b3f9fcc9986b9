// Bundles the command `bcda` into the folder given (`bundle/` of apps/runner unless told), as it is published: one file that knows every
// command line, and chunks that are loaded by what runs. Why: docs/decisions. Everything from npm is in it, with the licences beside it.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { isBuiltin } from "node:module"
import { dirname, join, relative, resolve } from "node:path"
import { rolldown } from "rolldown"
import { root } from "./lib/environment.mjs"

const home = join(root, "apps", "runner")
const folder = resolve(process.argv[2] ?? join(home, "bundle"))

/** The package that a module belongs to: where it is, and what its manifest says. */
const packageOf = (module) => {
  for (let at = dirname(module); at !== dirname(at); at = dirname(at)) {
    const path = join(at, "package.json")
    if (!existsSync(path)) continue
    const manifest = JSON.parse(readFileSync(path, "utf8"))
    // Folders of a package may have manifests that only say what kind of modules theirs are.
    if (manifest.name !== undefined && manifest.version !== undefined) return { at, manifest }
  }
  throw new Error(`${module} is of no package`)
}

/** Who wrote what is in the bundle, and under which terms it may be passed on. */
const licences = (modules) => {
  const packages = new Map()
  for (const module of modules) {
    if (!module.includes("/node_modules/")) continue
    const one = packageOf(module)
    packages.set(`${one.manifest.name} ${one.manifest.version}`, one)
  }
  const texts = [...packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, { at, manifest }]) => {
      const files = readdirSync(at).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
      if (files.length === 0 || typeof manifest.license !== "string")
        throw new Error(`${title} comes without a licence`)
      const text = files.map((file) => readFileSync(join(at, file), "utf8").trim()).join("\n\n")
      return `${title}, ${manifest.license}\n\n${text}\n`
    })
  return `What the bundle holds besides bcda-kit's own code, and the licences of that.\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`
}

/** What the bundle would look for elsewhere; it is to be Node and nothing else. */
const strangersOf = (chunks) =>
  chunks.flatMap(({ dynamicImports, fileName, imports }) =>
    [...imports, ...dynamicImports]
      .filter((name) => !isBuiltin(name) && !chunks.some((chunk) => chunk.fileName === name))
      .map((name) => `${fileName} imports ${name}`)
  )

rmSync(folder, { recursive: true, force: true })
const problems = []
const bundle = await rolldown({
  input: {
    main: join(home, "src", "main.ts"),
    // The program of threads, which the client starts by its name.
    CopyThread: join(root, "packages", "core", "src", "node", "internal", "CopyThread.ts")
  },
  platform: "node",
  tsconfig: false,
  onLog: (level, log) => {
    if (level !== "debug" && level !== "info") problems.push(log.message)
  }
})
const { output } = await bundle.write({
  dir: folder,
  format: "esm",
  chunkFileNames: "[name]-[hash].js",
  // Not minified: a report of a defect has lines and names in it that can be found again. It would start a twentieth sooner.
  comments: { legal: true, annotation: false, jsdoc: false }
})
await bundle.close()
const chunks = output.filter(({ type }) => type === "chunk")
problems.push(...strangersOf(chunks))
if (problems.length > 0) {
  console.error(problems.join("\n"))
  process.exit(1)
}
writeFileSync(join(folder, "LICENSES.txt"), licences(chunks.flatMap(({ moduleIds }) => moduleIds)))
const size = chunks.reduce((total, { code }) => total + Buffer.byteLength(code), 0)
console.log(`${relative(process.cwd(), folder)}: ${chunks.length} files, ${(size / 1e6).toFixed(1)} MB`)
