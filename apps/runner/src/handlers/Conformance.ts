import type { JudgeOptions } from "@bcda-kit/conformance"
import { NodeTransport } from "@bcda-kit/core/node"
import { Effect, Stream } from "effect"
import { expectedOf } from "../ExpectedFile.ts"
import { Findings, fromJudge } from "../Failure.ts"
import { type JudgedInput, resolveJudged } from "../JudgedTarget.ts"
import { json, note, result } from "../Output.ts"
import { planText, showLine } from "../Verdicts.ts"

interface JudgeInput extends JudgeOptions {
  readonly json: boolean
}

/** Judges a server, shows what needs a look as it is found, and gives the outcome. The suite is loaded when it is needed. */
export const judgeWithProgress = Effect.fn("bcda.conformance")(function* ({ json: asJson, ...options }: JudgeInput) {
  const { judge, outcomeOf, planRun } = yield* Effect.promise(() => import("@bcda-kit/conformance"))
  const plan = yield* planRun(options).pipe(Effect.mapError(fromJudge))
  if (!asJson) yield* note(planText(plan))
  const lines = yield* judge(options).pipe(
    Stream.tap(asJson ? json : showLine),
    Stream.runCollect,
    Effect.mapError(fromJudge),
    Effect.provide(NodeTransport.layer)
  )
  return outcomeOf(lines)
})

interface ConformanceInput extends JudgedInput, Pick<JudgeInput, "json" | "only" | "profile" | "state"> {
  readonly out: string
  readonly expected: string | undefined
}

/** Judges the server that the flags name and writes the reports. */
export const conformance = Effect.fnUntraced(function* (input: ConformanceInput) {
  const judged = yield* resolveJudged(input)
  const outcome = yield* judgeWithProgress({
    ...judged,
    directory: input.out,
    profile: input.profile,
    only: input.only,
    expected: yield* expectedOf(input.expected),
    state: input.state,
    json: input.json
  })
  if (!input.json) {
    yield* result([outcome.text, `report.html, junit.xml and results.jsonl in ${input.out}`].join("\n"))
  }
  if (outcome.exitCode !== 0) return yield* new Findings({ exitCode: outcome.exitCode })
}, Effect.scoped)
