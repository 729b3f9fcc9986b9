/**
 * A check is a pure function from recorded exchanges to assertions, with the requirements it stands for. `evaluate` turns what it says
 * into a verdict, and guards against the ways in which a green verdict can be empty: a check that asserted nothing, looked at no
 * exchange, or threw is an engine error, never a pass.
 */
import type { Target } from "@bcda-kit/core"
import type { Assertion } from "./Assertion.ts"
import type { CaptureLine, Exchange, StepRecord } from "./Exchange.ts"
import { counts, type Profile } from "./Profile.ts"
import { gravest, type IgVersion, type Requirement, type Severity, severityOf } from "./Requirement.ts"
import type { Evidence, VerdictKind } from "./Result.ts"
import { descriptorOf, type TargetDescriptor, targetOf } from "./TargetDescriptor.ts"

/** What a check may see: the target it is about, and the exchanges of the steps it names. */
export interface View {
  readonly target: Target
  /** What is declared of the target: levels, methods, facts about its data. */
  readonly descriptor: TargetDescriptor
  /** The edition of the IG that the profile judges by, where it does. */
  readonly ig: IgVersion | undefined
  /** The only or first exchange of a step. */
  readonly one: (step: string) => Exchange
  readonly last: (step: string) => Exchange
  readonly all: (step: string) => ReadonlyArray<Exchange>
}

/** An honest way out: the target has no such thing, or something that is not this check's matter is in the way. */
export interface Excuse {
  readonly excuse: "not-applicable" | "blocked" | "not-run"
  readonly because: string
}

/** The target has no such thing, and need not have it. */
export const notApplicable = (because: string): Excuse => ({ excuse: "not-applicable", because })
/** An earlier step failed, or the server never answered, so there is nothing to judge. */
export const blocked = (because: string): Excuse => ({ excuse: "blocked", because })
/** The step was not done in this run: not chosen, too much for such a server, not due yet. */
export const notRun = (because: string): Excuse => ({ excuse: "not-run", because })

/** A judgement on exchanges that have been recorded: what has to hold, and which requirements say so. */
export interface Check {
  /** `area/what-holds`; never renamed. */
  readonly id: string
  /** What holds if it passes, as a sentence. */
  readonly title: string
  /**
   * Ids in the registry, at least one. What a breach is worth follows from those that the broken assertion cites, which are all of them
   * unless it says otherwise (`citing`); assertions none of which counts under a profile are not judged under it.
   */
  readonly requirements: ReadonlyArray<string>
  /** The steps it reads, all of which must have run. */
  readonly steps: readonly [string, ...Array<string>]
  /** Steps that it reads as well if they ran. */
  readonly also?: ReadonlyArray<string>
  readonly judge: (view: View) => ReadonlyArray<Assertion> | Excuse
}

/** Steps and exchanges of a run, by step. */
export interface Capture {
  readonly steps: ReadonlyMap<string, StepRecord>
  readonly exchanges: ReadonlyMap<string, ReadonlyArray<Exchange>>
  /** Whether anything ever answered: tells a server that is not there from one that drops a request. */
  readonly answered: boolean
}

/** Puts capture lines in order for checks. */
export const captureOf = (lines: Iterable<CaptureLine>): Capture => {
  const steps = new Map<string, StepRecord>()
  const exchanges = new Map<string, Array<Exchange>>()
  for (const line of lines) {
    if (line.kind === "step") steps.set(line.step, line)
    else if (line.kind === "exchange") exchanges.set(line.step, [...(exchanges.get(line.step) ?? []), line])
  }
  const answered = [...exchanges.values()].flat().some((exchange) => exchange.response !== undefined)
  return { steps, exchanges, answered }
}

/** A verdict before it is written down. */
export interface Judged {
  readonly verdict: VerdictKind
  readonly severity?: Severity
  readonly because?: string
  readonly assertions: number
  readonly exchanges: ReadonlyArray<string>
  readonly evidence: ReadonlyArray<Evidence>
}

const nothingSeen = { assertions: 0, exchanges: [], evidence: [] }

/** Assertions that hold are evidence too, but a few tell the story. */
const shownHolding = 6

