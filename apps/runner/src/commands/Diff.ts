import { Argument, Command } from "effect/cli"
import * as Flags from "../Flags.ts"
import { lazily } from "../Lazy.ts"

export const diffCommand = Command.make(
  "diff",
  {
    before: Argument.String("before").pipe(Argument.withDescription("The --out of the earlier run")),
    after: Argument.String("after").pipe(Argument.withDescription("The --out of the later run")),
    json: Flags.json
  },
  lazily(
    () => import("../handlers/Diff.ts"),
    ({ diff }) => diff
  )
).pipe(
  Command.withDescription("Compare two runs: newly failing, newly passing, vanished, changed on the wire"),
  Command.withExamples([
    { command: "bcda conformance diff monday tuesday", description: "Ends with 1 if something is worse than it was" }
  ])
)
