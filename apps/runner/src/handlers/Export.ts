import { BcdaClient, RequestRules } from "@bcda-kit/core"
import { Clock, Effect } from "effect"
import * as Connection from "../Connection.ts"
import { type ExportInput, type SettledExport, settleExport } from "../config/SettleExport.ts"
import { conclude, exportWithProgress, stdout } from "../Exporting.ts"
import { misused, toLimits, toRequest } from "../RequestInput.ts"

const exporting = Effect.fnUntraced(function* (settled: SettledExport) {
  const { policy, target } = yield* BcdaClient
  const { acceptErrors, since } = settled
  const request = yield* toRequest(settled, target.isBcda)
  // Before the directory is made: it would belong to a request that never can be sent.
  const rules = { now: yield* Clock.currentTimeMillis, clockSkew: policy.kickOff.clockSkew }
  yield* Effect.fromResult(RequestRules.check(request, target, rules)).pipe(
    Effect.mapError(({ detail }) => misused(detail, "Correct the command line; nothing was sent."))
  )
  const { adopt, cancelOnInterrupt, concurrency, evenIfUnchanged, gzip, json, out, startAgain, verify, watermarks } =
    settled
  return yield* exportWithProgress({
    request,
    sinceLast: since === "auto",
    watermarks,
    moveOnErrors: acceptErrors,
    evenIfUnchanged,
    adopt,
    cancelOnInterrupt,
    concurrency,
    gzip,
    json,
    out,
    startAgain,
    verify
  })
})

/** What makes no sense when resources go to stdout. What a configuration says of files is not asked for here and now, and does not count. */
const refusePrinting = ({ concurrency, gzip, json, startAgain }: ExportInput, { since }: SettledExport) => {
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

/** Exports claims. */
export const exportClaims = Effect.fnUntraced(function* (input: ExportInput) {
  const settled = yield* settleExport(input)
  const { acceptErrors, evenIfUnchanged, watermarks } = input
  if (settled.since !== "auto" && (acceptErrors === true || evenIfUnchanged === true || watermarks !== undefined)) {
    const why = "--watermarks, --accept-errors and --even-if-unchanged are about --since auto"
    return yield* misused(why, "Add --since auto, or leave them away.")
  }
  if (settled.out === stdout) yield* refusePrinting(input, settled)
  const policy = yield* toLimits(settled.limits)
  const ended = yield* exporting(settled).pipe(Effect.provide(Connection.layerOf(settled.connection, policy)))
  yield* conclude(ended, settled.json)
})
