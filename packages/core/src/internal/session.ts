import { Effect, Result } from "effect"
import { type HttpClient, HttpClientRequest } from "effect/http"
import type { AnyCredentials } from "../Credentials.ts"
import { type BearerReason, type TokenReason, Unauthorized } from "../Errors.ts"
import type { Policy } from "../Policy.ts"
import type { Target } from "../Target.ts"
import type { Token } from "../Token.ts"
import * as Exchange from "./exchange.ts"
import * as Limiter from "./limiter.ts"
import * as Looks from "./looks.ts"
import * as Tokens from "./tokens.ts"

/** What every operation works with. */
export interface Session {
  readonly target: Target
  readonly policy: Policy
  readonly exchange: Exchange.Exchange
  /** What keeps all of it within what the server bears; `exchange` already waits for its turns. */
  readonly limiter: Limiter.Limiter
  /** Spreads the looks at jobs that are followed. */
  readonly looks: Looks.Looks
  readonly token: Effect.Effect<Token, TokenReason>
  /**
   * Makes a request with the token and gives it to `use`; the only way a token gets into a request. The URL must be on the target's
   * origin or one that it allows. If `use` fails with `Unauthorized`, it is used once more with a fresh token.
   * With `open`, no token is sent, and the URL may be anywhere: for files that a manifest says need none. If one on such an origin is refused
   * for want of a token, the manifest is wrong, and it is used again with one.
   */
  readonly withBearer: <A, E, R>(
    request: {
      readonly method: "GET" | "DELETE"
      readonly url: string
      readonly headers: Record<string, string>
      readonly open?: boolean | undefined
    },
    use: (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | BearerReason, R>
}

/** Headers of a request whose answer is read whole: not compressed, so that any transport gives out the same bytes. */
export const fhir = { accept: "application/fhir+json", "accept-encoding": "identity" }

/** Headers of kick-off and of the job list. BCDA once compared them with exactly these values, so nothing is added to them. */
export const fhirAsync = { ...fhir, prefer: "respond-async" }

export const make = Effect.fnUntraced(function* (options: {
  readonly http: HttpClient.HttpClient
  readonly target: Target
  readonly credentials: AnyCredentials | undefined
  readonly policy: Policy
}) {
  const { target, policy } = options
  const limiter = Limiter.make(policy)
  const exchange = Exchange.make(options.http, policy, limiter)
  const tokens = yield* Tokens.make({ ...options, exchange })

  const withBearer: Session["withBearer"] = Effect.fnUntraced(function* (request, use) {
    const open = request.open === true
    const url = yield* Effect.fromResult(open ? target.resolveOpen(request.url) : target.resolve(request.url))
    const bare = HttpClientRequest.make(request.method)(url, { headers: request.headers })
    if (target.auth === "none") return yield* use(bare)
    const withToken = Effect.gen(function* () {
      const token = yield* tokens.get
      return yield* use(HttpClientRequest.bearerToken(bare, token.value)).pipe(
        Effect.catchIf(
          (error) => error instanceof Unauthorized,
          () => Effect.flatMap(tokens.renewed(token), (fresh) => use(HttpClientRequest.bearerToken(bare, fresh.value)))
        )
      )
    })
    if (!open) return yield* withToken
    // The server says that it needs none, and may be wrong; where a token may go, it goes then.
    const mayHaveToken = Result.isSuccess(target.resolve(request.url))
    return yield* Effect.catchIf(
      use(bare),
      (error) => mayHaveToken && error instanceof Unauthorized,
      () => withToken
    )
  })

  const looks = Looks.make(policy)
  const session: Session = { target, policy, exchange, limiter, looks, token: tokens.get, withBearer }
  return session
})
