import { Command } from "effect/cli"
import * as Flags from "../Flags.ts"
import { lazily } from "../Lazy.ts"

export const doctorCommand = Command.make(
  "doctor",
  {
    ...Flags.connection,
    out: Flags.path("out", "DIR", "Where exports are to go, to look at its room. Default: here"),
    json: Flags.json
  },
  lazily(
    () => import("../handlers/Doctor.ts"),
    ({ doctor }) => doctor
  )
).pipe(
  Command.withDescription("What is wrong with my set-up: this machine, the network, the server, the credentials"),
  Command.withExamples([
    { command: "bcda doctor --target sandbox", description: "Before the first export" },
    { command: "bcda doctor --target acme", description: "Of a server from the configuration" },
    {
      command: "bcda doctor --target production --out /data/claims --json",
      description: "For a script, with a look at where exports are to go"
    }
  ])
)
