import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { listening } from "./Proxy.ts"

const json = (response: ServerResponse, body: unknown) => {
  response.writeHead(200, { "content-type": "application/json" })
  response.end(JSON.stringify(body))
}

/** A small FHIR Bulk Data server that is no BCDA: one job, one Patient; with tokens by signed assertion, or none. */
export const plainFhir = async (options: { readonly tokens: boolean }) => {
  const seen: Array<string> = []
  const bodies: Array<string> = []
  let baseUrl = ""
  const patient = `${JSON.stringify({ id: "-1", resourceType: "Patient" })}\n`
  const answer = (request: IncomingMessage, response: ServerResponse, path: string) => {
    if (path === "/r4/metadata") return json(response, { resourceType: "CapabilityStatement", fhirVersion: "4.0.1" })
    if (path === "/r4/.well-known/smart-configuration" && options.tokens) {
      return json(response, {
        token_endpoint: `${baseUrl}/token`,
        scopes_supported: ["system/*.read"],
        token_endpoint_auth_methods_supported: ["private_key_jwt"],
        token_endpoint_auth_signing_alg_values_supported: ["ES384", "RS384"]
      })
    }
    if (path === "/token") return json(response, { access_token: "t.o.k", token_type: "bearer", expires_in: 300 })
    if (options.tokens && request.headers.authorization !== "Bearer t.o.k") return response.writeHead(401).end()
    if (path.endsWith("/$export")) {
      return response.writeHead(202, { "content-location": `${baseUrl}/r4/status/1` }).end()
    }
    if (path === "/r4/status/1") {
      return json(response, {
        transactionTime: "2026-02-01T20:20:20Z",
        request: `${baseUrl}/r4/$export`,
        requiresAccessToken: options.tokens,
        output: [{ type: "Patient", url: `${baseUrl}/files/p.ndjson` }],
        error: []
      })
    }
    if (path === "/files/p.ndjson") return response.end(patient)
    return response.writeHead(404).end()
  }
  const server = createServer((request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? ""
    seen.push(`${request.method} ${path}`)
    let body = ""
    request.on("data", (chunk: Buffer) => (body += chunk.toString()))
    request.on("end", () => {
      if (body !== "") bodies.push(body)
      answer(request, response, path)
    })
  })
  const running = await listening(server)
  baseUrl = running.baseUrl
  return { ...running, fhirBase: `${baseUrl}/r4`, seen, bodies }
}
