import type { Receipt } from "../../Receipt.ts"

/** Numbers of issues by severity. */
export type Outcomes = Receipt["outcomes"]

export const noOutcomes: Outcomes = { fatal: 0, error: 0, warning: 0, information: 0 }

export const addOutcomes = (a: Outcomes, b: Outcomes): Outcomes => ({
  fatal: a.fatal + b.fatal,
  error: a.error + b.error,
  warning: a.warning + b.warning,
  information: a.information + b.information
})

/** The issues of one OperationOutcome. One whose severity FHIR does not know counts as an error rather than not at all. */
export const outcomesOf = (resource: { readonly [key: string]: unknown }): Outcomes => {
  const counts = { ...noOutcomes }
  const issues: ReadonlyArray<unknown> = Array.isArray(resource["issue"]) ? resource["issue"] : []
  for (const issue of issues) {
    const severity = typeof issue === "object" && issue !== null && "severity" in issue ? issue.severity : undefined
    switch (severity) {
      case "fatal":
      case "warning":
      case "information":
        counts[severity]++
        break
      default:
        counts.error++
    }
  }
  return counts
}
