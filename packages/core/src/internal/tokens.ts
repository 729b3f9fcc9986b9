import { Cache, Duration, Effect, Exit, Result, Schema } from "effect"
import { HttpClientRequest } from "effect/http"
import { BadCredentials, Malformed, NoCredentials, TokenCap, type TokenReason } from "../Errors.ts"
import type { Policy } from "../Policy.ts"
import type { Credentials, Target } from "../Target.ts"
import type { Token } from "../Token.ts"
import { exchangeRefusal, isTokenCap, wish } from "./classify.ts"
import type { Answer, Exchange } from "./exchange.ts"
import * as schedules from "./schedules.ts"

/** One token for all. */
export interface Tokens {
  /** The token in use. Callers that come while one is being minted wait for that one. */
  readonly get: Effect.Effect<Token, TokenReason>
  /** Another token than the one a server refused. Many callers with the same refused token cause one mint. */
  readonly renewed: (refused: Token) => Effect.Effect<Token, TokenReason>
}

export const make = Effect.fnUntraced(function* (options: {
  readonly exchange: Exchange
  readonly target: Target
  readonly credentials: Credentials | undefined
  readonly policy: Policy
}) {
  const { exchange, target, credentials, policy } = options
  const mint: Effect.Effect<Token, TokenReason> = Effect.gen(function* () {
    if (credentials === undefined || target.auth === "none") return yield* new NoCredentials()
    const request = HttpClientRequest.post(target.tokenUrl, { accept: "application/json" }).pipe(
      HttpClientRequest.setHeader("accept-encoding", "identity"),
      HttpClientRequest.basicAuth(credentials.clientId, credentials.clientSecret)
    )
    return yield* exchange.send(request).pipe(
      Effect.flatMap((answer) => Effect.fromResult(tokenOf(answer))),
      // Asking again is safe: each call makes a new token and leaves older ones valid.
      Effect.retry(schedules.retry(policy))
    )
  }).pipe(Effect.withSpan("BcdaClient.token"))

  const cache = yield* Cache.makeWith<"token", Token, TokenReason>(() => mint, {
    capacity: 1,
    timeToLive: Exit.match({
      onFailure: () => Duration.zero,
      onSuccess: (token) => Duration.times(token.expiresIn, policy.renewBefore)
    })
  })
  const get = Cache.get(cache, "token")
  const tokens: Tokens = {
    get,
    renewed: (refused) => Cache.invalidateWhen(cache, "token", (token) => token === refused).pipe(Effect.andThen(get))
  }
  return tokens
})

/** BCDA sends the life as text (`"1200"`), the standard says a number; both are seconds. Without one, five minutes are assumed. */
const Life = Schema.Union([Schema.Finite, Schema.FiniteFromString]).check(Schema.isGreaterThan(0))
const Body = Schema.fromJsonString(
  Schema.Struct({
    // Visible ASCII: anything else could not be sent back in a header.
    access_token: Schema.String.check(Schema.isPattern(/^[\x21-\x7e]+$/)).pipe(Schema.RedactedFromValue),
    expires_in: Life.pipe(Schema.withDecodingDefaultKey(Effect.succeed(300))),
    token_type: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^bearer$/i)))
  })
)
const decode = Schema.decodeUnknownResult(Body)

const tokenOf = (answer: Answer): Result.Result<Token, TokenReason> => {
  const { status } = answer
  if (status === 200) {
    return decode(answer.text).pipe(
      Result.map((body) => ({ value: body.access_token, expiresIn: Duration.seconds(body.expires_in) })),
      Result.mapError((error) => new Malformed({ detail: `token: ${error.message}` }))
    )
  }
  // BCDA: 400 for no credentials at all, 401 for unknown, wrong or expired ones, without telling which.
  if (status === 400 || status === 401 || status === 403) return Result.fail(new BadCredentials({ status }))
  if (isTokenCap(answer)) return Result.fail(new TokenCap(wish(answer)))
  return Result.fail(exchangeRefusal(answer))
}
