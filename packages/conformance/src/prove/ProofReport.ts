/** `prove.md`: the kill matrix for people. */
import { code, plain, table } from "../internal/markdown.ts"
import type { Proof, Row } from "./Proof.ts"

const codes = (names: ReadonlyArray<string>): string => names.map(code).join(" ")

/** How the matrix can be said in one paragraph. */
export const proofFigures = ({
  checks,
  falseAlarms,
  faults,
  matrix,
  requirements,
  survivors,
  unkilled,
  variants
}: Proof): string => {
  const met = matrix.filter(({ stance }) => stance === "fault").length
  const seen = faults.length - new Set(survivors.map(({ fault }) => fault)).size
  return [
    `${checks.length} checks look at ${requirements.covered} of ${requirements.all} requirements.`,
    `They kill ${seen} of ${faults.length} faults${met > faults.length ? `, met in ${met} ways` : ""}, and ${checks.length - unkilled.length} of them kill at least one.`,
    `False alarms on ${variants.length} servers that are different and not wrong: ${falseAlarms.length}.`
  ].join(" ")
}

const list = (title: string, about: string, lines: ReadonlyArray<string>): ReadonlyArray<string> => [
  `## ${title}`,
  "",
  about,
  "",
  ...(lines.length === 0 ? ["None."] : lines.map((line) => `- ${line}`)),
  ""
]

const killsOf = ({ blocked, blocks, killedBy }: Row): string => {
  if (killedBy.length > 0) return codes(killedBy)
  if (blocks === undefined || blocked.length === 0) return "**survives**"
  return `blocks ${blocked.length} checks: ${plain(blocks)}`
}

/** Renders a proof: what is wrong first, then each fault with the checks that see it, and each check with the faults that it sees. */
export const renderProof = (proof: Proof): string => {
  const faults = proof.matrix.filter(({ stance }) => stance === "fault")
  const byArea = Map.groupBy(faults, ({ area }) => area)
  return [
    "# What the checks are worth",
    "",
    proofFigures(proof),
    "",
    ...list(
      "Survivors",
      "Faults that no check sees.",
      proof.survivors.map(({ server, title }) => `${code(server)}: ${plain(title)}`)
    ),
    ...list("Checks that kill nothing", "They might as well assert nothing.", proof.unkilled.map(code)),
    ...list(
      "False alarms",
      "Verdicts that should not be.",
      proof.falseAlarms.map(
        ({ because, check, server, verdict }) => `${code(server)}: ${verdict} ${code(check)}: ${plain(because)}`
      )
    ),
    "## Faults",
    "",
    "A fault is killed by a check that passes on the same server without it, and fails, warns or informs on the one with it.",
    "",
    ...[...byArea].flatMap(([area, rows]) => [
      `### ${area}`,
      "",
      ...table(
        ["fault", "what happens", "killed by"],
        rows.map((row) => [code(row.server), plain(row.title), killsOf(row)])
      ),
      ""
    ]),
    "## Servers that are different and not wrong",
    "",
    ...table(
      ["server", "what is different", "not judged"],
      proof.matrix
        .filter(({ stance }) => stance === "variant")
        .map(({ legal, notJudged, server, title }) => [
          code(server),
          plain(legal === undefined ? title : `${title}; legal: ${legal}`),
          codes(notJudged)
        ])
    ),
    "",
    "## Checks",
    "",
    ...table(
      ["check", "what holds", "kills"],
      proof.checks.map(({ check, title }) => [
        code(check),
        plain(title),
        codes(faults.filter(({ killedBy }) => killedBy.includes(check)).map(({ server }) => server))
      ])
    ),
    ""
  ].join("\n")
}
