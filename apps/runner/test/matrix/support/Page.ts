import { type FaultDescription, faultCatalogue } from "@bcda-kit/sandbox"
import { rowsOf } from "../expected/index.ts"
import { type Expected, type Outcome, outcomesOf, type Row, type Spot } from "./Expected.ts"
import { cellsOf, parts, spotsOf, timesOf } from "./Matrix.ts"

const cell = (text: string): string => text.replaceAll("|", "\\|")

/** An outcome for people: reasons are names of code. */
const said = (outcome: Outcome): string =>
  outcome
    .replace(/^[A-Z][A-Za-z]+/, "`$&`")
    .replace(/, job (lost|stuck)$/, "")
    .replace("second job", "a second job")

/** What the same call does once the fault has gone. */
const after = (spot: Spot, outcome: Outcome): string => {
  if (outcome.startsWith("complete") || outcome.startsWith("as served") || outcome.startsWith("answered")) return ""
  if (spot === "attribution" || spot === "metadata") return "is answered"
  if (outcome.endsWith("job lost")) return "`CannotResume`; a new directory completes"
  if (outcome.endsWith("job stuck"))
    return "`GaveUp`; once its job is cancelled `CannotResume`, and a new directory completes"
  return outcome === "cancelled" ? "`CannotResume`; a new directory completes" : "completes"
}

const words = (texts: ReadonlyArray<string>): string => [...new Set(texts.filter((text) => text !== ""))].join("; ")

/** Two of the same cells in a line of the table. */
interface Line {
  readonly spots: ReadonlyArray<Spot>
  readonly cells: ReadonlyArray<string>
}

const merged = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> =>
  [...Map.groupBy(lines, ({ cells }) => cells.join(" | ")).values()].map((alike) => ({
    spots: alike.flatMap(({ spots }) => spots),
    cells: alike[0]?.cells ?? []
  }))

const metLine = (entry: FaultDescription, { given, unseen }: Row, spot: Spot, expected: Expected): Line => {
  const often = timesOf(entry, expected)
  const outcomes = outcomesOf(expected)
  const few = outcomes.once === outcomes.thrice ? "" : `; three times ${said(outcomes.thrice)}`
  const passing = often.includes("once") ? `${said(outcomes.once)}${few}` : ""
  const again = words(often.map((times) => after(spot, outcomes[times]))).replace("; completes", ", or completes")
  const isHidden = often.some((times) => /as served|second job/.test(outcomes[times]))
  const remarks = [given === undefined ? "" : `given ${given}`, isHidden ? (unseen ?? "") : ""]
  return { spots: [spot], cells: [passing, said(outcomes.always), again, words(remarks)] }
}

const unmetLine = (spot: Spot, why: string): Line => ({ spots: [spot], cells: ["", "not met", "", why] })

const linesOf = (entry: FaultDescription): ReadonlyArray<string> => {
  const lines = rowsOf(entry.name).flatMap((row) => [
    ...merged(spotsOf(row.at).map((spot) => metLine(entry, row, spot, row.at?.[spot] ?? "complete"))),
    ...merged(spotsOf(row.unmet).map((spot) => unmetLine(spot, row.unmet?.[spot] ?? "")))
  ])
  return lines.map(({ cells, spots }, index) => {
    const what = index === 0 ? `\`${entry.name}\`: ${entry.title}` : ""
    const where = spots.map((spot) => (spot === "together" ? `${entry.where.join(", ")} together` : spot)).join(", ")
    return `| ${[what, where, ...cells].map(cell).join(" | ")} |`
  })
}

const head = [
  "| what goes wrong | where | met a few times | met always | then, without it | |",
  "| --- | --- | --- | --- | --- | --- |"
]

/** The matrix for people, as `docs/fault-matrix.md` has it. */
export const page = (): string => {
  const groups = Object.values(parts).flat()
  const cells = faultCatalogue.flatMap(cellsOf).length
  return `${[
    "# What comes of every fault",
    "",
    `The client against every one of the ${faultCatalogue.length} faults and variants of the [sandbox's catalogue](../packages/sandbox/FAULTS.md), wherever it can strike:`,
    `${cells} exports, most of them on API v3; every fault is met at every place for ever, at most of them also once and, where it makes a difference, three`,
    "times, and on v1 and v2 in turn; what concerns data files also with files that are kept compressed. Each ends in one of these ways, and in no other:",
    "",
    "- **complete**: every byte is on disk as the claims are, nothing else is in the directory, and the receipt says so.",
    "- **a reason**: the export has failed with it. No wrong byte has a final name, and the same call goes on from there once the fault has gone: the third",
    "  column says how. `completes` is byte by byte, without a second job, and without a finished file fetched again.",
    "- **as served**: every byte as the server serves it, which is not what a healthy one would. No client can know; the last column says why.",
    "- **answered**: a question that is no part of an export was answered as ever.",
    "- **cancelled**, **job runs on**: what became of the job of an interrupted export that was to cancel it.",
    "",
    "In none of them did a secret, a token or a beneficiary's number reach a log, span, event, error, journal or receipt, or a token another host.",
    "",
    "This page is made from the tables that the runs are held to, in `apps/runner/test/matrix`; `pnpm exec vitest run --project runner matrix/Page -u` makes it anew.",
    ...groups.flatMap((group) => [
      "",
      `## ${group}`,
      "",
      ...head,
      ...faultCatalogue.filter((entry) => entry.group === group).flatMap(linesOf)
    ])
  ].join("\n")}\n`
}
