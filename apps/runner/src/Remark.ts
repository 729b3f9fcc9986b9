import type { SinceLastEvent } from "@bcda-kit/core/node"
import { count, span } from "./Output.ts"

/** What has to be seen in every style: what is decided about the export, and what is about to be lost. `now` is in milliseconds. */
export const remark = (event: SinceLastEvent, now: number): string | undefined => {
  switch (event._tag) {
    case "RunBegun":
      return `${event.since === undefined ? "everything" : `what is new since ${event.since}`}, into ${event.directory}`
    case "RunAbandoned":
      return `an earlier run is given up, and what it saved stays in ${event.directory}: ${event.why}`
    case "Advised":
      return event.text
    case "WatermarkMoved":
      return `everything is safe: the next export begins at ${event.to}`
    case "WatermarkKept": {
      const at = event.at === undefined ? "with everything" : `at ${event.at}, as this one`
      return `the next export begins ${at}. ${event.text}`
    }
    case "Adopted":
      return `job ${event.job.jobId} was there and is taken; none is started`
    case "ManifestReceived": {
      const left = event.expires === undefined ? undefined : (Date.parse(event.expires) - now) / 1000
      const kept =
        left === undefined
          ? ""
          : `, kept by the server until ${event.expires} (${left > 0 ? `${span(left)} more` : "which is over"})`
      return `ready: ${count(event.files, "file")}, transaction time ${event.transactionTime}${kept}`
    }
    case "Expiring": {
      const left = event.secondsLeft > 0 ? `in ${span(event.secondsLeft)}` : "which is over"
      const need = event.secondsNeeded === undefined ? "" : ` and need about ${span(event.secondsNeeded)}`
      return `warning: ${count(event.filesLeft, "file")} of this job are still to come${need}; the server keeps them until ${event.expires} (${left})`
    }
    default:
      return undefined
  }
}
