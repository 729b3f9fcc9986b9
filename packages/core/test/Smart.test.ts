import type { IncomingMessage } from "node:http"
import {
  type AnyCredentials,
  BcdaClient,
  Credentials,
  KeyCredentials,
  SmartBackendServices,
  Target,
  type TargetOptions,
  type TokenReason
} from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Formatter, Result } from "effect"
import { TestClock } from "effect/testing"
import {
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  jwtVerify
} from "jose"
import { type Handler, json, lines, type Reply, secret, serve, token, withClient } from "./support/server.ts"

const pair = Effect.fnUntraced(function* (alg: "RS384" | "ES384" | "ES256", kid?: string) {
  const keys = yield* Effect.promise(() => generateKeyPair(alg, { extractable: true }))
  const jwk = yield* Effect.promise(() => exportJWK(keys.privateKey))
  return {
    jwk: { ...jwk, ...(kid !== undefined && { kid }) } satisfies JWK,
    pem: yield* Effect.promise(() => exportPKCS8(keys.privateKey)),
    public: yield* Effect.promise(() => exportJWK(keys.publicKey))
  }
})

const body = async (request: IncomingMessage): Promise<URLSearchParams> => {
  let text = ""
  for await (const chunk of request) text += String(chunk)
  return new URLSearchParams(text)
}

const configuration =
  (more: Record<string, unknown> = {}, endpoint = "/token"): Handler =>
  ({ headers }) => ({
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token_endpoint: `http://${headers.host}/fhir${endpoint}`, ...more })
  })

const targetOf = (url: string, options: TargetOptions = {}) =>
  Result.getOrThrow(Target.fromUrl(`${url}/fhir`, { auth: "smart", ...options }))

/** The text of a configuration that names an endpoint. */
const at = (token_endpoint: string) => JSON.stringify({ token_endpoint, scopes_supported: ["system/*.rs"] })

const without = (jwk: JWK, name: "kid" | "d"): JWK => ({ ...jwk, [name]: undefined })

const theToken = Effect.flatMap(BcdaClient, (bcda) => bcda.token)
const credentialsOf = (jwk: object) => KeyCredentials.of("my-app", jwk)

/** The name of the key that a client with these credentials signs with. */
const kidOf = (credentials: KeyCredentials, config: Record<string, unknown> = {}) =>
  Effect.gen(function* () {
    let kid: unknown
    const server = yield* serve({
      "GET /fhir/.well-known/smart-configuration": configuration(config),
      "POST /fhir/token": async (_seen, _count, { request }) => {
        const [header = ""] = ((await body(request)).get("client_assertion") ?? "").split(".")
        kid = Object(JSON.parse(Buffer.from(header, "base64url").toString()))["kid"]
        return token("t", 300)
      }
    })
    yield* theToken.pipe(withClient(server, { target: targetOf(server.url), credentials }))
    return kid
  })

