import { inspect } from "node:util"
import { Transport } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Result } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { lines, serve } from "./support/server.ts"

const get = (url: string) =>
  Effect.flatMap(HttpClient.HttpClient, (http) => http.get(url)).pipe(Effect.provide(Transport.layer))

class Ours extends Context.Service<Ours, string>()("test/Ours") {}
class Theirs extends Context.Service<Theirs, string>()("test/Theirs") {}

describe("Transport", () => {
  for (const status of [408, 413, 429, 500, 502, 503, 504]) {
    it.live(`asks once and gives out ${status} as it is`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ "GET /x": { status, headers: { "retry-after": "0" }, body: "said" } })
        const response = yield* get(`${server.url}/x`)
        assert.deepStrictEqual([response.status, yield* response.text], [status, "said"])
        assert.strictEqual(server.seen.length, 1)
      })
    )
  }

  it.live("follows no redirect", () =>
    Effect.gen(function* () {
      const server = yield* serve({ "GET /x": { status: 307, headers: { location: "/y" } } })
      assert.strictEqual((yield* get(`${server.url}/x`)).status, 307)
      assert.strictEqual(server.seen.length, 1)
    })
  )

  it.live("changes neither headers nor the query", () =>
    Effect.gen(function* () {
      const server = yield* serve({ "GET /x": {} })
      const query = "?a=%252B,b|c&_status=In%20Progress&$x"
      const request = HttpClientRequest.get(`${server.url}/x${query}`, { headers: { accept: "application/fhir+json" } })
      yield* Effect.flatMap(HttpClient.HttpClient, (http) => http.execute(request)).pipe(
        Effect.provide(Transport.layer)
      )
      assert.strictEqual(server.seen[0]?.url, `/x${query}`)
      assert.deepStrictEqual(lines(server.seen[0], "accept"), ["application/fhir+json"])
    })
  )

  it.live("tells a failed connection from an answer", () =>
    Effect.gen(function* () {
      const server = yield* serve({
        "GET /x": (_seen, _count, { request }) => {
          request.socket.destroy()
          return undefined
        }
      })
      const result = yield* Effect.result(get(`${server.url}/x`))
      assert.strictEqual(Result.isFailure(result) ? result.failure.reason._tag : "", "TransportError")
      assert.strictEqual(server.seen.length, 1)
    })
  )

  it.live("keeps the request, and with it the token, out of what a failure holds", () =>
    Effect.gen(function* () {
      const server = yield* serve({
        "GET /x": (_seen, _count, { request }) => {
          request.socket.destroy()
          return undefined
        }
      })
      const token = "canary.of.transport"
      const request = HttpClientRequest.get(`${server.url}/x`).pipe(HttpClientRequest.bearerToken(token))
      const error = yield* Effect.flatMap(HttpClient.HttpClient, (http) => http.execute(request)).pipe(
        Effect.provide(Transport.layer),
        Effect.flip
      )
      assert.include(inspect(error, { depth: 20 }), "other side closed")
      assert.notInclude(inspect(error, { depth: 20 }), token)
    })
  )

  it.live("is not taken for another client over another fetch that is there as well", () =>
    Effect.gen(function* () {
      const ours = Transport.layerFetch(async () => new Response("ours"))
      const said = Effect.flatMap(HttpClient.HttpClient, (http) => http.get("https://nowhere.example/")).pipe(
        Effect.flatMap(({ text }) => text)
      )
      const theirs = FetchHttpClient.layer.pipe(
        Layer.provide(Layer.succeed(FetchHttpClient.Fetch, async () => new Response("theirs")))
      )
      const both = Layer.merge(
        Layer.effect(Theirs, said).pipe(Layer.provide(theirs)),
        Layer.effect(Ours, said).pipe(Layer.provide(ours))
      )
      assert.deepStrictEqual(yield* Effect.all([Theirs, Ours]).pipe(Effect.provide(both)), ["theirs", "ours"])
    })
  )

  it.live("calls the fetch of the moment, so that interceptors are seen", () =>
    Effect.gen(function* () {
      const own = globalThis.fetch
      globalThis.fetch = async () => new Response("intercepted")
      const response = yield* get("https://nowhere.example/").pipe(
        Effect.ensuring(Effect.sync(() => (globalThis.fetch = own)))
      )
      assert.strictEqual(yield* response.text, "intercepted")
    })
  )
})
