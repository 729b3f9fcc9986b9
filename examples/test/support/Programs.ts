/** Runs the programs as a reader would: each in a process of its own, against a server on this machine. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startSandbox } from "@bcda-kit/sandbox/node"

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Setting extends AsyncDisposable {
  readonly sandbox: Awaited<ReturnType<typeof startSandbox>>
  /** Where the program runs. */
  readonly folder: string
  /** Runs a program to its end. What it finds in its environment are the sandbox's address and credentials, and what is given. */
  readonly run: (program: string, args?: ReadonlyArray<string>, env?: Readonly<Record<string, string>>) => Promise<Ran>
  /** Runs a program and presses Ctrl-C once it has printed a text. */
  readonly interrupt: (program: string, args: ReadonlyArray<string>, printed: string) => Promise<Ran>
  readonly credentials: { readonly clientId: string; readonly clientSecret: string }
  /** How many jobs were started. */
  readonly jobs: () => number
}

/** Jobs are done at once, or not before so many milliseconds of the sandbox's clock. */
export const setUp = async (pendingMillis = 0): Promise<Setting> => {
  const sandbox = await startSandbox({ enrollees: 20, pace: { pendingMillis, perSubJobMillis: 0 } })
  const credentials = { clientId: "sandbox-small", clientSecret: "not-a-secret-small" }
  const folder = mkdtempSync(join(tmpdir(), "bcda examples "))
  const start = async (
    program: string,
    args: ReadonlyArray<string>,
    env: Readonly<Record<string, string>>,
    grew: (ran: Ran, child: ChildProcess) => void
  ): Promise<Ran> => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "..", "..", `${program}.ts`), ...args], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"] ?? "",
        BCDA_TARGET: sandbox.baseUrl,
        BCDA_CLIENT_ID: credentials.clientId,
        BCDA_CLIENT_SECRET: credentials.clientSecret,
        ...env
      },
      stdio: ["ignore", "pipe", "pipe"]
    })
    const ran = { stdout: "", stderr: "" }
    const adding = (name: keyof typeof ran) => (chunk: Buffer) => {
      ran[name] += chunk.toString()
      grew({ code: null, ...ran }, child)
    }
    child.stdout.on("data", adding("stdout"))
    child.stderr.on("data", adding("stderr"))
    const [code]: ReadonlyArray<number | null> = await once(child, "close")
    return { code: code ?? null, ...ran }
  }
  const run: Setting["run"] = (program, args = [], env = {}) => start(program, args, env, () => undefined)
  const interrupt: Setting["interrupt"] = (program, args, printed) => {
    let isPressed = false
    return start(program, args, {}, ({ stderr, stdout }, child) => {
      if (isPressed || !(stdout + stderr).includes(printed)) return
      isPressed = child.kill("SIGINT")
    })
  }
  return {
    sandbox,
    folder,
    credentials,
    run,
    interrupt,
    jobs: () => sandbox.log.entries({ area: "kick-off", status: 202 }).length,
    [Symbol.asyncDispose]: async () => {
      await sandbox.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
