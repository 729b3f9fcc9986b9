import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** Takes an exchange over from the sandbox; returns false to leave it alone. */
export type Hook = (incoming: IncomingMessage, response: ServerResponse) => boolean

/** A server in front of a sandbox that sees every exchange and can spoil some of them. */
export interface Proxy extends AsyncDisposable {
  readonly baseUrl: string
  /** `GET /api/v3/Patient/$export`, in order, without queries. */
  readonly seen: ReadonlyArray<string>
  /** Every token that was handed out. */
  readonly tokens: ReadonlyArray<string>
  hook: Hook
}

const leaveAlone: Hook = () => false

const tokenIn = (body: string): string | undefined => /"access_token": *"([^"]+)"/.exec(body)?.[1]

export const startProxy = async (sandbox: { readonly port: number }): Promise<Proxy> => {
  const seen: Array<string> = []
  const tokens: Array<string> = []
  let hook = leaveAlone
  const server = createServer((incoming, response) => {
    const path = (incoming.url ?? "").split("?")[0] ?? ""
    seen.push(`${incoming.method} ${path}`)
    if (hook(incoming, response)) return
    const forward = request(
      { port: sandbox.port, host: "127.0.0.1", method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.rawHeaders)
        if (path === "/auth/token") {
          let body = ""
          answer.on("data", (chunk: Buffer) => (body += chunk.toString()))
          answer.on("end", () => {
            const token = tokenIn(body)
            if (token !== undefined) tokens.push(token)
          })
        }
        answer.pipe(response)
      }
    )
    forward.on("error", () => response.destroy())
    incoming.pipe(forward)
  })
  const running = await listening(server)
  return {
    ...running,
    seen,
    tokens,
    get hook() {
      return hook
    },
    set hook(next) {
      hook = next
    }
  }
}

/** Puts a server on a free port of this machine, until the test ends. */
export const listening = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address: AddressInfo | string | null = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

/** Answers with JSON. */
export const answer = (
  response: ServerResponse,
  status: number,
  body: unknown,
  type = "application/fhir+json"
): true => {
  response.writeHead(status, { "content-type": type })
  response.end(JSON.stringify(body))
  return true
}

/** A file with one resource, as BCDA sends files. */
export const answerFile = (response: ServerResponse, resource: unknown): true =>
  answer(response, 200, resource, "application/fhir+ndjson")
