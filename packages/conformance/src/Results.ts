/**
 * The files of a run: `results.jsonl` (the truth), `capture.jsonl` (the exchanges behind it), and two views, `report.md` by check and
 * `coverage.md` by requirement. Lines are appended as they come, the footer last, so that whatever happens to the run, what was decided is
 * on the disk.
 */
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import { renderCoverage } from "./Coverage.ts"
import { JudgeError, OutputUnwritable, ResultsUnreadable } from "./Errors.ts"
import { CaptureLine } from "./Exchange.ts"
import { renderReport } from "./Report.ts"
import { ResultLine } from "./Result.ts"

export const resultsFile = "results.jsonl"
export const captureFile = "capture.jsonl"
export const reportFile = "report.md"
export const coverageFile = "coverage.md"

/** What is rendered from the results, by the name of its file. */
const views = { [reportFile]: renderReport, [coverageFile]: renderCoverage }

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
  const rendered = Object.entries(views).map(([name, render]) => ({ path: join(directory, name), render }))
  yield* writing(directory, () => mkdir(directory, { recursive: true }))
  for (const path of [results, capture, ...rendered.map(({ path }) => path)])
    yield* writing(path, () => writeFile(path, ""))
  const append = (path: string, lines: ReadonlyArray<unknown>) =>
    writing(path, () => appendFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join("")))
  const writer: ResultsWriter = {
    result: (line) => append(results, [line]),
    capture: (lines) => append(capture, lines),
    views: Effect.suspend(() => readResults(directory)).pipe(
      Effect.flatMap((lines) =>
        Effect.forEach(rendered, ({ path, render }) => writing(path, () => writeFile(path, render(lines))), {
          discard: true
        })
      )
    )
  }
  return writer
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
