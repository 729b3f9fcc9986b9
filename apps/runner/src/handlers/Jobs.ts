import { BcdaClient, BcdaJobStatus, ExportRequest, type Job, JobRef, Migration } from "@bcda-kit/core"
import { Effect, Schema } from "effect"
import * as Connection from "../Connection.ts"
import type { ConnectionFlags } from "../config/Settle.ts"
import { ExitCode } from "../ExitCode.ts"
import { conclude, exportWithProgress, stdout } from "../Exporting.ts"
import { Failure, fromCore } from "../Failure.ts"
import { count, json, result } from "../Output.ts"

interface Input extends ConnectionFlags {
  readonly json: boolean
}

interface JobInput extends Input {
  readonly id: string
}

const line = (job: Job) => [job.jobId, job.status, job.start ?? "", job.requestUrl ?? ""].join("\t").trimEnd()

const isStatus = Schema.is(BcdaJobStatus)

const fromCoreError = (error: Parameters<typeof fromCore>[0]) => fromCore(error)

/** Lists jobs, the newest first. */
export const list = Effect.fnUntraced(
  function* (input: Input & { readonly status: ReadonlyArray<string> | undefined }) {
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

/** Tells how a job stands. */
export const show = Effect.fnUntraced(
  function* (input: JobInput) {
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

/** Cancels a job. */
export const cancel = Effect.fnUntraced(
  function* (input: JobInput) {
    const bcda = yield* BcdaClient
    yield* bcda.cancel(input.id).pipe(Effect.mapError(fromCoreError))
    yield* input.json ? json({ jobId: input.id, state: "cancelled" }) : result(`job ${input.id} is cancelled`)
  },
  (effect, input) => Effect.provide(effect, Connection.layer(input))
)

/** What a job of the list exports, and the reference to it. */
const toAdopt = Effect.fnUntraced(function* (id: string) {
  const bcda = yield* BcdaClient
  // Another server has no list, and the manifest will say what was asked for.
  if (!bcda.target.isBcda) return { job: bcda.job(id), request: new ExportRequest({ scope: "system" }) }
  const jobs = yield* bcda.jobs().pipe(Effect.mapError(fromCoreError))
  const refuse = (why: string, next: string) =>
    new Failure({ what: `Job ${id} cannot be adopted`, why, next, exitCode: ExitCode.usage })
  const { requestUrl } = jobs.find(({ jobId }) => jobId === id) ?? {}
  if (requestUrl === undefined) {
    return yield* refuse("the server's list of jobs does not have it", "bcda jobs list shows the jobs that there are.")
  }
  const { apiVersion, request } = yield* Effect.fromResult(Migration.readUrl(requestUrl)).pipe(
    Effect.mapError(({ detail }) => refuse(detail, "Start an export of your own."))
  )
  if (apiVersion !== bcda.target.apiVersion) {
    return yield* refuse(`it is a job of ${apiVersion}`, `Add --api-version ${apiVersion}.`)
  }
  return { job: new JobRef({ jobId: id, statusUrl: bcda.job(id).statusUrl, requestUrl, apiVersion }), request }
})

/** Follows a job and downloads its files. */
export const adopt = Effect.fnUntraced(
  function* (input: JobInput & { readonly out: string }) {
    if (input.json && input.out === stdout) {
      const why = "--out - prints resources on stdout, and --json prints there as well"
      const next = "Give a directory, or leave --json away."
      return yield* new Failure({
        what: "bcda jobs adopt cannot be run like this",
        why,
        next,
        exitCode: ExitCode.usage
      })
    }
    const { job, request } = yield* toAdopt(input.id)
    const ended = yield* exportWithProgress({ request, adopt: job, out: input.out, json: input.json })
    yield* conclude(ended, input.json)
  },
  (effect, input) => Effect.provide(effect, Connection.layer(input))
)