describe("SMART Backend Services", () => {
  for (const alg of ["RS384", "ES384"] as const) {
    it.live(`proves itself with ${alg}, anew for every token, in a way that the server can check`, () =>
      Effect.gen(function* () {
        const keys = yield* pair(alg, "key-1")
        const asked: Array<URLSearchParams> = []
        const server = yield* serve({
          "GET /fhir/.well-known/smart-configuration": configuration(),
          "POST /fhir/token": async (_seen, count, { request }) => {
            asked.push(await body(request))
            return count === 0 ? { status: 503 } : token(`t${count}`, 300)
          },
          "GET /fhir/jobs/1": ({ headers }) =>
            headers.authorization === "Bearer t1" ? { status: 401 } : { status: 202, headers: { "x-progress": "x" } }
        })
        const target = targetOf(server.url)
        yield* Effect.flatMap(BcdaClient, (bcda) => bcda.status(bcda.job("1"))).pipe(
          withClient(server, { target, credentials: credentialsOf({ keys: [keys.jwk] }) })
        )
        // Discovery is remembered; an assertion is not used again, not even for another try.
        assert.strictEqual(server.to("/fhir/.well-known/smart-configuration").length, 1)
        assert.strictEqual(asked.length, 3)
        const key = yield* Effect.promise(() => importJWK(keys.public, alg))
        const payloads: Array<JWTPayload> = []
        for (const form of asked) {
          assert.strictEqual(form.get("grant_type"), "client_credentials")
          assert.strictEqual(form.get("scope"), "system/*.read")
          assert.strictEqual(
            form.get("client_assertion_type"),
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
          )
          const verified = yield* Effect.promise(() =>
            jwtVerify(form.get("client_assertion") ?? "", key, {
              audience: `${server.url}/fhir/token`,
              issuer: "my-app",
              subject: "my-app",
              algorithms: [alg]
            })
          )
          assert.deepStrictEqual(verified.protectedHeader, { alg, kid: "key-1", typ: "JWT" })
          payloads.push(verified.payload)
        }
        assert.strictEqual(new Set(payloads.map(({ jti }) => jti)).size, 3)
        const [post] = server.to("/fhir/token")
        assert.deepStrictEqual(lines(post, "content-type"), ["application/x-www-form-urlencoded"])
        assert.deepStrictEqual(lines(post, "authorization"), [])
      })
    )
  }

  it.live("signs whatever an assertion is told to claim, for those who judge how that is taken", () =>
    Effect.gen(function* () {
      const keys = yield* pair("ES384", "key-1")
      const claims = { iss: "a", sub: "b", aud: "https://elsewhere.invalid", iat: 100, exp: 200, jti: "j" }
      const endpoint = { url: "http://127.0.0.1:1/token", scope: "system/*.rs" }
      const proof = yield* SmartBackendServices.assertion(credentialsOf(keys.jwk), endpoint, {
        ...claims,
        kid: "key-2"
      })
      const key = yield* Effect.promise(() => importJWK(keys.public, "ES384"))
      const jwt = SmartBackendServices.form(endpoint, proof).client_assertion
      const verified = yield* Effect.promise(() => jwtVerify(jwt, key, { currentDate: new Date(150_000) }))
      assert.deepStrictEqual(verified.payload, claims)
      assert.strictEqual(verified.protectedHeader.kid, "key-2")
      assert.notInclude(JSON.stringify(proof), jwt)
    })
  )

  it("finds the endpoint as the target or the server's configuration names it", () => {
    const url = "http://127.0.0.1:1"
    const { declared, discovered } = SmartBackendServices
    assert.isUndefined(declared(targetOf(url)))
    const named = declared(targetOf(url, { tokenEndpoint: "http://127.0.0.1:2/token" }))
    assert.deepStrictEqual(named, { url: "http://127.0.0.1:2/token", scope: "system/*.read" })
    const found = Result.getOrThrow(discovered(targetOf(url), at(`${url}/token`)))
    assert.deepStrictEqual(found, { url: `${url}/token`, scope: "system/*.rs" })
    for (const wrong of [at("http://127.0.0.1:2/token"), "<html>"])
      assert.isTrue(Result.isFailure(discovered(targetOf(url), wrong)))
  })

  const scopes: ReadonlyArray<readonly [string, Record<string, unknown>, TargetOptions, string]> = [
    ["the newer form, where it is listed", { scopes_supported: ["openid", "system/*.rs"] }, {}, "system/*.rs"],
    [
      "the older form, where it alone is listed",
      { scopes_supported: ["system/*.read"], capabilities: ["permission-v2"] },
      {},
      "system/*.read"
    ],
    ["the newer form, by capability", { capabilities: ["permission-v2"] }, {}, "system/*.rs"],
    ["the older form, if nothing is said", {}, {}, "system/*.read"],
    [
      "what the target says",
      { scopes_supported: ["system/*.rs"] },
      { tokenScope: "system/Patient.read" },
      "system/Patient.read"
    ]
  ]
  for (const [name, config, options, expected] of scopes) {
    it.live(`asks for ${name}`, () =>
      Effect.gen(function* () {
        const keys = yield* pair("ES384", "k")
        let form = new URLSearchParams()
        const server = yield* serve({
          "GET /fhir/.well-known/smart-configuration": configuration(config),
          "POST /fhir/token": async (_seen, _count, { request }) => {
            form = await body(request)
            return token("t", 300)
          }
        })
        yield* theToken.pipe(
          withClient(server, { target: targetOf(server.url, options), credentials: credentialsOf(keys.jwk) })
        )
        assert.strictEqual(form.get("scope"), expected)
      })
    )
  }

  it.live("chooses the key by name, else the first that can sign as the server wants", () =>
    Effect.gen(function* () {
      const rsa = yield* pair("RS384", "rsa")
      const small = yield* pair("ES256", "p256")
      const ec = yield* pair("ES384", "ec")
      const encrypting = { ...(yield* pair("RS384", "enc")).jwk, use: "enc" }
      const keys = [encrypting, { ...rsa.public, kid: "public" }, small.jwk, rsa.jwk, ec.jwk]
      assert.strictEqual(yield* kidOf(credentialsOf({ keys })), "rsa")
      assert.strictEqual(yield* kidOf(KeyCredentials.of("my-app", { keys }, { kid: "ec" })), "ec")
      const es = { token_endpoint_auth_signing_alg_values_supported: ["ES384"] }
      assert.strictEqual(yield* kidOf(credentialsOf({ keys }), es), "ec")
      const nameless = without(ec.jwk, "kid")
      assert.strictEqual(yield* kidOf(KeyCredentials.of("my-app", JSON.stringify(nameless), { kid: "given" })), "given")
    })
  )

  for (const alg of ["RS384", "ES384"] as const) {
    it.live(`takes PEM, under the name given with it, and signs ${alg}`, () =>
      Effect.gen(function* () {
        const keys = yield* pair(alg)
        const key = yield* Effect.promise(() => importJWK(keys.public, alg))
        // As openssl writes it, as it gets into an environment variable, and with what openssl ecparam puts in front.
        const params = "-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n"
        for (const pem of [keys.pem, keys.pem.replaceAll("\n", "\\n"), `${params}${keys.pem}`]) {
          let assertion = ""
          const server = yield* serve({
            "GET /fhir/.well-known/smart-configuration": configuration(),
            "POST /fhir/token": async (_seen, _count, { request }) => {
              assertion = (await body(request)).get("client_assertion") ?? ""
              return token("t", 300)
            }
          })
          const credentials = KeyCredentials.of("my-app", pem, { kid: "registered" })
          yield* theToken.pipe(withClient(server, { target: targetOf(server.url), credentials }))
          const verified = yield* Effect.promise(() => jwtVerify(assertion, key, { algorithms: [alg] }))
          assert.deepStrictEqual(verified.protectedHeader, { alg, kid: "registered", typ: "JWT" })
        }
      })
    )
  }

  it.live("takes PEM of no other algorithm", () =>
    Effect.gen(function* () {
      const { pem } = yield* pair("ES256")
      const server = yield* serve({ "GET /fhir/.well-known/smart-configuration": configuration() })
      const credentials = KeyCredentials.of("my-app", pem, { kid: "k" })
      const error = yield* theToken.pipe(withClient(server, { target: targetOf(server.url), credentials }), Effect.flip)
      assert.match(error.message, /neither a whole RSA key nor a whole one of EC on P-384/)
    })
  )

  it.live("a token endpoint on another origin sees nothing, unless that origin is allowed or named", () =>
    Effect.gen(function* () {
      const keys = yield* pair("ES384", "k")
      const other = yield* serve({ "POST /token": token("t", 300) })
      const server = yield* serve({
        "GET /fhir/.well-known/smart-configuration": json({ token_endpoint: `${other.url}/token` })
      })
      const credentials = credentialsOf(keys.jwk)
      const get = (options: TargetOptions) =>
        Effect.result(theToken).pipe(withClient(server, { target: targetOf(server.url, options), credentials }))
      const refused = yield* get({})
      assert.isTrue(Result.isFailure(refused) && refused.failure.reason._tag === "ForeignOrigin")
      assert.deepStrictEqual(other.seen, [])
      assert.isTrue(Result.isSuccess(yield* get({ allowedOrigins: [other.url] })))
      const before = server.seen.length
      assert.isTrue(Result.isSuccess(yield* get({ tokenEndpoint: `${other.url}/token` })))
      assert.strictEqual(server.seen.length, before, "an endpoint that is named needs no discovery")
      assert.strictEqual(other.seen.length, 2)
    })
  )

  it.effect("signs for four minutes by the client's clock", () =>
    Effect.gen(function* () {
      const keys = yield* pair("ES384", "k")
      let payload: unknown
      const server = yield* serve({
        "GET /fhir/.well-known/smart-configuration": configuration(),
        "POST /fhir/token": async (_seen, _count, { request }) => {
          const [, claims = ""] = ((await body(request)).get("client_assertion") ?? "").split(".")
          payload = JSON.parse(Buffer.from(claims, "base64url").toString())
          return token("t", 300)
        }
      })
      yield* TestClock.setTime(1_900_000_000_999)
      yield* theToken.pipe(withClient(server, { target: targetOf(server.url), credentials: credentialsOf(keys.jwk) }))
      assert.deepInclude(payload, { iat: 1_900_000_000, exp: 1_900_000_240 })
    })
  )
})

