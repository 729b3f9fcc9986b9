/**
 * The files of a run: `results.jsonl` (the truth), `capture.jsonl` (the exchanges behind it), and views of them (`views`). Lines are appended as they come, the footer last, so that whatever happens to the run, what was decided is
 * on the disk.
 */
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import { JudgeError, OutputUnwritable, ResultsUnreadable } from "./Errors.ts"
import { CaptureLine } from "./Exchange.ts"
import { ResultLine } from "./Result.ts"
import { renderBadgeJson, renderBadgeSvg } from "./report/Badge.ts"
import { renderCoverage } from "./report/Coverage.ts"
import { renderHtml } from "./report/Html.ts"
import { renderJunit } from "./report/Junit.ts"
import { renderReport } from "./report/Report.ts"

/** The verdicts of a run: JSON lines of the schema `ResultLine`. All else is made from it and from the capture. */
export const resultsFile = "results.jsonl"
/** The exchanges of a run, redacted: JSON lines of the schema `CaptureLine`. */
export const captureFile = "capture.jsonl"
/** A run for the summary of a CI job, in Markdown. */
export const reportFile = "report.md"
/** A run requirement by requirement, in Markdown. */
export const coverageFile = "coverage.md"
/** A run for a person: one page that works without a network. */
export const htmlFile = "report.html"
/** A run for what shows test results. */
export const junitFile = "junit.xml"
/** A run's outcome in one glance, as SVG. */
export const badgeFile = "badge.svg"
/** The same as data for shields.io's endpoint badge. */
export const badgeDataFile = "badge.json"

type View = (lines: ReadonlyArray<ResultLine>, capture: ReadonlyArray<CaptureLine>) => string

/** What is rendered from a run, by the name of its file. */
const views: Readonly<Record<string, View>> = {
  [reportFile]: (lines) => renderReport(lines),
  [coverageFile]: (lines) => renderCoverage(lines),
  [htmlFile]: (lines, capture) => renderHtml(lines, { capture }),
  [junitFile]: renderJunit,
  [badgeFile]: renderBadgeSvg,
  [badgeDataFile]: renderBadgeJson
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown"

const writing = (path: string, run: () => Promise<unknown>): Effect.Effect<void, JudgeError> =>
  Effect.tryPromise({
    try: run,
    catch: (error) => new JudgeError({ reason: new OutputUnwritable({ path, code: codeOf(error) }) })
  }).pipe(Effect.asVoid)

/** Where a run writes. An earlier run's files in the same directory are replaced: one directory holds one run. */
export interface ResultsWriter {
  readonly result: (line: ResultLine) => Effect.Effect<void, JudgeError>
  readonly capture: (lines: ReadonlyArray<CaptureLine>) => Effect.Effect<void, JudgeError>
  /** Renders the views from what `results.jsonl` holds by now. */
  readonly views: Effect.Effect<void, JudgeError>
}

export const openResults = Effect.fnUntraced(function* (directory: string) {
  const results = join(directory, resultsFile)
  const capture = join(directory, captureFile)
  yield* writing(directory, () => mkdir(directory, { recursive: true }))
  for (const path of [results, capture, ...Object.keys(views).map((name) => join(directory, name))])
    yield* writing(path, () => writeFile(path, ""))
  const append = (path: string, lines: ReadonlyArray<unknown>) =>
    writing(path, () => appendFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join("")))
  const writer: ResultsWriter = {
    result: (line) => append(results, [line]),
    capture: (lines) => append(capture, lines),
    views: renderViews(directory)
  }
  return writer
})

/** Renders every view of a run anew from what its directory holds of `results.jsonl` and `capture.jsonl`. */
export const renderViews = Effect.fnUntraced(function* (directory: string) {
  const lines = yield* readResults(directory)
  const capture = yield* readCapture(directory)
  for (const [name, render] of Object.entries(views)) {
    const path = join(directory, name)
    yield* writing(path, () => writeFile(path, render(lines, capture)))
  }
})

const readLines = <A>(path: string, schema: Schema.Decoder<A>): Effect.Effect<ReadonlyArray<A>, JudgeError> => {
  const unreadable = (detail: string) => new JudgeError({ reason: new ResultsUnreadable({ path, detail }) })
  const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(schema))
  return Effect.tryPromise({ try: () => readFile(path, "utf8"), catch: (error) => unreadable(codeOf(error)) }).pipe(
    Effect.flatMap((text) =>
      Effect.forEach(
        // A run that was killed while it wrote leaves half a line; what stands before it counts.
        text
          .slice(0, text.lastIndexOf("\n") + 1)
          .split("\n")
          .filter((line) => line !== ""),
        (line, index) =>
          decode(line).pipe(Effect.mapError(() => unreadable(`line ${index + 1} is not one of its lines`)))
      )
    )
  )
}

/** The lines of `results.jsonl`. A last line that is not a footer means that the run did not reach its end. */
export const readResults = (directory: string): Effect.Effect<ReadonlyArray<ResultLine>, JudgeError> =>
  readLines(join(directory, resultsFile), ResultLine)

/** The lines of `capture.jsonl`, for judging a stored run again. */
export const readCapture = (directory: string): Effect.Effect<ReadonlyArray<CaptureLine>, JudgeError> =>
  readLines(join(directory, captureFile), CaptureLine)
