/** A real HTTP server on loopback for one test, which keeps what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import {
  type AnyCredentials,
  BcdaClient,
  Credentials,
  type Dialect,
  type PolicyOptions,
  Target,
  Transport
} from "@bcda-kit/core"
import { Effect, Layer, Result, type Scope } from "effect"
import type { HttpClient } from "effect/http"

export interface Seen {
  readonly method: string
  /** Path and query, exactly as they travelled. */
  readonly url: string
  /** Name and value of every header line, in order and case. */
  readonly raw: ReadonlyArray<readonly [string, string]>
  readonly headers: IncomingMessage["headers"]
}

export interface Reply {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array
}

/** Answers a request; `count` is how often this method and path (without query) was asked before. Writing by hand: return nothing. */
export type Handler = (
  seen: Seen,
  count: number,
  by: { readonly request: IncomingMessage; readonly response: ServerResponse }
) => Reply | undefined | Promise<Reply | undefined>

export interface TestServer {
  readonly url: string
  readonly seen: ReadonlyArray<Seen>
  /** The requests to a path, the token's among them only if asked for. */
  readonly to: (path: string) => ReadonlyArray<Seen>
}

export const token = (value: string, expiresIn: unknown = "1200"): Reply => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ access_token: value, expires_in: expiresIn, token_type: "bearer" })
})

export const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value)
})

export const outcome = (code: string, text = "", status = 400, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { "content-type": "application/fhir+json", ...headers },
  body: JSON.stringify({
    resourceType: "OperationOutcome",
    issue: [
      { severity: "error", code, ...(text !== "" && { diagnostics: text }), details: text === "" ? {} : { text } }
    ]
  })
})

/** Paths the handler has no answer for are told so; `/auth/token` gives tokens t1, t2, ... unless the handler has its own. */
export const serve = (
  routes: Readonly<Record<string, Handler | Reply>>
): Effect.Effect<TestServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const seen: Array<Seen> = []
    const counts = new Map<string, number>()
    const all: Readonly<Record<string, Handler | Reply>> = {
      "POST /auth/token": (_, count) => token(`t${count + 1}`),
      ...routes
    }
    const server = createServer((request, response) => {
      const method = request.method ?? ""
      const url = request.url ?? ""
      const raw: Array<readonly [string, string]> = []
      for (let at = 0; at < request.rawHeaders.length; at += 2) {
        raw.push([request.rawHeaders[at] ?? "", request.rawHeaders[at + 1] ?? ""])
      }
      const one: Seen = { method, url, raw, headers: request.headers }
      seen.push(one)
      const key = `${method} ${url.split("?", 1).join("")}`
      const count = counts.get(key) ?? 0
      counts.set(key, count + 1)
      const route = all[key] ?? { status: 418, body: `nothing at ${key}` }
      void Promise.resolve(typeof route === "function" ? route(one, count, { request, response }) : route).then(
        (reply) => {
          if (reply === undefined) return
          response.writeHead(reply.status ?? 200, { connection: "close", ...reply.headers })
          response.end(reply.body)
        }
      )
    })
    const port = yield* Effect.acquireRelease(
      Effect.callback<number>((resume) => {
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
        })
      }),
      () =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    return {
      url: `http://127.0.0.1:${port}`,
      seen,
      to: (path) => seen.filter((one) => one.url.split("?", 1).join("") === path)
    }
  })

export const secret = "s3cr3t-of-the-test"

export const targetOf = (url: string, apiVersion: Dialect = "v3"): Target =>
  Result.getOrThrow(Target.fromUrl(url, { apiVersion }))

/** Pauses that do not keep a test waiting. */
export const hasty: PolicyOptions = {
  retry: { initial: 1, max: 5, retryAfterCap: 5 },
  poll: { initial: 1, max: 5, outage: "2 seconds", failedGrace: 0 }
}

/** Runs an effect with a client of a server. */
export const withClient = (
  server: { readonly url: string },
  options: {
    readonly policy?: PolicyOptions
    readonly target?: Target
    readonly credentials?: AnyCredentials | undefined
    readonly transport?: Layer.Layer<HttpClient.HttpClient>
  } = {}
) =>
  Effect.provide(
    BcdaClient.layer({
      target: options.target ?? targetOf(server.url),
      credentials: "credentials" in options ? options.credentials : Credentials.of("id-of-the-test", secret),
      policy: options.policy ?? hasty
    }).pipe(Layer.provide(options.transport ?? Transport.layer))
  )

/** The values of a header by its lower-case name, one for each line that carried it. */
export const lines = (seen: Seen | undefined, name: string): ReadonlyArray<string> =>
  (seen?.raw ?? []).filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
