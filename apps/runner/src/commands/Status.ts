import { Command } from "effect/cli"
import * as Flags from "../Flags.ts"
import { lazily } from "../Lazy.ts"

export const statusCommand = Command.make(
  "status",
  { ...Flags.connection, json: Flags.json },
  lazily(
    () => import("../handlers/Status.ts"),
    ({ status }) => status
  )
).pipe(
  Command.withDescription("What the server is, when attribution data last arrived, and what that means today"),
  Command.withExamples([
    { command: "bcda status --target sandbox", description: "Are my credentials good, and is there anything new?" },
    { command: "bcda status --target acme --json", description: "Of a server from the configuration, for a script" }
  ])
)
