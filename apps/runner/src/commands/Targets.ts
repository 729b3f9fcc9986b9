import { Command } from "effect/cli"
import * as Flags from "../Flags.ts"
import { lazily } from "../Lazy.ts"

export const targetsCommand = Command.make(
  "targets",
  { config: Flags.config, json: Flags.json },
  lazily(
    () => import("../handlers/Targets.ts"),
    ({ targets }) => targets
  )
).pipe(
  Command.withDescription("What --target may name, and what the configuration says: servers, presets, defaults"),
  Command.withExamples([
    { command: "bcda targets", description: "Are the credentials of all of them set?" },
    { command: "bcda targets --config bcda.config.json --json", description: "For a script" }
  ])
)
