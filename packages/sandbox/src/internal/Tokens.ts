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

/** A JWT that BCDA's first look accepts: three parts, issued by `ssas`, with a `dat` claim. No signature is checked. */
const looksIssued = (value: string): boolean => {
  const parts = value.split(".")
  const [head, claims] = parts.slice(0, 2).map(decodeSegment)
  if (parts.length !== 3 || typeof head !== "object" || head === null || !("alg" in head)) return false
  if (typeof claims !== "object" || claims === null || !("iss" in claims) || !("dat" in claims)) return false
  return claims.iss === "ssas" && typeof claims.dat === "string" && claims.dat !== ""
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
      const expires = issued + lifeSeconds
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
      return { value, expiresInSeconds: lifeSeconds }
    },
    check: (value, now) => {
      if (!looksIssued(value)) return { _tag: "Malformed" }
      const token = minted.get(value)
      return token === undefined || token.expires <= now ? { _tag: "Inactive" } : { _tag: "Active", cmsId: token.cmsId }
    }
  }
}
