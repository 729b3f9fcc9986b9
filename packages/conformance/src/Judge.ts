/**
 * Judges a server: runs the scenarios, evaluates every check over what was recorded, and yields the lines of `results.jsonl` as they are
 * decided.
 */
import type { AnyCredentials, Target } from "@bcda-kit/core"
import { Clock, DateTime, type Duration, Effect, Stream } from "effect"
import type { HttpClient } from "effect/http"
import { type Check, captureOf, evaluate } from "./Check.ts"
import { checks as allChecks } from "./Checks.ts"
import { JudgeError, NothingChosen } from "./Errors.ts"
import { type CaptureLine, endOf, isWhole } from "./Exchange.ts"
import { type ExpectedFailure, entriesFor, excuseFor, type Occasion, surprisesOf } from "./ExpectedFailures.ts"
import { bcdaExpected } from "./expected/Bcda.ts"
import { makeEngine } from "./internal/engine.ts"
import { tokenUrlOf } from "./internal/ingredients.ts"
import { kickOffMethod } from "./internal/kickOff.ts"
import { type Pace, paceFor } from "./Pace.ts"
import { type Plan, planOf, takesNights } from "./Plan.ts"
import { probeOf } from "./Probe.ts"
import { counts, type Profile, type ProfileId, profileFor, profiles } from "./Profile.ts"
import { countVerdicts, type FooterLine, type HeaderLine, type ResultLine, type VerdictLine } from "./Result.ts"
import { openResults } from "./Results.ts"
import { registry } from "./requirements/Registry.ts"
import { fills, needs, type Scenario, Weekday } from "./Scenario.ts"
import { scenarios as allScenarios, scenariosFor } from "./Scenarios.ts"
import { smokeOf } from "./Smoke.ts"
import { openState } from "./State.ts"
import { descriptorOf, type TargetDescriptor, targetOf } from "./TargetDescriptor.ts"

/** Which server to judge, by whose rules, and how much of it. All but the target and its credentials have a default. */
export interface JudgeOptions {
  /** A descriptor says what to expect and what the run may cost; a plain target becomes one by `describeTarget`. */
  readonly target: Target | TargetDescriptor
  /** Needed by targets that want a token, a secret or a key as the target has it; without them everything behind the token is blocked. */
  readonly credentials?: AnyCredentials | undefined
  /** Against whose statements to judge. Default: see `profileFor`. */
  readonly profile?: ProfileId | undefined
  /** Checks by id (`manifest/output`) or by area (`manifest`); the others are not run. Default all of the profile. */
  readonly only?: ReadonlyArray<string> | undefined
  /** Known breaches. Default: what BCDA is known to break, on a BCDA that is not called a mock; otherwise none. */
  readonly expected?: ReadonlyArray<ExpectedFailure> | undefined
  /** Where `results.jsonl`, `capture.jsonl`, `report.md` and `coverage.md` go; files of an earlier run there are replaced. Default: nowhere. */
  readonly directory?: string | undefined
  /** What to export, smallest first. Default: the small types of the target, Patient and Coverage on a BCDA. */
  readonly types?: ReadonlyArray<string> | undefined
  readonly pace?: Partial<Pace> | undefined
  /**
   * Where a run remembers what later ones look at again (see `State`), and finds what earlier ones left. It holds a token: for its owner
   * alone. Default: nowhere, and what takes more than one night is not run. A run with a `clock` does not touch it: it needs no other night,
   * and what it left would be of an age that no later run could know.
   */
  readonly state?: string | undefined
  /**
   * Moves the server's clock ahead, for checks on what shows after minutes or a day: expired tokens, the life of files. Only for servers that
   * have such a thing. Without it those checks take nights and a `state`, and the one that needs a long job is not run.
   */
  readonly clock?: { readonly advance: (by: Duration.Duration) => Effect.Effect<void> } | undefined
}

/**
 * Runs every scenario that the chosen checks need and yields a header, one verdict for each check, and a footer.
 *
 * Give it a transport that hands out the bytes of the wire, `NodeTransport.layer` of `@bcda-kit/core/node`: over one that inflates by
 * itself, no server can pass the check on gzip. Jobs that the run started and that are still running when it ends, or is interrupted, are
 * cancelled.
 *
 * Fails only when nothing can be judged or written; whatever the server does is a verdict.
 */
