/**
 * Requests for a token by SMART Backend Services: an honest assertion, and such as are wrong in one place, to see them refused. The claims are
 * by the server's clock.
 */
import { type BadKey, type KeyCredentials, SmartBackendServices } from "@bcda-kit/core"
import { type DateTime, Effect, Redacted } from "effect"
import type { Auth } from "../Scenario.ts"
import type { Redactor } from "./redactor.ts"

/** Ways to ask for a token that only SMART Backend Services has. */
export const smartOnly = [
  "wrong-audience",
  "expired-assertion",
  "replayed-assertion",
  "unknown-client",
  "other-issuer",
  "unknown-key",
  "wrong-grant"
] as const satisfies ReadonlyArray<Auth>

/** Ways to ask for a token with an assertion; a wrong secret is a signature that is not the key's. */
export type AssertionAuth = "client" | "wrong-secret" | (typeof smartOnly)[number]

const words: Readonly<Record<AssertionAuth, string>> = {
  client: "the client's own",
  "wrong-secret": "its signature spoilt",
  "wrong-audience": "for another server",
  "expired-assertion": "expired",
  "replayed-assertion": "used before",
  "unknown-client": "of a client that nobody registered",
  "other-issuer": "issued by somebody else",
  "unknown-key": "under the name of a key that nobody registered",
  "wrong-grant": "with a grant of another kind"
}

const stranger = "bcda-kit-no-such-client"

/** Seconds, beyond what the clocks of two services may differ. */
const longAgo = 900

/** What an assertion claims that is wrong. */
const wrongClaims = (auth: AssertionAuth, now: number): SmartBackendServices.AssertionClaims => {
  switch (auth) {
    case "wrong-audience":
      return { aud: "https://bcda-kit.invalid/token" }
    case "expired-assertion":
      return { iat: now - longAgo, exp: now - longAgo / 2 }
    case "unknown-client":
      return { iss: stranger, sub: stranger }
    case "other-issuer":
      return { iss: stranger }
    case "unknown-key":
      return { kid: "bcda-kit-no-such-key" }
    default:
      return {}
  }
}

/** The same JWT with a signature of nobody's. */
const spoilt = (jwt: string): string => {
  const [head = "", body = "", signature = ""] = jwt.split(".")
  return `${head}.${body}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`
}

export interface AssertionsOptions {
  readonly credentials: KeyCredentials
  readonly endpoint: () => SmartBackendServices.TokenEndpoint | undefined
  readonly redactor: Redactor
  /** What the server's clock should show. */
  readonly serverNow: Effect.Effect<DateTime.Utc>
}

/** Makes the function that writes such requests: the words for the record, and the form to POST. */
export const makeAssertions = ({ credentials, endpoint, redactor, serverNow }: AssertionsOptions) => {
  redactor.hide("private-key", Redacted.value(credentials.key))
  /** The last honest one. */
  let used: Redacted.Redacted | undefined

  const proofFor = Effect.fnUntraced(function* (auth: AssertionAuth, to: SmartBackendServices.TokenEndpoint) {
    if (auth === "replayed-assertion" && used !== undefined) return used
    const now = Math.floor((yield* serverNow).epochMilliseconds / 1000)
    const proof = yield* SmartBackendServices.assertion(credentials, to, { iat: now, ...wrongClaims(auth, now) })
    if (auth === "client") used = proof
    return auth === "wrong-secret" ? Redacted.make(spoilt(Redacted.value(proof))) : proof
  })

  return Effect.fnUntraced(function* (
    auth: AssertionAuth
  ): Effect.fn.Return<{ readonly words: string; readonly form: Readonly<Record<string, string>> }, BadKey> {
    const to = endpoint() ?? { url: "", scope: "" }
    const proof = yield* proofFor(auth, to)
    const tag = redactor.hide("assertion", Redacted.value(proof))
    const honest = SmartBackendServices.form(to, proof)
    const form = auth === "wrong-grant" ? { ...honest, grant_type: "password" } : honest
    return { words: `assertion (${words[auth]}) ${tag}`, form }
  })
}
