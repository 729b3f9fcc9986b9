import { Effect } from "effect"
import { Findings, fromJudge } from "../Failure.ts"
import { json, result } from "../Output.ts"

interface DiffInput {
  readonly before: string
  readonly after: string
  readonly json: boolean
}

/** Tells what differs between two stored runs. */
export const diff = Effect.fnUntraced(function* (input: DiffInput) {
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
