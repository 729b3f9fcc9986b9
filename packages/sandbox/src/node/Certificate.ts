import { Effect } from "effect"

/** A key and the certificate that belongs to it, as PEM. */
export interface KeyPair {
  readonly key: string
  readonly cert: string
}

/**
 * A certificate for this machine's own names, signed with its own key, made anew, never written to disk and good for a year.
 * Clients have to be told to trust it. Loaded when needed: most sandboxes speak plain HTTP.
 */
export const selfSigned: Effect.Effect<KeyPair> = Effect.promise(async () => {
  const { generate } = await import("selfsigned")
  const made = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" }
        ]
      }
    ]
  })
  return { key: made.private, cert: made.cert }
})
