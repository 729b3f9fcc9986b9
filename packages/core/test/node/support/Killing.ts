/** Exports in processes of their own, which die where a test says. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import type { FakeBcda } from "./FakeBcda.ts"

const path = (name: string) => fileURLToPath(new URL(`${name}.ts`, import.meta.url))

/** Runs an export in a process that dies at the given point (`dieAt.ts`), or not at all; gives its output if it lived. */
export const runChild = (
  fake: FakeBcda,
  directory: string,
  { cache, dieAt, sinceLast = false }: { readonly cache: string; readonly dieAt?: string; readonly sinceLast?: boolean }
) =>
  Effect.callback<string | undefined>((resume) => {
    const env = { ...process.env, NODE_COMPILE_CACHE: cache, BCDA_KIT_DIE_AT: dieAt }
    const args = [...(dieAt === undefined ? [] : ["--import", path("dieAt")]), path("exportChild")]
    const child = spawn(process.execPath, [...args, fake.baseUrl, directory, ...(sinceLast ? ["auto"] : [])], {
      env,
      stdio: ["ignore", "pipe", "inherit"]
    })
    let output = ""
    child.stdout.on("data", (data: Buffer) => (output += data.toString()))
    child.once("close", (_, signal) => resume(Effect.succeed(signal === "SIGKILL" ? undefined : output)))
    return Effect.sync(() => child.kill())
  })
