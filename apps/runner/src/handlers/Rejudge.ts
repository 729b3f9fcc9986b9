import type { JudgeOptions } from "@bcda-kit/conformance"
import { Effect } from "effect"
import { expectedOf } from "../ExpectedFile.ts"
import { Findings, fromJudge } from "../Failure.ts"
import { json, result } from "../Output.ts"
import { showLine } from "../Verdicts.ts"

interface RejudgeInput extends Pick<JudgeOptions, "only" | "profile"> {
  readonly directory: string
  readonly expected: string | undefined
  readonly newOut: string | undefined
  readonly json: boolean
}

/** Judges a stored run again. */
export const rejudgeRun = Effect.fnUntraced(function* (input: RejudgeInput) {
  const { outcomeOf, rejudge } = yield* Effect.promise(() => import("@bcda-kit/conformance"))
  const { directory, newOut, only, profile } = input
  const expected = yield* expectedOf(input.expected)
  const lines = yield* rejudge({ directory, output: newOut, only, profile, expected }).pipe(Effect.mapError(fromJudge))
  yield* Effect.forEach(lines, input.json ? json : showLine, { discard: true })
  const outcome = outcomeOf(lines)
  if (!input.json) {
    yield* result(
      [outcome.text, ...(newOut === undefined ? [] : [`report.md and results.jsonl in ${newOut}`])].join("\n")
    )
  }
  if (outcome.exitCode !== 0) return yield* new Findings({ exitCode: outcome.exitCode })
})
