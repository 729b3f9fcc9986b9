import type { ExportEvent } from "@bcda-kit/core"
import { SingleBar } from "cli-progress"
import { Effect } from "effect"
import { bytes } from "./Output.ts"
import type { ProgressView } from "./Progress.ts"

/** State behind the bar: before the manifest there is no total, so the bar stands empty beside what the server says. */
interface Seen {
  readonly state: string
  readonly files: number
  readonly done: number
  readonly doneBytes: number
  readonly underway: ReadonlyMap<string, number>
}

const see = (seen: Seen, event: ExportEvent): Seen => {
  switch (event._tag) {
    case "KickedOff":
      return { ...seen, state: `job ${event.job.jobId} started` }
    case "Resumed":
      return { ...seen, state: `job ${event.job.jobId} resumed`, done: event.filesDone }
    case "Waiting":
      return { ...seen, state: event.percent === undefined ? event.state : `${event.state} ${event.percent}%` }
    case "ManifestReceived":
      return { ...seen, state: "downloading", files: event.files }
    case "FileProgress":
      return { ...seen, underway: new Map(seen.underway).set(event.path, event.bytes) }
    case "FileRetry":
      return { ...seen, state: `again: ${event.path}` }
    case "FileDone": {
      const underway = new Map(seen.underway)
      underway.delete(event.file.path)
      return {
        ...seen,
        state: "downloading",
        underway,
        done: seen.done + 1,
        doneBytes: seen.doneBytes + event.file.bytes
      }
    }
    default:
      return seen
  }
}

const sizeOf = (seen: Seen): number => [...seen.underway.values()].reduce((sum, part) => sum + part, seen.doneBytes)

/** A bar on stderr, cleared when the scope closes: the summary that follows says it all again. */
export const asBar = Effect.gen(function* () {
  const bar = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const bar = new SingleBar({
        format: "{bar} {value}/{total} files · {size} · {state}",
        barCompleteChar: "█",
        barIncompleteChar: "░",
        barsize: 30,
        hideCursor: true,
        clearOnComplete: true,
        emptyOnZero: true,
        // Ctrl-C is the program's to handle: it ends the scope, and with it the bar.
        gracefulExit: false
      })
      bar.start(0, 0, { size: bytes(0), state: "starting" })
      return bar
    }),
    (bar) => Effect.sync(() => bar.stop())
  )
  let seen: Seen = { state: "starting", files: 0, done: 0, doneBytes: 0, underway: new Map() }
  const view: ProgressView = (event) =>
    Effect.sync(() => {
      seen = see(seen, event)
      if (event._tag === "ManifestReceived") bar.setTotal(seen.files)
      bar.update(seen.done, { size: bytes(sizeOf(seen)), state: seen.state })
    })
  return view
})
