import { BcdaClient, RequestRules } from "@bcda-kit/core"
import { Clock, Effect } from "effect"
import { Command } from "effect/cli"
import * as Connection from "../Connection.ts"
import { exportFlags, misused, type RequestInput, toLimits, toRequest } from "../ExportFlags.ts"
import { conclude, type Exporting, exportWithProgress, stdout } from "../Exporting.ts"

/** The command line. */
interface ExportInput extends Connection.Connection, RequestInput, Omit<Exporting, "request" | "sinceLast"> {
  readonly adopt: boolean
  readonly acceptErrors: boolean
  readonly evenIfUnchanged: boolean
  readonly limits: ReadonlyArray<string> | undefined
}

const exporting = Effect.fnUntraced(function* (input: ExportInput) {
  const { policy, target } = yield* BcdaClient
  const { acceptErrors, adopt, cancelOnInterrupt, concurrency, evenIfUnchanged, gzip, out, startAgain, verify } = input
  const request = yield* toRequest(input, target.isBcda)
  // Before the directory is made: it would belong to a request that never can be sent.
  const rules = { now: yield* Clock.currentTimeMillis, clockSkew: policy.kickOff.clockSkew }
  yield* Effect.fromResult(RequestRules.check(request, target, rules)).pipe(
    Effect.mapError(({ detail }) => misused(detail, "Correct the command line; nothing was sent."))
  )
  return yield* exportWithProgress({
    request,
    sinceLast: input.since === "auto",
    watermarks: input.watermarks,
    moveOnErrors: acceptErrors,
    evenIfUnchanged,
    adopt,
    cancelOnInterrupt,
    concurrency,
    gzip,
    json: input.json,
    out,
    startAgain,
    verify
  })
})

/** What makes no sense when resources go to stdout. */
const refusePrinting = ({ concurrency, gzip, json, since, startAgain }: ExportInput) => {
  const flags = [
    ...(json ? ["--json prints there as well"] : []),
    ...(since === "auto" ? ["--since auto remembers in a directory"] : []),
    ...(gzip === "keep" ? ["--gzip keep is about files"] : []),
    ...(concurrency === undefined ? [] : ["files come one after the other, without --concurrency"]),
    ...(startAgain ? ["--start-again is about a directory"] : [])
  ]
  return flags.length === 0
    ? Effect.void
    : misused(
        `--out - prints resources on stdout: ${flags.join("; ")}`,
        "Give a directory, or leave the other flag away."
      )
}

const run = Effect.fnUntraced(function* (input: ExportInput) {
  const { acceptErrors, evenIfUnchanged, since, watermarks } = input
  if (since !== "auto" && (acceptErrors || evenIfUnchanged || watermarks !== undefined)) {
    const why = "--watermarks, --accept-errors and --even-if-unchanged are about --since auto"
    return yield* misused(why, "Add --since auto, or leave them away.")
  }
  if (input.out === stdout) yield* refusePrinting(input)
  const policy = yield* toLimits(input.limits)
  const ended = yield* exporting(input).pipe(Effect.provide(Connection.layer(input, policy)))
  yield* conclude(ended, input.json)
})

export const exportCommand = Command.make("export", exportFlags, run).pipe(
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
      command: "bcda export --target embedded --out try --json",
      description: "For scripts: the last line is the receipt"
    },
    {
      command: "bcda export --target https://fhir.example.org/r4 --auth smart --group 42 --out members",
      description: "From another FHIR Bulk Data server, with the key in BCDA_KEY"
    }
  ])
)