describe("a plain FHIR server with a secret", () => {
  it.live("is asked the OAuth way, where its configuration says", () =>
    Effect.gen(function* () {
      let form = new URLSearchParams()
      const server = yield* serve({
        "GET /fhir/.well-known/smart-configuration": configuration({ scopes_supported: ["system/*.rs"] }),
        "POST /fhir/token": async (_seen, _count, { request }) => {
          form = await body(request)
          return token("t", 300)
        }
      })
      const target = targetOf(server.url, { auth: "basic", apiVersion: "fhir" })
      yield* theToken.pipe(withClient(server, { target }))
      assert.deepStrictEqual(
        [...form],
        [
          ["grant_type", "client_credentials"],
          ["scope", "system/*.rs"]
        ]
      )
      assert.deepStrictEqual(lines(server.to("/fhir/token")[0], "authorization"), [
        `Basic ${btoa(`id-of-the-test:${secret}`)}`
      ])
    })
  )
})

interface Trouble {
  readonly name: string
  readonly config?: Handler | Reply
  readonly answer?: Reply
  readonly credentials?: (jwk: JWK) => AnyCredentials
  /** What becomes of the key's PEM, to be given in place of the JWK. */
  readonly pem?: (pem: string) => string
  readonly reason: TokenReason["_tag"]
  readonly says: RegExp
  readonly asked?: number
}

