/**
 * `badge.svg` and `badge.json`: the outcome in one glance, as a picture for a page and for shields.io's endpoint badge.
 */
import { outcomeOf } from "../Outcome.ts"
import type { ResultLine } from "../Result.ts"
import { markup } from "./Markup.ts"

/** What a badge says: on the left what it is about, on the right how it is. */
export interface Badge {
  readonly label: string
  readonly message: string
  readonly color: "brightgreen" | "yellow" | "red" | "lightgrey"
}

const badgeOf = (lines: ReadonlyArray<ResultLine>): Badge => {
  const { counts, exitCode } = outcomeOf(lines)
  const header = lines.find((line) => line.kind === "header")
  const label = header === undefined ? "conformance" : header.profile
  const judged = counts.pass + counts.fail + counts.warn + counts.info + counts["expected-fail"]
  if (exitCode === 3) return { label, message: "not judged", color: "lightgrey" }
  if (exitCode === 4) return { label, message: "suite error", color: "lightgrey" }
  if (exitCode === 5) return { label, message: "cut off", color: "lightgrey" }
  if (exitCode === 1)
    return { label, message: counts.fail > 0 ? `${counts.fail} of ${judged} fail` : "not as expected", color: "red" }
  return {
    label,
    message: `${counts.pass} of ${judged} pass`,
    color: counts.warn + counts["expected-fail"] > 0 ? "yellow" : "brightgreen"
  }
}

/** For `https://img.shields.io/endpoint?url=…`. */
export const badgeJson = (badge: Badge): string => `${JSON.stringify({ schemaVersion: 1, ...badge })}\n`

/** The same of a run. */
export const renderBadgeJson = (lines: ReadonlyArray<ResultLine>): string => badgeJson(badgeOf(lines))

const colours: Readonly<Record<Badge["color"], string>> = {
  brightgreen: "#2c7d3f",
  yellow: "#8a6100",
  red: "#b42318",
  lightgrey: "#57606a"
}

// Of the font that follows, at 11 pixels; a browser without it is told to fit the text into the same width.
const widthOf = (text: string): number => Math.round(text.length * 6.4 + 10)

/** The picture of a run. */
export const renderBadgeSvg = (lines: ReadonlyArray<ResultLine>): string => badgeSvg(badgeOf(lines))

/** A badge as a picture. */
export const badgeSvg = ({ color, label, message }: Badge): string => {
  const left = widthOf(label)
  const right = widthOf(message)
  return markup`<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${label}: ${message}"><title>${label}: ${message}</title><clipPath id="r"><rect width="${left + right}" height="20" rx="3"/></clipPath><g clip-path="url(#r)"><rect width="${left}" height="20" fill="#30363d"/><rect x="${left}" width="${right}" height="20" fill="${colours[color]}"/></g><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle"><text x="${left / 2}" y="14" textLength="${left - 10}">${label}</text><text x="${left + right / 2}" y="14" textLength="${right - 10}">${message}</text></g></svg>
`.text
}
