/** The run's token: how long it lives, and a new one in time. */
import { Clock, Duration, Effect, Redacted } from "effect"
import type { JudgeError } from "../Errors.ts"
import type { Memory } from "../Memory.ts"
import { at, parsed } from "./reading.ts"
import type { Spending } from "./spending.ts"

export interface Tokens {
  /** A token was kept from this answer. */
  readonly began: (token: string, answer: string) => Effect.Effect<void, JudgeError>
  /** Gets a new one by `ask` when the old one has little life left, if the budget has one. */
  readonly renew: (ask: Effect.Effect<void, JudgeError>) => Effect.Effect<void, JudgeError>
  /** Whether the token is surely dead. */
  readonly isOver: Effect.Effect<boolean>
  /** The server's clock was moved ahead of ours. */
  readonly clockMoved: (by: Duration.Duration) => void
}

/** Share of its life after which a token is renewed. */
const renewal = 0.9

export const makeTokens = (spending: Spending, memory: Memory | undefined): Tokens => {
  let renewAt = Number.POSITIVE_INFINITY
  let expiresAt = Number.POSITIVE_INFINITY
  return {
    began: Effect.fnUntraced(function* (token, answer) {
      const life = Number(at(parsed(answer), ["expires_in"]))
      const now = yield* Clock.currentTimeMillis
      const isLife = Number.isFinite(life) && life > 0
      renewAt = isLife ? now + life * 1000 * renewal : Number.POSITIVE_INFINITY
      expiresAt = isLife ? now + life * 1000 : Number.POSITIVE_INFINITY
      if (isLife) yield* memory?.issued(Redacted.make(token), Duration.seconds(life)) ?? Effect.void
    }),
    renew: (ask) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        now >= renewAt && spending.spent("tokens") === undefined ? ask : Effect.void
      ),
    isOver: Effect.map(Clock.currentTimeMillis, (now) => now >= expiresAt),
    clockMoved: (by) => {
      expiresAt -= Duration.toMillis(by)
      // of a token whose life is not known it is not known either whether it still lives
      renewAt = Number.isFinite(renewAt) ? renewAt - Duration.toMillis(by) : Number.NEGATIVE_INFINITY
    }
  }
}