const troubles: ReadonlyArray<Trouble> = [
  { name: "no discovery document", config: { status: 404 }, reason: "NoTokenEndpoint", says: /404/ },
  { name: "a page in its place", config: { body: "<html>private-page" }, reason: "NoTokenEndpoint", says: /not one/ },
  {
    name: "a document without an endpoint",
    config: json({ jwks_uri: "x" }),
    reason: "NoTokenEndpoint",
    says: /token_endpoint/
  },
  { name: "a server that is asked too often", config: { status: 429 }, reason: "Throttled", says: /fewer requests/ },
  { name: "a server in trouble", config: { status: 503 }, reason: "ServerFault", says: /503/ },
  {
    name: "a redirect of the document",
    config: { status: 302, headers: { location: "https://login.example/?a=b" } },
    reason: "Redirected",
    says: /https:\/\/login\.example,/
  },
  {
    name: "a client the server does not know",
    answer: json({ error: "invalid_client", error_description: "no such client eyJhbGciOi.eyJpc3Mi.c2ln" }, 401),
    reason: "BadCredentials",
    says: /invalid_client: no such client \[token\]$/,
    asked: 1
  },
  {
    name: "a client it does not like, in OAuth's other way",
    answer: json({ error: "invalid_client" }, 400),
    reason: "BadCredentials",
    says: /invalid_client/,
    asked: 1
  },
  {
    name: "a scope it does not give",
    answer: json({ error: "invalid_scope" }, 400),
    reason: "Rejected",
    says: /invalid_scope/,
    asked: 1
  },
  {
    name: "no credentials of the right kind",
    credentials: () => Credentials.of("me", secret),
    reason: "NoCredentials",
    says: /private key/
  },
  {
    name: "something that is no key",
    credentials: () => KeyCredentials.of("me", "private-words"),
    reason: "BadKey",
    says: /neither/
  },
  {
    name: "a key without a name",
    credentials: (jwk) => credentialsOf(without(jwk, "kid")),
    reason: "BadKey",
    says: /kid/
  },
  {
    name: "PEM without a name",
    pem: (pem) => pem,
    reason: "BadKey",
    says: /it has no kid, and none is given/
  },
  {
    name: "PEM of another kind",
    pem: (pem) => pem.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
    reason: "BadKey",
    says: /openssl pkcs8 -topk8 -nocrypt/
  },
  {
    name: "PEM that is cut short",
    pem: (pem) => pem.replace(/\n[^\n]+\n-----END/, "\n-----END"),
    reason: "BadKey",
    says: /neither a whole RSA key nor/
  },
  { name: "a public key", credentials: (jwk) => credentialsOf(without(jwk, "d")), reason: "BadKey", says: /can sign/ },
  {
    name: "another name than asked for",
    credentials: (jwk) => KeyCredentials.of("me", { keys: [jwk] }, { kid: "other" }),
    reason: "BadKey",
    says: /"other"/
  },
  {
    name: "a key that is broken",
    credentials: (jwk) => credentialsOf({ ...jwk, x: "AAAA" }),
    reason: "BadKey",
    says: /well formed/
  },
  {
    name: "a server that takes other algorithms only",
    config: configuration({ token_endpoint_auth_signing_alg_values_supported: ["PS512"] }),
    reason: "BadKey",
    says: /PS512/
  }
]

