import type { JudgeOptions } from "@bcda-kit/conformance"
import { NodeTransport } from "@bcda-kit/core/node"
import { Effect, Stream } from "effect"
import { Command } from "effect/cli"
import { Findings, fromJudge } from "../Failure.ts"
import * as Flags from "../Flags.ts"
import { resolveJudged } from "../JudgedTarget.ts"
import { expectedOf, judgingFlags } from "../JudgingFlags.ts"
import { json, note, result } from "../Output.ts"
import { planText, showLine } from "../Verdicts.ts"
import { diffCommand } from "./Diff.ts"
import { proveCommand } from "./Prove.ts"
import { rejudgeCommand } from "./Rejudge.ts"

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

export const conformanceCommand = Command.make(
  "conformance",
  {
    ...Flags.connection,
    target: Flags.judgedTarget,
    yesProduction: Flags.yes(
      "yes-production",
      "Needed to judge production: real people's claims. Only reads and one job are asked of it"
    ),
    out: Flags.out("Where results.jsonl, capture.jsonl and the reports go; files of an earlier run there are replaced"),
    ...judgingFlags,
    state: Flags.text(
      "state",
      "DIR",
      "Remembers jobs for checks on later nights, such as that files are gone after a day. Also holds the last token: keep it to yourself"
    ),
    json: Flags.json
  },
  Effect.fnUntraced(function* (input) {
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
).pipe(
  Command.withSubcommands([diffCommand, proveCommand, rejudgeCommand]),
  Command.withDescription("Judge a server by what it answers: requirements, evidence, verdicts"),
  Command.withExamples([
    { command: "bcda conformance --target embedded --out verdicts", description: "The sandbox of this kit" },
    {
      command: "bcda conformance --target mine.json --out verdicts",
      description: "A server described in a file: levels, limits, what is known of its data"
    },
    {
      command: "bcda conformance --target http://127.0.0.1:3000 --out verdicts --profile ig-stu2",
      description: "A server of yours, by the Bulk Data IG"
    }
  ])
)
