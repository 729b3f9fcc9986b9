/** The proof of a private key: the client assertion of SMART Backend Services. */
import { Effect, Redacted, Result, Schema } from "effect"
import type { KeyCredentials } from "../Credentials.ts"
import { BadKey } from "../Errors.ts"

/** The two algorithms that every server has to take, and the only ones used. */
type Algorithm = "RS384" | "ES384"

/** Seconds. Five minutes are the most that servers take, by their clocks. */
const LIFE = 240

const text = Schema.optionalKey(Schema.String)
const Jwk = Schema.StructWithRest(
  Schema.Struct({ kty: Schema.String, kid: text, alg: text, use: text, crv: text, d: text }),
  [Schema.Record(Schema.String, Schema.Unknown)]
)
type Jwk = typeof Jwk.Type
const decodeSet = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Struct({ keys: Schema.Array(Jwk) })))
const decodeOne = Schema.decodeUnknownResult(Schema.fromJsonString(Jwk))

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
export const chooseKey = (
  credentials: KeyCredentials,
  accepted: ReadonlyArray<string> | undefined
): Result.Result<Signer, BadKey> => {
  const json = Redacted.value(credentials.key)
  const parsed = decodeSet(json).pipe(
    Result.map(({ keys }) => keys),
    Result.orElse(() => Result.map(decodeOne(json), (jwk) => [jwk]))
  )
  // The parser's own words could repeat a part of the key.
  if (Result.isFailure(parsed)) return Result.fail(new BadKey({ detail: "it is neither a JWK nor a JWKS" }))
  const keys = parsed.success
  const wanted = credentials.kid
  const alone = keys.length === 1
  const candidates = keys.flatMap((jwk): ReadonlyArray<Signer> => {
    const algorithm = algorithmOf(jwk)
    const kid = jwk.kid ?? (alone ? wanted : undefined)
    return algorithm === undefined || kid === undefined || (wanted !== undefined && kid !== wanted)
      ? []
      : [{ jwk, kid, algorithm }]
  })
  if (candidates.length === 0) {
    const detail =
      wanted === undefined
        ? "none has a kid and can sign with RS384 or ES384"
        : `none with the kid ${JSON.stringify(wanted)} can sign with RS384 or ES384`
    return Result.fail(new BadKey({ detail }))
  }
  const signer = candidates.find(({ algorithm }) => accepted === undefined || accepted.includes(algorithm))
  return signer === undefined
    ? Result.fail(
        new BadKey({ detail: `the server takes ${(accepted ?? []).join(", ")} and it signs with none of them` })
      )
    : Result.succeed(signer)
}

/**
 * Signs an assertion for one request to a token endpoint: good for four minutes, with a name of its own (`jti`), because a server may take
 * each only once. `jose` is loaded here and only here, so that who has no key never loads it.
 */
export const sign = (
  { jwk, kid, algorithm }: Signer,
  claims: { readonly clientId: string; readonly audience: string; readonly now: number }
): Effect.Effect<string, BadKey> =>
  Effect.tryPromise({
    try: async () => {
      const { importJWK, SignJWT } = await import("jose")
      const seconds = Math.floor(claims.now / 1000)
      return new SignJWT()
        .setProtectedHeader({ alg: algorithm, kid, typ: "JWT" })
        .setIssuer(claims.clientId)
        .setSubject(claims.clientId)
        .setAudience(claims.audience)
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + LIFE)
        .setJti(crypto.randomUUID())
        .sign(await importJWK({ ...jwk }, algorithm))
    },
    catch: () => new BadKey({ detail: `the ${jwk.kty} key ${JSON.stringify(kid)} is not well formed` })
  })
