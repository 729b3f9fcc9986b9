/**
 * How a backend service gets a token from a SMART server, step by step. `BcdaClient` does all of this by itself; the pieces are for those who
 * speak to a token endpoint in their own way, such as a suite that judges one.
 * Source: SMART App Launch 2.2, Backend Services and Client Authentication: Asymmetric.
 */
import { Clock, Effect, Redacted, type Result } from "effect"
import type { KeyCredentials } from "./Credentials.ts"
import type { BadKey, ForeignOrigin, NoTokenEndpoint } from "./Errors.ts"
import { chooseKey, sign } from "./internal/assertion.ts"
import { configuredEndpoint, declaredEndpoint } from "./internal/discovery.ts"
import type { Target } from "./Target.ts"

/** Where to ask for a token, and for what. */
export interface TokenEndpoint {
  readonly url: string
  /** The scopes to ask for, with spaces between them. */
  readonly scope: string
  /** The algorithms the server takes for a client's signature, if it says. */
  readonly algorithms?: ReadonlyArray<string>
}

/**
 * What an assertion claims in place of what an honest one does: the client id as `iss` and `sub`, the endpoint as `aud`, a life of four
 * minutes, and a `jti` that was never used.
 * Hazard: a server that checks its claims gives no token for any other.
 */
export interface AssertionClaims {
  readonly iss?: string
  readonly sub?: string
  readonly aud?: string
  /** Seconds since 1970. */
  readonly iat?: number
  readonly exp?: number
  readonly jti?: string
  /** Not a claim but the name of the key, in the header. */
  readonly kid?: string
}

/** The endpoint that a target names itself; undefined where its `.well-known/smart-configuration` has to be asked. */
export const declared = (target: Target): TokenEndpoint | undefined => declaredEndpoint(target)

/**
 * The endpoint that the text of a `.well-known/smart-configuration` names. One on an origin that is neither the target's own nor allowed by
 * it is refused with `ForeignOrigin`.
 */
export const discovered = (
  target: Target,
  configuration: string
): Result.Result<TokenEndpoint, ForeignOrigin | NoTokenEndpoint> => configuredEndpoint(target, configuration)

/** The proof of the private key for one request to the endpoint, a signed JWT. Fails with `BadKey` when no key can sign for it. */
export const assertion = Effect.fnUntraced(function* (
  credentials: KeyCredentials,
  { algorithms, url }: Pick<TokenEndpoint, "algorithms" | "url">,
  claims: AssertionClaims = {}
): Effect.fn.Return<Redacted.Redacted, BadKey> {
  const signer = yield* chooseKey(credentials, algorithms)
  const now = yield* Clock.currentTimeMillis
  return Redacted.make(yield* sign(signer, { clientId: credentials.clientId, audience: url, now }, claims))
})

/** The form to POST to the endpoint, by its members. Holds the assertion in clear. */
export const form = (
  { scope }: Pick<TokenEndpoint, "scope">,
  proof: Redacted.Redacted
): Readonly<Record<"client_assertion" | "client_assertion_type" | "grant_type" | "scope", string>> => ({
  grant_type: "client_credentials",
  scope,
  client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  client_assertion: Redacted.value(proof)
})
