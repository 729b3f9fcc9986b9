import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Schema } from "effect"

const main = join(import.meta.dirname, "..", "..", "src", "main.ts")

/** How a run of the command ended. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** Starts the real command line in a process of its own. Nothing of this machine's environment reaches it but the PATH. */
export const start = (args: ReadonlyArray<string>, options: RunOptions = {}) => {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { PATH: process.env["PATH"] ?? "", ...options.env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let stdout = ""
  let stderr = ""
  const waiting = new Set<() => void>()
  const grew = () => waiting.forEach((look) => look())
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString()
    grew()
  })
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString()
    grew()
  })
  const ran = new Promise<Ran>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, stdout, stderr }))
  })
  /** Resolves when the text has been printed; rejects if the command ends without it. */
  const printed = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!stdout.includes(text) && !stderr.includes(text)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
      void ran.then(({ code }) =>
        reject(new Error(`ended with ${code} before it printed ${text}:\n${stdout}${stderr}`))
      )
    })
  return { child, ran, printed, stdout: () => stdout, stderr: () => stderr }
}

/** Runs the command to its end. */
export const bcda = (args: ReadonlyArray<string>, options?: RunOptions): Promise<Ran> => start(args, options).ran

/** A directory that goes with the test. Its name has a space. */
export const temporary = () => {
  const path = mkdtempSync(join(tmpdir(), "bcda runner "))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The JSON lines of an output. */
export const jsonLines = (stdout: string): ReadonlyArray<unknown> =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line))

const ServedLine = Schema.Struct({
  baseUrl: Schema.String,
  credentials: Schema.Array(
    Schema.Struct({ persona: Schema.String, clientId: Schema.String, clientSecret: Schema.String })
  )
})
const decodeServed = Schema.decodeUnknownSync(Schema.fromJsonString(ServedLine))

/** `bcda sandbox --json` in a process of its own, ended with the test. */
export const serve = async (args: ReadonlyArray<string> = []) => {
  const serving = start(["sandbox", "--json", ...args])
  await serving.printed("serving until Ctrl-C")
  const { baseUrl, credentials } = decodeServed(serving.stdout().split("\n")[0] ?? "")
  const [first] = credentials
  return {
    baseUrl,
    credentials,
    env: { BCDA_CLIENT_ID: first?.clientId ?? "", BCDA_CLIENT_SECRET: first?.clientSecret ?? "" },
    [Symbol.asyncDispose]: async () => {
      serving.child.kill("SIGTERM")
      await serving.ran
    }
  }
}
