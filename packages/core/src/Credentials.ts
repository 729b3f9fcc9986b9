import { Redacted, Schema } from "effect"

/** A client id and its secret. The secret is `Redacted`: it shows as `<redacted>` in logs and cannot be printed by accident. */
export class Credentials extends Schema.Class<Credentials>("Credentials")({
  clientId: Schema.String,
  clientSecret: Schema.Redacted(Schema.String)
}) {
  /** From plain strings. */
  static of(clientId: string, clientSecret: string): Credentials {
    return new Credentials({ clientId, clientSecret: Redacted.make(clientSecret) })
  }
}

/**
 * A client id and the private key that proves it: SMART Backend Services (`private_key_jwt`), for targets with `auth: "smart"`.
 * Source: SMART App Launch 2.2, Backend Services and Client Authentication: Asymmetric.
 */
export class KeyCredentials extends Schema.Class<KeyCredentials>("KeyCredentials")({
  clientId: Schema.String,
  /**
   * JSON text of a private JWK or of a JWKS, or PKCS#8 PEM (`BEGIN PRIVATE KEY`). RSA keys sign with RS384, EC keys on P-384 with ES384; those
   * are the two that every server has to take. Redacted like a secret, because it is one.
   */
  key: Schema.Redacted(Schema.String),
  /** Which key of a set, and under which name the server knows it. Default: the first that can sign, under its own `kid`; PEM has none. */
  kid: Schema.optionalKey(Schema.String)
}) {
  /** From a JWK or JWKS, as JSON text or as an object, or from PEM, which needs the `kid`. */
  static of(
    clientId: string,
    key: string | object,
    options: { readonly kid?: string | undefined } = {}
  ): KeyCredentials {
    return new KeyCredentials({
      clientId,
      key: Redacted.make(typeof key === "string" ? key : JSON.stringify(key)),
      ...(options.kid !== undefined && { kid: options.kid })
    })
  }
}

/** What a client may be given to get tokens with. */
export type AnyCredentials = Credentials | KeyCredentials
