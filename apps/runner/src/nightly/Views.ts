/** What people look at: a page, a summary, a badge for each target. All of it comes from the history and can be made anew. */
import { appendFile, mkdir, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { badgeJson, badgeSvg } from "@bcda-kit/conformance"
import { Config, Effect, Option } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { Failure } from "../Failure.ts"
import { badgeOf } from "./NightBadge.ts"
import type { NightLine } from "./NightLine.ts"
import { renderPage } from "./Page.ts"
import { nightFolders } from "./Retention.ts"
import { renderSummary } from "./Summary.ts"

export const pageFile = "index.html"
export const summaryFile = "summary.md"
export const badgeFolder = "badges"

export interface ViewOptions {
  readonly out: string
  readonly night: string
  /** Every line that counts, the oldest night first. */
  readonly lines: ReadonlyArray<NightLine>
  readonly tonight: ReadonlyArray<NightLine>
}

/** The name of a target's folder in a night's folder. */
const slugOf = ({ folder }: NightLine): string => folder.slice(folder.indexOf("/") + 1)

/** Whole or not at all, so that who looks while it is written sees the one from before. */
const replace = async (path: string, text: string): Promise<void> => {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

const stepSummary = Config.String("GITHUB_STEP_SUMMARY").pipe(
  Config.option,
  Effect.map(Option.getOrUndefined),
  Effect.orDie
)

/** Writes the page, the summary and the badges, and adds the summary to that of a GitHub job when it runs in one. */
export const writeViews = Effect.fnUntraced(function* ({ lines, night, out, tonight }: ViewOptions) {
  const folders = new Set(yield* nightFolders(out))
  const job = yield* stepSummary
  const summary = renderSummary(night, tonight)
  yield* Effect.tryPromise({
    try: async () => {
      const badges = join(out, badgeFolder)
      await mkdir(badges, { recursive: true })
      await replace(join(out, pageFile), renderPage(lines, { hasReports: (one) => folders.has(one.night) }))
      await replace(join(out, summaryFile), summary)
      for (const line of tonight) {
        const badge = badgeOf(line)
        await replace(join(badges, `${slugOf(line)}.svg`), badgeSvg(badge))
        await replace(join(badges, `${slugOf(line)}.json`), badgeJson(badge))
      }
      if (job !== undefined && job !== "") await appendFile(job, summary)
    },
    catch: (error) => {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unknown"
      const next = "Give --out a directory that can be written and has room; the history has everything."
      return new Failure({
        what: "The reports cannot be written",
        why: `${out}: ${code}`,
        next,
        exitCode: ExitCode.usage
      })
    }
  })
})
