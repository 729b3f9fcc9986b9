import { join } from "node:path"
import { Credentials, ExportRequest, Target } from "@bcda-kit/core"
import { exportEvents, NodeTransport } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Stream } from "effect"
import { type Handler, json, type Reply, serve, token, withClient } from "../support/server.ts"
import { tempDirectory } from "./support/TempDirectory.ts"

const names = ["a", "b", "c"]
const where =
  (endpoint: string): Handler =>
  ({ headers }) =>
    json({ token_endpoint: endpoint.startsWith("/") ? `http://${headers.host}${endpoint}` : endpoint })

/** A server that gives a job and its manifest, and then lets this client have no file; from the second run on, it has other trouble too. */
const setUp = Effect.fnUntraced(function* (trouble: Readonly<Record<string, Handler | Reply>>) {
  let inTrouble = false
  const healthy: Record<string, Handler | Reply> = {
    "GET /r4/.well-known/smart-configuration": where("/oauth/token"),
    "POST /oauth/token": token("t", 300),
    ...Object.fromEntries(names.map((name) => [`GET /files/${name}.ndjson`, { status: 403 }]))
  }
  const switched =
    (route: string): Handler =>
    (seen, count, by) => {
      const reply = (inTrouble ? trouble[route] : undefined) ?? healthy[route]
      return typeof reply === "function" ? reply(seen, count, by) : reply
    }
  const server = yield* serve({
    ...Object.fromEntries(Object.keys(healthy).map((route) => [route, switched(route)])),
    "GET /r4/$export": ({ headers }): Reply => ({
      status: 202,
      headers: { "content-location": `http://${headers.host}/r4/status` }
    }),
    "GET /r4/status": ({ headers }): Reply =>
      json({
        transactionTime: "2026-02-01T20:20:20Z",
        request: "x",
        requiresAccessToken: true,
        output: names.map((name) => ({ type: "Patient", url: `http://${headers.host}/files/${name}.ndjson` })),
        error: []
      })
  })
  const target = Result.getOrThrow(Target.fromUrl(`${server.url}/r4`, { apiVersion: "fhir", auth: "basic" }))
  const directory = join(yield* tempDirectory, "out")
  const started: Array<string> = []
  const run = exportEvents({ request: new ExportRequest({ scope: "system" }), directory, concurrency: 1 }).pipe(
    Stream.runForEach((event) => Effect.sync(() => void (event._tag === "FileStarted" && started.push(event.path)))),
    withClient(server, { target, credentials: Credentials.of("me", "a-secret"), transport: NodeTransport.layer }),
    Effect.flip
  )
  yield* run
  inTrouble = true
  started.length = 0
  return { run, started }
})

const discovery = "GET /r4/.well-known/smart-configuration"
const minting = "POST /oauth/token"

describe("no token for files", () => {
  it.live.each([
    ["because its endpoint is elsewhere", { [discovery]: where("https://elsewhere.example/token") }, "ForeignOrigin"],
    ["because its endpoint redirects", { [minting]: { status: 302, headers: { location: "/login" } } }, "Redirected"],
    ["because its endpoint is broken", { [minting]: { status: 500 } }, "ServerFault"],
    ["because its endpoint answers with a page", { [minting]: { body: "<html>" } }, "Malformed"],
    ["because its endpoint wants something else", { [minting]: { status: 404 } }, "Rejected"]
  ] as const)("%s: the run ends with the first", ([, trouble, reason]) =>
    Effect.gen(function* () {
      const { run, started } = yield* setUp(trouble)
      assert.strictEqual((yield* run).reason._tag, reason)
      assert.deepStrictEqual(started, ["Patient/a.ndjson"])
    })
  )

  it.live("is another thing than the same answer to the request for a file: then the next is asked for", () =>
    Effect.gen(function* () {
      const { run, started } = yield* setUp({
        "GET /files/a.ndjson": { status: 404 },
        "GET /files/b.ndjson": { status: 400 }
      })
      yield* run
      assert.lengthOf(started, 3)
    })
  )
})
