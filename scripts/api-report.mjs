// Writes down the public API of every published package, entry by entry, as `api/ENTRY.api.md` in the package: what a consumer can import, with
// its types. A change to it is a change for users, and shows in review as one. `--check` writes nothing and fails where a report is stale.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor"
import { packageFolders, root } from "./lib/environment.mjs"

const isCheck = process.argv.includes("--check")
const problems = []

const silent = { default: { logLevel: "none" } }

/** The report of one entry; its declarations have to be built. */
const reportOf = (home, declarations, name) => {
  const folder = mkdtempSync(join(tmpdir(), "bcda-kit-api-"))
  try {
    const configObject = {
      projectFolder: home,
      mainEntryPointFilePath: declarations,
      newlineKind: "lf",
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "es2024",
            lib: ["es2024", "esnext", "dom", "dom.iterable"],
            module: "nodenext",
            strict: true,
            skipLibCheck: true,
            noEmit: true,
            allowImportingTsExtensions: true,
            types: ["node"],
            typeRoots: [join(root, "node_modules", "@types")]
          },
          files: [declarations]
        }
      },
      apiReport: { enabled: true, reportFileName: name, reportFolder: folder, reportTempFolder: join(folder, "temp") },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
        // tsc has looked at them already; this one is another version.
        compilerMessageReporting: silent
      }
    }
    const config = ExtractorConfig.prepare({ configObject, packageJsonFullPath: join(home, "package.json") })
    const { succeeded } = Extractor.invoke(config, {
      localBuild: true,
      // What it says of the files that it writes is about a folder that is gone in a moment.
      messageCallback: (message) => {
        if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true
      }
    })
    if (!succeeded) throw new Error(`no report of ${name}`)
    return readFileSync(join(folder, `${name}.api.md`), "utf8")
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

for (const package_ of packageFolders()) {
  const home = join(root, package_)
  const manifest = JSON.parse(readFileSync(join(home, "package.json"), "utf8"))
  if (manifest.private === true) continue
  const reports = new Map()
  for (const entry of Object.values(manifest.publishConfig?.exports ?? {})) {
    if (entry.types === undefined) continue
    const name = entry.types
      .replace(/^\.\/dist\//, "")
      .replace(/(\/index)?\.d\.ts$/, "")
      .replaceAll("/", "-")
    reports.set(`${name}.api.md`, reportOf(home, join(home, entry.types), name))
  }
  if (reports.size === 0) continue
  const folder = join(home, "api")
  mkdirSync(folder, { recursive: true })
  for (const file of readdirSync(folder)) {
    if (reports.has(file)) continue
    if (isCheck) problems.push(`${package_}/api/${file} is of no entry any more`)
    else rmSync(join(folder, file))
  }
  for (const [file, text] of reports) {
    const path = join(folder, file)
    const before = readdirSync(folder).includes(basename(path)) ? readFileSync(path, "utf8") : ""
    if (before === text) continue
    if (isCheck) problems.push(`${package_}/api/${file} is not what the package has`)
    else writeFileSync(path, text)
  }
}

if (problems.length > 0) {
  console.error(
    [...problems, "write it anew, and tell users of it in a changeset: pnpm run api && pnpm changeset"].join("\n")
  )
  process.exitCode = 1
}
