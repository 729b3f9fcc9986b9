import type { BcdaJobStatus } from "@bcda-kit/core"
import { Argument, Command } from "effect/cli"
import * as Flags from "../Flags.ts"
import { lazily } from "../Lazy.ts"

const connection = { ...Flags.connection, json: Flags.json }
const id = Argument.String("id").pipe(
  Argument.withDescription(
    "The job's number, as `bcda jobs list` shows it; on a server that is no BCDA, the URL of its status"
  )
)

// Written out, with the compiler to say if one is missing: help has no need of the client.
const states = Object.keys({
  Pending: true,
  "In Progress": true,
  Completed: true,
  Archived: true,
  Expired: true,
  Failed: true,
  FailedExpired: true,
  Cancelled: true,
  CancelledExpired: true
} satisfies Record<BcdaJobStatus, true>)

const listCommand = Command.make(
  "list",
  {
    ...connection,
    status: Flags.list("status", "A,B", `Only jobs in these states: ${states.join(", ")}`)
  },
  lazily(
    () => import("../handlers/Jobs.ts"),
    ({ list }) => list
  )
).pipe(
  Command.withDescription("The jobs the server remembers for these credentials, newest first"),
  Command.withExamples([
    { command: "bcda jobs list --target sandbox", description: "All of them, one a line: id, state, start, request" },
    {
      command: "bcda jobs list --target sandbox --status Completed",
      description: "Whose files could still be downloaded"
    },
    {
      command: "bcda jobs list --target production --status Pending,'In Progress' --json",
      description: "For a script: what runs now"
    }
  ])
)

const showCommand = Command.make(
  "show",
  { ...connection, id },
  lazily(
    () => import("../handlers/Jobs.ts"),
    ({ show }) => show
  )
).pipe(
  Command.withDescription("How one job stands, and its files once it is completed"),
  Command.withExamples([
    { command: "bcda jobs show --target sandbox 4711", description: "Pending, in progress, or its files" },
    { command: "bcda jobs show --target sandbox 4711 --json", description: "The same as one line of JSON" }
  ])
)

const cancelCommand = Command.make(
  "cancel",
  { ...connection, id },
  lazily(
    () => import("../handlers/Jobs.ts"),
    ({ cancel }) => cancel
  )
).pipe(
  Command.withDescription("Cancel a job that is pending or in progress; its files are never served"),
  Command.withExamples([
    { command: "bcda jobs cancel --target sandbox 4711", description: "Makes room for an export that overlaps with it" }
  ])
)

const adoptCommand = Command.make(
  "adopt",
  {
    ...connection,
    out: Flags.out(
      "Where the files go; run again on the same directory, it continues. - prints the resources on stdout"
    ),
    id
  },
  lazily(
    () => import("../handlers/Jobs.ts"),
    ({ adopt }) => adopt
  )
).pipe(
  Command.withDescription("Follow a job that is there, whoever started it, and download its files"),
  Command.withExamples([
    {
      command: "bcda jobs adopt --target sandbox 4711 --out claims",
      description: "Run again on the same directory, it continues"
    },
    {
      command: "bcda jobs adopt --target sandbox 4711 --out - | jq .id",
      description: "To stdout; only exit code 0 says that it was all"
    }
  ])
)

export const jobsCommand = Command.make("jobs").pipe(
  Command.withDescription("List, show, cancel and adopt export jobs"),
  Command.withSubcommands([listCommand, showCommand, cancelCommand, adoptCommand]),
  Command.withExamples([
    { command: "bcda jobs list --target sandbox", description: "What there is" },
    { command: "bcda jobs adopt --target sandbox 4711 --out claims", description: "Download what one gives" }
  ])
)
