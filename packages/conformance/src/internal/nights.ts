/** What has grown old, made ready for the steps that look at it. */
import { Duration, Effect, Redacted } from "effect"
import type { JudgeError } from "../Errors.ts"
import type { Memory, RememberedJob } from "../Memory.ts"
import { takesNights } from "../Plan.ts"
import type { Step } from "../Scenario.ts"
import type { Ingredients } from "./ingredients.ts"

export interface Nights {
  /** Why a step that takes something old has to wait; otherwise that is made ready for it. */
  readonly prepare: (step: Step) => Effect.Effect<string | undefined>
  /** The step has looked at the job made ready for it, which counts once. */
  readonly looked: (step: Step) => Effect.Effect<void, JudgeError>
  /** A token whose life is over; empty until a step asks for it. */
  readonly deadToken: () => string
}

export const makeNights = (memory: Memory | undefined, ingredients: Ingredients): Nights => {
  let earlier: RememberedJob | undefined
  let deadToken = ""
  const give = (name: string, value: string | undefined, otherwise: string): void =>
    value === undefined ? ingredients.leaveEmpty(name, otherwise) : ingredients.set(name, value)
  return {
    deadToken: () => deadToken,
    prepare: Effect.fnUntraced(function* (step) {
      if (!takesNights(step)) return undefined
      if (memory === undefined) return "it takes more than one night, and a state directory to remember the first"
      if (step._tag === "Request" && step.auth === "dead-bearer") {
        const found = yield* memory.deadToken
        if ("because" in found) return found.because
        deadToken = Redacted.value(found.token)
      }
      if (step.night === undefined) return undefined
      const { atLeast, below } = step.night
      const age = {
        atLeast: Duration.minutes(atLeast),
        below: below === undefined ? undefined : Duration.minutes(below)
      }
      const found = yield* memory.due(step.id, age)
      if ("because" in found) return found.because
      earlier = found.job
      const { fileUrl, openFiles = false, statusUrl } = found.job
      ingredients.set("earlierStatusUrl", statusUrl)
      give("earlierFileUrl", fileUrl, "the earlier job had no file")
      if (fileUrl !== undefined && openFiles) give("earlierGuardedFileUrl", undefined, "its files want no token")
      else give("earlierGuardedFileUrl", fileUrl, "the earlier job had no file")
      return undefined
    }),
    looked: (step) =>
      step.night === undefined || earlier === undefined || memory === undefined
        ? Effect.void
        : memory.looked(earlier, step.id)
  }
}
