import { Effect, FileSystem, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { Failure } from "./Failure.ts"

/** What to say of a file that is not what it should be. */
export interface FileWords {
  /** What cannot be done without it. */
  readonly what: string
  /** What it should be: "a target file". */
  readonly kind: string
  readonly next: string
}

/** Reads a JSON file of a schema; a member that the schema does not know is an error. Messages never repeat what is in the file. */
export const readJson = Effect.fnUntraced(function* <A>(path: string, schema: Schema.Decoder<A>, words: FileWords) {
  const refuse = (why: string) => new Failure({ what: words.what, why, next: words.next, exitCode: ExitCode.usage })
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs
    .readFileString(path)
    .pipe(Effect.mapError((error) => refuse(`${path} cannot be read (${error.reason._tag})`)))
  const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(schema), { onExcessProperty: "error", errors: "all" })
  return yield* decode(text).pipe(
    Effect.mapError((error) => refuse(`${path} is not ${words.kind}: ${error.message.replaceAll(/\s+/g, " ")}`))
  )
})
