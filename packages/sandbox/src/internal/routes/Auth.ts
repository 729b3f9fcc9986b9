import { Effect } from "effect"
import { empty, header, json, text } from "../Http.ts"
import { parseToken, requireCaller } from "../Judge.ts"
import type { Handler } from "../World.ts"

/** Client id and secret of a Basic header, or undefined when it is none. The scheme may have any case. */
const basicCredentials = (authorization: string): readonly [string, string] | undefined => {
  const [, encoded] = /^basic (.*)$/i.exec(authorization) ?? []
  if (encoded === undefined || encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return undefined
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
  const pair = new TextDecoder().decode(bytes)
  const colon = pair.indexOf(":")
  return colon === -1 ? undefined : [pair.slice(0, colon), pair.slice(colon + 1)]
}

/**
 * `POST /auth/token`: Basic credentials in, a bearer token out. Nothing else of the request is looked at. Failures are
 * plain text, and an unknown client id looks exactly like a wrong secret.
 */
export const token: Handler = ({ now, received, world }) =>
  Effect.sync(() => {
    const credentials = basicCredentials(header(received, "authorization"))
    if (credentials === undefined) return text(400, "Bad Request")
    const [clientId, clientSecret] = credentials
    const persona = world.personas.find((one) => one.clientId === clientId && one.clientSecret === clientSecret)
    if (persona === undefined) return text(401, "Unauthorized")
    const { expiresInSeconds, value } = world.tokens.mint(persona, now)
    const body = { access_token: value, expires_in: String(expiresInSeconds), token_type: "bearer" }
    const reply = json(200, body)
    return { ...reply, headers: [...reply.headers, ["Cache-Control", "no-store"], ["Pragma", "no-cache"]] }
  })

/** `GET /auth/welcome`: tells whether a token is good. */
export const welcome: Handler = (exchange) =>
  Effect.gen(function* () {
    const caller = yield* parseToken(exchange.world, exchange.received, exchange.troubles)
    yield* requireCaller({ ...exchange, caller })
    return json(200, { success: "Welcome to the Beneficiary Claims Data API!" })
  })

/** `GET /_auth`: which token service is behind this. */
export const authInfo: Handler = ({ world }) =>
  Effect.succeed(json(200, { auth_provider: "ssas", version: world.behaviour.release }))

/** `GET /_version`. */
export const version: Handler = ({ world }) => Effect.succeed(json(200, { version: world.behaviour.release }))

/** `GET /_health`. BCDA writes the status before the content type, so its JSON arrives as plain text. */
export const health: Handler = () =>
  Effect.succeed(json(200, { database: "ok", ssas: "ok", ssas_introspect: "ok" }, "text/plain; charset=utf-8"))

/** A redirect as Go writes it for a GET. */
export const redirect =
  (location: string): Handler =>
  () =>
    Effect.succeed({
      ...empty(301, [
        ["Location", location],
        ["Content-Type", "text/html; charset=utf-8"]
      ]),
      body: new TextEncoder().encode(`<a href="${location}">Moved Permanently</a>.\n\n`)
    })
