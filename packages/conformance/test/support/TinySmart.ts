/** The token endpoint of a healthy SMART server: it believes a signed assertion, once, and nothing else. */
import { generateKeyPairSync, verify } from "node:crypto"

/** The key that the client is registered with, made anew for every process. */
const pair = generateKeyPairSync("ec", { namedCurve: "P-384" })
export const tinyKid = "tiny-key"

/** The client's own, as JSON text of a JWK. */
export const tinyKey = JSON.stringify({ ...pair.privateKey.export({ format: "jwk" }), kid: tinyKid })

/** A part of a JWT. */
const part = (jwt: string, index: number): Readonly<Record<string, unknown>> => {
  try {
    return Object(JSON.parse(Buffer.from(jwt.split(".")[index] ?? "", "base64url").toString()))
  } catch {
    return {}
  }
}

export const claimsOf = (jwt: string) => part(jwt, 1)
export const headerOf = (jwt: string) => part(jwt, 0)

const isSigned = (jwt: string): boolean => {
  const [head, body, signature = ""] = jwt.split(".")
  const key = { key: pair.publicKey, dsaEncoding: "ieee-p1363" } as const
  return verify("sha384", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"))
}

/** Makes the judge of one server's assertions: the OAuth error that a form earns, if it earns one. */
export const assertionJudge = (clientId: string) => {
  const used = new Set<unknown>()
  return (form: URLSearchParams, audience: string, now: number): string | undefined => {
    if (form.get("grant_type") !== "client_credentials") return "unsupported_grant_type"
    const jwt = form.get("client_assertion") ?? ""
    const { iss, sub, aud, exp, jti } = claimsOf(jwt)
    const isKnown = iss === clientId && sub === clientId && headerOf(jwt)["kid"] === tinyKid && isSigned(jwt)
    const isFresh = aud === audience && Number(exp) * 1000 > now && !used.has(jti)
    if (!isKnown || !isFresh) return "invalid_client"
    used.add(jti)
    return undefined
  }
}
