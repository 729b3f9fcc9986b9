import { Command } from "effect/cli"
import * as Flags from "../Flags.ts"
import { lazily } from "../Lazy.ts"

export const proveCommand = Command.make(
  "prove",
  { out: Flags.out("Where prove.json and prove.md go"), json: Flags.json },
  lazily(
    () => import("../handlers/Prove.ts"),
    ({ proveSuite }) => proveSuite
  )
).pipe(
  Command.withDescription(
    "Judge the judge: every check against every fault of the sandbox, and every healthy server against every check"
  ),
  Command.withExamples([
    { command: "bcda conformance prove --out proof", description: "Minutes; red when a check or a fault is of no use" }
  ])
)
