// How large @bcda-kit/core is in a program that a bundler has made small: its own code, minified, without effect, ky, jose and @noble/hashes.
// Writes the table of packages/core/README.md; `--check` writes nothing and fails where a program has grown past its limit, or the table is stale.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { rolldown } from "rolldown"
import { root } from "./lib/environment.mjs"

const home = join(root, "packages", "core")
const entries = { main: "index.ts", node: "node/index.ts", promise: "promise.ts" }
const client = { main: ["BcdaClient", "Credentials", "ExportRequest", "Target"] }

/** What programs import, and how many bytes of core they may take. A limit that is far above what there is watches nothing. */
const programs = [
  { title: "`BcdaClient`, over a transport of one's own", imports: client, limit: 70_000 },
  {
    title: "`BcdaClient` and an export into a sink",
    imports: { main: [...client.main, "Transport", "exportToSink"] },
    limit: 98_000
  },
  {
    title: "`BcdaClient` and an export into a directory",
    imports: { ...client, node: ["NodeTransport", "exportToDirectory"] },
    limit: 114_000
  },
  { title: "`connect`, with promises", imports: { promise: ["connect"] }, limit: 130_000 },
  { title: "everything that the main entry has", imports: { main: ["*"] }, limit: 114_000 }
]
const slack = 6_000

const textOf = (imports) =>
  Object.entries(imports)
    .map(([entry, names]) => {
      const from = JSON.stringify(join(home, "src", entries[entry]))
      return names.includes("*") ? `export * from ${from}` : `export { ${names.join(", ")} } from ${from}`
    })
    .join("\n")

/** Bytes that load with the program, and bytes that only load when they are needed. */
const measure = async (imports) => {
  const bundle = await rolldown({
    input: "program",
    platform: "neutral",
    tsconfig: false,
    external: (id) => id !== "program" && !id.startsWith(".") && !id.startsWith("/"),
    plugins: [
      {
        name: "program",
        resolveId: (id) => (id === "program" ? id : undefined),
        load: (id) => (id === "program" ? { code: textOf(imports), moduleType: "js" } : undefined)
      }
    ]
  })
  const { output } = await bundle.generate({ format: "esm", minify: true, comments: false })
  await bundle.close()
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]))
  const atOnce = new Set()
  const walk = (name) => {
    const chunk = chunks.get(name)
    if (chunk === undefined || atOnce.has(name)) return
    atOnce.add(name)
    chunk.imports.forEach(walk)
  }
  output.filter(({ isEntry }) => isEntry).forEach(({ fileName }) => walk(fileName))
  const sum = (wanted) =>
    output.filter(({ fileName }) => wanted(fileName)).reduce((total, { code }) => total + Buffer.byteLength(code), 0)
  return { now: sum((name) => atOnce.has(name)), later: sum((name) => !atOnce.has(name)) }
}

const kB = (bytes) => `${Math.round(bytes / 1000)} kB`

const problems = []
const rows = []
for (const { imports, limit, title } of programs) {
  const { later, now } = await measure(imports)
  if (now > limit) problems.push(`${title}: ${now} bytes, and the limit is ${limit}`)
  if (now < limit - slack) problems.push(`${title}: ${now} bytes, so the limit of ${limit} can come down`)
  console.log(`${title}: ${kB(now)}, ${kB(later)} later; limit ${kB(limit)}`)
  rows.push(`| ${title} | ${kB(limit)} |`)
}

const readme = join(home, "README.md")
const is = readFileSync(readme, "utf8")
const table = ["| a program with | takes at most |", "| --- | --- |", ...rows].join("\n")
const should = is.replace(
  /(<!-- sizes -->\n)[^]*?(<!-- end of sizes -->)/,
  (_, open, close) => `${open}${table}\n${close}`
)
if (!should.includes(table)) problems.push("packages/core/README.md has no place for the table of sizes")
if (process.argv.includes("--check")) {
  if (is !== should) problems.push("the table of sizes is stale: pnpm run sizes")
} else if (is !== should) writeFileSync(readme, should)
if (problems.length > 0) {
  console.error(problems.join("\n"))
  process.exitCode = 1
}