export const judge = (options: JudgeOptions): Stream.Stream<ResultLine, JudgeError, HttpClient.HttpClient> =>
  Stream.unwrap(start(options))

/** What the options come to. */
const settle = Effect.fnUntraced(function* (
  options: Pick<JudgeOptions, "clock" | "only" | "profile" | "state" | "target" | "types">
) {
  const descriptor = descriptorOf(options.target)
  const profile = profiles[options.profile ?? profileFor(descriptor)]
  const types = options.types ?? descriptor.data.smallTypes
  const chosen = allChecks.filter((check) => inProfile(check, profile) && isChosen(check, options.only))
  if (chosen.length === 0) {
    return yield* new JudgeError({ reason: new NothingChosen({ only: options.only ?? [], profile: profile.id }) })
  }
  const movesClock = options.clock !== undefined
  const order = scenariosFor(movesClock)
  const wanted = stepsFor(chosen, order, descriptor)
  const weekday = Weekday.literals[(yield* DateTime.now).pipe(DateTime.getPartUtc("weekDay"))] ?? "Sunday"
  const plan = planOf(
    order.flatMap(({ steps }) => steps).filter(({ id }) => wanted.has(id)),
    {
      descriptor,
      types,
      looksBack: movesClock || options.state !== undefined,
      occasion: {
        kickOff: kickOffMethod(descriptor, profile.ig),
        weekday,
        movesClock
      }
    }
  )
  return { descriptor, profile, types, order, wanted, weekday, plan }
})

/** What a run with these options would ask of the server. Asks nothing yet. */
export const planRun = (
  options: Pick<JudgeOptions, "clock" | "only" | "profile" | "state" | "target" | "types">
): Effect.Effect<Plan, JudgeError> => Effect.map(settle(options), (settled) => settled.plan)

const start = Effect.fnUntraced(function* (options: JudgeOptions) {
  const { descriptor, order, plan, profile, types, wanted, weekday } = yield* settle(options)
  const began = yield* DateTime.now
  const writer = options.directory === undefined ? undefined : yield* openResults(options.directory)
  const ownMemory = options.state === undefined || options.clock !== undefined
  const memory = ownMemory ? undefined : yield* openState(options.state, descriptor)
  const engine = yield* makeEngine({
    memory,
    descriptor,
    credentials: options.credentials,
    scenarios: order,
    wanted,
    types,
    ig: profile.ig,
    weekday,
    advance: options.clock?.advance,
    pace: { ...paceFor(descriptor.kind), ...options.pace }
  })

  const expected = expectedFor(options.expected, { descriptor, profile: profile.id })
  const lines: Array<CaptureLine> = []
  const decided = new Map<string, VerdictLine>()

  /** Takes over what was recorded since the last time. */
  const gather = Effect.fnUntraced(function* (steps: ReadonlyArray<CaptureLine>) {
    const recorded = lines.filter((line) => line.kind === "exchange").length
    const fresh = [...engine.recorder.all().slice(recorded), ...steps]
    lines.push(...fresh)
    yield* writer?.capture(fresh) ?? Effect.void
  })

  /** Verdicts on checks all of whose steps are settled. Before the server's first answer nothing is decided: see `evaluate`. */
  const decide = (last: boolean): ReadonlyArray<VerdictLine> => {
    const capture = captureOf(lines)
    if (!capture.answered && !last) return []
    const ready = allChecks.filter(
      (check) => !decided.has(check.id) && (last || stepsOf(check).every((step) => capture.steps.has(step)))
    )
    const verdicts = judgeChecks(ready, lines, { descriptor, profile, only: options.only, expected })
    for (const verdict of verdicts) decided.set(verdict.check, verdict)
    return verdicts
  }

  const go = (scenario: Scenario) => Effect.flatMap(engine.run(scenario), gather)

  /** The first exchanges, and the header that tells of them. */
  const begin = Effect.gen(function* () {
    yield* Effect.forEach(
      order.filter(({ smoke }) => smoke === true),
      go,
      { discard: true }
    )
    const smoke = smokeOf(lines, descriptor.auth !== "none")
    if (!smoke.ok) engine.stop(smoke.because ?? "the first exchanges did not go well")
    const metadata = lines.find((line) => line.kind === "exchange" && line.step === "metadata")
    const { apiVersion, auth, baseUrl, name } = descriptor
    const header: HeaderLine = {
      kind: "header",
      format: 1,
      target: { name, baseUrl, apiVersion, auth },
      profile: profile.id,
      descriptor,
      ...(options.only === undefined ? {} : { only: options.only }),
      plan,
      smoke,
      probe: probeOf(descriptor, metadata?.kind === "exchange" ? metadata : undefined),
      startedAt: DateTime.formatIso(began),
      checks: allChecks.length,
      types
    }
    return [header, ...decide(false)] satisfies ReadonlyArray<ResultLine>
  })
  const verdicts = Stream.fromIterable(order.filter(({ smoke }) => smoke !== true)).pipe(
    Stream.mapEffect((scenario) => Effect.map(go(scenario), () => decide(false))),
    Stream.flatMap((decisions) => Stream.fromIterable<ResultLine>(decisions))
  )
  const end = Effect.gen(function* () {
    yield* gather(engine.rest())
    const rest = decide(true)
    yield* engine.cleanUp
    yield* gather([])
    yield* gather([endOf(lines)])
    const now = yield* Clock.currentTimeMillis
    const footer: FooterLine = {
      kind: "footer",
      counts: countVerdicts(decided.values()),
      surprises: surprises(decided.values(), { expected, profile, now }),
      complete: decided.size === allChecks.length,
      exchanges: engine.recorder.all().length,
      took: now - began.epochMilliseconds
    }
    return [...rest, footer] satisfies ReadonlyArray<ResultLine>
  })

  return Stream.fromIterableEffect<ResultLine, JudgeError, never>(begin).pipe(
    Stream.concat(verdicts),
    Stream.concat(Stream.fromIterableEffect(end)),
    Stream.tap((line) => writer?.result(line) ?? Effect.void),
    Stream.ensuring(engine.cleanUp.pipe(Effect.andThen((writer?.views ?? Effect.void).pipe(Effect.ignore))))
  )
})

