import { existsSync } from "node:fs"
import { join } from "node:path"
import { ExportRequest } from "@bcda-kit/core"
import { Clock, Effect } from "effect"
import * as Connection from "../Connection.ts"
import { ExitCode } from "../ExitCode.ts"
import { exportWithProgress } from "../Exporting.ts"
import { Failure, Findings } from "../Failure.ts"
import { embeddedJudged } from "../JudgedTarget.ts"
import { bytes, count, json, note, result } from "../Output.ts"
import { type Proof, prove } from "../Proof.ts"
import { judgeWithProgress } from "./Conformance.ts"

/** `bcda-export/2026-11-23-092405`: every tour has a directory of its own, since its sandbox is gone when it ends. */
const freshDirectory = Effect.fnUntraced(function* () {
  const now = new Date(yield* Clock.currentTimeMillis).toISOString()
  const base = join("bcda-export", `${now.slice(0, 10)}-${now.slice(11, 19).replaceAll(":", "")}`)
  let directory = base
  for (let n = 2; existsSync(directory); n++) directory = `${base}-${n}`
  return directory
})

const refuse = (directory: string, { mismatches }: Proof) =>
  new Failure({
    what: "The files on disk are not what the receipt says",
    why: mismatches.map(({ detail, path }) => `${path}: ${detail}`).join("; "),
    next: `Keep ${directory} and report it: this must never happen.`,
    exitCode: ExitCode.internal
  })

/** `bcda` without a command: the whole job once, against a sandbox of its own, with proof; and what the suite says of that sandbox. */
export const tour = Effect.fn("bcda.tour")(function* ({ json: asJson }: { readonly json: boolean }) {
  const directory = yield* freshDirectory()
  const conformance = join(directory, "conformance")
  if (!asJson)
    yield* note("A quick tour: a BCDA sandbox starts on this machine, and everything in it is exported and judged.")
  const resolved = yield* Connection.embedded()
  const judged = yield* embeddedJudged(resolved)
  yield* exportWithProgress({
    request: new ExportRequest({ scope: "all" }),
    out: directory,
    json: asJson
  }).pipe(Effect.provide(Connection.client(resolved)))
  const proof = yield* prove(directory)
  if (proof.mismatches.length > 0) return yield* refuse(directory, proof)
  const { totals } = proof.receipt
  const outcome = yield* judgeWithProgress({ ...judged, directory: conformance, json: asJson })
  if (asJson) {
    const report = join(conformance, "report.html")
    yield* json({ directory, receipt: join(directory, "receipt.json"), report, totals, proven: true, outcome })
  } else
    yield* result(
      [
        `Exported    ${count(totals.files, "file")}, ${count(totals.lines, "resource")}, ${bytes(totals.bytes)} (${bytes(totals.wireBytes)} on the wire), all made up`,
        "Proven      every file read back from disk: size, lines and SHA-256 are those of the receipt",
        `Conformance ${outcome.text}`,
        "",
        `Files       ${directory}`,
        `Receipt     ${join(directory, "receipt.json")}`,
        `Report      ${join(conformance, "report.html")}`,
        "",
        "Go on with  npm start -- --help      all commands",
        "            npm start -- sandbox     a BCDA to try with curl or your own client"
      ].join("\n")
    )
  if (outcome.exitCode !== 0) return yield* new Findings({ exitCode: outcome.exitCode })
}, Effect.scoped)
