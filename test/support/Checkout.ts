import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

const repository = dirname(dirname(import.meta.dirname))

/** How a run of the front door ended. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * A checkout that holds the real scripts and nothing else that is real: npm and pnpm are shell scripts that write down how they were
 * called. Its path has a space in it. What npm "installs" are small programs that answer `--version`.
 */
export class Checkout implements Disposable {
  readonly home = mkdtempSync(join(tmpdir(), "bcda kit "))
  readonly folder = join(this.home, "check out")
  private readonly path = join(this.home, "bin")
  private readonly children: Array<ChildProcess> = []

  constructor() {
    cpSync(join(repository, "scripts"), join(this.folder, "scripts"), { recursive: true })
    this.write("package.json", '{ "type": "module" }')
    this.write("pnpm-workspace.yaml", "packages: []")
    this.write("pnpm-lock.yaml", "one")
    this.write("packages/core/package.json", "{}")
    this.write(
      "apps/runner/src/main.ts",
      `import { setTimeout } from "node:timers/promises"
      const [mode, value]: Array<string> = process.argv.slice(2)
      if (mode === "exit") process.exitCode = Number(value)
      else if (mode === "wait") {
        for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => { console.log(signal); process.exit(Number(value)) })
        console.log("ready")
        await setTimeout(60_000)
      } else console.log(JSON.stringify(process.argv.slice(2)))`
    )
    this.npm("ok")
  }

  [Symbol.dispose]() {
    for (const child of this.children) child.kill("SIGKILL")
    rmSync(this.home, { recursive: true, force: true })
  }

  write(file: string, text: string) {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true })
    writeFileSync(join(this.folder, file), text)
  }

  private program(file: string, text: string) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `#!/bin/sh\n${text}\n`)
    chmodSync(file, 0o755)
  }

  /** The npm on the path: installs what is asked for, or fails after half of it, or installs something that does not run. */
  npm(behaviour: "ok" | "fails" | "broken") {
    const os = process.platform
    const nodePackage = `${os === "darwin" && process.arch === "arm64" ? "node-bin" : "node"}-${os}-${process.arch}`
    const answer = (version: string, otherwise: string) =>
      behaviour === "broken"
        ? "#!/bin/sh\nexit 1"
        : `#!/bin/sh\nif [ "$1" = --version ]; then echo "${version}"; exit 0; fi\n${otherwise}`
    this.write("../fake/node", answer("v24.21.0", `exec "${process.execPath}" "$@"`))
    this.write("../fake/pnpm", answer("12.21.0", this.pnpmCalls("12.21.0")))
    this.program(
      join(this.path, "npm"),
      `echo "npm $*" >> "${this.home}/calls"
      env | grep -i -E '^(npm_|pnpm_)' | sort >> "${this.home}/npm-env"
      while [ "$1" != --prefix ]; do shift; done
      prefix=$2
      for spec; do :; done
      mkdir -p "$prefix/node_modules"
      ${behaviour === "fails" ? "echo 'npm error network down' >&2; exit 1" : ""}
      case $spec in
        pnpm@12.21.0) mkdir -p "$prefix/node_modules/@pnpm/exe.fake"; target="$prefix/node_modules/@pnpm/exe.fake/pnpm"; from=pnpm ;;
        ${nodePackage}@24.21.0) mkdir -p "$prefix/node_modules/${nodePackage}/bin"; target="$prefix/node_modules/${nodePackage}/bin/node"; from=node ;;
        *) exit 9 ;;
      esac
      cp "${this.home}/fake/$from" "$target"
      chmod +x "$target"`
    )
  }

  private pnpmCalls(version: string) {
    return `echo "pnpm ${version} $*" >> "${this.home}/calls"
      env | grep -i -E '^(npm_|pnpm_)' | sort > "${this.home}/pnpm-env"
      if [ -e "${this.home}/pnpm-fails" ]; then echo 'pnpm error: frozen' >&2; exit 1; fi
      mkdir -p node_modules`
  }

  /** A pnpm that the machine already has. */
  installedPnpm(version: string) {
    this.program(
      join(this.path, "pnpm"),
      `if [ "$1" = --version ]; then echo ${version}; exit 0; fi\n${this.pnpmCalls(version)}`
    )
  }

  pnpmFails(fails: boolean) {
    const flag = join(this.home, "pnpm-fails")
    if (fails) writeFileSync(flag, "")
    else rmSync(flag, { force: true })
  }

  /** How npm and pnpm were called since the last look. */
  calls(): ReadonlyArray<string> {
    const file = join(this.home, "calls")
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []
    rmSync(file, { force: true })
    return lines.map((line) => line.replace(/--prefix .*?staging-\w+-\d+/, "--prefix STAGING"))
  }

  environmentOf(tool: "npm" | "pnpm"): ReadonlyArray<string> {
    return readFileSync(join(this.home, `${tool}-env`), "utf8")
      .trim()
      .split("\n")
  }

  /**
   * Starts the front door. `node` is the version that the machine's Node claims to be; the claim is made inside the script's
   * own process only.
   */
  start(args: ReadonlyArray<string>, options: { readonly node?: string; readonly env?: NodeJS.ProcessEnv } = {}) {
    const claim = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${options.node ?? "18.20.0"}" } })`
    const node = ["--import", `data:text/javascript,${encodeURIComponent(claim)}`]
    const env = { PATH: `${this.path}:/usr/bin:/bin`, HOME: this.home, ...options.env }
    return this.spawn(process.execPath, [...node, join(this.folder, "scripts", "run.mjs"), ...args], env)
  }

  /** Starts a script of the real package.json as npm does: through a shell. */
  npmRun(name: string, args: string) {
    const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
      readFileSync(join(repository, "package.json"), "utf8")
    )
    const env = { PATH: `${this.path}:${dirname(process.execPath)}:/usr/bin:/bin`, HOME: this.home }
    return this.spawn("sh", ["-c", `${scripts[name]} ${args}`], env)
  }

  private spawn(program: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv) {
    const child = spawn(program, args, { cwd: this.folder, env })
    this.children.push(child)
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
    const ran = new Promise<Ran>((resolve, reject) => {
      child.once("error", reject)
      child.once("close", (code) => resolve({ code, stdout, stderr }))
    })
    return { child, ran }
  }

  run(args: ReadonlyArray<string>, options?: { readonly node?: string; readonly env?: NodeJS.ProcessEnv }) {
    return this.start(args, options).ran
  }
}
