/** `history.jsonl`: one line a night and target, only ever appended to. A repository or a store of artifacts can hold it. */
import { mkdir, open, readFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { Failure } from "../Failure.ts"
import { NightLine } from "./NightLine.ts"

export const historyFile = "history.jsonl"

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown"

const unusable = (path: string, why: string, next: string) =>
  new Failure({ what: "The history cannot be used", why: `${path}: ${why}`, next, exitCode: ExitCode.usage })

export interface History {
  readonly lines: ReadonlyArray<NightLine>
  /** Whether the last line was cut off, by a crash while it was written. It counts for nothing, and goes when the next one comes. */
  readonly torn: boolean
  /** Bytes of whole lines. */
  readonly size: number
}

const decodeLine = Schema.decodeUnknownEffect(Schema.fromJsonString(NightLine))

/**
 * Reads the history. A last line that is not whole is left out and told. Anything else that is no line is refused: to go on without it would
 * compare with the wrong night, and nobody would see.
 */
export const readHistory = Effect.fnUntraced(function* (directory: string) {
  const path = join(directory, historyFile)
  const text = yield* Effect.tryPromise({
    try: () =>
      readFile(path, "utf8").catch((error: unknown) => (codeOf(error) === "ENOENT" ? "" : Promise.reject(error))),
    catch: (error) =>
      unusable(path, `it cannot be read (${codeOf(error)})`, "Give --history a directory that can be read.")
  })
  const whole = text.slice(0, text.lastIndexOf("\n") + 1)
  const lines = yield* Effect.forEach(
    whole.split("\n").flatMap((line, index) => (line === "" ? [] : [{ line, number: index + 1 }])),
    ({ line, number }) =>
      decodeLine(line).pipe(
        Effect.mapError(() =>
          unusable(
            path,
            `line ${number} is not one of its lines`,
            "Restore the file from before, or take that line out: the nights after it are then compared with those before."
          )
        )
      )
  )
  const history: History = { lines, torn: whole.length < text.length, size: Buffer.byteLength(whole) }
  return history
})

/** Appends a line, in one write that is on the disk when this ends; half a line from before goes first. */
export const appendNight = Effect.fnUntraced(function* (directory: string, line: NightLine) {
  const { size } = yield* readHistory(directory)
  const path = join(directory, historyFile)
  yield* Effect.tryPromise({
    try: async () => {
      await mkdir(directory, { recursive: true })
      const file = await open(path, "a")
      try {
        if ((await file.stat()).size > size) await file.truncate(size)
        await file.appendFile(`${JSON.stringify(line)}\n`)
        await file.sync()
      } finally {
        await file.close()
      }
    },
    catch: (error) =>
      unusable(
        path,
        `it cannot be written (${codeOf(error)})`,
        "Give --history a directory that can be written and has room."
      )
  })
})
