import { readFileSync } from "node:fs"
import { join } from "node:path"
import { ExportRequest, KeyCredentials, type Receipt, Target } from "@bcda-kit/core"
import { exportToDirectory, NodeTransport } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { exportJWK, generateKeyPair } from "jose"
import { type Reply, serve, token, withClient } from "../support/server.ts"
import { tempDirectory } from "./support/TempDirectory.ts"

const patients = '{"resourceType":"Patient","id":"1"}\n{"resourceType":"Patient","id":"é"}\n'

/** A server of FHIR Bulk Data that is no BCDA, with its files on a server of their own. */
const setUp = Effect.fnUntraced(function* (requiresAccessToken: boolean) {
  const files = yield* serve({ "GET /bucket/p.ndjson": { body: patients } })
  const manifest = {
    transactionTime: "2026-02-01T20:20:20Z",
    request: "x",
    requiresAccessToken,
    output: [{ type: "Patient", url: `${files.url}/bucket/p.ndjson?signature=s`, count: 2 }],
    error: []
  }
  const server = yield* serve({
    "GET /r4/.well-known/smart-configuration": ({ headers }): Reply => ({
      body: JSON.stringify({ token_endpoint: `http://${headers.host}/oauth/token`, scopes_supported: ["system/*.rs"] })
    }),
    "POST /oauth/token": (_, count) => token(`t${count + 1}`, 300),
    "GET /r4/Group/g%201/$export": ({ headers }): Reply => ({
      status: 202,
      headers: { "content-location": `http://${headers.host}/r4/$export-poll-status?_jobId=8c1e` }
    }),
    "GET /r4/$export-poll-status": (_, count): Reply =>
      count === 0
        ? { status: 202, headers: { "retry-after": "0", "x-progress": "working on it" } }
        : { body: JSON.stringify(manifest) }
  })
  const target = Result.getOrThrow(Target.fromUrl(`${server.url}/r4`, { auth: "smart", allowedOrigins: [files.url] }))
  const { privateKey } = yield* Effect.promise(() => generateKeyPair("ES384", { extractable: true }))
  const jwk = yield* Effect.promise(() => exportJWK(privateKey))
  const directory = join(yield* tempDirectory, "out")
  const request = new ExportRequest({ scope: { group: "g 1" }, parameters: { _elements: "Patient.id" } })
  const run: Effect.Effect<Receipt, unknown> = exportToDirectory({ request, directory }).pipe(
    withClient(server, {
      target,
      credentials: KeyCredentials.of("my-app", { ...jwk, kid: "k" }),
      transport: NodeTransport.layer
    })
  )
  return { files, server, directory, run }
})

describe("an export from a server that is no BCDA", () => {
  for (const requiresAccessToken of [true, false]) {
    it.live(`is whole, with ${requiresAccessToken ? "the token" : "no token"} for files elsewhere`, () =>
      Effect.gen(function* () {
        const { files, server, directory, run } = yield* setUp(requiresAccessToken)
        const receipt = yield* run
        assert.deepInclude(receipt, { apiVersion: "fhir", jobId: "8c1e", complete: true })
        assert.strictEqual(readFileSync(join(directory, "Patient/p.ndjson"), "utf8"), patients)
        assert.deepStrictEqual(
          files.seen.map(({ url, headers }) => [url, headers.authorization]),
          [["/bucket/p.ndjson?signature=s", requiresAccessToken ? "Bearer t1" : undefined]]
        )
        assert.deepStrictEqual(
          server.seen.map(({ method, url, headers }) => `${method} ${url} ${headers.authorization ?? "-"}`),
          [
            "GET /r4/.well-known/smart-configuration -",
            "POST /oauth/token -",
            "GET /r4/Group/g%201/$export?_elements=Patient.id Bearer t1",
            "GET /r4/$export-poll-status?_jobId=8c1e Bearer t1",
            "GET /r4/$export-poll-status?_jobId=8c1e Bearer t1"
          ]
        )
        // The same again only looks at what is there.
        assert.deepStrictEqual(yield* run, receipt)
        assert.strictEqual(files.seen.length, 1)
      })
    )
  }
})
