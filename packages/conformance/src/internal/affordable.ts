/** What the budget still allows, with what later steps will want and what has to be cancelled at the end kept back. */
import { Effect } from "effect"
import { requestsOf } from "../Plan.ts"
import { needs, type Step } from "../Scenario.ts"
import { kicksOff } from "./kickOff.ts"
import type { Run } from "./run.ts"
import { noRequestsLeft } from "./spending.ts"

/** Steps after one that will be taken. */
const after = ({ options, shut, steps }: Run, step: Step): ReadonlyArray<Step> =>
  steps.slice(steps.indexOf(step) + 1).filter(({ id }) => options.wanted.has(id) && !shut.has(id))

/** Requests that are not to be spent on anything else: one for each job that has to be cancelled at the end. */
export const reserve = ({ sender }: Run): number => sender.openJobs.size

/** Requests that polls of a step may still use now: what the steps after it will want is left to them. */
export const leftForPolls = (run: Run, step: Step): number => {
  const wanted = after(run, step).reduce((sum, later) => sum + requestsOf(later, run.options.types), 0)
  return run.spending.requestsLeft(reserve(run) + wanted)
}

/** The share of them that is this step's, where other jobs are still to be followed. */
export const shareForPolls = (run: Run, step: Step): number => {
  const noMoreJobs = run.spending.spent("jobs") !== undefined
  const others = noMoreJobs ? 0 : after(run, step).filter(({ _tag }) => _tag === "Poll").length
  return Math.floor(leftForPolls(run, step) / (1 + others))
}

/** Why the budget does not allow a step any more, if so. */
export const unaffordable = Effect.fnUntraced(function* (run: Run, step: Step) {
  const { options, spending, tokens } = run
  const starts = kicksOff(step)
  const kept = reserve(run) + (starts ? 1 : 0)
  if (spending.requestsLeft(kept) < Math.max(1, requestsOf(step, options.types)))
    return noRequestsLeft(options.descriptor.budget)
  const isToken = step._tag === "Request" && step.auth === "client"
  const spent = starts ? spending.spent("jobs") : isToken ? spending.spent("tokens") : undefined
  if (spent !== undefined) return spent
  const isStale = needs(step).includes("token") && (yield* tokens.isOver)
  const noMore = isStale ? spending.spent("tokens") : undefined
  return noMore === undefined ? undefined : `the token has expired, and ${noMore}`
})
