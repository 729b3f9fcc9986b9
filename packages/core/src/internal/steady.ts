import { Clock, Duration, Effect, Stream } from "effect"
import type { Policy } from "../Policy.ts"

/** What a body has brought in a time that was too long for it. */
export interface Trickle {
  readonly came: number
  readonly seconds: number
}

/**
 * Ends a body that brings less than `policy.flow` wants: a byte now and then keeps an idle time-out away for ever. Only the time spent waiting
 * for bytes counts, so that a slow reader is never mistaken for a slow server.
 */
export const steady =
  <E2>({ flow }: Policy, fail: (trickle: Trickle) => E2) =>
  <E, R>(body: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Uint8Array, E | E2, R> => {
    const window = Duration.toMillis(flow.window)
    return Stream.transformPull(body, (pull) =>
      Effect.sync(() => {
        let waited = 0
        let came = 0
        return Effect.gen(function* () {
          const asked = yield* Clock.currentTimeMillis
          const blocks = yield* pull
          waited += (yield* Clock.currentTimeMillis) - asked
          for (const block of blocks) came += block.byteLength
          if (waited < window) return blocks
          if (came < flow.bytes) return yield* Effect.fail(fail({ came, seconds: waited / 1000 }))
          waited = 0
          came = 0
          return blocks
        })
      })
    )
  }
