/**
 * `coverage.md`: the results requirement by requirement. It knows the registry, the checks and the lines of `results.jsonl`, and gives the
 * same text for the same lines.
 */
import type { Check } from "../Check.ts"
import { checks as allChecks } from "../Checks.ts"
import { code, plain, table } from "../internal/markdown.ts"
import { counts, type Profile, profiles } from "../Profile.ts"
import { Document, Obstacle, type Requirement, strengthOf } from "../Requirement.ts"
import type { ResultLine, VerdictKind, VerdictLine } from "../Result.ts"
import { requirements as allRequirements } from "../requirements/Registry.ts"

/** What there is to judge by. */
export interface Suite {
  readonly requirements: ReadonlyArray<Requirement>
  readonly checks: ReadonlyArray<Check>
}

const everything: Suite = { requirements: allRequirements, checks: allChecks }

/** A requirement and the ids of the checks that cite it, in the order of the checks. */
export interface Covered {
  readonly requirement: Requirement
  readonly testedBy: ReadonlyArray<string>
}

/** Who checks what. */
export const coverageOf = ({ requirements, checks }: Suite = everything): ReadonlyArray<Covered> =>
  requirements.map((requirement) => ({
    requirement,
    testedBy: checks.filter((check) => check.requirements.includes(requirement.id)).map(({ id }) => id)
  }))

const documents: Readonly<Record<Document, string>> = {
  "bulk-data": "Bulk Data Access IG",
  smart: "SMART Backend Services",
  page: "CMS's page How to Access Claims Data",
  bcda: "BCDA as it is today"
}

/** What each obstacle means, for reports. */
export const obstacles: Readonly<Record<Obstacle, string>> = {
  "no-request": "takes a request that no scenario sends",
  time: "shows after a token's or a file's life, not within a run",
  credentials: "takes another client, another kind of organization, or production",
  data: "takes knowing or changing the server's data, or values that are never recorded",
  feature: "binds servers with an optional feature that no scenario asks for",
  burden: "cannot be provoked without hurting a server that others use",
  inside: "shows in no exchange",
  permission: "allows something, and no answer can break it",
  opposed: "is the opposite of another one that a check holds the server to"
}

const of = (covered: ReadonlyArray<Covered>, document: Document): ReadonlyArray<Covered> =>
  covered.filter(({ requirement }) => requirement.source.document === document)

const tested = ({ testedBy }: Covered): boolean => testedBy.length > 0

const figuresOf = (title: string, rows: ReadonlyArray<Covered>) => {
  const looked = rows.filter(tested).length
  return [title, rows.length, looked, rows.length - looked]
}

/** How many requirements there are by document, how many a check looks at, and what keeps the others from it: two tables of Markdown. */
export const renderFigures = (suite: Suite = everything): string => {
  const covered = coverageOf(suite)
  return [
    ...table(
      ["source", "requirements", "checked", "not tested"],
      [
        ...Document.literals.map((document) => figuresOf(documents[document], of(covered, document))),
        figuresOf("all", covered)
      ]
    ),
    "",
    ...table(
      ["not tested because it", "requirements"],
      Obstacle.literals.map((obstacle) => [
        obstacles[obstacle],
        suite.requirements.filter(({ notTestedBecause }) => notTestedBecause?.obstacle === obstacle).length
      ])
    )
  ].join("\n")
}

/**
 * - `held`: at least one check passed, and none found a breach.
 * - `broken`: a check found a breach of it.
 * - `open`: no check came to a verdict on the matter.
 * - `outside`: the profile does not judge by it.
 */
type State = "held" | "broken" | "open" | "not tested" | "outside"

const breaches: ReadonlySet<VerdictKind> = new Set(["fail", "warn", "info", "expected-fail"])

const stateOf = (
  { requirement, testedBy }: Covered,
  verdicts: ReadonlyMap<string, VerdictLine>,
  profile: Profile | undefined
): State => {
  if (testedBy.length === 0) return "not tested"
  if (profile !== undefined && !counts(profile, requirement)) return "outside"
  const lines = testedBy.flatMap((check) => verdicts.get(check) ?? [])
  if (lines.some((line) => breaches.has(line.verdict) && breaks(line, requirement.id))) return "broken"
  return lines.some(({ verdict }) => verdict === "pass") ? "held" : "open"
}

/** Whether what did not hold is this requirement's matter. Evidence of before requirements stood in it counts for all of its check. */
const breaks = ({ evidence, requirements }: VerdictLine, id: string): boolean => {
  const broken = evidence.filter(({ holds }) => !holds)
  return broken.length === 0 || broken.some(({ requirements: cited = requirements }) => cited.includes(id))
}

const states: ReadonlyArray<State> = ["held", "broken", "open", "outside", "not tested"]

/** Renders the coverage from the lines of a results file, whole or not. */
export const renderCoverage = (lines: ReadonlyArray<ResultLine>, suite: Suite = everything): string => {
  const header = lines.find((line) => line.kind === "header")
  const verdicts = new Map(lines.filter((line) => line.kind === "verdict").map((line) => [line.check, line]))
  const profile = header === undefined ? undefined : profiles[header.profile]
  const covered = coverageOf(suite)
  const state = (one: Covered): State => stateOf(one, verdicts, profile)

  const how = ({ requirement, testedBy }: Covered): string =>
    testedBy.length > 0
      ? testedBy.map((check) => `${code(check)} ${verdicts.get(check)?.verdict ?? "no verdict"}`).join(", ")
      : `not tested because: ${plain(requirement.notTestedBecause?.why ?? "nobody said why.")}`

  const section = (document: Document): ReadonlyArray<string> => [
    `## ${documents[document]}`,
    "",
    ...table(
      ["requirement", "strength", "what it says", "in this run", "checked by"],
      of(covered, document).map((one) => [
        code(one.requirement.id),
        strengthOf(one.requirement, profile?.ig),
        plain(one.requirement.text),
        state(one),
        how(one)
      ])
    ),
    ""
  ]

  return [
    "# Coverage, requirement by requirement",
    "",
    header === undefined
      ? "The file has no header."
      : `Target: **${plain(header.target.name)}**, API ${plain(header.target.apiVersion)}. Profile: ${header.profile}. Started ${header.startedAt}.`,
    "",
    ...table(
      ["source", ...states],
      Document.literals.map((document) => [
        documents[document],
        ...states.map((kind) => of(covered, document).filter((one) => state(one) === kind).length)
      ])
    ),
    "",
    "held: a check passed and none found a breach of it. broken: a check found one. open: no check came to a verdict. outside: the profile does",
    "not judge by it.",
    "",
    renderFigures(suite),
    "",
    ...Document.literals.flatMap(section)
  ].join("\n")
}
