import { Argument, Command } from "effect/cli"
import * as Flags from "../Flags.ts"
import { lazily } from "../Lazy.ts"

export const migrateCommand = Command.make(
  "migrate",
  {
    partial: Flags.yes("partially-adjudicated", "Exports of v2 had Claim and ClaimResponse without asking for them"),
    json: Flags.json,
    url: Argument.String("url").pipe(Argument.withDescription("A kick-off URL of v1 or v2, in quotes"))
  },
  lazily(
    () => import("../handlers/Migrate.ts"),
    ({ migrate }) => migrate
  )
).pipe(
  Command.withDescription("What a request of v1 or v2 becomes on v3, and what else changes; nothing is sent"),
  Command.withExamples([
    {
      command: "bcda migrate 'https://api.bcda.cms.gov/api/v2/Group/all/$export?_type=Patient'",
      description: "Its URL on v3, and what programs that read the files have to know"
    },
    {
      command: "bcda migrate --partially-adjudicated 'https://api.bcda.cms.gov/api/v2/Group/all/$export' --json",
      description: "Of an entity that gets Claim and ClaimResponse too, for a script"
    }
  ])
)
