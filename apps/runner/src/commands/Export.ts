import { Command } from "effect/cli"
import { exportFlags } from "../ExportFlags.ts"
import { lazily } from "../Lazy.ts"

export const exportCommand = Command.make(
  "export",
  exportFlags,
  lazily(
    () => import("../handlers/Export.ts"),
    ({ exportClaims }) => exportClaims
  )
).pipe(
  Command.withDescription("Export claims into a directory, from kick-off to receipt; run again, it resumes"),
  Command.withExamples([
    { command: "bcda export --target sandbox --out claims", description: "Everything, from CMS's public sandbox" },
    {
      command: "bcda export --target production --out june --type Patient,Coverage --since 2026-06-01T00:00:00Z",
      description: "Two types, only what changed"
    },
    {
      command: "bcda export --target production --out claims --since auto",
      description: "For every night: what is new since the last time, each run in a directory of its own in claims"
    },
    {
      command: "bcda export --target sandbox --type Patient --out - | jq .id",
      description: "To stdout, as one NDJSON of proven lines; only exit code 0 says that it was all"
    },
    {
      command: "bcda export --preset people",
      description: "As the preset of bcda.config.json says: target, directory, types"
    },
    {
      command: "bcda export --target embedded --out try --json",
      description: "For scripts: the last line is the receipt"
    },
    {
      command: "bcda export --target https://fhir.example.org/r4 --auth smart --group 42 --out members",
      description: "From another FHIR Bulk Data server, with the key in BCDA_KEY"
    }
  ])
)
