/** What keeps a step from being tried, as the run goes. What a target is not asked at all is in `gate.ts`. */
import { Effect } from "effect"
import type { JudgeError } from "../Errors.ts"
import type { StepRecord } from "../Exchange.ts"
import { fills, needs, type Step } from "../Scenario.ts"
import { unaffordable } from "./affordable.ts"
import { takesCredentials, usable } from "./authorizer.ts"
import type { Breaker } from "./breaker.ts"
import { type Closed, lacking, leftOut, obstructed } from "./gate.ts"
import type { Nights } from "./nights.ts"
import type { Run } from "./run.ts"

/** The step that fills each name; the first, where several do. */
export const ownersOf = (steps: ReadonlyArray<Step>): ReadonlyMap<string, string> =>
  new Map(steps.toReversed().flatMap((step) => fills(step).map((name) => [name, step.id] as const)))

export interface ObstacleOptions {
  readonly run: Run
  readonly breaker: Breaker
  readonly nights: Nights
  /** What became of the steps before. */
  readonly settled: ReadonlyMap<string, StepRecord>
  /** See `poll`. */
  readonly renew: Effect.Effect<void, JudgeError>
}

/** Makes the function that finds what is in the way of a step, if anything is. */
export const makeObstacles = ({ breaker, nights, renew, run, settled }: ObstacleOptions) => {
  const { ingredients, options, shut, steps, target } = run
  const owners = ownersOf(steps)

  const withoutIngredient = (missing: string): Closed => {
    const empty = ingredients.emptyBecause(missing)
    if (empty !== undefined) return lacking(empty)
    const owner = owners.get(missing)
    const record = owner === undefined ? undefined : settled.get(owner)
    const why = record?.because ?? "no reason given"
    if (record?.outcome === "not-applicable" || record?.outcome === "not-run")
      return { outcome: record.outcome, because: why }
    return obstructed(
      missing.startsWith("done:")
        ? `step ${owner ?? "?"} did not run: ${why}`
        : `step ${owner ?? "?"} gave no ${missing.replace(/:.*/, "")}`
    )
  }

  /** Where time is let pass on purpose, what is not there by then was owed by the step that was to leave it. */
  const owed = (because: string): Closed => {
    const owner = settled.get(owners.get("fileUrl") ?? "")
    return owner?.outcome === "not-applicable" || owner?.outcome === "not-run"
      ? { outcome: owner.outcome, because: owner.because ?? because }
      : obstructed(because)
  }

  return Effect.fnUntraced(function* (step: Step) {
    if (!options.wanted.has(step.id)) return leftOut("not chosen")
    const closed = shut.get(step.id)
    if (closed !== undefined) return closed
    const stopped = breaker.stopped()
    if (stopped !== undefined) return obstructed(stopped)
    if (step._tag === "Request" && takesCredentials(step.auth) && usable(target, options.credentials) === undefined)
      return obstructed("no credentials were given")
    const early = yield* nights.prepare(step)
    if (early !== undefined) return options.advance === undefined ? leftOut(early) : owed(early)
    const missing = needs(step).find((name) => !ingredients.has(name))
    if (missing !== undefined) return withoutIngredient(missing)
    yield* renew
    const broke = yield* unaffordable(run, step)
    if (broke !== undefined) return leftOut(broke)
    const isOver = needs(step).includes("token") && (yield* run.tokens.isOver)
    return isOver ? obstructed("the token has expired, and the server gave no other") : undefined
  })
}
