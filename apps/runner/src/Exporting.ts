import {
  BcdaClient,
  type ExportError,
  type ExportEvent,
  type ExportRequest,
  exportToSink,
  type JobRef,
  type Receipt,
  type SinkExportOptions
} from "@bcda-kit/core"
import {
  type ExportOptions,
  exportEvents,
  exportSinceLastEvents,
  type KeptBecause,
  SinceLastEvent,
  type SinceLastOptions,
  WritableSink
} from "@bcda-kit/core/node"
import { Effect, Queue, Schema, Stream } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { Failure, Findings, fromCore, isFinal } from "./Failure.ts"
import { secondCtrlC } from "./Interrupts.ts"
import { bytes, count, json, Notes, note, result } from "./Output.ts"
import * as Progress from "./Progress.ts"

/** What an export needs to know besides the server. */
export interface Exporting
  extends Pick<ExportOptions, "concurrency" | "gzip" | "startAgain" | "verify">,
    Pick<SinceLastOptions, "evenIfUnchanged" | "moveOnErrors" | "watermarks"> {
  readonly request: ExportRequest
  /** A directory, or `-` for stdout. */
  readonly out: string
  readonly json: boolean
  /** Whether `since` is to be found out, and every run to have a directory of its own in `out`. */
  readonly sinceLast?: boolean | undefined
  readonly adopt?: boolean | JobRef | undefined
  readonly cancelOnInterrupt?: boolean | undefined
}

type Skipped = Extract<SinceLastEvent, { readonly _tag: "Skipped" }>

/** How an export ended well. */
export interface Ended {
  /** Absent when nothing was asked for. */
  readonly receipt: Receipt | undefined
  readonly skipped: Skipped | undefined
  /** Where the receipt is; `-` if it is nowhere. */
  readonly directory: string
  readonly kept: KeptBecause | undefined
}

const encodeEvent = Schema.encodeSync(SinceLastEvent)

/** The client, saying at an interruption what became of the job. */
const announcing = (client: BcdaClient["Service"], onCancelled: () => void) =>
  BcdaClient.of({
    ...client,
    cancel: (job) =>
      client.cancel(job).pipe(
        Effect.tap(() => {
          onCancelled()
          return note(`job ${typeof job === "string" ? job : job.jobId} is cancelled`)
        }),
        Effect.tapError((error) => note(`the job is not cancelled: ${error.message}`))
      )
  })

/** As the value of `--out`: the resources go to stdout. */
export const stdout = "-"

/** The events of an export whose resources are printed, as one NDJSON of proven lines. */
const printEvents = (
  options: Pick<SinkExportOptions, "adopt" | "cancelOnInterrupt" | "request" | "verify">
): Stream.Stream<ExportEvent, ExportError, BcdaClient> =>
  Stream.callback(
    (queue) =>
      exportToSink({ ...options, onEvent: (event) => Effect.asVoid(Queue.offer(queue, event)) }).pipe(
        Effect.andThen(Queue.end(queue)),
        Effect.provide(WritableSink.layer(process.stdout, "stdout"))
      ),
    { bufferSize: 64, strategy: "suspend" }
  )

/** What was printed cannot be gone on with, and the same command would start another job. */
const unfinished = (error: ExportError, jobId: string | undefined): Failure => {
  const failure = fromCore(error)
  if (jobId === undefined || isFinal(error)) return failure
  const { exitCode, what, why } = failure
  const next = `What was printed is not all: discard it. bcda jobs adopt ${jobId} with --out - prints all of the job again; with a directory it can be resumed.`
  return new Failure({ what, why, exitCode, next })
}

/** A terminal, and one that can move its cursor. */
const isDrawable = (): boolean => process.stderr.isTTY && process.env["TERM"] !== "dumb"

