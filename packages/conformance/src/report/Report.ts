/**
 * `report.md`: the results for a person, and for a job summary. It knows nothing but the lines of `results.jsonl`.
 */
import { code, plain, table } from "../internal/markdown.ts"
import { outcomeOf } from "../Outcome.ts"
import type { FooterLine, HeaderLine, ResultLine, VerdictLine } from "../Result.ts"
import { registry } from "../requirements/Registry.ts"
import { byGravity, order, troubles } from "./Order.ts"
import { placeOf } from "./Place.ts"

const headline = (
  header: HeaderLine | undefined,
  footer: FooterLine | undefined,
  verdicts: ReadonlyArray<VerdictLine>
) => {
  const { text } = outcomeOf([...(header ? [header] : []), ...verdicts, ...(footer ? [footer] : [])])
  const about = header
    ? [
        `Target: **${plain(header.target.name)}**, ${code(header.target.baseUrl)}, API ${header.target.apiVersion}. Profile: ${header.profile}.`,
        `Started ${header.startedAt}.`
      ]
    : ["The file has no header."]
  return ["# Conformance report", "", `**${plain(text)}**`, "", about.join(" ")]
}

const summary = (verdicts: ReadonlyArray<VerdictLine>): ReadonlyArray<string> =>
  table(
    ["verdict", "checks"],
    order
      .map((kind) => [kind, verdicts.filter(({ verdict }) => verdict === kind).length] as const)
      .filter(([, count]) => count > 0)
  )

const trouble = (line: VerdictLine): ReadonlyArray<string> => [
  "",
  `### ${line.verdict}: ${plain(line.title)}`,
  "",
  code(line.check),
  ...(line.because === undefined ? [] : ["", plain(line.because)]),
  "",
  ...line.evidence
    .filter(({ holds }) => !holds)
    .map(
      (one) =>
        `- ${plain(placeOf(one))}: expected ${plain(one.expected)}, got ${plain(one.actual)} (${one.exchange}: ${one.method} ${code(one.url)})`
    ),
  "",
  "What it stands for:",
  "",
  ...line.requirements.map((id) => {
    const found = registry.get(id)
    if (found === undefined) return `- ${code(id)}`
    const { source, strength, text } = found
    const where = `${source.document} ${source.version}, ${source.section}`
    return `- ${code(id)} ${strength}: ${plain(text)} (${source.url === undefined ? plain(where) : `[${plain(where)}](${source.url})`})`
  })
]

/** Renders a report from the lines of a results file, whole or not. */
export const renderReport = (lines: ReadonlyArray<ResultLine>): string => {
  const header = lines.find((line) => line.kind === "header")
  const footer = lines.find((line) => line.kind === "footer")
  const verdicts = byGravity(lines.filter((line) => line.kind === "verdict"))
  const bad = verdicts.filter(({ verdict }) => troubles.has(verdict))
  return [
    ...headline(header, footer, verdicts),
    "",
    ...summary(verdicts),
    ...(bad.length === 0 ? [] : ["", "## What needs a look", ...bad.flatMap(trouble)]),
    "",
    "## All checks",
    "",
    ...table(
      ["verdict", "check", "what holds if it passes", "requirements"],
      verdicts.map(({ verdict, check, title, requirements }) => [
        verdict,
        code(check),
        plain(title),
        requirements.map(code).join(" ")
      ])
    ),
    "",
    footer === undefined
      ? "No footer: the run did not reach its end."
      : `${footer.exchanges} requests in ${(footer.took / 1000).toFixed(1)} s. Evidence is in ${code("results.jsonl")}, the exchanges in ${code("capture.jsonl")}.`,
    ""
  ].join("\n")
}
