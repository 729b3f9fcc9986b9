import { fromResource, type Issue } from "../OperationOutcome.ts"
import type { Outcomes } from "../Receipt.ts"

export const noOutcomes: Outcomes = { fatal: 0, error: 0, warning: 0, information: 0, texts: [] }

/** Most different texts of a severity that are kept; ten thousand missing people make one, since who is missing is not in it. */
const mostTexts = 20

const gravity: ReadonlyArray<Issue["severity"]> = ["fatal", "error", "warning", "information"]

/** Both together: numbers are added, and what says the same becomes one text with a count. The gravest and most frequent come first. */
export const addOutcomes = (a: Outcomes, b: Outcomes): Outcomes => {
  if (isNone(a)) return b
  if (isNone(b)) return a
  const texts = new Map<string, Outcomes["texts"][number]>()
  for (const text of [...a.texts, ...b.texts]) {
    const key = `${text.severity} ${text.code} ${text.text}`
    texts.set(key, { ...text, count: text.count + (texts.get(key)?.count ?? 0) })
  }
  return {
    fatal: a.fatal + b.fatal,
    error: a.error + b.error,
    warning: a.warning + b.warning,
    information: a.information + b.information,
    texts: gravity.flatMap((severity) =>
      Array.from(texts.values())
        .filter((text) => text.severity === severity)
        // Who came first stays: a text that has gone would begin to count anew.
        .slice(0, mostTexts)
        .toSorted((x, y) => y.count - x.count)
    )
  }
}

const isNone = ({ fatal, error, warning, information }: Outcomes): boolean =>
  fatal + error + warning + information === 0

/** The issues of one OperationOutcome. One whose severity FHIR does not know counts as an error rather than not at all. */
export const outcomesOf = (resource: unknown): Outcomes =>
  fromResource(resource).reduce<Outcomes>(
    (sum, { severity, code, text }) =>
      addOutcomes(sum, { ...noOutcomes, [severity]: 1, texts: [{ severity, code, text, count: 1 }] }),
    noOutcomes
  )
