/**
 * What a run will do, before it does anything: which steps, and what they cost the server if nothing goes wrong. A server that starts jobs
 * it should refuse costs more; the budget holds then too.
 */
import { Schema } from "effect"
import { closedAmong, type Occasion } from "./internal/gate.ts"
import type { Step } from "./Scenario.ts"
import { Budget, type TargetDescriptor } from "./TargetDescriptor.ts"

/** What a run will ask of the server, and what it leaves out; found before anything is sent. */
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

/** Whether a step is about what has grown old since a run left it. */
export const takesNights = (step: Step): boolean =>
  step.night !== undefined || (step._tag === "Request" && step.auth === "dead-bearer")

/** Plans the steps given. Pure. */
export const planOf = (
  steps: ReadonlyArray<Step>,
  options: {
    readonly descriptor: TargetDescriptor
    readonly types: ReadonlyArray<string>
    /** Whether there can be something old to look at, by nights or by a clock that moves. If so, all that can be is counted. */
    readonly looksBack: boolean
    readonly occasion: Occasion
  }
): Plan => {
  const { descriptor, looksBack, occasion, types } = options
  const shut = closedAmong(steps, descriptor, occasion)
  const open = steps.filter((step) => !shut.has(step.id) && (looksBack || !takesNights(step)))
  const jobs = open.filter(({ startsJob }) => startsJob === true).length
  // a token does not live as long as the time that is let pass
  const renewals = descriptor.auth === "none" ? 0 : open.filter(({ _tag }) => _tag === "Advance").length
  const requests = open.reduce((sum, step) => sum + requestsOf(step, types), renewals)
  const { budget } = descriptor
  return {
    jobs,
    tokens: open.filter((step) => step._tag === "Request" && step.auth === "client").length + renewals,
    requests,
    ...(budget.requests === undefined ? {} : { polls: Math.max(0, budget.requests - requests) }),
    budget,
    leftOut: steps.flatMap(({ id }) => {
      const why = shut.get(id)
      return why?.outcome === "not-run" ? [{ step: id, because: why.because }] : []
    })
  }
}
