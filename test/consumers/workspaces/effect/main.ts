// What the READMEs show to people who use Effect, in one program.
import { createServer } from "node:http"
import { judge, outcomeOf } from "@bcda-kit/conformance"
import { BcdaClient, Credentials, ExportRequest, Target } from "@bcda-kit/core"
import { exportToDirectory, NodeTransport } from "@bcda-kit/core/node"
import { layer as telemetry } from "@bcda-kit/core/telemetry"
import { serve } from "@bcda-kit/sandbox/node"
import { Duration, Effect, Layer, Result, Stream } from "effect"

const pace = { pendingMillis: 0, perSubJobMillis: 0 }
const credentials = Credentials.of("sandbox-small", "not-a-secret-small")

// A collector of spans, and what they are called.
const spans: Array<string> = []
const collector = createServer((request, response) => {
  let body = ""
  request.on("data", (part: Buffer) => (body += part.toString()))
  request.on("end", () => {
    spans.push(...[...body.matchAll(/"name":"(BcdaClient\.\w+)"/g)].map(([, name = ""]) => name))
    response.end("{}")
  })
})
await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve))
const address = collector.address()
const port = typeof address === "object" && address !== null ? address.port : 0
const environment = {
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
  OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  OTEL_METRICS_EXPORTER: "none"
}

const program = Effect.gen(function* () {
  const { baseUrl } = yield* serve({ enrollees: 5, pace })
  const target = Result.getOrThrow(Target.fromUrl(baseUrl))
  const bcda = BcdaClient.layer({ target, credentials, policy: { poll: { initial: "10 millis" } } })
  const receipt = yield* exportToDirectory({
    request: new ExportRequest({ scope: "all", types: ["Patient"] }),
    directory: "claims"
  }).pipe(Effect.provide(bcda), Effect.provide(telemetry(environment)))
  const lines = yield* Stream.runCollect(
    judge({ target, credentials, only: ["metadata"], pace: { initial: Duration.millis(10) } })
  )
  return {
    complete: receipt.complete,
    lines: receipt.totals.lines,
    judged: outcomeOf(lines).exitCode,
    told: spans.includes("BcdaClient.kickOff")
  }
})

const said = await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(Layer.fresh(NodeTransport.layer))))
collector.close()
console.log(JSON.stringify(said))
