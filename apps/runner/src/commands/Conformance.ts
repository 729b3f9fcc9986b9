import { Command } from "effect/cli"
import * as Flags from "../Flags.ts"
import { judgingFlags } from "../JudgingFlags.ts"
import { lazily } from "../Lazy.ts"
import { diffCommand } from "./Diff.ts"
import { proveCommand } from "./Prove.ts"
import { rejudgeCommand } from "./Rejudge.ts"

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
    state: Flags.path(
      "state",
      "DIR",
      "Remembers jobs for checks on later nights, such as that files are gone after a day. Also holds the last token: keep it to yourself"
    ),
    json: Flags.json
  },
  lazily(
    () => import("../handlers/Conformance.ts"),
    ({ conformance }) => conformance
  )
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
