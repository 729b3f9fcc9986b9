/** Another kind of server: FHIR Bulk Data with SMART Backend Services, and two people. It is no BCDA and knows none of its rules. */
import { createHash, createPublicKey, type JsonWebKey, verify } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { text } from "node:stream/consumers"

export interface SmartServer extends AsyncDisposable {
  readonly url: string
  /** Paths and queries that were asked for with a good token. */
  readonly asked: ReadonlyArray<string>
}

const person = (mbi: string) =>
  JSON.stringify({
    resourceType: "Patient",
    id: mbi,
    identifier: [{ system: "http://hl7.org/fhir/sid/us-mbi", value: mbi }]
  })

/** `key` is the public one that is registered for the client `me`; `mbis` are the people. */
export const smartServer = async (key: JsonWebKey, mbis: ReadonlyArray<string>): Promise<SmartServer> => {
  const token = createHash("sha256").update(JSON.stringify(key)).digest("hex")
  const asked: Array<string> = []
  const isSigned = (assertion: string): boolean => {
    const [head = "", body = "", signature = ""] = assertion.split(".")
    const claims: { readonly iss?: string } = JSON.parse(Buffer.from(body, "base64url").toString())
    const publicKey = { key: createPublicKey({ key, format: "jwk" }), dsaEncoding: "ieee-p1363" as const }
    return (
      claims.iss === "me" &&
      verify("sha384", Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, "base64url"))
    )
  }
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const base = `http://${request.headers.host}/fhir`
    const json = (value: unknown) => response.end(JSON.stringify(value))
    if (request.url === "/fhir/.well-known/smart-configuration") return json({ token_endpoint: `${base}/token` })
    if (request.url === "/fhir/token") {
      const assertion = new URLSearchParams(await text(request)).get("client_assertion") ?? ""
      return isSigned(assertion)
        ? json({ access_token: token, token_type: "bearer", expires_in: 300 })
        : response.writeHead(400).end('{"error":"invalid_client"}')
    }
    if (request.headers.authorization !== `Bearer ${token}`) return response.writeHead(401).end()
    asked.push(request.url ?? "")
    if (request.url?.includes("$export")) return response.writeHead(202, { "content-location": `${base}/job/1` }).end()
    if (request.url === "/fhir/job/1") {
      const output = [{ type: "Patient", url: `${base}/file/1` }]
      return json({
        transactionTime: "2026-01-01T00:00:00Z",
        request: "",
        requiresAccessToken: true,
        output,
        error: []
      })
    }
    return response.end(mbis.map((mbi) => `${person(mbi)}\n`).join(""))
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("not listening")
  return {
    url: `http://127.0.0.1:${address.port}/fhir`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    }
  }
}
