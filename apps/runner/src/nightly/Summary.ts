/** `summary.md`: for the summary of a CI job. What changed first, then how it stands. */
import { Markdown } from "@bcda-kit/conformance"
import { bytes, count, span } from "../Output.ts"
import { loud } from "./Comparison.ts"
import type { Change, NightLine } from "./NightLine.ts"

const { code, plain, table } = Markdown

/** So many rows of a kind are shown; the rest is in the reports. */
const most = 20

const rowsOf = (changes: ReadonlyArray<Change>): ReadonlyArray<string> => [
  ...table(
    ["check", "was", "is", "seen"],
    changes
      .slice(0, most)
      .map(({ after, before = "new", check, detail = "", title }) => [
        `${code(check)} ${plain(title)}`,
        before,
        `**${after}**`,
        plain(detail.length > 200 ? `${detail.slice(0, 200)}…` : detail)
      ])
  ),
  ...(changes.length > most ? ["", `And ${changes.length - most} more.`] : [])
]

const changed = ({ changes, export: exported, exitCode, state, target, text }: NightLine): ReadonlyArray<string> => {
  const { apart, newlyFailing, newlyPassing, surprises, vanished, wire } = changes
  const isNews =
    exitCode !== 0 ||
    newlyPassing.length > 0 ||
    wire > 0 ||
    changes.export !== undefined ||
    changes.back !== undefined ||
    apart.length > 0
  if (!isNews) return []
  return [
    "",
    `### ${plain(target)}`,
    "",
    plain(text),
    ...(newlyFailing.length === 0 ? [] : ["", "Newly failing:", "", ...rowsOf(newlyFailing)]),
    ...(vanished.length === 0 ? [] : ["", `Vanished: ${vanished.map(code).join(", ")}`]),
    ...(surprises.length === 0 ? [] : ["", ...surprises.map((one) => `- not as expected: ${plain(one.text)}`)]),
    ...(changes.export === "broke" ? ["", `The export is newly not proven: ${plain(exported?.because ?? "")}`] : []),
    ...(newlyPassing.length === 0
      ? []
      : ["", `Newly passing: ${newlyPassing.map(({ check }) => code(check)).join(", ")}`]),
    ...(wire === 0 || state !== "judged"
      ? []
      : ["", `${count(wire, "step")} changed on the wire; the night's line in the history says how.`])
  ]
}

const state = (line: NightLine): ReadonlyArray<string> => {
  const { export: exported, judged, standing, target, took } = line
  const counts = judged?.counts
  const verdicts =
    counts === undefined
      ? line.state
      : `${counts.pass} pass, ${counts.fail} fail, ${counts.warn} warn, ${counts["expected-fail"]} as expected`
  const proof =
    exported === undefined
      ? "none"
      : exported.proven
        ? `proven: ${count(exported.lines, "resource")}, ${bytes(exported.bytes)}`
        : "**not proven**"
  const still = loud(standing)
  return [plain(target), verdicts, proof, span(took / 1000), still.length === 0 ? "" : `**${plain(still.join("; "))}**`]
}

/** The headline of a night, over all its targets. */
export const headline = (tonight: ReadonlyArray<NightLine>): string => {
  const names = (code: number) => tonight.filter(({ exitCode }) => exitCode === code).map(({ target }) => target)
  const parts = [
    ...names(4).map((name) => `${name}: a fault of the suite`),
    ...names(2).map((name) => `${name}: the run broke`),
    ...names(1).map(
      (name) => `${name} is ${tonight.some((one) => one.target === name && one.first) ? "not as expected" : "worse"}`
    ),
    ...names(3).map((name) => `${name} is unreachable`)
  ]
  if (tonight.length === 0) return "No target was judged"
  const still = tonight
    .filter((line) => line.exitCode === 0 && loud(line.standing).length > 0)
    .map(({ target }) => target)
  const told = [
    parts.length === 0 ? "Nothing is worse" : parts.join(", "),
    ...(still.length === 0 ? [] : [`${still.join(" and ")} still bad`])
  ]
  return told.join("; ")
}

export const renderSummary = (night: string, tonight: ReadonlyArray<NightLine>): string => {
  const news = tonight.flatMap(changed)
  const still = tonight.flatMap(({ standing, target }) =>
    loud(standing).map((text) => `- **${plain(target)}**: ${plain(text)}`)
  )
  return [
    `# Night of ${night}`,
    "",
    `**${plain(headline(tonight))}.**`,
    ...(news.length === 0 ? [] : ["", "## What changed", ...news]),
    ...(still.length === 0 ? [] : ["", "## Still so", "", ...still]),
    "",
    "## State",
    "",
    ...table(["target", "verdicts", "export", "took", "still"], tonight.map(state)),
    ""
  ].join("\n")
}
