import { Argument, Command } from "effect/cli"
import * as Flags from "../Flags.ts"
import { judgingFlags } from "../JudgingFlags.ts"
import { lazily } from "../Lazy.ts"

export const rejudgeCommand = Command.make(
  "rejudge",
  {
    directory: Argument.String("dir").pipe(
      Argument.withDescription("The --out of an earlier run; nothing in it is changed")
    ),
    ...judgingFlags,
    newOut: Flags.path("out", "DIR", "Where the new results and reports go. Default: nowhere"),
    json: Flags.json
  },
  lazily(
    () => import("../handlers/Rejudge.ts"),
    ({ rejudgeRun }) => rejudgeRun
  )
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
