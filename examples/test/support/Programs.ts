/** Runs the programs as a reader would: each in a process of its own, against a server on this machine. */
import { spawn } from "node:child_process"
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
  readonly credentials: { readonly clientId: string; readonly clientSecret: string }
  /** How many jobs were started. */
  readonly jobs: () => number
}

export const setUp = async (): Promise<Setting> => {
  const sandbox = await startSandbox({ enrollees: 20, pace: { pendingMillis: 0, perSubJobMillis: 0 } })
  const credentials = { clientId: "sandbox-small", clientSecret: "not-a-secret-small" }
  const folder = mkdtempSync(join(tmpdir(), "bcda examples "))
  const run: Setting["run"] = async (program, args = [], env = {}) => {
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
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
    const [code]: ReadonlyArray<number | null> = await once(child, "close")
    return { code: code ?? null, stdout, stderr }
  }
  return {
    sandbox,
    folder,
    credentials,
    run,
    jobs: () => sandbox.log.entries({ area: "kick-off", status: 202 }).length,
    [Symbol.asyncDispose]: async () => {
      await sandbox.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
