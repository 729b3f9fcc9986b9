import { Cause, Effect } from "effect"
import { CliError, CliOutput, Command } from "effect/cli"
import { conformanceCommand } from "./commands/Conformance.ts"
import { doctorCommand } from "./commands/Doctor.ts"
import { exportCommand } from "./commands/Export.ts"
import { jobsCommand } from "./commands/Jobs.ts"
import { migrateCommand } from "./commands/Migrate.ts"
import { nightlyCommand } from "./commands/Nightly.ts"
import { sandboxCommand } from "./commands/Sandbox.ts"
import { statusCommand } from "./commands/Status.ts"
import { targetsCommand } from "./commands/Targets.ts"
import { ExitCode } from "./ExitCode.ts"
import { Failure, Findings, lines } from "./Failure.ts"
import * as Flags from "./Flags.ts"
import { lazily } from "./Lazy.ts"
import { misuse } from "./Misuse.ts"
import { note, result } from "./Output.ts"
import { telemetry } from "./Telemetry.ts"
import { Version } from "./Version.ts"

export const bcda = Command.make(
  "bcda",
  { json: Flags.json },
  lazily(
    () => import("./handlers/Tour.ts"),
    ({ tour }) => tour
  )
).pipe(
  Command.withDescription(
    "Exports from CMS's Beneficiary Claims Data API. Without a command: a quick tour against a sandbox of its own"
  ),
  Command.withExamples([
    { command: "bcda", description: "The tour: exports, proves and judges, with nothing to set up" },
    {
      command: "bcda export --target sandbox --out claims",
      description: "From CMS's public sandbox, with BCDA_CLIENT_ID and BCDA_CLIENT_SECRET set"
    },
    { command: "bcda doctor --target sandbox", description: "When something does not work" },
    { command: "bcda export --help", description: "Every command explains itself" }
  ]),
  Command.withSubcommands([
    exportCommand,
    jobsCommand,
    statusCommand,
    doctorCommand,
    targetsCommand,
    migrateCommand,
    sandboxCommand,
    conformanceCommand,
    nightlyCommand
  ])
)

/** Help that was asked for is a result; help and errors after a wrong command line are not, and go to stderr. */
const presenter: CliOutput.Presenter = {
  present: Effect.fnUntraced(function* (event) {
    switch (event._tag) {
      case "Version":
        return yield* result(event.version)
      case "Help": {
        const formatter = yield* CliOutput.Formatter
        const text = formatter.formatHelpDoc(event.helpDoc)
        return yield* event.reason === "Requested" ? result(text) : note(text)
      }
      case "InvalidInvocation":
        return yield* note(misuse(event.commandPath, event.errors))
    }
  })
}

/** Says on stderr what went wrong, if that is still to be said, and gives the exit code. */
export const report = Effect.fnUntraced(function* (cause: Cause.Cause<unknown>) {
  const error = Cause.squash(cause)
  if (error instanceof Findings) return error.exitCode
  if (error instanceof Failure) {
    yield* note(lines(error))
    return error.exitCode
  }
  // Already presented above.
  if (CliError.isCliError(error)) return ExitCode.usage
  yield* note(
    lines({
      what: "bcda failed, and the fault is its own",
      why: error instanceof Error ? error.message : "it threw something that is no Error",
      next: "Please report it, with the lines below."
    })
  )
  yield* note(Cause.pretty(cause))
  return ExitCode.internal
})

/** The whole program for a command line: ends with the exit code, or by interruption. */
export const run = (args: ReadonlyArray<string>, version: string) =>
  Command.runWith(bcda, { version })(args).pipe(
    Effect.provide(telemetry),
    Effect.as<ExitCode>(ExitCode.done),
    Effect.catchCauseIf((cause) => !Cause.hasInterruptsOnly(cause), report),
    Effect.provideService(CliOutput.Presenter, presenter),
    Effect.provideService(Version, version)
  )
