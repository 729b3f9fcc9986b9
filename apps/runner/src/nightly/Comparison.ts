/** Tonight beside the nights before: what is worse, what is still bad, and the exit code that follows. Pure. */
import {
  type CaptureLine,
  type Counts,
  diffRemembered,
  outcomeOf,
  type ResultLine,
  troubles,
  type VerdictKind,
  type VerdictLine,
  verdictOrder,
  wireShapeOf
} from "@bcda-kit/conformance"
import { count } from "../Output.ts"
import { asRemembered, type Memory, remember, surpriseKey } from "./Memory.ts"
import type { Change, Changes, Exported, Judged, NightLine, StepChange } from "./NightLine.ts"

/** A run of the suite, as it ended. */
export interface Run {
  readonly lines: ReadonlyArray<ResultLine>
  readonly capture: ReadonlyArray<CaptureLine>
}

/** What there is to compare of tonight. */
export interface Found {
  readonly run: Run
  /** Absent when there was no export. */
  readonly exported: Exported | undefined
}

type Told = Pick<NightLine, "changes" | "exitCode" | "export" | "first" | "judged" | "standing" | "state" | "text">

const none: Changes = { newlyFailing: [], vanished: [], surprises: [], newlyPassing: [], wire: 0, apart: [] }

const calm: NightLine["standing"] = { checks: [], surprises: [] }

const nights = (memory: Memory, since: string): string =>
  since === memory.night ? `nor was it on ${since}` : `nor was it since ${since}`

/** A night on which the server was away; what was known of it stays known. */
export const unreachable = (memory: Memory, night: string, because: string): Told => {
  const since = memory.unreachable
  const before = since === undefined ? "" : `, ${nights(memory, since)}`
  return {
    state: "unreachable",
    exitCode: 3,
    text: `Not reachable tonight${before}: ${because}.`,
    first: memory.night === undefined,
    changes: none,
    standing: { ...calm, ...(since !== undefined && since < night && { unreachable: since }) }
  }
}

/** A night that ended by a fault of this side: the disk, the configuration. */
export const broke = (memory: Memory, why: string, exitCode: 2 | 4 = 2): Told => ({
  state: "broke",
  exitCode,
  text: `The run broke: ${why}.`,
  first: memory.night === undefined,
  changes: none,
  standing: calm
})

const isVerdict = (line: ResultLine): line is VerdictLine => line.kind === "verdict"

/** Why the server counts as away, if it does: it never answered, let nobody in, or stopped answering. */
export const awayBecause = (lines: ReadonlyArray<ResultLine>): string | undefined => {
  const header = lines.find((line) => line.kind === "header")
  if (header?.smoke?.ok === false) return header.smoke.because ?? "no reason given"
  const gone = lines.some((line) => isVerdict(line) && line.because === "the server stopped answering")
  return gone ? "the server stopped answering" : undefined
}

const wireOf = (memory: Memory, { capture }: Run, changed: ReadonlyArray<StepChange>): ReadonlyArray<StepChange> => [
  ...changed,
  ...[...wireShapeOf(capture)]
    .filter(([step]) => !memory.wire.has(step))
    .map(([step, facts]) => ({ step, gone: [], come: [...facts].toSorted(), first: true }))
]

const grouped = (verdicts: ReadonlyArray<VerdictLine>): Judged["verdicts"] => {
  const of = (kind: VerdictKind) =>
    verdicts
      .filter(({ verdict }) => verdict === kind)
      .map(({ check }) => check)
      .toSorted()
  return {
    pass: of("pass"),
    fail: of("fail"),
    warn: of("warn"),
    info: of("info"),
    "expected-fail": of("expected-fail"),
    "not-applicable": of("not-applicable"),
    "not-run": of("not-run"),
    blocked: of("blocked"),
    "engine-error": of("engine-error")
  }
}

const detailOf = ({ actual, because, expected }: VerdictLine): string | undefined =>
  because ?? (expected === undefined ? undefined : `expected ${expected}, got ${actual ?? "nothing"}`)

const fresh = (line: VerdictLine): Change => {
  const detail = detailOf(line)
  return { check: line.check, title: line.title, after: line.verdict, ...(detail !== undefined && { detail }) }
}

const listed = (parts: ReadonlyArray<string | false>): string => parts.filter((part) => part !== false).join(", ")

/** What changed, in a sentence; undefined when nothing did that anybody has to look at. */
const worseText = ({ export: exported, newlyFailing, surprises, vanished }: Changes): string | undefined => {
  const said = listed([
    newlyFailing.length > 0 && `${count(newlyFailing.length, "check")} newly failing`,
    vanished.length > 0 && `${count(vanished.length, "check")} vanished`,
    surprises.length > 0 && `newly not as expected: ${surprises.map(({ text }) => text).join("; ")}`,
    exported === "broke" && "the export is newly not proven"
  ])
  return said === "" ? undefined : said
}

const betterText = ({ back, export: exported, newlyPassing }: Changes): string =>
  listed([
    back !== undefined && `reachable again, which it was not since ${back}`,
    newlyPassing.length > 0 && `${count(newlyPassing.length, "check")} newly passing`,
    exported === "healed" && "the export is proven again"
  ])

const grave: ReadonlySet<VerdictKind> = new Set(["engine-error", "fail", "blocked"])

