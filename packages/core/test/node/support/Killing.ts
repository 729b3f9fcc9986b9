/** Exports in processes of their own, which die where a test says. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import type { FakeBcda } from "./FakeBcda.ts"

const path = (name: string) => fileURLToPath(new URL(`${name}.ts`, import.meta.url))

interface ChildOptions {
  readonly cache: string
  /** Where it dies (`dieAt.ts`). Default: nowhere. */
  readonly dieAt?: string
  /** Whether it exports what is new since the last time. */
  readonly sinceLast?: boolean
  /** What to put before the command, to run it elsewhere. */
  readonly within?: ReadonlyArray<string>
}

/** An export in a process of its own, which ends with the scope at the latest. */
export const startChild = (
  fake: FakeBcda,
  directory: string,
  { cache, dieAt, sinceLast = false, within = [] }: ChildOptions
) =>
  Effect.gen(function* () {
    const env = { ...process.env, NODE_COMPILE_CACHE: cache, BCDA_KIT_DIE_AT: dieAt }
    const imports = dieAt === undefined ? [] : ["--import", path("dieAt")]
    const args = [...imports, path("exportChild"), fake.baseUrl, directory, ...(sinceLast ? ["auto"] : [])]
    const [command = "", ...rest] = [...within, process.execPath, ...args]
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(command, rest, { env, stdio: ["ignore", "pipe", "inherit"] })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    let output = ""
    child.stdout.on("data", (data: Buffer) => (output += data.toString()))
    const ended = new Promise<string | undefined>((resolve) => {
      child.once("close", (_, signal) => resolve(signal === "SIGKILL" ? undefined : output))
    })
    return { child, /** Its output; `undefined` if it was killed. */ ended: Effect.promise(() => ended) }
  })

/** Runs one to its end; gives its output if it lived. */
export const runChild = (fake: FakeBcda, directory: string, options: ChildOptions) =>
  Effect.scoped(Effect.flatMap(startChild(fake, directory, options), ({ ended }) => ended))
