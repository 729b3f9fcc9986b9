import { ExportEvent, ExportRequest, type Receipt } from "@bcda-kit/core"
import { exportEvents } from "@bcda-kit/core/node"
import { Effect, Option, Schema, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import * as Connection from "../Connection.ts"
import { ExitCode } from "../ExitCode.ts"
import { Failure, Findings, fromCore } from "../Failure.ts"
import * as Flags from "../Flags.ts"
import { bytes, count, json, note, result } from "../Output.ts"
import * as Progress from "../Progress.ts"

const flags = {
  target: Flags.target,
  out: Flags.out("Where the files go; run again on the same directory, the export continues where it stopped"),
  apiVersion: Flags.apiVersion,
  group: Flag.Literals("group", ["all", "runout"]).pipe(
    Flag.withDescription("Everybody attributed (default), or last year's attribution, kept for 180 days"),
    Flag.optional,
    Flag.map(Option.getOrUndefined)
  ),
  patient: Flag.Boolean("patient").pipe(
    Flag.withDescription(
      "Ask Patient instead of Group: with --since, only what changed, also for newly attributed people"
    ),
    Flag.withDefault(false)
  ),
  type: Flags.list("type", "A,B", "Resource types, such as Patient,Coverage. Default: all the server gives"),
  since: Flags.text("since", "INSTANT", "Only what changed after this FHIR instant, such as 2026-06-01T00:00:00Z"),
  typeFilter: Flags.text(
    "type-filter",
    "SEARCH",
    "One search, v3 only: ExplanationOfBenefit?service-date=gt2026-01-01"
  ),
  concurrency: Flag.Int("concurrency").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("Files at a time. Default: 5"),
    Flag.filter(
      (n) => n >= 1,
      (n) => `expected at least 1, got ${n}`
    ),
    Flag.optional,
    Flag.map(Option.getOrUndefined)
  ),
  gzip: Flag.Literals("gzip", ["keep", "decode"]).pipe(
    Flag.withDescription("Keep files compressed, as they travel, or inflate them"),
    Flag.withDefault("decode")
  ),
  json: Flags.json
}

/** What an export needs to know besides the server, from flags or from another command. */
export interface ExportInput {
  readonly out: string
  readonly group?: "all" | "runout" | undefined
  readonly patient: boolean
  readonly type?: ReadonlyArray<string> | undefined
  readonly since?: string | undefined
  readonly typeFilter?: string | undefined
  readonly concurrency?: number | undefined
  readonly gzip: "keep" | "decode"
  readonly json: boolean
}

const toRequest = (input: ExportInput): ExportRequest =>
  new ExportRequest({
    scope: input.patient ? "patient" : (input.group ?? "all"),
    types: input.type,
    since: input.since,
    typeFilter: input.typeFilter
  })

const encodeEvent = Schema.encodeSync(ExportEvent)

/** Runs an export to its receipt and shows it on the way. Needs a client. */
export const exportWithProgress = Effect.fn("bcda.export")(function* (input: ExportInput) {
  const show = yield* Progress.make(input.json ? "none" : process.stderr.isTTY ? "bar" : "lines")
  let jobIsKnown = false
  let receipt: Receipt | undefined
  yield* exportEvents({
    request: toRequest(input),
    directory: input.out,
    gzip: input.gzip,
    ...(input.concurrency === undefined ? {} : { concurrency: input.concurrency })
  }).pipe(
    Stream.runForEach((event) => {
      if (event._tag === "KickedOff" || event._tag === "Adopted" || event._tag === "Resumed") jobIsKnown = true
      if (event._tag === "Finished") receipt = event.receipt
      // A line for every chunk would drown the others, and the receipt is the last line by itself.
      const asJson = input.json && event._tag !== "FileProgress" && event._tag !== "Finished"
      return asJson ? json(encodeEvent(event)) : show(event)
    }),
    Effect.mapError((error) => fromCore(error, { jobIsKnown }))
  )
  return receipt ?? (yield* Effect.die("the export ended without a receipt"))
}, Effect.scoped)

const summary = (receipt: Receipt, directory: string): string => {
  const { outcomes, totals } = receipt
  const said = `${count(outcomes.fatal + outcomes.error, "error")}, ${count(outcomes.warning, "warning")}`
  return [
    `${count(totals.files, "file")}, ${count(totals.lines, "resource")}, ${bytes(totals.bytes)} (${bytes(totals.wireBytes)} on the wire)`,
    `job ${receipt.jobId}, transaction time ${receipt.transactionTime}; the server reports ${said}`,
    `files and receipt.json in ${directory}`
  ].join("\n")
}

const run = Effect.fnUntraced(function* (input: ExportInput & Connection.Connection) {
  if (input.patient && input.group !== undefined) {
    return yield* new Failure({
      what: "bcda export cannot be run like this",
      why: "--patient and --group exclude each other",
      next: "Leave one of them away.",
      exitCode: ExitCode.usage
    })
  }
  const receipt = yield* exportWithProgress(input).pipe(
    Effect.provide(Connection.layer(input)),
    Effect.onInterrupt(() => note("interrupted; run the same command again, it continues"))
  )
  yield* input.json ? json(receipt) : result(summary(receipt, input.out))
  if (receipt.outcomes.fatal + receipt.outcomes.error > 0) {
    return yield* new Findings({ exitCode: ExitCode.findings })
  }
})

export const exportCommand = Command.make("export", flags, run).pipe(
  Command.withDescription("Export claims into a directory, from kick-off to receipt; run again, it resumes"),
  Command.withExamples([
    { command: "bcda export --target sandbox --out claims", description: "Everything, from CMS's public sandbox" },
    {
      command: "bcda export --target production --out june --type Patient,Coverage --since 2026-06-01T00:00:00Z",
      description: "Two types, only what changed"
    },
    {
      command: "bcda export --target embedded --out try --json",
      description: "For scripts: the last line is the receipt"
    }
  ])
)
