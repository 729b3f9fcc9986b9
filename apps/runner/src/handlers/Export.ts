import { BcdaClient, RequestRules } from "@bcda-kit/core"
import { Clock, Effect } from "effect"
import * as Connection from "../Connection.ts"
import { conclude, type Exporting, exportWithProgress, stdout } from "../Exporting.ts"
import { misused, type RequestInput, toLimits, toRequest } from "../RequestInput.ts"

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

export const exportClaims = Effect.fnUntraced(function* (input: ExportInput) {
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
