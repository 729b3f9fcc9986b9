/** Where a server that is no BCDA gives its tokens: its `.well-known/smart-configuration`. */
import { Effect, Result, Schema } from "effect"
import { HttpClientRequest } from "effect/http"
import { type ExchangeReason, type ForeignOrigin, NoTokenEndpoint } from "../Errors.ts"
import type { TokenEndpoint } from "../SmartBackendServices.ts"
import type { Target } from "../Target.ts"
import { exchangeRefusal } from "./classify.ts"
import type { Answer, Exchange } from "./exchange.ts"

const strings = Schema.optional(Schema.Array(Schema.String))
const Configuration = Schema.fromJsonString(
  Schema.Struct({
    token_endpoint: Schema.String,
    scopes_supported: strings,
    capabilities: strings,
    token_endpoint_auth_signing_alg_values_supported: strings
  })
)
const decode = Schema.decodeUnknownResult(Configuration)

/**
 * Asks the server, unless the target names its token endpoint. An endpoint that the server names is used only on the target's own origin or
 * one that is allowed: whoever could change this one document would else be sent a proof of who we are.
 */
export const tokenEndpoint = (
  exchange: Exchange,
  target: Target
): Effect.Effect<TokenEndpoint, ExchangeReason | ForeignOrigin | NoTokenEndpoint> => {
  const declared = declaredEndpoint(target)
  if (declared !== undefined) return Effect.succeed(declared)
  const url = target.api(".well-known/smart-configuration")
  return exchange
    .send(HttpClientRequest.get(url, { headers: { accept: "application/json", "accept-encoding": "identity" } }))
    .pipe(Effect.flatMap((answer) => Effect.fromResult(endpointOf(answer, target))))
}

const newer = "system/*.rs"
const older = "system/*.read"

/** The endpoint that the target names itself, if it does. */
export const declaredEndpoint = ({ tokenEndpoint: url, tokenScope }: Target): TokenEndpoint | undefined =>
  url === undefined ? undefined : { url, scope: tokenScope ?? older }

const endpointOf = (
  answer: Answer,
  target: Target
): Result.Result<TokenEndpoint, ExchangeReason | ForeignOrigin | NoTokenEndpoint> => {
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
    return Result.fail(new NoTokenEndpoint({ detail: `it has no .well-known/smart-configuration (${answer.status})` }))
  }
  if (answer.status !== 200) return Result.fail(exchangeRefusal(answer))
  return configuredEndpoint(target, answer.text)
}

/** The endpoint that the text of a `.well-known/smart-configuration` names. */
export const configuredEndpoint = (
  target: Target,
  text: string
): Result.Result<TokenEndpoint, ForeignOrigin | NoTokenEndpoint> =>
  decode(text).pipe(
    Result.mapError(
      (error) => new NoTokenEndpoint({ detail: `its .well-known/smart-configuration is not one: ${error.message}` })
    ),
    Result.flatMap((configuration) =>
      Result.map(target.resolve(configuration.token_endpoint), (url) => {
        const algorithms = configuration.token_endpoint_auth_signing_alg_values_supported
        return {
          url,
          scope: target.tokenScope ?? scopeOf(configuration.scopes_supported ?? [], configuration.capabilities ?? []),
          ...(algorithms !== undefined && { algorithms })
        }
      })
    )
  )

/** SMART 2 writes read and search as `rs`, SMART 1 wrote `read`; servers of either kind may know both. */
const scopeOf = (scopes: ReadonlyArray<string>, capabilities: ReadonlyArray<string>): string => {
  if (scopes.includes(newer)) return newer
  if (scopes.includes(older)) return older
  return capabilities.includes("permission-v2") ? newer : older
}
