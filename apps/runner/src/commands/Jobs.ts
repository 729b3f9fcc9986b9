import { BcdaClient, BcdaJobStatus, type Job } from "@bcda-kit/core"
import { Effect, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import * as Connection from "../Connection.ts"
import { ExitCode } from "../ExitCode.ts"
import { Failure, fromCore } from "../Failure.ts"
import * as Flags from "../Flags.ts"
import { count, json, result } from "../Output.ts"

const connection = { target: Flags.target, apiVersion: Flags.apiVersion, json: Flags.json }
const id = Argument.String("id").pipe(Argument.withDescription("The job's number, as `bcda jobs list` shows it"))

const line = (job: Job) => [job.jobId, job.status, job.start ?? "", job.requestUrl ?? ""].join("\t").trimEnd()

const isStatus = Schema.is(BcdaJobStatus)

const listCommand = Command.make(
  "list",
  {
    ...connection,
    status: Flags.list("status", "A,B", `Only jobs in these states: ${BcdaJobStatus.literals.join(", ")}`)
  },
  Effect.fnUntraced(
    function* (input) {
      const unknown = (input.status ?? []).filter((status) => !isStatus(status))
      if (unknown.length > 0) {
        return yield* new Failure({
          what: "bcda jobs list cannot be run like this",
          why: `--status does not know ${unknown.join(", ")}`,
          next: `Use ${BcdaJobStatus.literals.join(", ")}; case matters.`,
          exitCode: ExitCode.usage
        })
      }
      const status = input.status?.filter(isStatus)
      const bcda = yield* BcdaClient
      const jobs = yield* bcda.jobs(status === undefined ? undefined : { status }).pipe(Effect.mapError(fromCoreError))
      const newest = jobs.toSorted((a, b) => (b.start ?? "").localeCompare(a.start ?? ""))
      for (const job of newest) yield* input.json ? json(job) : result(line(job))
      if (input.json) yield* json({ jobs: jobs.length })
      else if (jobs.length === 0) yield* result("no jobs")
    },
    (effect, input) => Effect.provide(effect, Connection.layer(input))
  )
).pipe(Command.withDescription("The jobs the server remembers for these credentials, newest first"))

const showCommand = Command.make(
  "show",
  { ...connection, id },
  Effect.fnUntraced(
    function* (input) {
      const bcda = yield* BcdaClient
      const state = yield* bcda.status(bcda.job(input.id)).pipe(Effect.mapError(fromCoreError))
      switch (state._tag) {
        case "Pending":
          return yield* input.json ? json({ jobId: input.id, state: "pending" }) : result(`job ${input.id} is pending`)
        case "InProgress": {
          const percent = state.percent === undefined ? {} : { percent: state.percent }
          return yield* input.json
            ? json({ jobId: input.id, state: "in-progress", ...percent })
            : result(`job ${input.id} is in progress${state.percent === undefined ? "" : ` (${state.percent}%)`}`)
        }
        case "Completed": {
          const { error, output, transactionTime } = state.manifest
          const expires = state.expires === undefined ? {} : { expires: state.expires }
          if (input.json) {
            return yield* json({ jobId: input.id, state: "completed", transactionTime, output, error, ...expires })
          }
          const files = count(output.length + error.length, "file")
          const until = state.expires === undefined ? "" : `, kept until ${state.expires}`
          yield* result(`job ${input.id} is completed: ${files}, transaction time ${transactionTime}${until}`)
          for (const file of [...output, ...error]) yield* result(`${file.type}\t${file.url}`)
        }
      }
    },
    (effect, input) => Effect.provide(effect, Connection.layer(input))
  )
).pipe(Command.withDescription("How one job stands, and its files once it is completed"))

const cancelCommand = Command.make(
  "cancel",
  { ...connection, id },
  Effect.fnUntraced(
    function* (input) {
      const bcda = yield* BcdaClient
      yield* bcda.cancel(input.id).pipe(Effect.mapError(fromCoreError))
      yield* input.json ? json({ jobId: input.id, state: "cancelled" }) : result(`job ${input.id} is cancelled`)
    },
    (effect, input) => Effect.provide(effect, Connection.layer(input))
  )
).pipe(Command.withDescription("Cancel a job that is pending or in progress; its files are never served"))

const fromCoreError = (error: Parameters<typeof fromCore>[0]) => fromCore(error)

export const jobsCommand = Command.make("jobs").pipe(
  Command.withDescription("List, show and cancel export jobs"),
  Command.withSubcommands([listCommand, showCommand, cancelCommand]),
  Command.withExamples([
    { command: "bcda jobs list --target sandbox --status Completed", description: "What could still be downloaded" },
    { command: "bcda jobs show --target sandbox 4711", description: "One job" },
    { command: "bcda jobs cancel --target sandbox 4711", description: "Stop it" }
  ])
)
