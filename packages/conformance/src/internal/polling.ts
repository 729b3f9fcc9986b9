/** The step that follows a job to its end. */
import { RetryAfter } from "@bcda-kit/core"
import { Clock, Duration, Effect } from "effect"
import type { JudgeError } from "../Errors.ts"
import { fills, type Step } from "../Scenario.ts"
import { leftForPolls, shareForPolls, unaffordable } from "./affordable.ts"
import { type Closed, leftOut } from "./gate.ts"
import { at, parsed } from "./reading.ts"
import { patience, type Run } from "./run.ts"
import { noRequestsLeft } from "./spending.ts"

type Poll = Extract<Step, { _tag: "Poll" }>

/** Whether an answer leaves the job's end open. */
const goesOn = ({ sender }: Run, status: number | undefined): boolean => {
  // a 2XX other than 200 ends nothing: it is wrong for a check to say, and no reason to give the job up
  const unsettled = status === undefined ? sender.silences() < patience : status > 200 && status < 300
  return unsettled || status === 429 || status === 503
}

/**
 * Polls until the job ends, its deadline is over or the budget is; a string or `Closed` says why not to the end. `renew` gets a new token
 * when the old one has little life left.
 */
export const poll = Effect.fnUntraced(function* (
  run: Run,
  scenario: string,
  step: Poll,
  renew: Effect.Effect<void, JudgeError>
): Effect.fn.Return<string | Closed | undefined, JudgeError> {
  const { ingredients, options, sender } = run
  const { descriptor, memory, pace } = options
  const url = ingredients.fill(step.url)
  const deadline = (yield* Clock.currentTimeMillis) + Duration.toMillis(pace.deadline)
  const share = shareForPolls(run, step)
  let wait = pace.initial
  for (let attempt = 1; ; attempt++) {
    yield* renew
    const broke = yield* unaffordable(run, step)
    const left = Math.min(share - attempt + 1, leftForPolls(run, step))
    if (broke !== undefined || left < 1)
      return leftOut(broke ?? `${noRequestsLeft(descriptor.budget)} before the job ended`)
    const request = { ...step, scenario, step: step.id, attempt, method: "GET", url, auth: "bearer" } as const
    const sent = yield* sender.send({ ...request, body: "text" })
    if (typeof sent === "string") return sent
    const { status, headers, text } = sent.raw
    if (!goesOn(run, status)) {
      if (status !== undefined) sender.ended(url)
      ingredients.take(step.keep, sent.raw, url)
      const fileUrl = ingredients.get("fileUrl")
      const manifest = parsed(text)
      const job = {
        statusUrl: url,
        ...(fileUrl === undefined ? {} : { fileUrl }),
        ...(at(manifest, ["requiresAccessToken"]) === false ? { openFiles: true as const } : {})
      }
      const isDone = status === 200 && Array.isArray(at(manifest, ["output"]))
      if (isDone && fills(step).includes("fileUrl")) yield* memory?.finished(job) ?? Effect.void
      if (status === 200) ingredients.takeFiles(step, manifest, url)
      return undefined
    }
    const now = yield* Clock.currentTimeMillis
    if (now >= deadline) return `the job did not end within ${Duration.format(pace.deadline)}`
    const asked = RetryAfter.parse(headers["retry-after"], now)
    // A server's 0 must not become a storm of polls.
    const next = asked && RetryAfter.clamp(asked, { least: pace.initial, most: pace.retryAfterCap })
    // With few requests left and much time, polls are as far apart as they have to be to last.
    const apart = Math.ceil((deadline - now) / Math.max(1, left - 1))
    const stretched = apart > Duration.toMillis(pace.max) ? Duration.millis(apart) : Duration.zero
    yield* Effect.sleep(Duration.max(next ?? wait, stretched))
    wait = Duration.min(Duration.times(wait, pace.factor), pace.max)
  }
})
