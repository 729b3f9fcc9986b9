/**
 * Judges a stored run again, without the server: by another profile, by another list of expected failures, or by newer checks. Nothing in the
 * stored run is changed.
 */
import { Clock, Effect } from "effect"
import { JudgeError, ResultsUnreadable } from "./Errors.ts"
import { type CaptureJudgeOptions, judgeStored } from "./Judge.ts"
import { openResults, readCapture, readResults, resultsFile } from "./Results.ts"

/** Where the stored run is, and by what to judge it this time. */
export interface RejudgeOptions extends Pick<CaptureJudgeOptions, "expected" | "only" | "profile"> {
  /** The directory of the stored run: its `results.jsonl`, for the header, and its `capture.jsonl`. */
  readonly directory: string
  /** Where the new results go, with the capture and the views. Default: nowhere. */
  readonly output?: string | undefined
}

/**
 * The lines that the run's results would have now. What is not given is as the run had it. If the capture has no end mark, or not the right
 * one, there is no footer, and the outcome is that of a run that was cut off.
 *
 * Fails if the directory holds no run of this version, or the output cannot be written.
 */
export const rejudge = Effect.fnUntraced(function* ({ directory, output, ...options }: RejudgeOptions) {
  const [header] = yield* readResults(directory)
  if (header?.kind !== "header" || header.descriptor === undefined) {
    const detail = "its first line is no header that describes the target"
    return yield* new JudgeError({ reason: new ResultsUnreadable({ path: `${directory}/${resultsFile}`, detail }) })
  }
  const { descriptor } = header
  const capture = yield* readCapture(directory)
  const now = yield* Clock.currentTimeMillis
  const lines = judgeStored({ header, descriptor, capture }, { ...options, now })
  if (output !== undefined) {
    const writer = yield* openResults(output)
    yield* writer.capture(capture)
    yield* Effect.forEach(lines, writer.result, { discard: true })
    yield* writer.views
  }
  return lines
})
