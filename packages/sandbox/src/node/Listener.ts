import { createServer, type Server as HttpServer } from "node:http"
import { createSecureServer, type Http2SecureServer } from "node:http2"
import { createServer as createTlsServer, type Server as HttpsServer } from "node:https"
import type { Socket } from "node:net"
import { Effect, Schema } from "effect"
import type { KeyPair } from "./Certificate.ts"
import type { Incoming, Outgoing } from "./Connection.ts"

/** The sandbox could not start to listen. */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  port: Schema.Int,
  /** The system's code, for example `EADDRINUSE`. */
  code: Schema.String
}) {
  override get message() {
    return `the sandbox could not listen on 127.0.0.1:${this.port} (${this.code}); ${this.next}`
  }
  /** What to do about it. */
  get next() {
    return this.code === "EADDRINUSE"
      ? "something else uses this port, so choose another one, or port 0 for any free one"
      : "choose another port, or port 0 for any free one"
  }
}

/** The only TLS version to speak; servers of today speak 1.2 and 1.3. */
export type TlsVersion = "TLSv1.1" | "TLSv1.2" | "TLSv1.3"

/** How a server speaks TLS. */
export interface Secured extends KeyPair {
  readonly only: TlsVersion | undefined
  readonly http2: boolean
}

type Answer = (request: Incoming, response: Outgoing) => void
type Server = HttpServer | HttpsServer | Http2SecureServer

/** Go takes a megabyte of headers; Node's 16 KiB would refuse some that BCDA reads. */
const maxHeaderSize = 1024 * 1024

/** How long an idle connection is kept: BCDA's setting. The system's clock, because sockets know no other. */
const keepAliveTimeout = 120_000

/** What Go's server writes when there is no request to answer. */
const refusal = (status: string): string =>
  `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`

const refusals: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_INVALID_VERSION: "505 HTTP Version Not Supported: unsupported protocol version"
}

/** Go says nothing to a client that is too slow with its request; it hangs up. */
const silent = new Set(["ERR_HTTP_REQUEST_TIMEOUT", "ECONNRESET", "EPIPE", "HPE_INVALID_EOF_STATE"])

const onClientError = (
  error: Error & { readonly code?: string },
  socket: Pick<Socket, "writable" | "end" | "destroy">
) => {
  const code = error.code ?? ""
  if (silent.has(code) || !socket.writable) socket.destroy()
  else socket.end(refusal(refusals[code] ?? "400 Bad Request"))
}

/** What is wrong with the Host lines of a request, in Go's words. */
const hostProblem = ({ httpVersion, rawHeaders }: Incoming): string | undefined => {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length
  if (hosts > 1) return "too many Host headers"
  return hosts === 0 && httpVersion === "1.1" ? "missing required Host header" : undefined
}

const checked =
  (answer: Answer): Answer =>
  (request, response) => {
    const problem = hostProblem(request)
    if (problem === undefined) answer(request, response)
    else request.socket.end(refusal(`400 Bad Request: ${problem}`))
  }

/** TLS 1.1 signs with SHA-1, which OpenSSL does at its lowest security level only. */
const tlsOptions = ({ cert, key, only }: Secured) => ({
  key,
  cert,
  ...(only === undefined ? {} : { minVersion: only, maxVersion: only }),
  ...(only === "TLSv1.1" ? { ciphers: "DEFAULT@SECLEVEL=0" } : {})
})

const created = (answer: Answer, secured: Secured | undefined): Server => {
  const settings = { maxHeaderSize, keepAliveTimeout, requireHostHeader: false }
  if (secured === undefined) return createServer(settings, answer)
  if (secured.http2) return createSecureServer({ ...tlsOptions(secured), ...settings, allowHTTP1: true }, answer)
  return createTlsServer({ ...tlsOptions(secured), ...settings }, answer)
}

const started = (server: Server, port: number) =>
  Effect.callback<number, ListenError>((resume) => {
    const onError = (cause: Error & { code?: string }) =>
      resume(Effect.fail(new ListenError({ port, code: cause.code ?? cause.name })))
    server.once("error", onError)
    server.listen(port, "127.0.0.1", () => {
      server.off("error", onError)
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
    })
  })

/** How to listen. */
export interface ListenOptions {
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number
  /** TLS, if any. */
  readonly secured?: Secured | undefined
  /** Told of every TLS handshake, also of those that fail. */
  readonly greeted?: () => void
}

/**
 * Listens on 127.0.0.1 until the scope closes, and gives the port. Connections end with it. Malformed requests are refused
 * in Go's words, and never reach `answer`.
 */
export const listen = (answer: Answer, { greeted, port, secured }: ListenOptions) =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      const handle = checked(answer)
      const server = created(handle, secured)
      const sockets = new Set<Socket>()
      server.on("connection", (socket: Socket) => {
        sockets.add(socket)
        socket.once("close", () => sockets.delete(socket))
      })
      // Go sends no `100 Continue` to a handler that does not read the body.
      server.on("checkContinue", handle)
      server.on("clientError", onClientError)
      if (greeted !== undefined) {
        server.on("secureConnection", greeted)
        server.on("tlsClientError", greeted)
      }
      return Effect.map(started(server, port), (port) => ({ server, sockets, port }))
    }),
    ({ server, sockets }) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of sockets) socket.destroy()
      })
  ).pipe(Effect.map(({ port }) => port))
