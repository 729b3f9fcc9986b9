import type { SinceLastEvent } from "@bcda-kit/core/node"
import { Clock, Effect, type Scope } from "effect"
import { bytes, count, Notes, note } from "./Output.ts"
import type { ProgressView } from "./ProgressView.ts"
import { remark } from "./Remark.ts"

/** How an export is shown while it runs: a bar on a terminal, plain lines elsewhere, nothing for `--json`. */
export type ProgressStyle = "bar" | "lines" | "none"

/** What a person reading lines wants to know: nothing that repeats, no line per chunk. */
const asLines = (): ProgressView["show"] => {
  let waiting = ""
  let files = 0
  let done = 0
  const line = (event: SinceLastEvent): string | undefined => {
    switch (event._tag) {
      case "KickedOff":
        return `job ${event.job.jobId} started`
      case "Resumed":
        done = event.filesDone
        return `job ${event.job.jobId} resumed, ${count(event.filesDone, "file")} already here`
      case "Waiting": {
        const state =
          event.failed === undefined ? event.state : `${event.state}; the server says it failed, and may yet turn`
        const text = event.percent === undefined ? state : `${state} (${event.percent}%)`
        if (text === waiting) return undefined
        waiting = text
        return `waiting: ${text}`
      }
      case "FileRetry":
        return `again (${event.attempt}): ${event.path}, because ${event.reason}`
      case "FileDone":
        done += 1
        return `${done} of ${files}: ${event.file.path}, ${count(event.file.lines, "resource")}, ${bytes(event.file.bytes)}`
      default:
        return undefined
    }
  }
  return (event) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (event._tag === "RunBegun") done = 0
      if (event._tag === "ManifestReceived") files = event.files
      const text = remark(event, now) ?? line(event)
      return text === undefined ? Effect.void : note(text)
    })
}

/** Shows the events in the given style until the scope closes. */
export const make = Effect.fnUntraced(function* (
  style: ProgressStyle
): Effect.fn.Return<ProgressView, never, Scope.Scope> {
  const say = yield* Notes
  switch (style) {
    case "none":
      return { show: () => Effect.void, say }
    case "lines":
      return { show: asLines(), say }
    case "bar": {
      const { asBar } = yield* Effect.promise(() => import("./ProgressBar.ts"))
      return yield* asBar
    }
  }
})
