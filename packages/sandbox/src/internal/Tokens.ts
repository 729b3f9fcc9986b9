import type { Persona } from "../Personas.ts"
import { type Micros, second } from "./Time.ts"
import { randomBytes, uuid } from "./Uuid.ts"

/** What BCDA's bearer check finds out about a token. */
export type TokenState =
  | { readonly _tag: "Active"; readonly cmsId: string }
  /** Not a JWT, or none of BCDA's. */
  | { readonly _tag: "Malformed" }
  /** A JWT, but expired, revoked or forged; BCDA does not say which. */
  | { readonly _tag: "Inactive" }

export interface Token {
  readonly value: string
  readonly expiresInSeconds: number
}

/** Mints and checks tokens. Every call mints a new one; older ones stay valid until they expire. */
export interface Tokens {
  readonly mint: (persona: Persona, now: Micros) => Token
  readonly check: (value: string, now: Micros) => TokenState
  /** Ends a token before its time; false when it is not among the living. */
  readonly revoke: (value: string) => boolean
}

const base64Url = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")

const segment = (value: object): string => base64Url(new TextEncoder().encode(JSON.stringify(value)))

const decodeSegment = (text: string): unknown => {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return undefined
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"))
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0))))
  } catch {
    return undefined
  }
}

const algorithm = /^(?:(?:HS|RS|ES|PS)(?:256|384|512)|EdDSA|none)$/
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

const isText = (value: unknown): boolean => typeof value === "string"
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
const isNumeric = (value: unknown): boolean =>
  typeof value === "number" || (typeof value === "string" && jsonNumber.test(value))

/** What Go's typed claims can hold; every claim may be absent or null. */
const claimTypes: Readonly<Record<string, (value: unknown) => boolean>> = {
  cid: isText,
  sys: isText,
  dat: isText,
  scp: isTexts,
  aco: isText,
  id: isText,
  iss: isText,
  sub: isText,
  aud: (value) => isText(value) || isTexts(value),
  exp: isNumeric,
  nbf: isNumeric,
  iat: isNumeric,
  jti: isText
}

const membersOf = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [])

/**
 * A JWT that BCDA's first look accepts: three parts, an algorithm that exists, claims of the right types, issued by
 * `ssas`, with a `dat` claim. No signature is checked.
 */
const looksIssued = (value: string): boolean => {
  const parts = value.split(".")
  if (parts.length !== 3) return false
  const [head, claims] = [membersOf(decodeSegment(parts[0] ?? "")), membersOf(decodeSegment(parts[1] ?? ""))]
  const alg = head.get("alg")
  if (typeof alg !== "string" || !algorithm.test(alg)) return false
  for (const [name, holds] of Object.entries(claimTypes)) {
    const claim = claims.get(name) ?? null
    if (claim !== null && !holds(claim)) return false
  }
  return claims.get("iss") === "ssas" && (claims.get("dat") ?? "") !== ""
}

/**
 * Tokens shaped like BCDA's: RS512 JWTs with the claims `iss`, `use`, `cid`, `sys`, `dat`, `iat`, `exp`, `jti`. The
 * signature is random bytes of the right length: what makes a token good is that this sandbox remembers minting it.
 */
export const makeTokens = (lifeSeconds: number): Tokens => {
  const minted = new Map<string, { readonly expires: Micros; readonly cmsId: string }>()
  const keyId = uuid()

  const forgetExpired = (now: Micros) => {
    for (const [value, token] of minted) {
      // Tokens are kept in order of minting and all live equally long, so the first live one ends the walk.
      if (token.expires > now) return
      minted.delete(value)
    }
  }

  return {
    mint: (persona, now) => {
      forgetExpired(now)
      const issued = Math.floor(now / second)
      // BCDA reads its clock twice, and a second may turn over in between.
      const expires = Math.floor((now + 1) / second) + lifeSeconds
      const claims = {
        use: "AccessToken",
        cid: persona.clientId,
        sys: persona.id,
        dat: JSON.stringify({ cms_ids: [persona.cmsId] }),
        exp: expires,
        jti: uuid(),
        iat: issued,
        iss: "ssas"
      }
      const head = segment({ alg: "RS512", kid: keyId, typ: "JWT" })
      const value = `${head}.${segment(claims)}.${base64Url(randomBytes(512))}`
      minted.set(value, { expires: expires * second, cmsId: persona.cmsId })
      return { value, expiresInSeconds: expires - issued }
    },
    check: (value, now) => {
      const token = minted.get(value)
      if (token === undefined) return { _tag: looksIssued(value) ? "Inactive" : "Malformed" }
      return token.expires <= now ? { _tag: "Inactive" } : { _tag: "Active", cmsId: token.cmsId }
    },
    revoke: (value) => minted.delete(value)
  }
}
