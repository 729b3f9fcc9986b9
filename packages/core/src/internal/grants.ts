/** How a request for a token looks, for each kind of authentication. */
import { Effect, Redacted } from "effect"
import { Base64 } from "effect/encoding"
import { HttpClientRequest } from "effect/http"
import { type AnyCredentials, Credentials, KeyCredentials } from "../Credentials.ts"
import { NoCredentials, type TokenReason } from "../Errors.ts"
import { remember } from "../Redact.ts"
import { assertion, form, type TokenEndpoint } from "../SmartBackendServices.ts"
import type { Target } from "../Target.ts"

/** Makes the request anew for every try: a signed assertion is good for one. */
export type Grant = Effect.Effect<HttpClientRequest.HttpClientRequest, TokenReason>

const post = (url: string) =>
  HttpClientRequest.post(url, { accept: "application/json" }).pipe(
    HttpClientRequest.setHeader("accept-encoding", "identity")
  )

/** `endpoint` is only asked for where BCDA's own, which every BCDA has at the same place, is not meant. */
export const grantOf = (
  target: Target,
  credentials: AnyCredentials | undefined,
  endpoint: Effect.Effect<TokenEndpoint, TokenReason>
): Grant => {
  if (target.auth === "none") return Effect.fail(new NoCredentials())
  if (target.auth === "smart") {
    if (!(credentials instanceof KeyCredentials)) return Effect.fail(new NoCredentials({ need: "key" }))
    return Effect.flatMap(endpoint, (found) => signed(credentials, found))
  }
  if (!(credentials instanceof Credentials)) return Effect.fail(new NoCredentials({ need: "secret" }))
  const { clientId, clientSecret } = credentials
  remember(Redacted.value(clientSecret))
  remember(Base64.encode(`${clientId}:${Redacted.value(clientSecret)}`))
  // BCDA looks at the header alone and documents an empty body; others follow RFC 6749.
  return target.isBcda
    ? Effect.succeed(post(target.tokenUrl).pipe(HttpClientRequest.basicAuth(clientId, clientSecret)))
    : Effect.map(endpoint, ({ url, scope }) =>
        post(url).pipe(
          HttpClientRequest.basicAuth(clientId, clientSecret),
          HttpClientRequest.bodyUrlParams({ grant_type: "client_credentials", scope })
        )
      )
}

const signed = (credentials: KeyCredentials, endpoint: TokenEndpoint) =>
  assertion(credentials, endpoint).pipe(
    Effect.map((proof) => post(endpoint.url).pipe(HttpClientRequest.bodyUrlParams(form(endpoint, proof))))
  )