/** Of what is still bad, that which has to be said loudly; warnings are known and many. */
export const loud = ({ checks, ...standing }: NightLine["standing"]): ReadonlyArray<string> => {
  const failing = checks.filter(({ verdict }) => grave.has(verdict))
  const [first] = failing.map(({ since }) => since).toSorted()
  const surprises = standing.surprises.map(({ since, text }) => `${text} (since ${since})`)
  return [
    ...(first === undefined ? [] : [`${count(failing.length, "check")} still failing, the first since ${first}`]),
    ...(surprises.length === 0 ? [] : [`still not as expected: ${surprises.join("; ")}`]),
    ...(standing.export === undefined ? [] : [`the export is not proven since ${standing.export}`]),
    ...(standing.unreachable === undefined ? [] : [`unreachable since ${standing.unreachable}`])
  ]
}

const sentence = (parts: ReadonlyArray<string | undefined>): string => {
  const text = parts.filter((part) => part !== undefined && part !== "").join("; ")
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}

const exportChange = (memory: Memory, exported: Exported | undefined): Changes["export"] => {
  const before = memory.export?.proven
  if (exported === undefined || before === undefined || before === exported.proven) return undefined
  return exported.proven ? "healed" : "broke"
}

const standingOf = (memory: Memory, line: Told & { readonly night: string }): NightLine["standing"] => {
  const after = remember(memory, { ...line, ...asLine })
  const { night } = line
  const surprises = (line.judged?.surprises ?? []).map((one) => ({
    text: one.text,
    since: after.surprises.get(surpriseKey(one)) ?? night
  }))
  const { export: exported } = after
  return {
    checks: [...after.verdicts]
      .filter(([, { since, verdict }]) => troubles.has(verdict) && since < night)
      .map(([check, one]) => ({ check, ...one }))
      .toSorted((a, b) => verdictOrder.indexOf(a.verdict) - verdictOrder.indexOf(b.verdict)),
    surprises: surprises.filter(({ since }) => since < night),
    ...(exported?.proven === false && exported.since < night && { export: exported.since })
  }
}

/** What a line needs besides what is told, and `remember` does not look at. */
const asLine = { format: 1, target: "", version: "", startedAt: "", took: 0, folder: "" } as const

const stateCode = (exitCode: number, exported: Exported | undefined): NightLine["exitCode"] => {
  if (exitCode === 4 || exitCode === 1) return exitCode
  if (exported?.proven === false) return 1
  return exitCode === 0 ? 0 : 3
}

/** A night on which the server was judged. */
export const compared = (memory: Memory, night: string, { exported, run }: Found): Told => {
  const { counts, exitCode, text } = outcomeOf(run.lines)
  const header = run.lines.find((line) => line.kind === "header")
  const footer = run.lines.findLast((line) => line.kind === "footer")
  if (header === undefined || footer === undefined) return broke(memory, "it did not reach its end")
  const verdicts = run.lines.filter(isVerdict)
  const { profile, target, types, only } = header
  const about = { target, profile, types, ...(only !== undefined && { only }) }

  const difference = diffRemembered(asRemembered(memory), run)
  const isFirst = memory.about === undefined
  const apart = isFirst ? [] : difference.apart
  const first = isFirst || apart.length > 0
  const base = first ? { ...memory, verdicts: new Map(), surprises: new Map(), wire: new Map() } : memory
  const surprises = footer.surprises ?? []
  const added = new Set(difference.added)
  const exportChanged = exportChange(memory, exported)
  const either = {
    ...(exportChanged !== undefined && { export: exportChanged }),
    ...(memory.unreachable !== undefined && { back: memory.unreachable })
  }
  const changes: Changes = first
    ? { ...none, apart, ...either }
    : {
        newlyFailing: [
          ...difference.newlyFailing,
          ...verdicts.filter(({ check, verdict }) => added.has(check) && troubles.has(verdict)).map(fresh)
        ],
        vanished: difference.vanished,
        surprises: surprises.filter((one) => !memory.surprises.has(surpriseKey(one))),
        newlyPassing: difference.newlyPassing,
        wire: difference.wire.length,
        apart,
        ...either
      }
  const judged: Judged = {
    about,
    exitCode,
    text,
    counts,
    requests: footer.exchanges,
    took: footer.took,
    verdicts: grouped(verdicts),
    surprises,
    wire: wireOf(base, run, first ? [] : difference.wire)
  }
  const partial: Told = {
    state: "judged",
    exitCode: 0,
    text: "",
    first,
    judged,
    ...(exported !== undefined && { export: exported }),
    changes,
    standing: calm
  }
  const standing = standingOf(memory, { ...partial, night })
  return { ...partial, standing, ...verdictOf(partial, standing, counts) }
}

const exportText = (exported: Exported | undefined): string | undefined =>
  exported?.proven === false ? `the export is not proven: ${exported.because ?? "no reason given"}` : undefined

/** The exit code and the sentence of a night that was judged. */
const verdictOf = (
  { changes, export: exported, first, judged }: Told,
  standing: NightLine["standing"],
  counts: Counts
): Pick<Told, "exitCode" | "text"> => {
  const text = judged && `${judged.text.slice(0, 1).toLowerCase()}${judged.text.slice(1).replace(/\.$/, "")}`
  if (first) {
    const why =
      changes.apart.length === 0
        ? "first night"
        : `compared with nothing, because it is of another kind: ${changes.apart.join("; ")}`
    return {
      exitCode: stateCode(judged?.exitCode ?? 4, exported),
      text: sentence([why, text, exportText(exported)])
    }
  }
  const worse = worseText(changes)
  const better = betterText(changes)
  if (counts["engine-error"] > 0) return { exitCode: 4, text: sentence([text, worse]) }
  return {
    exitCode: worse === undefined ? 0 : 1,
    text: sentence([worse ?? (better === "" ? "nothing changed" : "nothing is worse"), better, ...loud(standing)])
  }
}
