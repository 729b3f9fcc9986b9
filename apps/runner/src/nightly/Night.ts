/** One night at one target: the suite, a small export, what both are beside the nights before, and the line that remembers it. */
import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import {
  type ExpectedFailure,
  type JudgeOptions,
  judge,
  type ProfileId,
  planRun,
  readCapture,
  readResults
} from "@bcda-kit/conformance"
import { type BcdaClient, ExportRequest, type Receipt } from "@bcda-kit/core"
import { exportEvents, NodeTransport } from "@bcda-kit/core/node"
import { Cause, Clock, DateTime, Effect, type Layer, Result, Stream } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { Failure, fromCore, fromJudge } from "../Failure.ts"
import type { Judged as JudgedServer } from "../JudgedTarget.ts"
import { count, note } from "../Output.ts"
import { prove } from "../Proof.ts"
import { planText, showLine } from "../Verdicts.ts"
import { awayBecause, broke, compared, type Run, unreachable } from "./Comparison.ts"
import { memoryOf } from "./Memory.ts"
import type { Exported, NightLine } from "./NightLine.ts"

/** What is done at a target every night. */
export interface NightTarget {
  /** By which the history knows it. */
  readonly name: string
  /** Its folder, and the name of its badge: the name as a file name. */
  readonly slug: string
  readonly server: JudgedServer
  readonly client: Layer.Layer<BcdaClient, Failure>
  /** Whether the server of the next night is the same, so that its jobs can be looked at again. */
  readonly isRemembered: boolean
  /** Default: the suite's for this server. */
  readonly profile: ProfileId | undefined
  /** Default: what the suite ships. */
  readonly expected: ReadonlyArray<ExpectedFailure> | undefined
  readonly only: ReadonlyArray<string> | undefined
  /** What is exported; undefined for no export. */
  readonly request: ExportRequest | undefined
}

export interface NightOptions {
  readonly night: string
  readonly version: string
  /** Where the reports go. */
  readonly out: string
  /** Where each target's jobs and its last token are remembered, for checks on later nights. */
  readonly state: string
  /** Keeps what was exported; without it only the receipt stays. */
  readonly keepExport: boolean
  readonly quiet: boolean
}

/** One type of the smallest kind there is, of the first group or of whatever can be exported. */
export const smallRequest = (
  { apiVersion, data, levels }: JudgedServer["target"],
  types: ReadonlyArray<string> = [data.smallTypes[0]]
) => {
  const [group] = levels.group
  const isBcda = apiVersion !== "fhir"
  const scope =
    group === undefined
      ? levels.patient
        ? ("patient" as const)
        : ("system" as const)
      : isBcda && (group === "all" || group === "runout")
        ? group
        : { group }
  return new ExportRequest({ scope, types })
}

const judging = Effect.fnUntraced(function* (options: JudgeOptions & { readonly directory: string }, quiet: boolean) {
  const plan = yield* planRun(options)
  if (!quiet) yield* note(planText(plan))
  yield* judge(options).pipe(
    Stream.runForEach((line) => (quiet ? Effect.void : showLine(line))),
    Effect.provide(NodeTransport.layer)
  )
  const { directory } = options
  const run: Run = { lines: yield* readResults(directory), capture: yield* readCapture(directory) }
  return run
}, Effect.mapError(fromJudge))

const errors = ({ outcomes }: Receipt): number => outcomes.fatal + outcomes.error

const whyNot = (receipt: Receipt, mismatches: ReadonlyArray<{ readonly detail: string; readonly path: string }>) => {
  const [first] = mismatches
  if (first !== undefined) return `${first.path}: ${first.detail}`
  if (!receipt.complete) return "the receipt is not complete"
  return errors(receipt) > 0 ? `the server reports ${count(errors(receipt), "error")}` : undefined
}

const nothingCame = { files: 0, lines: 0, bytes: 0, wireBytes: 0 }

/** Exports into a directory of its own, reads everything back from disk, and keeps the receipt alone. */
const exporting = Effect.fnUntraced(function* (
  { client, request }: NightTarget & { readonly request: ExportRequest },
  folder: string,
  options: NightOptions
) {
  const out = join(folder, "export")
  const began = yield* Clock.currentTimeMillis
  if (!options.quiet) yield* note(`exporting ${request.types?.join(", ") ?? "everything"}`)
  // An export of this night that was interrupted is gone on with.
  const proof = yield* exportEvents({ request, directory: out, adopt: true }).pipe(
    Stream.runDrain,
    Effect.mapError((error) => fromCore(error)),
    Effect.provide(client),
    Effect.andThen(prove(out).pipe(Effect.orDie)),
    Effect.result
  )
  const took = (yield* Clock.currentTimeMillis) - began
  if (Result.isFailure(proof)) {
    const because = `${proof.failure.what}: ${proof.failure.why}`
    if (!options.keepExport) yield* Effect.promise(() => rm(out, { recursive: true, force: true }))
    return { proven: false, ...nothingCame, took, because } satisfies Exported
  }
  const { mismatches, receipt } = proof.success
  const because = whyNot(receipt, mismatches)
  yield* Effect.promise(async () => {
    await writeFile(join(folder, "receipt.json"), `${JSON.stringify(receipt, undefined, 2)}\n`)
    if (!options.keepExport) await rm(out, { recursive: true, force: true })
  })
  const { bytes, files, lines, wireBytes } = receipt.totals
  const exported: Exported = {
    proven: because === undefined,
    files,
    lines,
    bytes,
    wireBytes,
    took,
    ...(because !== undefined && { because })
  }
  return exported
})

/** Does one target's night, and gives its line. What goes wrong is in the line, so that the other targets have theirs. */
export const spendNight = Effect.fn("bcda.night")(function* (
  target: NightTarget,
  history: ReadonlyArray<NightLine>,
  options: NightOptions
) {
  const { name, request, server, slug } = target
  const { night, quiet } = options
  const folder = join(night, slug)
  const directory = join(options.out, folder)
  const memory = memoryOf(history, name, night)
  const began = yield* DateTime.now
  if (!quiet) yield* note(`${name}: ${night}`)

  const told = yield* Effect.gen(function* () {
    yield* Effect.promise(() => mkdir(directory, { recursive: true }))
    const run = yield* judging(
      {
        ...server,
        directory,
        profile: target.profile,
        expected: target.expected,
        only: target.only,
        state: target.isRemembered ? join(options.state, slug) : undefined
      },
      quiet
    )
    const away = awayBecause(run.lines)
    if (away !== undefined) return unreachable(memory, night, away)
    const exported = request && (yield* exporting({ ...target, request }, directory, options))
    return compared(memory, night, { run, exported })
  }).pipe(
    Effect.catchCauseIf(
      (cause) => !Cause.hasInterruptsOnly(cause),
      Effect.fnUntraced(function* (cause) {
        const error = Cause.squash(cause)
        if (error instanceof Failure) return broke(memory, `${error.what}: ${error.why}`)
        yield* note(Cause.pretty(cause))
        return broke(memory, "a fault of bcda itself, which the log tells", ExitCode.internal)
      })
    )
  )

  const now = yield* Clock.currentTimeMillis
  const line: NightLine = {
    format: 1,
    night,
    target: name,
    version: options.version,
    startedAt: DateTime.formatIso(began),
    took: now - began.epochMilliseconds,
    folder: `${night}/${slug}`,
    ...told
  }
  return line
})