/** Judges one check over a capture. Pure: the same capture always gives the same verdict. */
export const evaluate = (
  check: Check,
  capture: Capture,
  options: {
    readonly target: Target | TargetDescriptor
    readonly profile: Profile
    readonly registry: ReadonlyMap<string, Requirement>
  }
): Judged => {
  const descriptor = descriptorOf(options.target)
  const cited = check.requirements.map((id) => options.registry.get(id))
  const unknown = check.requirements.find((id) => !options.registry.has(id))
  if (unknown !== undefined || cited.length === 0) {
    return { verdict: "engine-error", because: `the check cites ${unknown ?? "no requirement"}`, ...nothingSeen }
  }
  const counting = cited.filter((requirement) => requirement !== undefined && counts(options.profile, requirement))
  if (counting.length === 0)
    return { verdict: "not-run", because: `not part of profile ${options.profile.id}`, ...nothingSeen }
  const countingIds = new Set(counting.flatMap((requirement) => requirement?.id ?? []))
  const citedBy = ({ requirements = check.requirements }: Assertion): ReadonlyArray<string> =>
    requirements.filter((id) => countingIds.has(id))
  const weigh = (ids: Iterable<string>): Severity =>
    gravest(
      [...ids].flatMap((id) => {
        const requirement = options.registry.get(id)
        const bindings = { ig: options.profile.ig, smart: descriptor.auth === "smart" }
        return requirement === undefined ? [] : [severityOf(requirement, bindings)]
      })
    )

  for (const step of check.steps) {
    const record = capture.steps.get(step)
    if (record === undefined) return { verdict: "blocked", because: `step ${step} was never reached`, ...nothingSeen }
    if (record.outcome !== "ran") {
      const because =
        record.outcome === "blocked"
          ? `step ${step} could not run: ${record.because ?? "no reason given"}`
          : record.because
      return { verdict: record.outcome, ...(because === undefined ? {} : { because }), ...nothingSeen }
    }
    if ((capture.exchanges.get(step) ?? []).length === 0) {
      return { verdict: "engine-error", because: `step ${step} ran without an exchange`, ...nothingSeen }
    }
  }

  const seen = new Set<string>()
  const all = (step: string): ReadonlyArray<Exchange> => {
    if (!check.steps.includes(step) && check.also?.includes(step) !== true)
      throw new Error(`the check does not name step ${step}`)
    const found = capture.exchanges.get(step) ?? []
    for (const { id } of found) seen.add(id)
    return found
  }
  const pick = (step: string, index: number): Exchange => {
    const found = all(step).at(index)
    if (found === undefined) throw new Error(`step ${step} left no exchange`)
    return found
  }
  const view: View = {
    target: targetOf(descriptor),
    descriptor,
    ig: options.profile.ig,
    all,
    one: (step) => pick(step, 0),
    last: (step) => pick(step, -1)
  }

  let said: ReadonlyArray<Assertion> | Excuse
  try {
    said = check.judge(view)
  } catch (error) {
    return {
      verdict: "engine-error",
      because: `the check broke: ${error instanceof Error ? error.message : "unknown"}`,
      ...nothingSeen
    }
  }
  const exchanges = [...seen]
  if ("excuse" in said) return { verdict: said.excuse, because: said.because, assertions: 0, exchanges, evidence: [] }
  const stray = said.flatMap(({ requirements = [] }) => requirements).find((id) => !check.requirements.includes(id))
  const weighed = said.filter((assertion) => citedBy(assertion).length > 0)
  const broken = weighed.filter((assertion) => !assertion.holds)
  const severity = weigh(broken.length === 0 ? countingIds : broken.flatMap(citedBy))
  const evidence = [...broken, ...weighed.filter((assertion) => assertion.holds).slice(0, shownHolding)].map(
    (assertion) => evidenceOf(assertion, citedBy(assertion))
  )
  const base = { severity, assertions: weighed.length, exchanges, evidence }
  if (said.length === 0) return { ...base, verdict: "engine-error", because: "the check asserted nothing" }
  if (stray !== undefined) {
    return { ...base, verdict: "engine-error", because: `an assertion cites ${stray}, and its check does not` }
  }
  if (exchanges.length === 0 || said.some((assertion) => !seen.has(assertion.exchange.id))) {
    return { ...base, verdict: "engine-error", because: "the check judged without looking at an exchange" }
  }
  if (weighed.length === 0) {
    const because = `not part of profile ${options.profile.id}`
    return { verdict: "not-run", because, assertions: 0, exchanges, evidence: [] }
  }
  if (broken.length === 0) return { ...base, verdict: "pass" }
  if (!capture.answered) return { ...base, verdict: "blocked", because: "the server never answered" }
  return { ...base, verdict: severity }
}

const evidenceOf = (
  { exchange, at, expected, actual, holds, spot }: Assertion,
  requirements: ReadonlyArray<string>
): Evidence => ({
  exchange: exchange.id,
  step: exchange.step,
  method: exchange.request.method,
  url: exchange.request.url,
  ...(exchange.response === undefined ? {} : { status: exchange.response.status }),
  at,
  ...spot,
  expected,
  actual,
  holds,
  requirements
})
