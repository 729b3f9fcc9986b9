import { Schema } from "effect"
import { header, text as plain } from "../../internal/Http.ts"
import { editJson, type Json, withHeader, without, withoutHeader } from "../Edit.ts"
import { type Changes, fault, faultWith } from "../Fault.ts"
import { text } from "../Option.ts"

const where = ["token"] as const

/** Edits the answer that brings a token. */
const edit = (change: (value: Json) => Json): Changes => ({
  reply: (reply) => editJson(reply, (value) => ("access_token" in value ? change(value) : value))
})

const expiresIn = (make: (seconds: number) => unknown): Changes =>
  edit((value) => ({ ...value, expires_in: make(Number(value["expires_in"])) }))

/** The token endpoint. */
export const tokenFaults = {
  "expires-in-string": fault({
    title: "expires_in is a string, as BCDA's is",
    where,
    todayUnless: "expires-in-number",
    strike: () => expiresIn(String)
  }),
  "expires-in-number": fault({
    kind: "variant",
    title: "expires_in is a number, as OAuth wants it",
    where,
    strike: () => expiresIn(Number)
  }),
  "expires-in-missing": fault({
    title: "the token answer does not say how long the token lives",
    where,
    strike: () => edit((value) => without(value, "expires_in"))
  }),
  "expires-in-zero": fault({
    title: "expires_in is 0, though the token works",
    where,
    strike: () => expiresIn(() => 0)
  }),
  "expires-in-words": fault({
    title: "expires_in is words: 20 minutes",
    where,
    strike: () => expiresIn((seconds) => `${seconds / 60} minutes`)
  }),
  "token-missing": fault({
    title: "200 from the token endpoint, without access_token",
    where,
    strike: () => edit((value) => without(value, "access_token"))
  }),
  "token-type-missing": fault({
    title: "the token answer has no token_type",
    where,
    strike: () => edit((value) => without(value, "token_type"))
  }),
  "token-type-capital": fault({
    kind: "variant",
    title: "token_type is Bearer with a capital, which means the same",
    where,
    strike: () => edit((value) => ({ ...value, token_type: "Bearer" }))
  }),
  "token-scope": fault({
    kind: "variant",
    title: "the token answer has a scope",
    where,
    strike: () => edit((value) => ({ ...value, scope: "system/*.read" }))
  }),
  "token-cacheable": fault({
    title: "the token answer may be cached: no Cache-Control, no Pragma",
    where,
    strike: () => ({
      reply: (reply) => (reply.status === 200 ? withoutHeader(withoutHeader(reply, "Cache-Control"), "Pragma") : reply)
    })
  }),
  "token-refused": fault({
    title: "401 for good credentials, as when they were rotated away or have expired",
    where,
    strike: () => ({ instead: () => plain(401, "Unauthorized") })
  }),
  "token-cap": faultWith(
    Schema.Struct({ retryAfter: text("300", "value of Retry-After, as it is sent; empty leaves it out") }),
    {
      title: "429: too many tokens were asked for",
      where,
      strike: ({ retryAfter }) => ({
        instead: ({ world: { personas } }) =>
          plain(
            429,
            `${personas[0]?.cmsId} exceeded the rate limit for /auth/token. Access tokens last 20 minutes; please cache and reuse them.`,
            retryAfter === "" ? [] : [["Retry-After", retryAfter]]
          )
      })
    }
  ),
  "any-secret-accepted": fault({
    title: "a token for any client id and secret",
    where,
    strike: () => ({
      request: (received, { world: { personas } }) => {
        const given = header(received, "authorization")
        const [first] = personas
        const good = personas.some((one) => given === `Basic ${btoa(`${one.clientId}:${one.clientSecret}`)}`)
        if (good || first === undefined || !/^basic /i.test(given)) return received
        return withHeader(received, "Authorization", `Basic ${btoa(`${first.clientId}:${first.clientSecret}`)}`)
      }
    })
  }),
  "no-secret-needed": fault({
    title: "a token without any credentials",
    where,
    strike: () => ({
      request: (received, { world: { personas } }) => {
        const [first] = personas
        if (header(received, "authorization") !== "" || first === undefined) return received
        return withHeader(received, "Authorization", `Basic ${btoa(`${first.clientId}:${first.clientSecret}`)}`)
      }
    })
  })
}
