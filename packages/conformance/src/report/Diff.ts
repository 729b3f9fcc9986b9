/** Two runs beside each other: what is worse, what is better, what vanished, and what is no longer the same on the wire. */
import type { CaptureLine } from "../Exchange.ts"
import { code, plain, table } from "../internal/markdown.ts"
import type { HeaderLine, ResultLine, VerdictKind, VerdictLine } from "../Result.ts"
import { order, troubles } from "./Order.ts"
import { type WireChange, type WireShape, wireChanges, wireShapeOf } from "./WireShape.ts"

/** A run as its directory holds it. */
export interface ComparedRun {
  readonly lines: ReadonlyArray<ResultLine>
  readonly capture: ReadonlyArray<CaptureLine>
}

/** What a later run is compared with: an earlier one, or what is remembered of several whose files may be gone. */
export interface Remembered {
  /** By the check's id. */
  readonly verdicts: ReadonlyMap<string, VerdictKind>
  readonly wire: WireShape
  /** What the runs were of; absent when that is not known. */
  readonly about: Pick<HeaderLine, "only" | "profile" | "target" | "types"> | undefined
}

/** A check whose verdict is another. */
export interface VerdictChange {
  readonly check: string
  readonly title: string
  readonly before: VerdictKind
  readonly after: VerdictKind
  /** What the later run has to say: what was seen, or why nothing was. */
  readonly detail?: string
}

/** What is different between two runs. */
export interface Difference {
  /** It needs a look now and did not before, or is graver than it was. */
  readonly newlyFailing: ReadonlyArray<VerdictChange>
  /** It needed a look, or was expected to fail, and passes. */
  readonly newlyPassing: ReadonlyArray<VerdictChange>
  /** Any other change, such as from a pass to what was not run. */
  readonly otherwise: ReadonlyArray<VerdictChange>
  /** Checks of the earlier run without a verdict in the later. */
  readonly vanished: ReadonlyArray<string>
  /** Checks that the earlier run does not have. */
  readonly added: ReadonlyArray<string>
  readonly wire: ReadonlyArray<WireChange>
  /** Why the two may differ for a reason of their own: another target, profile, API version. */
  readonly apart: ReadonlyArray<string>
  /** False when the later run did not reach its end. */
  readonly complete: boolean
}

const verdictsOf = (lines: ReadonlyArray<ResultLine>): ReadonlyMap<string, VerdictLine> =>
  new Map(lines.filter((line) => line.kind === "verdict").map((line) => [line.check, line]))

/** What there is to remember of one run. */
export const rememberedOf = ({ capture, lines }: ComparedRun): Remembered => ({
  verdicts: new Map([...verdictsOf(lines)].map(([check, { verdict }]) => [check, verdict])),
  wire: wireShapeOf(capture),
  about: headerOf(lines)
})

const headerOf = (lines: ReadonlyArray<ResultLine>): HeaderLine | undefined =>
  lines.find((line) => line.kind === "header")

const detailOf = ({ actual, because, expected }: VerdictLine): string | undefined =>
  because ?? (expected === undefined ? undefined : `expected ${expected}, got ${actual ?? "nothing"}`)

const differs = (what: string, old: string, now: string): ReadonlyArray<string> =>
  old === now ? [] : [`${what}: ${old}, then ${now}`]

const apartOf = (before: Remembered["about"], after: HeaderLine | undefined): ReadonlyArray<string> => {
  if (before === undefined || after === undefined) return ["one of the runs has no header"]
  return [
    ...differs("target", before.target.name, after.target.name),
    ...differs("API version", before.target.apiVersion, after.target.apiVersion),
    ...differs("profile", before.profile, after.profile),
    ...differs("types", before.types.join(), after.types.join()),
    ...differs("chosen", before.only?.join() ?? "all", after.only?.join() ?? "all")
  ]
}

const isWorse = (before: VerdictKind, after: VerdictKind): boolean =>
  troubles.has(after) && (!troubles.has(before) || order.indexOf(after) < order.indexOf(before))

const isBetter = (before: VerdictKind, after: VerdictKind): boolean =>
  after === "pass" && (troubles.has(before) || before === "expected-fail")

