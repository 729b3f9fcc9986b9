/**
 * A token endpoint of SMART Backend Services in front of a sandbox, which itself knows secrets only: it believes a signed assertion, once, and
 * hands out the sandbox's own token. Everything else goes through to the sandbox, whose SMART configuration names this door by the host asked.
 */
import { randomUUID } from "node:crypto"
import { request as ask, createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { pipeline } from "node:stream"
import { text } from "node:stream/consumers"
import { type Credentials, KeyCredentials } from "@bcda-kit/core"
import { Effect, Redacted } from "effect"
import {
  type CryptoKey,
  compactVerify,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWTPayload
} from "jose"

const path = "/auth/token"

/** What of a suite is about tokens and where they come from; the rest is not this door's. */
export const aboutTokens = ["assertion", "discovery", "token/issued", "token/wrong-secret-refused"] as const

/** What a client shows. */
interface Shown {
  readonly jwt: string
  readonly claims: JWTPayload
  readonly header: { readonly kid?: unknown; readonly jku?: unknown }
}

/** What it is held against. */
interface Registration {
  readonly clientId: string
  readonly kid: string
  readonly key: CryptoKey
  /** The URL of the endpoint. */
  readonly audience: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** The `jti` of all that got a token. */
  readonly used: ReadonlySet<unknown>
}

/** What has to hold of a proof before it gets a token; each by itself, so that each can be left out. */
const rules = {
  client: ({ claims }: Shown, { clientId }: Registration) => claims.sub === clientId,
  issuer: ({ claims }: Shown) => claims.iss === claims.sub,
  audience: ({ claims }: Shown, { audience }: Registration) => claims.aud === audience,
  expiry: ({ claims: { exp = 0 } }: Shown, { now }: Registration) => exp * 1000 > now,
  once: ({ claims: { jti } }: Shown, { used }: Registration) => jti !== undefined && !used.has(jti),
  key: ({ header }: Shown, { kid }: Registration) => header.kid === kid,
  signature: ({ jwt }: Shown, { key }: Registration) =>
    compactVerify(jwt, key, { algorithms: ["ES384"] }).then(
      () => true,
      () => false
    )
}

/** What is wrong with a door. */
export interface Breach {
  /** What happens, in words. */
  readonly title: string
  /** What is not looked at. */
  readonly ignores?: keyof typeof rules | "grant"
  /** Refuses a proof that does not say where its key can be looked up, whatever is registered. */
  readonly wantsJku?: true
  /** What a refusal says in place of `{"error": code}`. */
  readonly refusal?: (code: string) => string
  /** A token comes without its scope. */
  readonly withoutScope?: true
}

/** Breaches by the names of the servers that have them. */
export const breaches: Readonly<Record<string, Breach>> = {
  "assertion-signature-ignored": { title: "a signature that is not the key's gets a token", ignores: "signature" },
  "assertion-audience-ignored": { title: "an assertion for another server gets a token", ignores: "audience" },
  "assertion-expiry-ignored": { title: "an assertion that has expired gets a token", ignores: "expiry" },
  "assertion-reusable": { title: "an assertion gets as many tokens as one likes", ignores: "once" },
  "assertion-client-ignored": { title: "an unknown client's assertion gets a token", ignores: "client" },
  "assertion-issuer-ignored": { title: "an assertion that somebody else issued gets a token", ignores: "issuer" },
  "assertion-key-ignored": { title: "a key under an unknown name gets a token", ignores: "key" },
  "assertion-grant-ignored": { title: "a grant that the client does not have gets a token", ignores: "grant" },
  "assertion-refused-as-request": {
    title: "a wrong proof is called a bad request",
    refusal: () => JSON.stringify({ error: "invalid_request" })
  },
  "assertion-refused-in-own-words": {
    title: "a wrong proof or grant is refused without OAuth's error",
    refusal: () => JSON.stringify({ message: "no" })
  },
  "assertion-needs-jku": { title: "a registered key gets no token without a jku", wantsJku: true },
  "token-without-scope": { title: "a token does not say its scope", withoutScope: true }
}

const shownBy = (jwt: string): Shown | undefined => {
  try {
    return { jwt, claims: decodeJwt(jwt), header: decodeProtectedHeader(jwt) }
  } catch {
    return undefined
  }
}

/** The OAuth error that a form earns, if it earns one. */
const problemOf = async (
  form: URLSearchParams,
  shown: Shown | undefined,
  against: Registration,
  { ignores, wantsJku }: Partial<Breach>
): Promise<string | undefined> => {
  if (form.get("grant_type") !== "client_credentials" && ignores !== "grant") return "unsupported_grant_type"
  if (form.get("client_assertion_type") !== "urn:ietf:params:oauth:client-assertion-type:jwt-bearer") {
    return "invalid_request"
  }
  if (shown === undefined || (wantsJku === true && shown.header.jku === undefined)) return "invalid_client"
  for (const [name, holds] of Object.entries(rules)) {
    if (name !== ignores && !(await holds(shown, against))) return "invalid_client"
  }
  return undefined
}

/** The server behind a door. */
interface Behind {
  readonly baseUrl: string
  readonly credentials: Credentials
  /** Its time, in milliseconds since 1970. */
  readonly now: () => number
}

/** The token that the server behind gives for its secret. */
const tokenFrom = async ({ baseUrl, credentials: { clientId, clientSecret } }: Behind) => {
  const basic = Buffer.from(`${clientId}:${Redacted.value(clientSecret)}`).toString("base64")
  const answer = await fetch(`${baseUrl}${path}`, { method: "POST", headers: { authorization: `Basic ${basic}` } })
  const token: object = Object(await answer.json())
  return { status: answer.status, token }
}

/** The `Host` goes with it, so that the URLs in the answer lead back here. */
const pass = ({ baseUrl }: Behind, request: IncomingMessage, response: ServerResponse): void => {
  const { headers, method = "GET", url = "/" } = request
  const { hostname, port } = new URL(baseUrl)
  const onward = ask({ hostname, port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
    pipeline(answer, response, () => undefined)
  })
  onward.on("error", () => response.destroy())
  request.pipe(onward)
}

const listening = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      const server = createServer(answer)
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

/** Opens a door, wrong in what `breach` says, until the scope closes; gives its address, and what it knows the client by. */
export const smartDoor = Effect.fnUntraced(function* (behind: Behind, breach: Partial<Breach> = {}) {
  const { clientId } = behind.credentials
  const { refusal = (code: string) => JSON.stringify({ error: code }), withoutScope } = breach
  const kid = randomUUID()
  const { privateKey, publicKey } = yield* Effect.promise(() => generateKeyPair("ES384", { extractable: true }))
  const jwk = yield* Effect.promise(() => exportJWK(privateKey))
  const used = new Set<unknown>()

  const answered = async (request: IncomingMessage): Promise<readonly [status: number, body: string]> => {
    const form = new URLSearchParams(await text(request))
    const shown = shownBy(form.get("client_assertion") ?? "")
    const audience = `http://${request.headers.host}${path}`
    const against = { clientId, kid, key: publicKey, audience, now: behind.now(), used }
    const problem = await problemOf(form, shown, against, breach)
    if (problem !== undefined) return [400, refusal(problem)]
    used.add(shown?.claims.jti)
    const { status, token } = await tokenFrom(behind)
    return [status, JSON.stringify({ ...token, ...(withoutScope === true ? {} : { scope: form.get("scope") }) })]
  }

  const server = yield* listening((request, response) => {
    if (request.method !== "POST" || request.url !== path) return pass(behind, request, response)
    answered(request).then(
      ([status, body]) =>
        response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(body),
      () => response.destroy()
    )
  })
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return { baseUrl: `http://127.0.0.1:${port}`, credentials: KeyCredentials.of(clientId, { ...jwk, kid }) }
})
