import { Cache, Clock, Duration, Effect, Exit, Redacted, Result, Schema } from "effect"
import type { AnyCredentials } from "../Credentials.ts"
import { BadCredentials, Malformed, Rejected, TokenCap, type TokenReason } from "../Errors.ts"
import type { Policy } from "../Policy.ts"
import { quote, remember } from "../Redact.ts"
import type { TokenEndpoint } from "../SmartBackendServices.ts"
import type { Target } from "../Target.ts"
import type { Token } from "../Token.ts"
import { exchangeRefusal, isTokenCap, wish } from "./classify.ts"
import { tokenEndpoint } from "./discovery.ts"
import type { Answer, Exchange } from "./exchange.ts"
import { grantOf } from "./grants.ts"
import * as schedules from "./schedules.ts"
import * as telemetry from "./telemetry.ts"

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
  readonly credentials: AnyCredentials | undefined
  readonly policy: Policy
}) {
  const { exchange, target, credentials, policy } = options
  const whereTo = yield* Cache.makeWith<"endpoint", TokenEndpoint, TokenReason>(() => tokenEndpoint(exchange, target), {
    capacity: 1,
    timeToLive: Exit.match({ onFailure: () => Duration.zero, onSuccess: () => Duration.infinity })
  })
  const grant = grantOf(target, credentials, Cache.get(whereTo, "endpoint"))
  const allowance = makeAllowance(policy)
  const mint: Effect.Effect<Token, TokenReason> = Effect.gen(function* () {
    const request = yield* grant
    yield* allowance
    yield* telemetry.tokenAsked
    const answer = yield* exchange.send(request, { ownRefusals: true })
    const token = yield* Effect.fromResult(tokenOf(answer))
    remember(Redacted.value(token.value))
    return token
  }).pipe(
    // Asking again is safe: each call makes a new token and leaves older ones valid.
    Effect.retry(schedules.retry(policy)),
    Effect.withSpan("BcdaClient.token")
  )

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

/**
 * Lets through as many as the policy allows within any window. BCDA counts calls, not tokens, and blocks a model entity that makes too many;
 * a client gets there only when something is wrong, such as a server that refuses every token it gives.
 */
const makeAllowance = ({ tokens: { most, window } }: Policy): Effect.Effect<void, TokenCap> => {
  const askedAt: Array<number> = []
  const windowMillis = Duration.toMillis(window)
  return Effect.flatMap(Clock.currentTimeMillis, (now) => {
    while (askedAt[0] !== undefined && askedAt[0] <= now - windowMillis) askedAt.shift()
    const [oldest] = askedAt
    if (oldest !== undefined && askedAt.length >= most) {
      return Effect.fail(new TokenCap({ retryAfterSeconds: (oldest + windowMillis - now) / 1000, own: true }))
    }
    askedAt.push(now)
    return Effect.void
  })
}

/**
 * BCDA sends the life as text (`"1200"`, at times `"1201"`), the standard says a number; both are seconds. Without one, five minutes are
 * assumed. One that is not above zero is no life, and a token without one would be asked for again with every request.
 */
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

const OAuthError = Schema.fromJsonString(
  Schema.Struct({ error: Schema.String, error_description: Schema.optional(Schema.String) })
)
const decodeError = Schema.decodeUnknownResult(OAuthError)

const tokenOf = (answer: Answer): Result.Result<Token, TokenReason> => {
  const { status } = answer
  if (status === 200) {
    return decode(answer.text).pipe(
      Result.map((body) => ({ value: body.access_token, expiresIn: Duration.seconds(body.expires_in) })),
      Result.mapError((error) => new Malformed({ detail: `token: ${error.message}` }))
    )
  }
  if (status === 400 || status === 401 || status === 403) return Result.fail(refusedClient(answer))
  if (isTokenCap(answer)) return Result.fail(new TokenCap(wish(answer)))
  return Result.fail(exchangeRefusal(answer))
}

/** OAuth's errors that are about the request and not about who makes it. */
const aboutRequest = new Set(["invalid_scope", "invalid_request", "unsupported_grant_type"])

/** BCDA: 400 for no credentials at all, 401 for unknown, wrong or expired ones, without telling which. OAuth servers say more, in JSON. */
const refusedClient = ({ status, text }: Answer): BadCredentials | Rejected => {
  const said = decodeError(text)
  if (Result.isFailure(said)) return new BadCredentials({ status })
  const { error, error_description: description = "" } = said.success
  const detail = quote(description === "" ? error : `${error}: ${description}`)
  return aboutRequest.has(error)
    ? new Rejected({ status, diagnostics: detail })
    : new BadCredentials({ status, detail })
}
