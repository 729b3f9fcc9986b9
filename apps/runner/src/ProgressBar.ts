import type { SinceLastEvent } from "@bcda-kit/core/node"
import { SingleBar } from "cli-progress"
import { Clock, Effect } from "effect"
import { bytes, note } from "./Output.ts"
import type { ProgressView } from "./ProgressView.ts"
import { remark } from "./Remark.ts"

interface Seen {
  readonly state: string
  /** Unknown before the manifest: until then the bar stands empty beside what the server says. */
  readonly files: number | undefined
  readonly done: number
  readonly doneBytes: number
  readonly underway: ReadonlyMap<string, number>
}

const nothing: Seen = { state: "starting", files: undefined, done: 0, doneBytes: 0, underway: new Map() }

const see = (seen: Seen, event: SinceLastEvent): Seen => {
  switch (event._tag) {
    case "RunBegun":
      return nothing
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

const textOf = ({ done, doneBytes, files, state, underway }: Seen): string => {
  if (files === undefined) return state
  const size = [...underway.values()].reduce((sum, part) => sum + part, doneBytes)
  return `${done}/${files} files · ${bytes(size)} · ${state}`
}

/** A bar on stderr, cleared when the scope closes: the summary that follows says it all again. */
export const asBar = Effect.gen(function* () {
  const bar = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const bar = new SingleBar({
        format: "{bar} {text}",
        barCompleteChar: "█",
        barIncompleteChar: "░",
        barsize: 30,
        hideCursor: true,
        clearOnComplete: true,
        emptyOnZero: true,
        // Ctrl-C is the program's to handle: it ends the scope, and with it the bar.
        gracefulExit: false
      })
      bar.start(0, 0, { text: nothing.state })
      return bar
    }),
    (bar) => Effect.sync(() => bar.stop())
  )
  let seen = nothing
  const draw = (event: SinceLastEvent) =>
    Effect.sync(() => {
      seen = see(seen, event)
      if (event._tag === "ManifestReceived") bar.setTotal(event.files)
      bar.update(seen.done, { text: textOf(seen) })
    })
  const view: ProgressView = (event) =>
    Effect.gen(function* () {
      const text = remark(event, yield* Clock.currentTimeMillis)
      // Over the bar, which is drawn again below it.
      if (text !== undefined) yield* note(`\r\x1b[K${text}`)
      yield* draw(event)
    })
  return view
})
