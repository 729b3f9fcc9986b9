import { once } from "node:events"
import { createServer } from "node:http"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { bcda, temporary } from "./support/Bcda.ts"

/** Keeps what is posted to it, as text. */
const collector = async () => {
  const seen: Array<{ readonly path: string; readonly text: string }> = []
  const server = createServer((request, response) => {
    let text = ""
    request.on("data", (part) => (text += String(part)))
    request.on("end", () => {
      seen.push({ path: request.url ?? "", text })
      response.end("{}")
    })
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return {
    url: `http://127.0.0.1:${address.port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

describe("telemetry of a command", () => {
  it("goes where OpenTelemetry's variables say, and is all there when the command ends", async () => {
    using folder = temporary()
    await using otel = await collector()
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: otel.url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" }
    const ran = await bcda(["export", "--target", "embedded", "--out", join(folder.path, "out"), "--json"], { env })
    assert.strictEqual(ran.code, 0, ran.stderr)
    const of = (path: string) => otel.seen.filter((body) => body.path === path).map(({ text }) => text)
    assert.include(of("/v1/traces").join(), '"exportToDirectory"')
    assert.include(of("/v1/metrics").join(), '"bcda.file.count"')
  })

  it("is refused where the variables cannot be meant", async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }
    const ran = await bcda(["export", "--target", "embedded", "--out", "nowhere"], { env })
    assert.strictEqual(ran.code, 2)
    assert.include(ran.stderr, "OTEL_EXPORTER_OTLP_ENDPOINT is not an http(s) URL")
  })
})
