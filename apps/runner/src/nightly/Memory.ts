/**
 * What the nights before say about a target, gathered from their lines: the last verdict of each check and since when it is so. A night on which
 * a check was not judged says nothing about it, since some are asked once a week only; a night on which the server was away says nothing at all.
 */
import { type Remembered, troubles, type VerdictKind, verdictOrder } from "@bcda-kit/conformance"
import type { Judged, NightLine, StepChange } from "./NightLine.ts"

/** A fact, and the first night of those that found it so. */
interface Since {
  readonly since: string
}

export interface Memory {
  /** The last night of which there is a line. */
  readonly night: string | undefined
  readonly about: Judged["about"] | undefined
  readonly verdicts: ReadonlyMap<string, Since & { readonly verdict: VerdictKind }>
  /** By `surpriseKey`. */
  readonly surprises: ReadonlyMap<string, string>
  readonly wire: ReadonlyMap<string, ReadonlySet<string>>
  readonly export: (Since & { readonly proven: boolean }) | undefined
  /** Set while the target is away. */
  readonly unreachable: string | undefined
}

export const nothing: Memory = {
  night: undefined,
  about: undefined,
  verdicts: new Map(),
  surprises: new Map(),
  wire: new Map(),
  export: undefined,
  unreachable: undefined
}

/** What makes two surprises the same one. */
export const surpriseKey = ({ check, what }: { readonly check: string; readonly what: string }): string =>
  `${check} ${what}`

const isVerdict = (verdict: VerdictKind): boolean => verdict !== "not-run"

/** The verdicts of a night, as pairs. */
export const pairsOf = (verdicts: Judged["verdicts"]): ReadonlyArray<readonly [string, VerdictKind]> =>
  verdictOrder.flatMap((kind) => verdicts[kind].map((check) => [check, kind] as const))

const withVerdicts = (memory: Memory, verdicts: Judged["verdicts"], night: string): Memory["verdicts"] => {
  const pairs = pairsOf(verdicts)
  const known = new Set(pairs.map(([check]) => check))
  const kept = new Map([...memory.verdicts].filter(([check]) => known.has(check)))
  for (const [check, verdict] of pairs) {
    if (!isVerdict(verdict)) continue
    const before = kept.get(check)
    const lasts = before !== undefined && troubles.has(before.verdict) && troubles.has(verdict)
    kept.set(check, { verdict, since: lasts || before?.verdict === verdict ? before.since : night })
  }
  return kept
}

const withWire = (memory: Memory, changes: ReadonlyArray<StepChange>): Memory["wire"] => {
  const wire = new Map(memory.wire)
  for (const { come, gone, step } of changes) {
    const left = [...(wire.get(step) ?? [])].filter((fact) => !gone.includes(fact))
    wire.set(step, new Set([...left, ...come]))
  }
  return wire
}

/** The memory after a night. Pure. */
export const remember = (memory: Memory, line: NightLine): Memory => {
  const { night } = line
  const { unreachable } = memory
  if (line.state === "unreachable") return { ...memory, night, unreachable: unreachable ?? night }
  const { judged } = line
  const exported = line.export && {
    proven: line.export.proven,
    since: memory.export?.proven === line.export.proven ? memory.export.since : night
  }
  const after = { ...memory, night, unreachable: undefined, export: exported ?? memory.export }
  if (judged === undefined) return after
  const base = line.changes.apart.length > 0 ? nothing : memory
  return {
    ...after,
    about: judged.about,
    verdicts: withVerdicts(base, judged.verdicts, night),
    surprises: new Map(
      judged.surprises.map((one) => [surpriseKey(one), base.surprises.get(surpriseKey(one)) ?? night])
    ),
    wire: withWire(base, judged.wire)
  }
}

/** The lines that count: of a night that was run again, the last. The oldest night first. */
export const effective = (lines: ReadonlyArray<NightLine>): ReadonlyArray<NightLine> =>
  [...new Map(lines.map((line) => [`${line.night} ${line.target}`, line])).values()].toSorted((a, b) =>
    a.night.localeCompare(b.night)
  )

/** What the nights before `night` say about a target; run again, a night remembers what it did at first. Pure. */
export const memoryOf = (lines: ReadonlyArray<NightLine>, target: string, night: string): Memory =>
  effective(lines)
    .filter((line) => line.target === target && line.night < night)
    .reduce(remember, nothing)

/** A memory as the comparison of two runs wants it. */
export const asRemembered = ({ about, verdicts, wire }: Memory): Remembered => ({
  about,
  verdicts: new Map([...verdicts].map(([check, { verdict }]) => [check, verdict])),
  wire
})
