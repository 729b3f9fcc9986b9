/** What earlier runs left behind, made ready for the steps that look at it. */
import { Duration, Effect, Redacted } from "effect"
import type { JudgeError } from "../Errors.ts"
import { takesNights } from "../Plan.ts"
import type { Step } from "../Scenario.ts"
import type { Memory, RememberedJob } from "../State.ts"
import type { Ingredients } from "./ingredients.ts"

export interface Nights {
  /** Why a step that takes what earlier runs left has to wait; otherwise that is made ready for it. */
  readonly prepare: (step: Step) => Effect.Effect<string | undefined>
  /** The step has looked at the job made ready for it, which counts once. */
  readonly looked: (step: Step) => Effect.Effect<void, JudgeError>
  /** A token of an earlier run whose life is over; empty until a step asks for it. */
  readonly deadToken: () => string
}

export const makeNights = (memory: Memory | undefined, ingredients: Ingredients): Nights => {
  let earlier: RememberedJob | undefined
  let deadToken = ""
  return {
    deadToken: () => deadToken,
    prepare: Effect.fnUntraced(function* (step) {
      if (!takesNights(step)) return undefined
      if (memory === undefined) return "it takes more than one night, and a state directory to remember the first"
      if (step.night === undefined) {
        const found = yield* memory.deadToken
        if ("because" in found) return found.because
        deadToken = Redacted.value(found.token)
        return undefined
      }
      const { atLeast, below } = step.night
      const age = {
        atLeast: Duration.minutes(atLeast),
        below: below === undefined ? undefined : Duration.minutes(below)
      }
      const found = yield* memory.due(step.id, age)
      if ("because" in found) return found.because
      earlier = found.job
      ingredients.set("earlierStatusUrl", found.job.statusUrl)
      if (found.job.fileUrl === undefined) ingredients.leaveEmpty("earlierFileUrl", "the earlier job had no file")
      else ingredients.set("earlierFileUrl", found.job.fileUrl)
      return undefined
    }),
    looked: (step) =>
      step.night === undefined || earlier === undefined || memory === undefined
        ? Effect.void
        : memory.looked(earlier, step.id)
  }
}
