import { ExportRequest, Migration, Target } from "@bcda-kit/core"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { ExitCode } from "../ExitCode.ts"
import { Failure, fromTarget } from "../Failure.ts"
import * as Flags from "../Flags.ts"
import { json, result } from "../Output.ts"

const refuse = (why: string, next: string) =>
  new Failure({ what: "The request cannot be taken to v3", why, next, exitCode: ExitCode.usage })

export const migrateCommand = Command.make(
  "migrate",
  {
    partial: Flags.yes("partially-adjudicated", "Exports of v2 had Claim and ClaimResponse without asking for them"),
    json: Flags.json,
    url: Argument.String("url").pipe(Argument.withDescription("A kick-off URL of v1 or v2, in quotes"))
  },
  Effect.fnUntraced(function* (input) {
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
).pipe(
  Command.withDescription("What a request of v1 or v2 becomes on v3, and what else changes; nothing is sent"),
  Command.withExamples([
    {
      command: "bcda migrate 'https://api.bcda.cms.gov/api/v2/Group/all/$export?_type=Patient'",
      description: "Its URL on v3, and what programs that read the files have to know"
    }
  ])
)
