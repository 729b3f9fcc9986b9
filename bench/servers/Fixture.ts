import { readFileSync } from "node:fs"
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createTls } from "node:https"
import type { FixtureOptions } from "../suites/Fixture.ts"
import { listening } from "./Listening.ts"
import { portOf } from "./Ports.ts"

// Just enough of a BCDA for an export, and no work but sending: what a client's bench waits for must be the client.
const options: FixtureOptions = JSON.parse(process.argv[2] ?? "{}")
const gzipped = readFileSync(options.gzipped)
const plain = readFileSync(options.plain)
const { files, repeats, tls, wire } = options

const names = Array.from({ length: files }, (_, index) => `${String(index).padStart(5, "0")}.ndjson`)
let baseUrl = ""

const manifest = () =>
  JSON.stringify({
    transactionTime: "2026-10-06T10:00:00Z",
    request: `${baseUrl}/api/v3/Group/all/$export`,
    requiresAccessToken: true,
    output: names.map((name) => ({ type: "ExplanationOfBenefit", url: `${baseUrl}/data/1/${name}` })),
    error: [],
    JobID: 1
  })

const json = (response: ServerResponse, body: string) =>
  response.writeHead(200, { "content-type": "application/json" }).end(body)

/** The file's plain bytes are one block some times over. */
const sendPlain = (response: ServerResponse) => {
  response.writeHead(200, { "content-length": plain.length * repeats })
  let left = repeats
  const more = () => {
    while (left > 0) {
      left--
      if (!response.write(plain)) return void response.once("drain", more)
    }
    response.end()
  }
  more()
}

const handle = (request: IncomingMessage, response: ServerResponse) => {
  // BCDA ends every connection.
  response.setHeader("connection", "close")
  const path = (request.url ?? "").split("?")[0] ?? ""
  if (path === "/auth/token") return json(response, JSON.stringify({ access_token: "fixture", expires_in: "1200" }))
  if (path.endsWith("/$export")) {
    return response.writeHead(202, { "content-location": `${baseUrl}/api/v3/jobs/1` }).end()
  }
  if (path === "/api/v3/jobs/1") return json(response, manifest())
  if (!path.startsWith("/data/")) return response.writeHead(404).end()
  response.setHeader("content-type", "application/fhir+ndjson")
  if (wire === "identity") return sendPlain(response)
  // No length, as with BCDA's stored files.
  return response.writeHead(200, { "content-encoding": "gzip" }).end(gzipped)
}

const server = tls === undefined ? createPlain(handle) : createTls({ key: tls.key, cert: tls.cert }, handle)
server.listen(0, "127.0.0.1", () => {
  baseUrl = `${tls === undefined ? "http" : "https"}://127.0.0.1:${portOf(server)}`
  listening(baseUrl, async () => {
    server.close()
    server.closeAllConnections()
  })
})