/** What `judgeCapture` needs besides the capture. */
export interface CaptureJudgeOptions {
  readonly target: Target | TargetDescriptor
  readonly profile?: ProfileId | undefined
  readonly only?: ReadonlyArray<string> | undefined
  /** As in `JudgeOptions`. */
  readonly expected?: ReadonlyArray<ExpectedFailure> | undefined
}

/** Judges a stored run again, without the server: the same capture gives the same verdicts. Pure. */
export const judgeCapture = (
  lines: ReadonlyArray<CaptureLine>,
  options: CaptureJudgeOptions
): ReadonlyArray<VerdictLine> => {
  const descriptor = descriptorOf(options.target)
  const profile = profiles[options.profile ?? profileFor(descriptor)]
  const expected = expectedFor(options.expected, { descriptor, profile: profile.id })
  return judgeChecks(allChecks, lines, { descriptor, profile, only: options.only, expected })
}

/** What judging a stored run again needs besides its lines. */
export interface StoredRun {
  /** The header of its results. */
  readonly header: HeaderLine
  /** The same, as far as it is needed: a run of an earlier version has none. */
  readonly descriptor: TargetDescriptor
  readonly capture: ReadonlyArray<CaptureLine>
}

/**
 * The lines that a stored run's results would have now, without the server: the same capture gives the same verdicts. A capture that is not
 * whole gives no footer, so that the outcome is that of a run that was cut off. Pure; `now`, in milliseconds since 1970, is what the dates of
 * expected failures are held to.
 */
export const judgeStored = (
  { capture, descriptor, header }: StoredRun,
  options: Pick<CaptureJudgeOptions, "expected" | "only" | "profile"> & { readonly now: number }
): ReadonlyArray<ResultLine> => {
  const profile = profiles[options.profile ?? header.profile]
  const only = options.only ?? header.only
  const expected = expectedFor(options.expected, { descriptor, profile: profile.id })
  const verdicts = judgeChecks(allChecks, capture, { descriptor, profile, only, expected })
  const again: HeaderLine = {
    ...header,
    profile: profile.id,
    checks: allChecks.length,
    ...(only === undefined ? {} : { only })
  }
  if (!isWhole(capture)) return [again, ...verdicts]
  const exchanges = capture.filter((line) => line.kind === "exchange")
  const footer: FooterLine = {
    kind: "footer",
    counts: countVerdicts(verdicts),
    surprises: surprises(verdicts, { expected, profile, now: options.now }),
    complete: true,
    exchanges: exchanges.length,
    took: Math.max(0, ...exchanges.map(({ startedAt, took }) => startedAt + took))
  }
  return [again, ...verdicts, footer]
}

