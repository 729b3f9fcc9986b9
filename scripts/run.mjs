// The front door of a checkout: `npm start`, `npm test`, `npm run check`, `npm run bench`, `npm run docs` and `npm run pack` all come through here.
// It runs on any Node >= 18, sees to it that Node, pnpm and the dependencies this workspace needs are there, and hands over
// to the real command. Once everything is in place it says nothing, touches no network and adds nothing to stdout.
import { join } from "node:path"
import { checkSections } from "./lib/check.mjs"
import { ensureDependencies } from "./lib/dependencies.mjs"
import { root, SetupError, toolEnvironment } from "./lib/environment.mjs"
import { exitLike, handOver } from "./lib/processes.mjs"
import { nodeForWorkspace, pnpmForWorkspace } from "./lib/toolchain.mjs"

const [command, ...args] = process.argv.slice(2)

const prepare = async () => {
  const node = await nodeForWorkspace()
  await ensureDependencies(node)
  return { node, env: toolEnvironment([node]) }
}

const commands = {
  start: async () => {
    const { node, env } = await prepare()
    return handOver(node, [join(root, "apps", "runner", "src", "main.ts"), ...args], env)
  },
  test: async () => {
    const { node, env } = await prepare()
    return handOver(node, [join(root, "node_modules", "vitest", "vitest.mjs"), "run", ...args], env)
  },
  bench: async () => {
    const { node, env } = await prepare()
    return handOver(node, [join(root, "bench", "main.ts"), ...args], env)
  },
  docs: async () => {
    const { node, env } = await prepare()
    return handOver(node, [join(root, "scripts", "reference", "make.mjs"), ...args], env)
  },
  pack: async () => {
    const { node } = await prepare()
    const env = toolEnvironment([node, await pnpmForWorkspace()])
    return handOver(node, [join(root, "scripts", "pack.mjs"), ...args], env)
  },
  check: async () => {
    const { node } = await prepare()
    return checkSections(node, toolEnvironment([node, await pnpmForWorkspace()]))
  }
}

try {
  const run = Object.hasOwn(commands, command) ? commands[command] : undefined
  if (run === undefined)
    throw new SetupError(
      `unknown command: ${command}`,
      "",
      "use: node scripts/run.mjs start|test|check|bench|docs|pack"
    )
  exitLike(await run())
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error([`bcda-kit: ${error.message}`, error.why, error.next].filter((line) => line !== "").join("\n"))
  process.exitCode = error.exitCode
}
