/**
 * Who a request says it is: the real Authorization header or the form that asks for a token, and the words that stand for them in the record.
 */
import {
  type AnyCredentials,
  type BadKey,
  Credentials,
  KeyCredentials,
  type SmartBackendServices,
  type Target
} from "@bcda-kit/core"
import { type DateTime, Effect, Redacted } from "effect"
import type { Auth } from "../Scenario.ts"
import { makeAssertions, smartOnly } from "./assertions.ts"
import type { Redactor } from "./redactor.ts"

const wrongSecret = "this-is-not-the-secret"

const encoded = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url")

/** A token of the shape BCDA issues, signed by nobody. */
const madeUpToken = [
  { alg: "RS512", typ: "JWT" },
  { iss: "ssas", use: "AccessToken", dat: '{"cms_ids":["A0000"]}', jti: "00000000-0000-4000-8000-000000000000" },
  "not a signature"
]
  .map(encoded)
  .join(".")

/** The credentials that prove a client in a target's way; undefined when those given do not, or none are. */
export const usable = (target: Target, credentials: AnyCredentials | undefined): AnyCredentials | undefined => {
  if (target.auth === "none") return undefined
  const kind = target.auth === "smart" ? KeyCredentials : Credentials
  return credentials instanceof kind ? credentials : undefined
}

/** Whether this asks for a token, and so takes credentials. */
export const takesCredentials = (auth: Auth): boolean =>
  auth === "client" || auth === "wrong-secret" || smartOnly.some((one) => one === auth)

export interface AuthorizerOptions {
  readonly target: Target
  readonly credentials: AnyCredentials | undefined
  readonly redactor: Redactor
  /** Where tokens come from, once it is known; undefined on a BCDA, which wants no form. */
  readonly endpoint: () => SmartBackendServices.TokenEndpoint | undefined
  /** What the server's clock should show. */
  readonly serverNow: Effect.Effect<DateTime.Utc>
  /** The run's token; empty before there is one. */
  readonly token: () => string
  /** A token of an earlier run whose life is over; empty without one. */
  readonly deadToken: () => string
}

export interface Authorization {
  readonly words: string
  /** The Authorization header. */
  readonly value?: string | undefined
  /** What the body says, where that is how one proves oneself. */
  readonly form?: Readonly<Record<string, string>> | undefined
}

type Authorizer = (auth: Auth) => Effect.Effect<Authorization, BadKey>

/** How a client proves itself by its secret. A server that is no BCDA is asked as RFC 6749 has it. */
const byBasic = ({ endpoint, redactor }: AuthorizerOptions, credentials: Credentials | undefined): Authorizer => {
  const pair = (secret: string): string => Buffer.from(`${credentials?.clientId ?? ""}:${secret}`).toString("base64")
  const secret = credentials === undefined ? undefined : Redacted.value(credentials.clientSecret)
  if (secret !== undefined) {
    redactor.hide("client-secret", secret)
    redactor.hide("basic", pair(secret))
    redactor.hide("basic", pair(wrongSecret))
  }
  return (auth) => {
    const scope = endpoint()?.scope
    const form = scope === undefined ? undefined : { grant_type: "client_credentials", scope }
    return Effect.succeed(
      auth === "wrong-secret"
        ? { words: "basic (a wrong secret)", value: `Basic ${pair(wrongSecret)}`, form }
        : { words: "basic (the client's own)", value: secret === undefined ? undefined : `Basic ${pair(secret)}`, form }
    )
  }
}

const nobody: Authorization = { words: "none" }

/** Makes the function that authorizes requests, and registers every secret it will ever use with the redactor. */
export const makeAuthorizer = (options: AuthorizerOptions): Authorizer => {
  const { deadToken, redactor, target, token } = options
  const credentials = usable(target, options.credentials)
  const basic = byBasic(options, credentials instanceof Credentials ? credentials : undefined)
  const assertion = credentials instanceof KeyCredentials ? makeAssertions({ ...options, credentials }) : undefined
  const bearer = (words: string, value: string): Authorization => ({
    words: `${words} ${redactor.hide("token", value)}`,
    value: `Bearer ${value}`
  })
  return (auth) => {
    if (target.auth === "none") return Effect.succeed(nobody)
    switch (auth) {
      case "none":
        return Effect.succeed(nobody)
      case "made-up-bearer":
        return Effect.succeed({ words: "bearer (made up)", value: `Bearer ${madeUpToken}` })
      case "other-scheme":
        return Effect.succeed({ ...bearer("another scheme", token()), value: `Token ${token()}` })
      case "dead-bearer":
        return Effect.succeed(bearer("bearer (dead)", deadToken()))
      case "bearer":
        return Effect.succeed(bearer("bearer", token()))
      case "client":
      case "wrong-secret":
        return assertion?.(auth) ?? basic(auth)
      default:
        return assertion?.(auth) ?? Effect.succeed(nobody)
    }
  }
}
