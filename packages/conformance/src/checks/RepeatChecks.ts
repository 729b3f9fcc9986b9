/** Exports that are asked for again, and that each is a job of its own. */
import { accepted, header, headerOf, noJob, status } from "../Assertion.ts"
import { type Check, notApplicable, type View } from "../Check.ts"
import type { Exchange } from "../Exchange.ts"
import { finished } from "./StatusChecks.ts"

/** Kick-offs whose jobs go on beside each other or one after the other. */
const kickOffs = ["kickoff", "opinion-export", "kickoff-everything", "kickoff-first", "kickoff-same", "kickoff-since"]

/** The kick-off that came while its like was running, if the server put it off. */
const putOff = (view: View): Exchange | undefined => {
  const same = view.one("kickoff-same")
  return same.response?.status === 429 ? same : undefined
}

const notLimited = notApplicable("the server starts the same export twice")

export const repeatChecks: ReadonlyArray<Check> = [
  {
    id: "kickoff/own-job",
    title: "Each export is a job of its own, with a status URL of its own",
    requirements: ["export#kickoff-content-location"],
    steps: ["kickoff"],
    also: kickOffs.slice(1),
    judge: (view) => {
      const started = kickOffs
        .flatMap((step) => view.all(step))
        .filter((exchange) => accepted(exchange) && headerOf(exchange, "content-location") !== undefined)
      if (started.length < 2) return notApplicable("fewer than two exports were started")
      return started.map((exchange, index) => {
        const before = started.slice(0, index).map((other) => headerOf(other, "content-location"))
        return header(exchange, "content-location", "a URL of no export before", (value) => !before.includes(value))
      })
    }
  },
  {
    id: "kickoff/same-again",
    title: "While an export runs, the same one is started too or put off with 429",
    requirements: ["export#kickoff-429", "SEED-21"],
    steps: ["kickoff-same"],
    judge: (view) => {
      const same = view.one("kickoff-same")
      return [status(same, [202, 429]), ...(putOff(view) === undefined ? [] : [noJob(same)])]
    }
  },
  {
    id: "kickoff/put-off-says-when",
    title: "A 429 has Retry-After, with a number of seconds above 0",
    requirements: ["export#kickoff-429", "SEED-22"],
    steps: ["kickoff-same"],
    judge: (view) => {
      const refused = putOff(view)
      if (refused === undefined) return notLimited
      const seconds = "a number of seconds above 0"
      return [header(refused, "retry-after", seconds, (value) => /^\d+$/.test(value ?? "") && Number(value) > 0)]
    }
  },
  {
    id: "kickoff/taken-after-waiting",
    title: "Who waits as long as Retry-After says is put off no more",
    requirements: ["SEED-23"],
    steps: ["kickoff-same", "kickoff-put-off"],
    judge: (view) => (putOff(view) === undefined ? notLimited : [status(view.one("kickoff-put-off"), [202])])
  },
  {
    id: "kickoff/goes-on-beside",
    title: "An export that was asked for again while it ran comes to its end",
    requirements: ["SEED-28"],
    steps: ["kickoff-same", "status-first"],
    judge: (view) => {
      const done = finished(view, "status-first")
      return "excuse" in done ? done : [status(done, [200])]
    }
  }
]