/** The entries that count in a run. */
const expectedFor = (given: JudgeOptions["expected"], occasion: Occasion): ReadonlyArray<ExpectedFailure> => {
  const { apiVersion, kind } = occasion.descriptor
  const shipped = apiVersion === "fhir" || kind === "mock" ? [] : bcdaExpected
  return entriesFor(given ?? shipped, occasion)
}

interface Judging {
  readonly descriptor: TargetDescriptor
  readonly profile: Profile
  readonly only: ReadonlyArray<string> | undefined
  readonly expected: ReadonlyArray<ExpectedFailure>
}

const judgeChecks = (
  list: ReadonlyArray<Check>,
  lines: ReadonlyArray<CaptureLine>,
  { descriptor, expected, only, profile }: Judging
): ReadonlyArray<VerdictLine> => {
  const capture = captureOf(lines)
  return list.map((check): VerdictLine => {
    const judged = isChosen(check, only)
      ? evaluate(check, capture, { target: descriptor, profile, registry })
      : { verdict: "not-run" as const, because: "not chosen", assertions: 0, exchanges: [], evidence: [] }
    const broken = judged.evidence.find(({ holds }) => !holds)
    const excuse = excuseFor(expected, { check: check.id, ...judged })
    return {
      kind: "verdict",
      check: check.id,
      title: check.title,
      scenario: scenarioOf(check),
      requirements: check.requirements,
      ...judged,
      ...(broken === undefined ? {} : { expected: broken.expected, actual: broken.actual }),
      ...(excuse === undefined
        ? {}
        : {
            verdict: "expected-fail" as const,
            excused: { reason: excuse.reason, link: excuse.link, review: excuse.review }
          })
    }
  })
}

/** What of the list is no longer true. An excused verdict is looked at as what it was. */
const surprises = (
  verdicts: Iterable<VerdictLine>,
  { expected, now, profile }: Pick<Judging, "expected" | "profile"> & { readonly now: number }
) =>
  surprisesOf(expected, {
    judged: Array.from(verdicts, (line) => ({
      ...line,
      verdict: line.excused ? (line.severity ?? line.verdict) : line.verdict
    })),
    known: new Set(allChecks.filter((check) => inProfile(check, profile)).map(({ id }) => id)),
    now
  })

const stepsOf = ({ also = [], steps }: Check): ReadonlyArray<string> => [...steps, ...also]

const isChosen = (check: Check, only: ReadonlyArray<string> | undefined): boolean =>
  only === undefined || only.some((name) => check.id === name || check.id.startsWith(`${name}/`))

const inProfile = (check: Check, profile: Profile): boolean =>
  check.requirements.some((id) => {
    const requirement = registry.get(id)
    return requirement !== undefined && counts(profile, requirement)
  })

/** The steps that some checks read, and those that feed them. */
const stepsFor = (
  chosen: ReadonlyArray<Check>,
  order: ReadonlyArray<Scenario>,
  descriptor: TargetDescriptor
): ReadonlySet<string> => {
  const all = order.flatMap(({ steps }) => steps)
  const isKnown = tokenUrlOf(targetOf(descriptor)) !== undefined
  const wanted = new Set<string>()
  const want = (id: string): void => {
    if (wanted.has(id)) return
    wanted.add(id)
    const step = all.find((candidate) => candidate.id === id)
    if (step === undefined) return
    for (const name of needs(step)) {
      if (name === "tokenUrl" && isKnown) continue
      const owner = all.find((candidate) => fills(candidate).includes(name))
      if (owner !== undefined) want(owner.id)
    }
    // who looks at what has grown old waits for it, where that is not a matter of nights, and has something to look at
    if (!takesNights(step)) return
    for (const before of all.slice(0, all.indexOf(step))) {
      if (before._tag === "Advance" || fills(before).includes("fileUrl")) want(before.id)
    }
  }
  for (const check of chosen) stepsOf(check).forEach(want)
  for (const { smoke, steps } of order) {
    if (smoke === true)
      for (const { hazard, id, weekly } of steps) if (hazard === undefined && weekly === undefined) want(id)
  }
  return wanted
}

/** The scenario that the last of its steps belongs to. */
const scenarioOf = (check: Check): string => {
  const last = check.steps.at(-1)
  return allScenarios.find((scenario) => scenario.steps.some((step) => step.id === last))?.id ?? "none"
}
