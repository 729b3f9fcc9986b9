/** Keeps a run inside the budget of its target. */
import { Clock, Effect } from "effect"
import type { Budget } from "../TargetDescriptor.ts"

const minute = 60_000

/** What a run may still spend, and what it has spent. */
export interface Spending {
  /** Waits until a minute has room for one more request, and counts it. */
  readonly request: Effect.Effect<void>
  readonly job: () => void
  readonly token: () => void
  /** Requests that are left when so many are kept back. */
  readonly requestsLeft: (reserve: number) => number
  /** Why something of this kind cannot be had any more, if so. */
  readonly spent: (what: "jobs" | "tokens") => string | undefined
}

/** Why no request is left. */
export const noRequestsLeft = ({ requests = 0 }: Budget): string => `the budget of ${requests} requests is spent`

/** Begins with nothing spent. */
export const makeSpending = (budget: Budget): Spending => {
  const used = { jobs: 0, tokens: 0, requests: 0 }
  /** When the requests of the last minute were sent. */
  const sent: Array<number> = []

  const turn: Effect.Effect<void> = Effect.gen(function* () {
    const most = budget.requestsPerMinute ?? Number.POSITIVE_INFINITY
    const now = yield* Clock.currentTimeMillis
    while (sent[0] !== undefined && sent[0] <= now - minute) sent.shift()
    const [oldest] = sent
    if (oldest === undefined || sent.length < most) return
    yield* Effect.sleep(oldest + minute - now)
    yield* turn
  })

  return {
    request: Effect.gen(function* () {
      yield* turn
      sent.push(yield* Clock.currentTimeMillis)
      used.requests++
    }),
    job: () => void used.jobs++,
    token: () => void used.tokens++,
    requestsLeft: (reserve) => (budget.requests ?? Number.POSITIVE_INFINITY) - used.requests - reserve,
    spent: (what) => {
      const most = budget[what]
      if (most === undefined || used[what] < most) return undefined
      return `the budget of ${most} ${most === 1 ? what.slice(0, -1) : what} is spent`
    }
  }
}
