/**
 * What a run will do, before it does anything: which steps, and what they cost the server if nothing goes wrong. A server that starts jobs
 * it should refuse costs more; the budget holds then too.
 */
import { Schema } from "effect"
import { closedAmong, type Occasion } from "./internal/gate.ts"
import type { Step } from "./Scenario.ts"
import { Budget, type TargetDescriptor } from "./TargetDescriptor.ts"

export const Plan = Schema.Struct({
  jobs: Schema.Int,
  /** Tokens issued; attempts that are to be refused not counted. */
  tokens: Schema.Int,
  /** Polls not counted: how many there are is the server's to say. */
  requests: Schema.Int,
  /** What polls may use of the budget; absent without a limit. */
  polls: Schema.optionalKey(Schema.Int),
  budget: Budget,
  /** Steps that are left out because of what the target is, with the reason. */
  leftOut: Schema.Array(Schema.Struct({ step: Schema.String, because: Schema.String }))
})
export type Plan = typeof Plan.Type

/** How many requests a step sends at least. */
export const requestsOf = (step: Step, types: ReadonlyArray<string>): number => {
  switch (step._tag) {
    case "Poll":
    case "Wait":
    case "Advance":
      return 0
    case "Download":
      return step.list === "error" ? 1 : types.length
    default:
      return 1
  }
}

/** Whether a step is about what an earlier run left behind. */
export const takesNights = (step: Step): boolean =>
  step.night !== undefined || (step._tag === "Request" && step.auth === "dead-bearer")

/** Plans the steps given. Pure. */
export const planOf = (
  steps: ReadonlyArray<Step>,
  options: {
    readonly descriptor: TargetDescriptor
    readonly types: ReadonlyArray<string>
    /** Whether earlier runs can have left something to look at. If so, all that they can have left is counted. */
    readonly hasState: boolean
    readonly occasion: Occasion
  }
): Plan => {
  const { descriptor, hasState, occasion, types } = options
  const shut = closedAmong(steps, descriptor, occasion)
  const open = steps.filter((step) => !shut.has(step.id) && (hasState || !takesNights(step)))
  const jobs = open.filter(({ startsJob }) => startsJob === true).length
  const requests = open.reduce((sum, step) => sum + requestsOf(step, types), 0)
  const { budget } = descriptor
  return {
    jobs,
    tokens: open.filter((step) => step._tag === "Request" && step.auth === "client").length,
    requests,
    ...(budget.requests === undefined ? {} : { polls: Math.max(0, budget.requests - requests) }),
    budget,
    leftOut: steps.flatMap(({ id }) => {
      const why = shut.get(id)
      return why?.outcome === "not-run" ? [{ step: id, because: why.because }] : []
    })
  }
}
