/**
 * Tells a server that drops a request from one that is gone. After a few steps without any answer it is asked for something simple; if it is
 * silent then too, nothing more is asked.
 */
import { Effect } from "effect"
import type { StepRecord } from "../Exchange.ts"
import { reserve } from "./affordable.ts"
import { patience, type Run } from "./run.ts"

export interface Breaker {
  /** A step got no answer. Gives the records whose fate is known by now. */
  readonly silent: (ran: StepRecord) => Effect.Effect<ReadonlyArray<StepRecord>>
  /** The records whose fate was open: a step was answered, or nothing more will be asked. */
  readonly settle: () => ReadonlyArray<StepRecord>
  /** Why nothing more is asked, once that is so. */
  readonly stopped: () => string | undefined
  readonly stop: (because: string) => void
  /** Whether the server is taken to be gone: then there is no use in asking it to cancel anything. */
  readonly isGone: () => boolean
}

export const makeBreaker = (run: Run): Breaker => {
  const { recorder, sender, spending, target } = run
  let stopped: string | undefined
  /** The last steps, as long as none of them got an answer: whether the server is broken or gone shows later. */
  const unanswered: Array<StepRecord> = []

  const signOfLife = Effect.suspend(() =>
    sender.send({
      scenario: "breaker",
      step: "sign-of-life",
      attempt: recorder.all().length,
      method: "GET",
      url: target.api("metadata"),
      headers: { accept: "application/fhir+json" },
      auth: "none",
      body: "text"
    })
  )

  return {
    silent: Effect.fnUntraced(function* (ran) {
      unanswered.push(ran)
      if (unanswered.length < patience) return []
      const mayAsk = recorder.answered() && spending.requestsLeft(reserve(run)) > 0
      const sign = mayAsk ? yield* signOfLife : undefined
      const streak = unanswered.splice(0)
      if (typeof sign === "object" && sign.raw.status !== undefined) return streak
      stopped = `${patience} steps in a row got no answer: ${streak.map(({ step }) => step).join(", ")}`
      return streak.map((step) => ({ ...step, outcome: "blocked", because: "the server stopped answering" }))
    }),
    settle: () => unanswered.splice(0),
    stopped: () => stopped,
    stop: (because) => {
      stopped = because
    },
    isGone: () => stopped !== undefined && unanswered.length === 0 && sender.silences() >= patience
  }
}
