/**
 * Every night: fetch what is new since the night before.
 *
 *   BCDA_CLIENT_ID=... BCDA_CLIENT_SECRET=... node examples/nightly.ts claims
 *
 * Let cron or a timer run this line. Each run gets a directory of its own below `claims`, and a run that was broken off (a server in trouble, a
 * reboot, Ctrl-C) is finished by the next one before it asks for anything new. When nothing can be new, nothing is asked for.
 */
import { connect, isBcdaError } from "@bcda-kit/core/promise"

const {
  BCDA_TARGET: target = "sandbox",
  BCDA_CLIENT_ID: clientId = "",
  BCDA_CLIENT_SECRET: clientSecret = ""
} = process.env
const [directory = "claims"] = process.argv.slice(2)

// The client holds one token for all its requests. `await using` closes its connections at the end, however that comes.
await using bcda = connect({ target, credentials: { clientId, clientSecret } })

// Ctrl-C ends the export in good order: what is whole stays, and the job on the server runs on for the next run.
const stop = new AbortController()
process.once("SIGINT", () => stop.abort(new Error("stopped; the next run goes on from here")))

try {
  // A `for await` loop over everything that happens. Leaving it early would stop the export; reading to its end lets it finish.
  for await (const event of bcda.exportSinceLastEvents({ directory, signal: stop.signal })) {
    switch (event._tag) {
      case "RunBegun":
        console.log(event.since === undefined ? "everything, for the first time" : `what is new since ${event.since}`)
        break
      case "KickedOff":
        console.log(`job ${event.job.jobId} was started; the server takes its time`)
        break
      case "FileDone":
        console.log(`${event.file.path}: ${event.file.lines} lines`)
        break
      case "FileRetry":
        console.log(`${event.path}: ${event.reason}; again`)
        break
      case "WatermarkMoved":
        console.log(`safe up to ${event.to}`)
        break
      case "WatermarkKept":
        // Nothing is lost: the next run asks for the same time again. But somebody should know.
        console.log(event.text)
        process.exitCode = 1
        break
      case "Skipped":
        console.log(`nothing new: ${event.advice.text}`)
        break
      case "Finished":
        console.log(`done: ${event.receipt.totals.files} files, ${event.receipt.totals.lines} lines`)
    }
  }
} catch (error) {
  // Whatever went wrong, the message says what happened, and `next` what to do about it.
  console.error(error instanceof Error ? error.message : error)
  if (isBcdaError(error)) console.error(error.next)
  process.exitCode = 1
}
