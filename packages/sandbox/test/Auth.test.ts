import { small } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { basic, makeKit, memberOf, outcomeText, persona } from "./Support.ts"

const good = basic(small.clientId, small.clientSecret)

describe("POST /auth/token", () => {
  it.effect("answers three string members in BCDA's order, not to be stored", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const { headers, status, text } = yield* kit.send("/auth/token", { authorization: good }, "POST")
      assert.strictEqual(status, 200)
      assert.match(text, /^\{"access_token": "[\w-]+\.[\w-]+\.[\w-]+", "expires_in": "1200", "token_type":"bearer"\}$/)
      assert.strictEqual(headers.get("content-type"), "application/json")
      assert.strictEqual(headers.get("cache-control"), "no-store")
      assert.strictEqual(headers.get("pragma"), "no-cache")
    })
  )

  it.effect("mints an RS512 JWT with BCDA's claims, another one each time", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const [first, second] = [yield* kit.bearer(), yield* kit.bearer()]
      assert.notStrictEqual(first, second)
      const [head = "", claims = ""] = first.slice("Bearer ".length).split(".")
      const decoded = Buffer.from(claims, "base64url").toString()
      assert.strictEqual(memberOf(Buffer.from(head, "base64url").toString(), "alg"), "RS512")
      assert.strictEqual(memberOf(decoded, "iss"), "ssas")
      assert.strictEqual(memberOf(decoded, "dat"), '{"cms_ids":["A9990"]}')
      assert.strictEqual(Number(memberOf(decoded, "exp")) - Number(memberOf(decoded, "iat")), 1200)
      for (const authorization of [first, second]) {
        assert.strictEqual((yield* kit.send("/auth/welcome", { authorization })).status, 200)
      }
    })
  )

  it.effect.each([
    { authorization: undefined, status: 400, body: "Bad Request\n", why: "no header" },
    { authorization: "Bearer x", status: 400, body: "Bad Request\n", why: "another scheme" },
    { authorization: "Basic ???", status: 400, body: "Bad Request\n", why: "not base64" },
    { authorization: "Basic YWJj", status: 400, body: "Bad Request\n", why: "no colon" },
    { authorization: basic("nobody", "x"), status: 401, body: "Unauthorized\n", why: "unknown client" },
    { authorization: basic(small.clientId, "x"), status: 401, body: "Unauthorized\n", why: "wrong secret" },
    { authorization: good.replace("Basic", "basic"), status: 200, body: undefined, why: "scheme in lower case" }
  ])("answers $status for $why", ({ authorization, body, status }) =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const answer = yield* kit.send("/auth/token", authorization === undefined ? {} : { authorization }, "POST")
      assert.strictEqual(answer.status, status)
      assert.isNull(answer.headers.get("www-authenticate"))
      if (body === undefined) return
      assert.strictEqual(answer.text, body)
      assert.strictEqual(answer.headers.get("content-type"), "text/plain; charset=utf-8")
      assert.strictEqual(answer.headers.get("x-content-type-options"), "nosniff")
    })
  )

  it.effect("answers 405 to a GET", () =>
    Effect.gen(function* () {
      const answer = yield* (yield* makeKit()).send("/auth/token", { authorization: good })
      assert.deepStrictEqual([answer.status, answer.text, answer.headers.get("allow")], [405, "", "POST"])
    })
  )
})

const jwt = (claims: object, head: object = { alg: "RS512" }): string =>
  [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".") + ".c2ln"

