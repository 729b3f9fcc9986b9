import { ExportRequest, Migration, Target } from "@bcda-kit/core"
import { Effect } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { Failure, fromTarget } from "../Failure.ts"
import { json, result } from "../Output.ts"

const refuse = (why: string, next: string) =>
  new Failure({ what: "The request cannot be taken to v3", why, next, exitCode: ExitCode.usage })

interface MigrateInput {
  readonly partial: boolean
  readonly json: boolean
  readonly url: string
}

/** Takes a request to v3 and says what else changes. */
export const migrate = Effect.fnUntraced(function* (input: MigrateInput) {
  const { apiVersion, request } = yield* Effect.fromResult(Migration.readUrl(input.url)).pipe(
    Effect.mapError(({ detail }) => refuse(detail, "Give the whole URL, in quotes for the shell's sake."))
  )
  if (apiVersion === "v3") return yield* refuse("it is one of v3", "Nothing is to be done.")
  const target = yield* Effect.fromResult(
    Target.fromUrl(URL.parse(input.url)?.origin ?? "", { apiVersion: "v3" })
  ).pipe(Effect.mapError(fromTarget))
  const { notes, request: next } = Migration.toV3(request, { from: apiVersion, partiallyAdjudicated: input.partial })
  const url = ExportRequest.toUrl(next, target)
  yield* input.json
    ? json({ url, notes })
    : result([url, "", ...notes.map(({ kind, text }) => `${kind}: ${text}`)].join("\n"))
})
