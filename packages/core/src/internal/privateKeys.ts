/** Reads private keys in the forms in which people have them: JWK, JWKS, and PEM as openssl writes it. */
import { Effect, Result, Schema } from "effect"
import { BadKey } from "../Errors.ts"

const text = Schema.optionalKey(Schema.String)

/** A key, private if all is well. */
export const Jwk = Schema.StructWithRest(
  Schema.Struct({ kty: Schema.String, kid: text, alg: text, use: text, crv: text, d: text }),
  [Schema.Record(Schema.String, Schema.Unknown)]
)
export type Jwk = typeof Jwk.Type

/** The two algorithms that every server has to take, and the only ones used. */
export const algorithms = ["RS384", "ES384"] as const
export type Algorithm = (typeof algorithms)[number]

const decodeSet = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Struct({ keys: Schema.Array(Jwk) })))
const decodeOne = Schema.decodeUnknownResult(Schema.fromJsonString(Jwk))

/** The keys in a text. No error holds a part of it: a parser's own words could. */
export const keysOf = (given: string): Effect.Effect<ReadonlyArray<Jwk>, BadKey> => {
  if (given.includes("-----BEGIN ")) return keysOfPem(given)
  return Effect.fromResult(
    decodeSet(given).pipe(
      Result.map(({ keys }) => keys),
      Result.orElse(() => Result.map(decodeOne(given), (jwk) => [jwk])),
      Result.mapError(() => new BadKey({ detail: "it is neither a JWK nor a JWKS nor PEM" }))
    )
  )
}

const block = /-----BEGIN PRIVATE KEY-----[^-]*-----END PRIVATE KEY-----/g

const keysOfPem = (given: string): Effect.Effect<ReadonlyArray<Jwk>, BadKey> => {
  // In an environment variable, line ends often come as the two characters \n.
  const blocks = given.replaceAll(/\\r|\\n/g, "\n").match(block) ?? []
  if (blocks.length === 0) {
    const detail =
      "it is PEM without a PKCS#8 private key (BEGIN PRIVATE KEY); openssl pkcs8 -topk8 -nocrypt makes one of other private keys"
    return Effect.fail(new BadKey({ detail }))
  }
  return Effect.forEach(blocks, jwkOf)
}

/** PEM does not say which algorithm it is for; a key fits one of ours at most. */
const jwkOf = (pem: string): Effect.Effect<Jwk, BadKey> =>
  Effect.tryPromise({
    try: async () => {
      const { exportJWK, importPKCS8 } = await import("jose")
      const read = (algorithm: Algorithm) => importPKCS8(pem, algorithm, { extractable: true })
      const jwk = await exportJWK(await Promise.any(algorithms.map(read)))
      // jose's type leaves it open whether a JWK has one.
      return { kty: "", ...jwk }
    },
    catch: () => new BadKey({ detail: "the PEM holds neither a whole RSA key nor a whole one of EC on P-384" })
  })