describe("bearer tokens", () => {
  const rejections = [
    { why: "lower-case scheme", authorization: "bearer x", status: 401, code: "forbidden", text: "Invalid Token" },
    { why: "two spaces", authorization: "Bearer  x", status: 401, code: "forbidden", text: "Invalid Token" },
    { why: "Basic", authorization: good, status: 401, code: "forbidden", text: "Invalid Token" },
    { why: "trailing words", authorization: "Bearer x y", status: 401, code: "forbidden", text: "Invalid Token" },
    { why: "no JWT", authorization: "Bearer x", status: 400, code: "structure", text: "Request Error" },
    {
      why: "a foreign issuer",
      authorization: `Bearer ${jwt({ iss: "else", dat: "{}" })}`,
      status: 400,
      code: "structure",
      text: "Request Error"
    },
    {
      why: "an empty data claim",
      authorization: `Bearer ${jwt({ iss: "ssas", dat: "" })}`,
      status: 400,
      code: "structure",
      text: "Request Error"
    },
    {
      why: "a forged JWT",
      authorization: `Bearer ${jwt({ iss: "ssas", dat: '{"cms_ids":["A9990"]}' })}`,
      status: 401,
      code: "forbidden",
      text: "Expired Token"
    }
  ]
  const paths = [
    ["v1", "/api/v1/metadata"],
    ["v2", "/api/v2/Group/all/$export"],
    ["v3", "/api/v3/no/such/path"],
    ["v1", "/data/1/x.ndjson"],
    ["v1", "/_health"]
  ] as const

  it.effect.each(rejections)("$why: $status on every path, before routing", ({ authorization, code, status, text }) =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      for (const [version, path] of paths) {
        const answer = yield* kit.send(path, { authorization })
        assert.strictEqual(answer.status, status, path)
        assert.strictEqual(answer.text, outcomeText(version, code, text), path)
        assert.strictEqual(answer.headers.get("content-type"), "application/fhir+json")
        // These rejections come before the middleware that adds the generic headers.
        assert.isNull(answer.headers.get("connection"))
        assert.isNull(answer.headers.get("strict-transport-security"))
      }
    })
  )

  const claims = { iss: "ssas", dat: '{"cms_ids":["A9990"]}' }
  it.effect.each<[why: string, claims: object, head: object, status: number]>([
    ["nothing but what is needed", {}, { alg: "none" }, 401],
    ["claims of the right types", { aud: ["a"], scp: ["b"], exp: 1.5, nbf: "12", sub: "c" }, { alg: "ES384" }, 401],
    ["claims that are null", { aud: null, exp: null, sys: null }, { alg: "EdDSA" }, 401],
    ["one audience", { aud: "a" }, { alg: "RS512" }, 401],
    ["an algorithm that does not exist", {}, { alg: "RS1024" }, 400],
    ["an algorithm that is no text", {}, { alg: 512 }, 400],
    ["no algorithm", {}, {}, 400],
    ["an expiry in words", { exp: "soon" }, { alg: "RS512" }, 400],
    ["an expiry with a leading zero", { exp: "012" }, { alg: "RS512" }, 400],
    ["a system that is a number", { sys: 7 }, { alg: "RS512" }, 400],
    ["audiences that are numbers", { aud: [7] }, { alg: "RS512" }, 400],
    ["one scope, not in a list", { scp: "b" }, { alg: "RS512" }, 400],
    ["an issuer that is a list", { iss: ["ssas"] }, { alg: "RS512" }, 400]
  ])("a JWT with %s", ([, extra, head, status]) =>
    Effect.gen(function* () {
      const authorization = `Bearer ${jwt({ ...claims, ...extra }, head)}`
      const answer = yield* (yield* makeKit()).send("/api/v3/metadata", { authorization })
      const [code, text] = status === 400 ? ["structure", "Request Error"] : ["forbidden", "Expired Token"]
      assert.deepStrictEqual([answer.status, answer.text], [status, outcomeText("v3", code, text)])
    })
  )

  it.effect("no token: 401 where one is needed, 200 where not", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      for (const [version, path] of [
        ["v2", "/api/v2/jobs"],
        ["v3", "/api/v3/jobs/1"],
        ["v1", "/data/1/x"],
        ["v1", "/auth/welcome"]
      ] as const) {
        const answer = yield* kit.send(path)
        assert.strictEqual(answer.status, 401, path)
        assert.strictEqual(answer.text, outcomeText(version, "forbidden", "Invalid Token"))
        assert.strictEqual(answer.headers.get("connection"), "close")
      }
      assert.strictEqual((yield* kit.send("/api/v3/metadata")).status, 200)
    })
  )

  it.effect("live for 20 minutes of the sandbox's clock", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const authorization = yield* kit.bearer()
      const welcome = () => kit.send("/auth/welcome", { authorization })
      yield* TestClock.adjust("1199 seconds")
      const last = yield* welcome()
      assert.strictEqual(last.text, '{"success":"Welcome to the Beneficiary Claims Data API!"}')
      yield* TestClock.adjust("1 second")
      const expired = yield* welcome()
      assert.strictEqual(expired.status, 401)
      assert.strictEqual(expired.text, outcomeText("v1", "forbidden", "Expired Token"))
      // Minting forgets expired tokens; they stay expired.
      yield* kit.bearer()
      assert.strictEqual((yield* welcome()).status, 401)
    })
  )
})

describe("organizations that may not", () => {
  it.effect("a disabled model does not stop attribution status", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ personas: [persona({ limits: { modelDisabled: true } })] })
      const answer = yield* kit.send("/api/v3/attribution_status", { authorization: yield* kit.bearer() })
      assert.strictEqual(answer.status, 200)
    })
  )

  it.effect("a token whose organization is gone: 403", () =>
    Effect.gen(function* () {
      const personas = [persona()]
      const kit = yield* makeKit({ personas })
      const authorization = yield* kit.bearer()
      personas.pop()
      const answer = yield* kit.send("/api/v2/metadata", { authorization })
      assert.strictEqual(answer.status, 403)
      assert.strictEqual(answer.text, outcomeText("v2", "forbidden", "Unauthorized Error"))
    })
  )
})