/** Runs an export to its end and shows it on the way. Needs a client. */
export const exportWithProgress = Effect.fn("bcda.export")(function* (input: Exporting) {
  const { adopt, json: asJson, out, sinceLast = false, ...rest } = input
  const { say, show } = yield* Progress.make(asJson ? "none" : isDrawable() ? "bar" : "lines")
  const cancelOnInterrupt = input.cancelOnInterrupt === true ? true : yield* secondCtrlC()
  let cancelled = false
  const client = announcing(yield* BcdaClient, () => (cancelled = true))

  const options = { ...rest, directory: out, cancelOnInterrupt }
  const isPrinted = out === stdout
  const eventsOf = (): Stream.Stream<SinceLastEvent, ExportError, BcdaClient> => {
    if (isPrinted) return printEvents({ ...options, adopt })
    return sinceLast
      ? exportSinceLastEvents({ ...options, ...(typeof adopt === "boolean" && { adopt }) })
      : exportEvents({ ...options, adopt })
  }

  let jobId: string | undefined
  let directory = out
  let receipt: Receipt | undefined
  let skipped: Skipped | undefined
  let kept: KeptBecause | undefined
  const see = (event: SinceLastEvent) => {
    if (event._tag === "KickedOff" || event._tag === "Adopted" || event._tag === "Resumed") jobId = event.job.jobId
    if (event._tag === "RunBegun") {
      jobId = undefined
      directory = event.directory
    }
    if (event._tag === "WatermarkKept") kept = event.because
    if (event._tag === "WatermarkMoved") kept = undefined
    if (event._tag === "Skipped") skipped = event
    if (event._tag === "Finished") receipt = event.receipt
  }
  yield* eventsOf().pipe(
    Stream.runForEach((event) => {
      see(event)
      // A line for every chunk would drown the others, and the receipt is the last line by itself.
      const isLine = event._tag !== "FileProgress" && event._tag !== "Finished" && event._tag !== "Skipped"
      return asJson ? (isLine ? json(encodeEvent(event)) : Effect.void) : show(event)
    }),
    Effect.provideService(BcdaClient, client),
    Effect.mapError((error) =>
      isPrinted ? unfinished(error, jobId) : fromCore(error, { jobIsKnown: jobId !== undefined })
    ),
    Effect.onInterrupt(() =>
      note(
        cancelled
          ? "interrupted; run the same command again, it starts another job"
          : isPrinted
            ? "interrupted; what was printed is not all"
            : "interrupted; run the same command again, it continues"
      )
    ),
    Effect.provideService(Notes, say)
  )
  const ended: Ended = { receipt, skipped, directory, kept }
  return ended
}, Effect.scoped)

/** What the server said about what it could not export, the gravest first; redacted. */
const outcomeLines = ({ outcomes }: Receipt): ReadonlyArray<string> =>
  outcomes.texts.map(({ code, count, severity, text }) => {
    const times = count === 1 ? "" : ` (${count.toLocaleString("en-US")} times)`
    return `  ${severity}${times}: ${text === "" ? code : text}`
  })

const summary = (receipt: Receipt, directory: string): string => {
  const { outcomes, totals } = receipt
  const said = `${count(outcomes.fatal + outcomes.error, "error")}, ${count(outcomes.warning, "warning")}`
  return [
    `${count(totals.files, "file")}, ${count(totals.lines, "resource")}, ${bytes(totals.bytes)} (${bytes(totals.wireBytes)} on the wire)`,
    `job ${receipt.jobId}, transaction time ${receipt.transactionTime}; the server reports ${said}`,
    ...outcomeLines(receipt),
    ...(directory === stdout ? [] : [`files and receipt.json in ${directory}`])
  ].join("\n")
}

/** Says how an export ended, and gives its exit code. */
export const conclude = Effect.fnUntraced(function* (ended: Ended, asJson: boolean) {
  const { directory, kept, receipt, skipped } = ended
  if (skipped !== undefined) {
    const next = "To export all the same: --even-if-unchanged"
    return yield* asJson ? json(encodeEvent(skipped)) : result(`nothing exported: ${skipped.advice.text}\n${next}`)
  }
  if (receipt === undefined) return yield* Effect.die("the export ended without a receipt")
  // stdout is the resources' where they are printed.
  const say = directory === stdout ? note : result
  yield* asJson ? json(receipt) : say(summary(receipt, directory))
  const isBad = receipt.outcomes.fatal + receipt.outcomes.error > 0 || kept === "future" || kept === "unreadable"
  if (isBad) return yield* new Findings({ exitCode: ExitCode.findings })
})
