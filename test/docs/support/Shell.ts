/** A reader's shell: one for a page, so that what a block sets and where it goes stays for the blocks after it. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Shell extends AsyncDisposable {
  /** Runs the lines of a block as if they had been pasted, up to the first that fails. That ends the shell, unless it is meant to. */
  readonly run: (lines: string, isToFail?: boolean) => Promise<Ended>
  /** Runs a command in a terminal of its own until the page is over. Resolves when it has printed the text. */
  readonly open: (line: string, printed: string) => Promise<Ended>
}

export interface ShellOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Ends everything. */
  readonly signal: AbortSignal
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

const start = (args: ReadonlyArray<string>, { cwd, env, signal }: ShellOptions) => {
  // A group of its own, so that all that it starts ends with it.
  const child = spawn("bash", ["--noprofile", "--norc", ...args], { cwd, env, detached: true, stdio: "pipe" })
  const closed = once(child, "close")
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM")
    } catch {
      // It has ended by itself, and all that it started.
    }
  }
  signal.addEventListener("abort", kill)
  const end = async () => {
    signal.removeEventListener("abort", kill)
    kill()
    await closed
  }
  return { child, closed, end }
}

export const openShell = (options: ShellOptions): Shell => {
  const { child, closed, end } = start([], options)
  const terminals: Array<() => Promise<void>> = []
  let said = ""
  let look: (() => void) | undefined
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString()
    look?.()
  })
  child.stdin.write("set -euo pipefail\n")
  let blocks = 0
  const run = async (lines: string, isToFail = false): Promise<Ended> => {
    const name = `block-${++blocks}`
    const [script, stdout, stderr] = [".sh", ".out", ".err"].map((ending) => join(options.cwd, `.${name}${ending}`))
    if (script === undefined || stdout === undefined || stderr === undefined)
      throw new Error("no names for what a block prints")
    writeFileSync(script, lines)
    const done = new Promise<number>((resolve) => {
      look = () => {
        const [, code] = new RegExp(`^${name} ends with (\\d+)\\n`, "m").exec(said) ?? []
        if (code !== undefined) resolve(Number(code))
      }
    })
    const source = `source ${quoted(script)} </dev/null >${quoted(stdout)} 2>${quoted(stderr)}`
    child.stdin.write(
      `${isToFail ? `set +e; (set -e; ${source}); code=$?; set -e` : `${source}; code=0`}; echo ${name} ends with $code\n`
    )
    const code = await Promise.race([done, closed.then(([code]: ReadonlyArray<number | null>) => code ?? null)])
    return { code, stdout: readFileSync(stdout, "utf8"), stderr: readFileSync(stderr, "utf8") }
  }
  const open = async (line: string, printed: string): Promise<Ended> => {
    const terminal = start(["-euc", line], options)
    terminals.push(terminal.end)
    terminal.child.stdin.end()
    let stdout = ""
    let stderr = ""
    return new Promise((resolve) => {
      terminal.child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
      terminal.child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
      const grew = () => {
        if ((stdout + stderr).includes(printed)) resolve({ code: 0, stdout, stderr })
      }
      terminal.child.stdout.on("data", grew)
      terminal.child.stderr.on("data", grew)
      void terminal.closed.then(([code]: ReadonlyArray<number | null>) =>
        resolve({ code: code ?? null, stdout, stderr })
      )
    })
  }
  return {
    run,
    open,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await Promise.all([end(), ...terminals.map((close) => close())])
    }
  }
}
