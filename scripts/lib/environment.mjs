// What the other scripts share: where things are, what to say, and the environment handed to tools.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
/** Tools brought for this checkout only; ignored by git, safe to delete. */
export const toolchain = join(root, ".toolchain")

/** One plain line for the person waiting. stderr, because stdout belongs to the command that runs in the end. */
export const say = (line) => process.stderr.write(`bcda-kit: ${line}\n`)

/** The workspace could not be made ready: what happened, why, and what to do. Exit code 2, "usage or configuration". */
export class SetupError extends Error {
  constructor(message, why, next, exitCode = 2) {
    super(message)
    this.why = why
    this.next = next
    this.exitCode = exitCode
  }
}

// npm passes its whole configuration to scripts as npm_* variables. Most of it (prefix, loglevel, user agent, lifecycle) is about
// the npm command that started us and misleads npm, pnpm and turbo further down; what says how to reach the registry must stay.
const aboutTheNetwork =
  /registry|_auth|token|ca$|cafile|cert|key|proxy|strict_ssl|userconfig|globalconfig|cache$|fetch_|maxsockets|offline/i
const isNpmNoise = (name) => /^npm_/i.test(name) && !(/^npm_config_/i.test(name) && aboutTheNetwork.test(name))

export const cleanEnvironment = (env = process.env) => {
  const cleaned = Object.fromEntries(Object.entries(env).filter(([name]) => !isNpmNoise(name)))
  // pnpm 12 reads pnpm_config_* and no longer npm_config_*: a registry given to npm by environment is meant for it as well.
  const registry = env.npm_config_registry ?? env.NPM_CONFIG_REGISTRY
  if (registry !== undefined && env.pnpm_config_registry === undefined) cleaned.pnpm_config_registry = registry
  return cleaned
}

/** The environment for tools: cleaned, and with the folders of the given programs first on the PATH. */
export const toolEnvironment = (programs) => {
  const env = cleanEnvironment()
  const pathName = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH"
  const folders = programs.map((program) => dirname(program))
  return { ...env, [pathName]: [...folders, env[pathName] ?? ""].join(delimiter), TURBO_TELEMETRY_DISABLED: "1" }
}

/** The program a development dependency brings, as a file that Node can run: no shell and no wrapper script in between. */
export const programOf = (packageName, bin = packageName) => {
  const folder = join(root, "node_modules", packageName)
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  return join(folder, typeof manifest.bin === "string" ? manifest.bin : manifest.bin[bin])
}

/** Folders of the workspace's packages, relative to the root. */
export const packageFolders = () =>
  ["packages", "apps"]
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)))
    .concat("examples")
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .sort((a, b) => (a < b ? -1 : 1))
