import type { JudgeOptions, VerdictLine } from "@bcda-kit/conformance"
import { NodeTransport } from "@bcda-kit/core/node"
import { Effect, Option, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import * as Connection from "../Connection.ts"
import { Findings, fromJudge } from "../Failure.ts"
import * as Flags from "../Flags.ts"
import { json, note, result } from "../Output.ts"

interface JudgeInput extends JudgeOptions {
  readonly json: boolean
}

const worthALine = (line: VerdictLine) => !["pass", "not-applicable", "not-run"].includes(line.verdict)

/** Judges a server, shows what needs a look as it is found, and gives the outcome. The suite is loaded when it is needed. */
export const judgeWithProgress = Effect.fn("bcda.conformance")(function* ({ json: asJson, ...options }: JudgeInput) {
  const { judge, outcomeOf } = yield* Effect.promise(() => import("@bcda-kit/conformance"))
  const lines = yield* judge(options).pipe(
    Stream.tap((line) => {
      if (asJson) return json(line)
      if (line.kind === "header") return note(`judging ${line.target.name} by ${line.checks} checks (${line.profile})`)
      return line.kind === "verdict" && worthALine(line)
        ? note(`${line.verdict}: ${line.check}, ${line.title}`)
        : Effect.void
    }),
    Stream.runCollect,
    Effect.mapError(fromJudge),
    Effect.provide(NodeTransport.layer)
  )
  return outcomeOf(lines)
})

export const conformanceCommand = Command.make(
  "conformance",
  {
    target: Flags.target,
    out: Flags.out(
      "Where results.jsonl, capture.jsonl, report.md and coverage.md go; files of an earlier run there are replaced"
    ),
    apiVersion: Flags.apiVersion,
    profile: Flag.Literals("profile", ["bcda-today", "bcda-page", "ig-stu2", "ig-stu3"]).pipe(
      Flag.withDescription("Against whose statements to judge. Default: bcda-today"),
      Flag.optional,
      Flag.map(Option.getOrUndefined)
    ),
    only: Flags.list("only", "ID,ID", "Checks such as manifest/output, or areas such as manifest. Default: all"),
    json: Flags.json
  },
  Effect.fnUntraced(function* (input) {
    const { credentials, target } = yield* Connection.resolveBcda(input)
    const outcome = yield* judgeWithProgress({
      target,
      credentials,
      directory: input.out,
      profile: input.profile,
      only: input.only,
      json: input.json
    })
    if (!input.json) {
      yield* result([outcome.text, `report.md, coverage.md and results.jsonl in ${input.out}`].join("\n"))
    }
    if (outcome.exitCode !== 0) return yield* new Findings({ exitCode: outcome.exitCode })
  }, Effect.scoped)
).pipe(
  Command.withDescription("Judge a server by what it answers: requirements, evidence, verdicts"),
  Command.withExamples([
    { command: "bcda conformance --target embedded --out verdicts", description: "The sandbox of this kit" },
    {
      command: "bcda conformance --target http://127.0.0.1:3000 --out verdicts --profile ig-stu2",
      description: "A server of yours, by the Bulk Data IG"
    }
  ])
)
