import type { HeaderLine, JudgeOptions, Plan, VerdictLine } from "@bcda-kit/conformance"
import { NodeTransport } from "@bcda-kit/core/node"
import { Effect, Option, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { Findings, fromJudge } from "../Failure.ts"
import * as Flags from "../Flags.ts"
import { readJson } from "../JsonFile.ts"
import { resolveJudged } from "../JudgedTarget.ts"
import { count, json, note, result } from "../Output.ts"

interface JudgeInput extends JudgeOptions {
  readonly json: boolean
}

const worthALine = (line: VerdictLine) => !["pass", "not-applicable", "not-run"].includes(line.verdict)

/** `3 jobs, 1 token, 60 requests`; what has no limit is left out. */
const costs = ({ jobs, requests, requestsPerMinute, tokens }: Plan["budget"]): string =>
  [
    ...(jobs === undefined ? [] : [count(jobs, "job")]),
    ...(tokens === undefined ? [] : [count(tokens, "token")]),
    ...(requests === undefined ? [] : [count(requests, "request")]),
    ...(requestsPerMinute === undefined ? [] : [`${requestsPerMinute} requests a minute`])
  ].join(", ")

const planText = ({ budget, jobs, leftOut, requests, tokens }: Plan): string => {
  const limits = costs(budget)
  const reasons = Map.groupBy(leftOut, ({ because }) => because)
  return [
    `plan: ${costs({ jobs, tokens, requests })}, and polls; ${limits === "" ? "no budget" : `at most ${limits}`}`,
    ...[...reasons].map(([because, steps]) => `left out: ${steps.map(({ step }) => step).join(", ")}; ${because}`)
  ].join("\n")
}

const headerText = ({ probe = [], profile, smoke, target, checks }: HeaderLine): string => {
  const differing = probe.filter(({ agrees }) => !agrees)
  const asked = smoke?.asked.map(({ answer, step }) => `${step} ${answer}`).join(", ")
  return [
    ...(asked === undefined ? [] : [`smoke: ${asked}`]),
    ...differing.map(
      ({ actual, declared, what }) => `differs: ${what} is declared ${declared}, and metadata says ${actual}`
    ),
    `judging ${target.name} by ${checks} checks (${profile})`
  ].join("\n")
}

/** Judges a server, shows what needs a look as it is found, and gives the outcome. The suite is loaded when it is needed. */
export const judgeWithProgress = Effect.fn("bcda.conformance")(function* ({ json: asJson, ...options }: JudgeInput) {
  const { judge, outcomeOf, planRun } = yield* Effect.promise(() => import("@bcda-kit/conformance"))
  const plan = yield* planRun(options).pipe(Effect.mapError(fromJudge))
  if (!asJson) yield* note(planText(plan))
  const lines = yield* judge(options).pipe(
    Stream.tap((line) => {
      if (asJson) return json(line)
      if (line.kind === "header") return note(headerText(line))
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

/** The list that a flag names; absent, the suite takes the one it ships. */
const expectedOf = Effect.fnUntraced(function* (file: string | undefined) {
  if (file === undefined) return undefined
  if (file === "none") return []
  const { ExpectedFailures } = yield* Effect.promise(() => import("@bcda-kit/conformance"))
  const { expected } = yield* readJson(file, ExpectedFailures, {
    what: "The expected failures cannot be used",
    kind: "a list of expected failures",
    next: "An entry has a check, a verdict, a reason, a link and a date for review; see the README of @bcda-kit/conformance."
  })
  return expected
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
    out: Flags.out(
      "Where results.jsonl, capture.jsonl, report.md and coverage.md go; files of an earlier run there are replaced"
    ),
    profile: Flag.Literals("profile", ["bcda-today", "bcda-page", "ig-stu2", "ig-stu3", "ig-stu4-ballot"]).pipe(
      Flag.withDescription(
        "Against whose statements to judge. Default: bcda-today, and the target's edition of the IG where it is no BCDA"
      ),
      Flag.optional,
      Flag.map(Option.getOrUndefined)
    ),
    expected: Flags.text(
      "expected",
      "FILE|none",
      "Known breaches, which do not count and turn the run red once they are mended. Default: what BCDA is known to break"
    ),
    only: Flags.list("only", "ID,ID", "Checks such as manifest/output, or areas such as manifest. Default: all"),
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
      command: "bcda conformance --target mine.json --out verdicts",
      description: "A server described in a file: levels, limits, what is known of its data"
    },
    {
      command: "bcda conformance --target http://127.0.0.1:3000 --out verdicts --profile ig-stu2",
      description: "A server of yours, by the Bulk Data IG"
    }
  ])
)
