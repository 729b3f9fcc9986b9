import { readFile } from "node:fs/promises"
import type { FaultInstruction } from "@bcda-kit/sandbox"
import { Effect } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { Failure } from "./Failure.ts"

const what = "The faults cannot be set"

const unusable = (why: string, next: string) => new Failure({ what, why, next, exitCode: ExitCode.usage })

const parsed = (file: string, text: string) =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: () => unusable(`${file} is no JSON`, "Give --faults a JSON array of { fault, where?, when?, times? }.")
  })

/** Reads what is to go wrong from a file. What cannot be read names the entry that is wrong. */
export const readFaults = Effect.fnUntraced(function* (
  file: string
): Effect.fn.Return<ReadonlyArray<FaultInstruction>, Failure> {
  const { decodeFaults } = yield* Effect.promise(() => import("@bcda-kit/sandbox"))
  const text = yield* Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (cause) => {
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown"
      return unusable(`${file} cannot be read (${code})`, "Give --faults the path of a JSON file.")
    }
  })
  return yield* decodeFaults(yield* parsed(file, text)).pipe(
    Effect.mapError(({ message, next }) =>
      unusable(`${file}: ${message}`, `${next.charAt(0).toUpperCase()}${next.slice(1)}.`)
    )
  )
})
