import type { Badge } from "@bcda-kit/conformance"
import type { NightLine } from "./NightLine.ts"

const words = { judged: "suite error", unreachable: "unreachable", broke: "not judged" } as const

/** A target in one glance: its state, whether it is news or not. */
export const badgeOf = ({ changes, exitCode, export: exported, judged, standing, state, target }: NightLine): Badge => {
  const label = target
  if (judged === undefined || exitCode === 4) return { label, message: words[state], color: "lightgrey" }
  const { counts, surprises } = judged
  const total = counts.pass + counts.fail + counts.warn + counts.info + counts["expected-fail"]
  const failing = standing.checks.filter(({ verdict }) => verdict === "fail")
  const [since] = failing.map((one) => one.since).toSorted()
  if (counts.fail > 0) {
    const when = changes.newlyFailing.length > 0 || since === undefined ? "" : `, since ${since}`
    return { label, message: `${counts.fail} of ${total} fail${when}`, color: "red" }
  }
  if (exported?.proven === false) return { label, message: "export not proven", color: "red" }
  if (counts.blocked > 0) return { label, message: `${counts.blocked} blocked`, color: "red" }
  if (surprises.length > 0) return { label, message: "not as expected", color: "red" }
  const color = counts.warn + counts["expected-fail"] > 0 ? "yellow" : "brightgreen"
  return { label, message: `${counts.pass} of ${total} pass`, color }
}
