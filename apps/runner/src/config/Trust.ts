import { X509Certificate } from "node:crypto"
import { readFile } from "node:fs/promises"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { Effect, type Scope } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { Failure } from "../Failure.ts"

const refuse = (why: string, next: string) =>
  new Failure({ what: "The certificate authorities cannot be used", why, next, exitCode: ExitCode.usage })

const pem = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** The certificates of a PEM file; `where` is what names it. */
export const certificatesIn = Effect.fnUntraced(function* (path: string, where = "caFile") {
  const next = `Give ${where} a PEM file of certificates (BEGIN CERTIFICATE)${where === "caFile" ? "; relative paths start at the configuration" : ""}.`
  const text = yield* Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (cause) => {
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown"
      return refuse(`${path} cannot be read (${code})`, next)
    }
  })
  const found = text.match(pem) ?? []
  if (found.length === 0) return yield* refuse(`${path} holds no certificate`, next)
  yield* Effect.try({
    try: () => found.forEach((one) => new X509Certificate(one)),
    catch: () => refuse(`a certificate in ${path} cannot be read`, next)
  })
  return found
})

/** Trusts the certificate authorities of a file besides Node's own, in the whole process, until the scope closes. */
export const trust = Effect.fnUntraced(function* (path: string): Effect.fn.Return<void, Failure, Scope.Scope> {
  const more = yield* certificatesIn(path)
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const before = getCACertificates("default")
      setDefaultCACertificates([...before, ...more])
      return before
    }),
    (before) => Effect.sync(() => setDefaultCACertificates(before))
  )
})
