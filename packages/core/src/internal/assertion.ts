/** The proof of a private key: the client assertion of SMART Backend Services. */
import { Effect, Redacted } from "effect"
import type { KeyCredentials } from "../Credentials.ts"
import { BadKey } from "../Errors.ts"
import type { AssertionClaims } from "../SmartBackendServices.ts"
import { type Algorithm, type Jwk, keysOf } from "./privateKeys.ts"

/** Seconds. Five minutes are the most that servers take, by their clocks. */
const LIFE = 240

interface Signer {
  readonly jwk: Jwk
  readonly kid: string
  readonly algorithm: Algorithm
}

const algorithmOf = ({ kty, crv, alg, use, d }: Jwk): Algorithm | undefined => {
  const algorithm = kty === "RSA" ? "RS384" : kty === "EC" && crv === "P-384" ? "ES384" : undefined
  const fits = d !== undefined && (use ?? "sig") === "sig" && (alg ?? algorithm) === algorithm
  return fits ? algorithm : undefined
}

/** The key to sign with: by the name given, else the first that can sign with an algorithm the server takes. */
export const chooseKey = Effect.fnUntraced(function* (
  credentials: KeyCredentials,
  accepted: ReadonlyArray<string> | undefined
): Effect.fn.Return<Signer, BadKey> {
  const keys = yield* keysOf(Redacted.value(credentials.key))
  const wanted = credentials.kid
  const alone = keys.length === 1
  const able = keys.flatMap((jwk) => {
    const algorithm = algorithmOf(jwk)
    return algorithm === undefined ? [] : [{ jwk, kid: jwk.kid ?? (alone ? wanted : undefined), algorithm }]
  })
  const candidates = able.flatMap(
    ({ kid, ...more }): ReadonlyArray<Signer> =>
      kid === undefined || (wanted !== undefined && kid !== wanted) ? [] : [{ ...more, kid }]
  )
  if (candidates.length === 0) {
    if (alone && able.length === 1 && wanted === undefined) {
      return yield* new BadKey({ detail: "it has no kid, and none is given with it" })
    }
    const detail =
      wanted === undefined
        ? "none has a kid and can sign with RS384 or ES384"
        : `none with the kid ${JSON.stringify(wanted)} can sign with RS384 or ES384`
    return yield* new BadKey({ detail })
  }
  const signer = candidates.find(({ algorithm }) => accepted === undefined || accepted.includes(algorithm))
  if (signer !== undefined) return signer
  return yield* new BadKey({ detail: `the server takes ${(accepted ?? []).join(", ")} and it signs with none of them` })
})

/**
 * Signs an assertion for one request to a token endpoint: good for four minutes, with a name of its own (`jti`), because a server may take
 * each only once. `jose` is loaded only where a key is used, so that who has none never loads it.
 */
export const sign = (
  { jwk, kid, algorithm }: Signer,
  honest: { readonly clientId: string; readonly audience: string; readonly now: number },
  claims: AssertionClaims = {}
): Effect.Effect<string, BadKey> =>
  Effect.tryPromise({
    try: async () => {
      const { importJWK, SignJWT } = await import("jose")
      const issued = claims.iat ?? Math.floor(honest.now / 1000)
      return new SignJWT()
        .setProtectedHeader({ alg: algorithm, kid: claims.kid ?? kid, typ: "JWT" })
        .setIssuer(claims.iss ?? honest.clientId)
        .setSubject(claims.sub ?? honest.clientId)
        .setAudience(claims.aud ?? honest.audience)
        .setIssuedAt(issued)
        .setExpirationTime(claims.exp ?? issued + LIFE)
        .setJti(claims.jti ?? crypto.randomUUID())
        .sign(await importJWK({ ...jwk }, algorithm))
    },
    catch: () => new BadKey({ detail: `the ${jwk.kty} key ${JSON.stringify(kid)} is not well formed` })
  })