describe("no token, because of", () => {
  for (const { name, config, answer, credentials, pem, reason, says, asked = 0 } of troubles) {
    it.live(name, () =>
      Effect.gen(function* () {
        const keys = yield* pair("ES384", "k")
        const server = yield* serve({
          "GET /fhir/.well-known/smart-configuration": config ?? configuration(),
          "POST /fhir/token": answer ?? token("t", 300)
        })
        const error = yield* theToken.pipe(
          withClient(server, {
            target: targetOf(server.url),
            credentials:
              pem === undefined ? (credentials ?? credentialsOf)(keys.jwk) : KeyCredentials.of("me", pem(keys.pem))
          }),
          Effect.flip
        )
        assert.strictEqual(error.reason._tag, reason)
        assert.match(error.message, says)
        assert.strictEqual(server.to("/fhir/token").length, asked)
        const shown = `${error.message} ${error.reason.next} ${JSON.stringify(error)} ${String(error.stack)}`
        const lines = keys.pem.split("\n").filter((line) => line.length > 8 && !line.startsWith("-"))
        for (const hidden of ["private-", keys.jwk.d ?? "?", secret, "eyJ", ...lines]) assert.notInclude(shown, hidden)
      })
    )
  }
})

describe("KeyCredentials", () => {
  it.live("do not show their key", () =>
    Effect.gen(function* () {
      const { jwk } = yield* pair("ES384", "k")
      const thumbprint = yield* Effect.promise(() => calculateJwkThumbprint(jwk))
      const credentials = KeyCredentials.of(thumbprint, jwk)
      assert.notInclude(`${Formatter.format(credentials)} ${JSON.stringify(credentials)}`, jwk.d ?? "?")
    })
  )
})
