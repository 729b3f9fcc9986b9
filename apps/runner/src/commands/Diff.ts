import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { Findings, fromJudge } from "../Failure.ts"
import * as Flags from "../Flags.ts"
import { json, result } from "../Output.ts"

export const diffCommand = Command.make(
  "diff",
  {
    before: Argument.String("before").pipe(Argument.withDescription("The --out of the earlier run")),
    after: Argument.String("after").pipe(Argument.withDescription("The --out of the later run")),
    json: Flags.json
  },
  Effect.fnUntraced(function* (input) {
    const { diffRuns, diffExitCode, readCapture, readResults, renderDiff } = yield* Effect.promise(
      () => import("@bcda-kit/conformance")
    )
    const stored = (directory: string) =>
      Effect.all({ lines: readResults(directory), capture: readCapture(directory) }).pipe(Effect.mapError(fromJudge))
    const difference = diffRuns(yield* stored(input.before), yield* stored(input.after))
    yield* input.json ? json(difference) : result(renderDiff(difference).trimEnd())
    const exitCode = diffExitCode(difference)
    if (exitCode !== 0) return yield* new Findings({ exitCode })
  })
).pipe(
  Command.withDescription("Compare two runs: newly failing, newly passing, vanished, changed on the wire"),
  Command.withExamples([
    { command: "bcda conformance diff monday tuesday", description: "Ends with 1 if something is worse than it was" }
  ])
)
