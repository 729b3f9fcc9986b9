import { Effect } from "effect"
import { isFixed } from "../../Bugs.ts"
import { empty, header, json, type Reply, text, utf8 } from "../Http.ts"
import { parseToken, requireCaller } from "../Judge.ts"
import type { Exchange, Handler } from "../World.ts"

/** Client id and secret of a Basic header, or undefined when it is none. The scheme may have any case. */
const basicCredentials = (authorization: string): readonly [string, string] | undefined => {
  const [, encoded] = /^basic (.*)$/i.exec(authorization) ?? []
  if (encoded === undefined || encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return undefined
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
  const pair = new TextDecoder().decode(bytes)
  const colon = pair.indexOf(":")
  return colon === -1 ? undefined : [pair.slice(0, colon), pair.slice(colon + 1)]
}

/** What the token endpoint makes of trouble with the service behind it, which it asks once it has credentials to show. */
const troubled = ({ troubles, world }: Exchange): Reply | undefined => {
  if (troubles.has("token-service-timeout")) return text(503, "Service Unavailable", [["Retry-After", "1"]])
  if (troubles.has("token-service-unreachable") && !isFixed(world.behaviour.bugs, "token-connection-dropped")) {
    return { ...empty(500), lost: "closed" }
  }
  const failed = troubles.has("token-service-unreachable") || troubles.has("token-service-error")
  return failed ? text(500, "Internal Server Error") : undefined
}

/**
 * `POST /auth/token`: Basic credentials in, a bearer token out. Nothing else of the request is looked at. Failures are
 * plain text, and an unknown client id looks exactly like a wrong secret. Calls with a known client id are counted, with
 * a wrong secret too.
 */
export const token: Handler = (exchange) =>
  Effect.sync(() => {
    const { now, received, world } = exchange
    const credentials = basicCredentials(header(received, "authorization"))
    if (credentials === undefined) return text(400, "Bad Request")
    const reply = troubled(exchange)
    if (reply !== undefined) return reply
    const [clientId, clientSecret] = credentials
    const persona = world.personas.find((one) => one.clientId === clientId)
    if (persona !== undefined && !world.tokenLimit.allow(persona.cmsId, now)) {
      const seconds = String(world.behaviour.tokenWindowMinutes * 60)
      const words =
        "exceeded the rate limit for /auth/token. Access tokens last 20 minutes; please cache and reuse them."
      return text(429, `${persona.cmsId} ${words}`, [["Retry-After", seconds]])
    }
    if (persona?.clientSecret !== clientSecret) return text(401, "Unauthorized")
    const { expiresInSeconds, value } = world.tokens.mint(persona, now)
    // Written by hand in BCDA, so spaces stand where no JSON library puts them.
    const body = `{"access_token": "${value}", "expires_in": "${expiresInSeconds}", "token_type":"bearer"}`
    const headers: Reply["headers"] = [
      ["Content-Type", "application/json"],
      ["Cache-Control", "no-store"],
      ["Pragma", "no-cache"]
    ]
    return { status: 200, headers, body: utf8(body) }
  })

const tokenServiceIsWell = ({ troubles }: Exchange): boolean =>
  !(["token-service-timeout", "token-service-unreachable", "token-service-error"] as const).some((one) =>
    troubles.has(one)
  )

/** `GET /auth/welcome`: tells whether a token is good. */
export const welcome: Handler = (exchange) =>
  Effect.gen(function* () {
    const caller = yield* parseToken(exchange.world, exchange.received, exchange.troubles)
    yield* requireCaller({ ...exchange, caller })
    return json(200, { success: "Welcome to the Beneficiary Claims Data API!" })
  })

/** `GET /_auth`: which token service is behind this, or that it does not say. */
export const authInfo: Handler = (exchange) => {
  const { release } = exchange.world.behaviour
  const told = tokenServiceIsWell(exchange)
    ? { version: release }
    : { "error message": "SSAS server failed to return version" }
  return Effect.succeed(json(200, { auth_provider: "ssas", ...told }))
}

/** `GET /_version`. */
export const version: Handler = ({ world }) => Effect.succeed(json(200, { version: world.behaviour.release }))

/** `GET /_health`. BCDA writes the status before the content type, so its JSON arrives as plain text. */
export const health: Handler = (exchange) => {
  const database = !exchange.troubles.has("database-down")
  const ssas = tokenServiceIsWell(exchange)
  const parts = {
    database: database ? "ok" : "database ping error",
    ssas: ssas ? "ok" : "Cannot connect to SSAS",
    ssas_introspect: ssas ? "ok" : "SSAS introspect check failed"
  }
  return Effect.succeed(json(database && ssas ? 200 : 502, parts, "text/plain; charset=utf-8"))
}

/** A redirect as Go writes it for a GET. */
export const redirect =
  (location: string): Handler =>
  () =>
    Effect.succeed({
      ...empty(301, [
        ["Location", location],
        ["Content-Type", "text/html; charset=utf-8"]
      ]),
      body: utf8(`<a href="${location}">Moved Permanently</a>.\n\n`)
    })

/** Static files below `…/swagger/`, of which there are none here. Go's file server sends an index file to its folder unseen. */
export const swagger: Handler = ({ received }) =>
  Effect.succeed(
    received.path.endsWith("/index.html") ? empty(301, [["Location", "./"]]) : text(404, "404 page not found")
  )
