/**
 * Judges the judge: runs it against servers that are known to be broken, and against others that are different and not wrong. The servers are
 * an argument; the suite knows none.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { AnyCredentials, Target } from "@bcda-kit/core"
import { Clock, type Duration, Effect, type Scope, Stream } from "effect"
import type { HttpClient } from "effect/http"
import { checks } from "../Checks.ts"
import type { JudgeError } from "../Errors.ts"
import { type JudgeOptions, judge as judgeServer } from "../Judge.ts"
import type { ResultLine } from "../Result.ts"
import { requirements } from "../requirements/Registry.ts"
import type { TargetDescriptor } from "../TargetDescriptor.ts"
import { type Judgement, type KnownCheck, keptOf, overNights, type Proof, proofOf } from "./Proof.ts"

/** A server that is running, and how to judge it. Nothing is expected to fail unless `expected` says so. */
export interface OpenServer extends Pick<JudgeOptions, "clock" | "expected" | "only" | "pace" | "profile" | "types"> {
  readonly target: Target | TargetDescriptor
  readonly credentials: AnyCredentials
  /** What the judge goes by as well as the server: one that jumps makes waiting cheap. Default: the surrounding one. */
  readonly time?: Clock.Clock
  /**
   * How long to wait before each further night. The nights share a state directory, which goes with the last one. Of each check the first
   * verdict counts that is a breach, or else the last that is one at all. Default: one night, without such a directory.
   */
  readonly nights?: ReadonlyArray<Duration.Duration>
}

/** A server to be judged. */
export interface ProveServer extends Omit<Judgement, "kind" | "verdicts"> {
  /** Starts it; it ends with the scope. */
  readonly open: Effect.Effect<OpenServer, never, Scope.Scope>
}

/** The servers to judge the judge by, and, for tests, another judge. */
export interface ProveOptions {
  readonly servers: ReadonlyArray<ProveServer>
  /** How many servers are judged at the same time. Default 6. */
  readonly concurrency?: number
  /** The judge that is judged. Default: this package's. */
  readonly judge?: typeof judgeServer
  /** Its checks. Default: this package's. */
  readonly checks?: ReadonlyArray<KnownCheck>
}

/** What `prove` yields: one for each server as it has been judged, in their order, and last the proof. */
export type ProveLine = Judgement | Proof

/** What one night says of each check, and of the list of known breaches. */
type Night = Pick<Judgement, "verdicts"> & { readonly surprises: NonNullable<Judgement["surprises"]> }

const nightOf = (lines: ReadonlyArray<ResultLine>): Night => ({
  verdicts: lines.flatMap((line) => (line.kind === "verdict" ? [keptOf(line)] : [])),
  surprises: lines.flatMap((line) => (line.kind === "footer" ? (line.surprises ?? []) : []))
})

const stateDirectory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "bcda-nights-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

const judgedBy = (judge: typeof judgeServer, { open, ...server }: ProveServer) =>
  Effect.gen(function* () {
    const { expected = [], nights = [], time, ...options } = yield* open
    const state = nights.length === 0 ? {} : { state: yield* stateDirectory }
    const night = judge({ ...options, ...state, expected }).pipe(Stream.runCollect, Effect.map(nightOf))
    const later = Effect.forEach(nights, (wait) => Effect.andThen(Effect.sleep(wait), night))
    const [first, others] = yield* Effect.all([night, later]).pipe(
      Effect.provideService(Clock.Clock, time ?? (yield* Clock.Clock))
    )
    const surprises = [first, ...others].flatMap((one) => one.surprises)
    const verdicts = first.verdicts.map((verdict, index) =>
      overNights([verdict, ...others.flatMap((one) => one.verdicts[index] ?? [])])
    )
    const judged: Judgement = { kind: "server", ...server, verdicts, ...(surprises.length > 0 && { surprises }) }
    return judged
  }).pipe(Effect.scoped)

/**
 * Judges every server and yields what came of it, and at the end the proof. Give it a transport as `judge` wants it.
 *
 * Fails only as `judge` does; a suite that sees too little or too much is what the proof tells.
 */
export const prove = (options: ProveOptions): Stream.Stream<ProveLine, JudgeError, HttpClient.HttpClient> => {
  const { concurrency = 6, judge = judgeServer, servers } = options
  return Stream.suspend(() => {
    const judgements: Array<Judgement> = []
    return Stream.fromIterable(servers).pipe(
      Stream.mapEffect((server) => judgedBy(judge, server), { concurrency }),
      Stream.tap((judged) => Effect.sync(() => judgements.push(judged))),
      Stream.concat(Stream.sync(() => proofOf(judgements, options.checks ?? checks, requirements)))
    )
  })
}
