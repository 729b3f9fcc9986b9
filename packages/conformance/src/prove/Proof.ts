/**
 * What the judge is worth: every check against every faulty server, every healthy server against every check. The fold is pure, so that it can
 * be shown to turn red.
 */
import { Schema } from "effect"
import { Surprise } from "../ExpectedFailures.ts"
import type { Requirement } from "../Requirement.ts"
import { VerdictKind, type VerdictLine } from "../Result.ts"

/** A server that was judged, and why. */
export const Judgement = Schema.Struct({
  kind: Schema.Literal("server"),
  /** Its name, which no other has. */
  server: Schema.String,
  /** The entry of the catalogue, of which this is one way among several to meet it. Default: the server's name. */
  entry: Schema.optionalKey(Schema.String),
  /** A fault has to turn something red; on a variant nothing may turn red. */
  stance: Schema.Literals(["fault", "variant"]),
  area: Schema.String,
  /** What is wrong, or different, in words. */
  title: Schema.String,
  /** The variant that it is compared with. */
  baseline: Schema.String,
  /** Of a fault that shows in nothing but that the server cannot be judged: why. It counts as killed when checks are blocked. */
  blocks: Schema.optionalKey(Schema.String),
  /** Of a fault that is legal after all: why. */
  legal: Schema.optionalKey(Schema.String),
  /** Every check with its verdict. */
  verdicts: Schema.Array(
    Schema.Struct({
      check: Schema.String,
      verdict: VerdictKind,
      because: Schema.optionalKey(Schema.String),
      /** How many exchanges it looked at. */
      exchanges: Schema.Int
    })
  ),
  /** What of the list of its known breaches is not true of it. */
  surprises: Schema.optionalKey(Schema.Array(Surprise))
})
export type Judgement = typeof Judgement.Type

/** A row of the matrix. */
export const Row = Schema.Struct({
  server: Schema.String,
  entry: Schema.optionalKey(Schema.String),
  stance: Schema.Literals(["fault", "variant"]),
  area: Schema.String,
  title: Schema.String,
  legal: Schema.optionalKey(Schema.String),
  blocks: Schema.optionalKey(Schema.String),
  /** Checks that pass on the baseline and are at `fail`, `warn` or `info` here. */
  killedBy: Schema.Array(Schema.String),
  /** Requirements that those checks cite. */
  breaks: Schema.Array(Schema.String),
  /** Checks that pass on the baseline and could not be judged here. */
  blocked: Schema.Array(Schema.String),
  /** Checks that pass on the baseline and have nothing to judge here. */
  notJudged: Schema.Array(Schema.String)
})
export type Row = typeof Row.Type

/** `prove.json`. All is well when `survivors`, `unkilled` and `falseAlarms` are empty. */
export const Proof = Schema.Struct({
  kind: Schema.Literal("proof"),
  format: Schema.Literal(1),
  /** The checks, and how many faults each kills. */
  checks: Schema.Array(Schema.Struct({ check: Schema.String, title: Schema.String, kills: Schema.Int })),
  /** Names of all faults; how each is met is in the matrix. */
  faults: Schema.Array(Schema.String),
  /** Names of all servers that are different and not wrong, faults that are legal after all among them. */
  variants: Schema.Array(Schema.String),
  requirements: Schema.Struct({ covered: Schema.Int, all: Schema.Int }),
  /** Faults that no check sees, on one of the servers on which they are met. */
  survivors: Schema.Array(
    Schema.Struct({ fault: Schema.String, server: Schema.String, area: Schema.String, title: Schema.String })
  ),
  /** Checks that no fault turns red: they might as well assert nothing. */
  unkilled: Schema.Array(Schema.String),
  /**
   * Verdicts that should not be: red where nothing is wrong, an error of the suite, green without an exchange, or another than the list of
   * known breaches says.
   */
  falseAlarms: Schema.Array(
    Schema.Struct({ server: Schema.String, check: Schema.String, verdict: VerdictKind, because: Schema.String })
  ),
  matrix: Schema.Array(Row)
})
export type Proof = typeof Proof.Type

const red: ReadonlySet<VerdictKind> = new Set(["fail", "warn", "info"])
const wrongOnHealthy: ReadonlySet<VerdictKind> = new Set([...red, "blocked"])

/** A check as the fold needs it. */
export interface KnownCheck {
  readonly id: string
  readonly title: string
  readonly requirements: ReadonlyArray<string>
}