/** Compares two runs. Pure. */
export const diffRuns = (before: ComparedRun, after: ComparedRun): Difference =>
  diffRemembered(rememberedOf(before), after)

/** Compares a run with what is remembered of earlier ones. Pure. */
export const diffRemembered = (before: Remembered, after: ComparedRun): Difference => {
  const old = before.verdicts
  const now = verdictsOf(after.lines)
  const changes = [...now.values()].flatMap((line): ReadonlyArray<VerdictChange> => {
    const then = old.get(line.check)
    if (then === undefined || then === line.verdict) return []
    const detail = detailOf(line)
    const change = { check: line.check, title: line.title, before: then, after: line.verdict }
    return [detail === undefined ? change : { ...change, detail }]
  })
  const worse = changes.filter((change) => isWorse(change.before, change.after))
  const better = changes.filter((change) => isBetter(change.before, change.after))
  return {
    newlyFailing: worse,
    newlyPassing: better,
    otherwise: changes.filter((change) => !worse.includes(change) && !better.includes(change)),
    vanished: [...old.keys()].filter((check) => !now.has(check)),
    added: [...now.keys()].filter((check) => !old.has(check)),
    wire: wireChanges(before.wire, wireShapeOf(after.capture)),
    apart: apartOf(before.about, headerOf(after.lines)),
    complete: after.lines.some((line) => line.kind === "footer" && line.complete)
  }
}

/**
 * The exit code of a comparison: 0 nothing is worse · 1 something newly fails, or vanished · 5 the later run was cut off. What is new, better or
 * another shape on the wire is told, and worth a look, but turns nothing red.
 */
export const diffExitCode = (difference: Difference): 0 | 1 | 5 => {
  if (!difference.complete) return 5
  return difference.newlyFailing.length + difference.vanished.length > 0 ? 1 : 0
}

const changesOf = (title: string, changes: ReadonlyArray<VerdictChange>): ReadonlyArray<string> =>
  changes.length === 0
    ? []
    : [
        "",
        `## ${title}`,
        "",
        ...table(
          ["check", "before", "now", "what holds if it passes", "now seen"],
          changes.map(({ after, before, check, detail, title }) => [
            code(check),
            before,
            after,
            plain(title),
            plain(detail ?? "")
          ])
        )
      ]

const listed = (title: string, checks: ReadonlyArray<string>): ReadonlyArray<string> =>
  checks.length === 0 ? [] : ["", `## ${title}`, "", ...checks.map((check) => `- ${code(check)}`)]

const counted = (many: number, what: string): ReadonlyArray<string> => (many === 0 ? [] : [`${many} ${what}`])

/** The difference for a person, and for a job summary. */
export const renderDiff = (difference: Difference): string => {
  const { added, apart, complete, newlyFailing, newlyPassing, otherwise, vanished, wire } = difference
  const told = [
    ...counted(newlyFailing.length, "newly failing"),
    ...counted(vanished.length, "vanished"),
    ...counted(newlyPassing.length, "newly passing"),
    ...counted(otherwise.length, "otherwise changed"),
    ...counted(added.length, "new"),
    ...counted(wire.length, wire.length === 1 ? "step changed on the wire" : "steps changed on the wire")
  ]
  return [
    "# What changed",
    "",
    `**${told.length === 0 ? "Nothing." : `${told.join(", ")}.`}**`,
    ...(complete ? [] : ["", "The later run did not reach its end."]),
    ...(apart.length === 0
      ? []
      : ["", "The two runs are not of one kind:", "", ...apart.map((text) => `- ${plain(text)}`)]),
    ...changesOf("Newly failing", newlyFailing),
    ...listed("Vanished", vanished),
    ...changesOf("Newly passing", newlyPassing),
    ...changesOf("Otherwise changed", otherwise),
    ...listed("New", added),
    ...(wire.length === 0 ? [] : ["", "## Changed on the wire", ""]),
    ...wire.flatMap(({ come, gone, step }) => [
      `- ${code(step)}`,
      ...gone.map((fact) => `  - gone: ${plain(fact)}`),
      ...come.map((fact) => `  - new: ${plain(fact)}`)
    ]),
    ""
  ].join("\n")
}
