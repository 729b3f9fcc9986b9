// `npm run check`: everything besides the tests that a change must pass, in sections with their times.
// turbo remembers what passed on the same input, so a second check only looks at what changed.
import { programOf } from "./environment.mjs"
import { exitCodeOf, handOver } from "./processes.mjs"

const sections = [
  ["types and build", "//#build"],
  ["lint", "//#lint"],
  ["format", "//#format:check"],
  ["Effect diagnostics", "//#effect"],
  ["packages", "lint:package"],
  ["public API", "//#api:check"],
  ["sizes", "//#sizes:check"],
  ["changesets", "//#changesets"]
]

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** Runs every section, also after a failure, so that one run shows all there is to mend. */
export const checkSections = async (node, env) => {
  const start = performance.now()
  const failed = []
  for (const [title, task] of sections) {
    console.log(`\n── ${title}`)
    const since = performance.now()
    const end = await handOver(node, [programOf("turbo"), "run", task, "--output-logs=new-only", "--ui=stream"], env)
    if (end.signal !== null || end.code >= 128) return end
    if (exitCodeOf(end) !== 0) failed.push(title)
    console.log(`── ${title}: ${end.code === 0 ? "ok" : "FAILED"}, ${seconds(since)}`)
  }
  console.log(
    `\n${sections.length - failed.length} passed, ${failed.length} failed (${seconds(start)})${failed.map((title) => `\n  ${title}`).join("")}`
  )
  return { code: failed.length === 0 ? 0 : 1, signal: null }
}
