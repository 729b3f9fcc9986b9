/**
 * Who a request says it is: the real Authorization header, and the words that stand for it in the record.
 */
import type { Credentials, Target } from "@bcda-kit/core"
import { Redacted } from "effect"
import type { Auth } from "../Scenario.ts"
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

export interface AuthorizerOptions {
  readonly target: Target
  readonly credentials: Credentials | undefined
  readonly redactor: Redactor
  /** The run's token; empty before there is one. */
  readonly token: () => string
  /** A token of an earlier run whose life is over; empty without one. */
  readonly deadToken: () => string
}

export interface Authorization {
  readonly words: string
  readonly value: string | undefined
}

/** Makes the function that authorizes requests, and registers every secret it will ever use with the redactor. */
export const makeAuthorizer = ({ target, credentials, redactor, token, deadToken }: AuthorizerOptions) => {
  const pair = (secret: string): string => Buffer.from(`${credentials?.clientId ?? ""}:${secret}`).toString("base64")
  const secret = credentials === undefined ? undefined : Redacted.value(credentials.clientSecret)
  if (secret !== undefined) {
    redactor.hide("client-secret", secret)
    redactor.hide("basic", pair(secret))
    redactor.hide("basic", pair(wrongSecret))
  }
  return (auth: Auth): Authorization => {
    if (target.auth === "none") return { words: "none", value: undefined }
    switch (auth) {
      case "none":
        return { words: "none", value: undefined }
      case "client":
        return { words: "basic (the client's own)", value: secret === undefined ? undefined : `Basic ${pair(secret)}` }
      case "wrong-secret":
        return { words: "basic (a wrong secret)", value: `Basic ${pair(wrongSecret)}` }
      case "made-up-bearer":
        return { words: "bearer (made up)", value: `Bearer ${madeUpToken}` }
      case "other-scheme":
        return { words: `another scheme ${redactor.hide("token", token())}`, value: `Token ${token()}` }
      case "dead-bearer":
        return { words: `bearer (dead) ${redactor.hide("token", deadToken())}`, value: `Bearer ${deadToken()}` }
      case "bearer":
        return { words: `bearer ${redactor.hide("token", token())}`, value: `Bearer ${token()}` }
    }
  }
}
