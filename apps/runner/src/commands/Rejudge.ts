import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { Findings, fromJudge } from "../Failure.ts"
import * as Flags from "../Flags.ts"
import { expectedOf, judgingFlags } from "../JudgingFlags.ts"
import { json, result } from "../Output.ts"
import { showLine } from "../Verdicts.ts"

export const rejudgeCommand = Command.make(
  "rejudge",
  {
    directory: Argument.String("dir").pipe(
      Argument.withDescription("The --out of an earlier run; nothing in it is changed")
    ),
    ...judgingFlags,
    newOut: Flags.text("out", "DIR", "Where the new results and reports go. Default: nowhere"),
    json: Flags.json
  },
  Effect.fnUntraced(function* (input) {
    const { outcomeOf, rejudge } = yield* Effect.promise(() => import("@bcda-kit/conformance"))
    const { directory, newOut, only, profile } = input
    const expected = yield* expectedOf(input.expected)
    const lines = yield* rejudge({ directory, output: newOut, only, profile, expected }).pipe(
      Effect.mapError(fromJudge)
    )
    yield* Effect.forEach(lines, input.json ? json : showLine, { discard: true })
    const outcome = outcomeOf(lines)
    if (!input.json) {
      yield* result(
        [outcome.text, ...(newOut === undefined ? [] : [`report.md and results.jsonl in ${newOut}`])].join("\n")
      )
    }
    if (outcome.exitCode !== 0) return yield* new Findings({ exitCode: outcome.exitCode })
  })
).pipe(
  Command.withDescription(
    "Judge a stored run again, without the server: by another profile or list, or by newer checks"
  ),
  Command.withExamples([
    {
      command: "bcda conformance rejudge verdicts --profile ig-stu3",
      description: "The same exchanges by the IG's STU3"
    }
  ])
)
