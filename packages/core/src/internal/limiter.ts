/**
 * How much a client asks of its server. One limiter for everything that shares a client: tokens, polls and files are counted together,
 * because BCDA counts requests by address, whoever makes them.
 */
import { Clock, Context, Duration, Effect, type Scope, Semaphore } from "effect"
import type { Policy } from "../Policy.ts"
import * as RetryAfter from "../RetryAfter.ts"

/** On whose behalf files are fetched. Two exports that share a client take turns; each is an object of its own. */
export interface Share {
  /** Files at a time that this one would like. */
  readonly files: number
}

/**
 * The share of the fiber that asks. Without one there is no waiting for a place: who opens files by hand may need many at once, and would
 * wait for ever for the place of one that is already open.
 */
export const CurrentShare = Context.Reference<Share | undefined>("@bcda-kit/core/internal/CurrentShare", {
  defaultValue: () => undefined
})

export interface Limiter {
  /** Waits until one more request may be sent, and counts it. In the order of asking. */
  readonly turn: Effect.Effect<void>
  /** Waits for one of the places for files, and keeps it until the scope ends. */
  readonly place: Effect.Effect<Place, never, Scope.Scope>
  /**
   * The server asked for fewer requests in answer to one that was sent at `sentAt` (milliseconds since 1970): nothing more is sent for as long
   * as it wants, and half as many files at a time are fetched afterwards.
   */
  readonly throttled: (sentAt: number, wait: Duration.Duration | undefined) => Effect.Effect<void>
}

export interface Place {
  /** To be told of the answer: every round of good ones allows one more file at a time. */
  readonly answered: (answer: { readonly status: number }) => Effect.Effect<void>
}

export const make = (policy: Policy): Limiter => {
  const places = makePlaces(policy.concurrency)
  const { window, requests } = policy.budget
  const windowMillis = Duration.toMillis(window)
  // When each of the last `requests` requests was sent, as a ring.
  const sent: Array<number> = []
  let next = 0
  let heldUntil = 0
  let shrunkAt = Number.NEGATIVE_INFINITY
  const line = Semaphore.makeUnsafe(1)

  const freeAt = (): number => {
    const oldest = sent.length < requests ? undefined : sent[next]
    return Math.max(heldUntil, oldest === undefined ? 0 : oldest + windowMillis)
  }
  const turn = Effect.gen(function* () {
    for (;;) {
      const now = yield* Clock.currentTimeMillis
      const wait = freeAt() - now
      if (wait <= 0) {
        sent[next] = now
        next = (next + 1) % requests
        return
      }
      // Looked at again afterwards: meanwhile a server may have asked for a longer rest.
      yield* Effect.sleep(wait)
    }
  }).pipe(Semaphore.withPermit(line))

  const throttled = Effect.fnUntraced(function* (sentAt: number, wait: Duration.Duration | undefined) {
    const now = yield* Clock.currentTimeMillis
    const { initial: least, retryAfterCap: most } = policy.retry
    heldUntil = Math.max(heldUntil, now + Duration.toMillis(RetryAfter.clamp(wait ?? least, { least, most })))
    // Ten requests that were under way together and are refused together are one sign, not ten.
    if (sentAt <= shrunkAt) return
    shrunkAt = now
    places.shrink()
  })

  return { turn, place: places.take, throttled }
}

interface Waiter {
  readonly admit: () => void
}

/** Places for files: as many as the share in question would like, as long as the server does not complain. */
const makePlaces = (concurrency: number) => {
  // In the order in which shares get their turn: who has just had one goes to the end.
  const waiting = new Map<Share, Array<Waiter>>()
  let taken = 0
  let allowed = Number.POSITIVE_INFINITY

  const nextWaiter = (): Waiter | undefined => {
    for (const [share, line] of waiting) {
      if (taken >= Math.min(Math.floor(allowed), Math.max(share.files, concurrency))) continue
      const waiter = line.shift()
      waiting.delete(share)
      if (line.length > 0) waiting.set(share, line)
      return waiter
    }
    return undefined
  }
  const admit = (): void => {
    for (let waiter = nextWaiter(); waiter !== undefined; waiter = nextWaiter()) {
      taken++
      waiter.admit()
    }
  }
  const leave = Effect.sync(() => {
    taken--
    admit()
  })
  const wait = (share: Share) =>
    Effect.suspend(() => {
      let admitted = false
      return Effect.callback<void>((resume) => {
        const waiter: Waiter = {
          admit: () => {
            admitted = true
            resume(Effect.void)
          }
        }
        const line = waiting.get(share)
        if (line === undefined) waiting.set(share, [waiter])
        else line.push(waiter)
        admit()
        return Effect.sync(() => {
          const left = waiting.get(share)?.filter((one) => one !== waiter) ?? []
          if (left.length > 0) waiting.set(share, left)
          else waiting.delete(share)
        })
      }).pipe(Effect.onInterrupt(() => (admitted ? leave : Effect.void)))
    })

  const answered: Place["answered"] = ({ status }) =>
    Effect.sync(() => {
      if (status >= 300 || allowed === Number.POSITIVE_INFINITY) return
      allowed += 1 / Math.floor(allowed)
      admit()
    })
  const place: Place = { answered }

  return {
    take: Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const share = yield* CurrentShare
        if (share === undefined) return place
        yield* restore(wait(share))
        yield* Effect.addFinalizer(() => leave)
        return place
      })
    ),
    shrink: (): void => {
      allowed = Math.max(1, Math.floor(Math.min(allowed, taken) / 2))
    }
  }
}