const rowOf = (judged: Judgement, passing: ReadonlySet<string>, checks: ReadonlyMap<string, KnownCheck>): Row => {
  const { area, blocks, entry, legal, server, stance, title, verdicts } = judged
  const among = (kinds: ReadonlySet<VerdictKind>) =>
    verdicts.filter(({ check, verdict }) => passing.has(check) && kinds.has(verdict)).map(({ check }) => check)
  const killedBy = among(red)
  const broken = killedBy.flatMap((id) => checks.get(id)?.requirements ?? [])
  return {
    server,
    ...(entry === undefined ? {} : { entry }),
    stance,
    area,
    title,
    ...(legal === undefined ? {} : { legal }),
    ...(blocks === undefined ? {} : { blocks }),
    killedBy,
    breaks: [...new Set(broken)].toSorted(),
    blocked: among(new Set(["blocked"])),
    notJudged: among(new Set(["not-applicable", "not-run"]))
  }
}

/** What is wrong with the verdicts on one server, whatever it is. */
const alarmsOf = ({ server, stance, surprises = [], verdicts }: Judgement): Proof["falseAlarms"] =>
  verdicts.flatMap(({ because, check, exchanges, verdict }) => {
    const alarm = (why: string) => [{ server, check, verdict, because: why }]
    if (verdict === "engine-error") return alarm(because ?? "the suite failed")
    if (verdict === "pass" && exchanges === 0) return alarm("passed without having seen an exchange")
    if (stance !== "variant") return []
    if (wrongOnHealthy.has(verdict)) return alarm(because ?? "nothing is wrong with this server")
    return surprises.filter((surprise) => surprise.check === check).flatMap(({ text }) => alarm(text))
  })

const entryOf = ({ entry, server }: Row): string => entry ?? server

const isKilled = ({ blocked, blocks, killedBy }: Row): boolean =>
  killedBy.length > 0 || (blocks !== undefined && blocked.length > 0)

/** Weighs the verdicts on all servers. */
export const proofOf = (
  judgements: ReadonlyArray<Judgement>,
  checks: ReadonlyArray<KnownCheck>,
  requirements: ReadonlyArray<Pick<Requirement, "id">>
): Proof => {
  const byId = new Map(checks.map((check) => [check.id, check]))
  const passing = new Map(
    judgements.map(({ server, verdicts }) => [
      server,
      new Set(verdicts.filter(({ verdict }) => verdict === "pass").map(({ check }) => check))
    ])
  )
  const matrix = judgements.map((judged) => rowOf(judged, passing.get(judged.baseline) ?? new Set(), byId))
  const faults = matrix.filter(({ stance }) => stance === "fault")
  const kills = new Map<string, Set<string>>()
  for (const row of faults) for (const id of row.killedBy) kills.set(id, (kills.get(id) ?? new Set()).add(entryOf(row)))
  const cited = new Set(checks.flatMap((check) => check.requirements))
  return {
    kind: "proof",
    format: 1,
    checks: checks.map(({ id, title }) => ({ check: id, title, kills: kills.get(id)?.size ?? 0 })),
    faults: [...new Set(faults.map(entryOf))],
    variants: [...new Set(matrix.filter(({ stance }) => stance === "variant").map(entryOf))],
    requirements: { covered: requirements.filter(({ id }) => cited.has(id)).length, all: requirements.length },
    survivors: faults
      .filter((row) => !isKilled(row))
      .map((row) => ({ fault: entryOf(row), server: row.server, area: row.area, title: row.title })),
    unkilled: checks.filter(({ id }) => !kills.has(id)).map(({ id }) => id),
    falseAlarms: judgements.flatMap(alarmsOf),
    matrix
  }
}

/** What is kept of a verdict. */
export const keptOf = ({ because, check, exchanges, verdict }: VerdictLine): Judgement["verdicts"][number] => ({
  check,
  verdict,
  ...(because === undefined ? {} : { because }),
  exchanges: exchanges.length
})

type Kept = Judgement["verdicts"][number]

const said: ReadonlySet<VerdictKind> = new Set([...wrongOnHealthy, "pass", "expected-fail", "engine-error"])

/** What several nights come to for one check: its first verdict that should not be on a healthy server, or else the last that is one at all. */
export const overNights = (nights: readonly [Kept, ...ReadonlyArray<Kept>]): Kept =>
  nights.find(({ verdict }) => verdict === "engine-error" || wrongOnHealthy.has(verdict)) ??
  nights.findLast(({ verdict }) => said.has(verdict)) ??
  nights[0]
