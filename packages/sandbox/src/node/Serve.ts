import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, Exit, Schema, Scope } from "effect"
import { ConnectionLost, type Received, type Reply, targetParts } from "../internal/Http.ts"
import { makeSandbox, type Sandbox, type SandboxOptions } from "../Sandbox.ts"
import { temporaryFileStore } from "./DiskFileStore.ts"

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

export interface ServeOptions extends SandboxOptions {
  /** Port on 127.0.0.1. Default 0: any free one. */
  readonly port?: number
}

/** A sandbox that listens. */
export interface RunningSandbox extends AsyncDisposable {
  /** For example `http://127.0.0.1:41234`. */
  readonly baseUrl: string
  readonly port: number
  readonly credentials: Sandbox["credentials"]
  readonly sandbox: Sandbox
  /** Stops listening, drops connections, stops jobs and removes their files. Safe to call twice. */
  readonly close: () => Promise<void>
}

/** The request as it stands on the wire: raw target, header lines in their order. */
const receivedFrom = (request: IncomingMessage, fallbackHost: string): Received => {
  const { rawHeaders } = request
  return {
    method: request.method ?? "GET",
    ...targetParts(request.url ?? "/"),
    scheme: "http",
    host: request.headers.host ?? fallbackHost,
    headers: Array.from(
      { length: rawHeaders.length / 2 },
      (_, index) => [rawHeaders[index * 2] ?? "", rawHeaders[index * 2 + 1] ?? ""] as const
    )
  }
}

const writable = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off("drain", done)
      response.off("close", done)
      resolve()
    }
    response.on("drain", done)
    response.on("close", done)
  })

/** Puts a reply on the socket, no faster than the client reads. A client that leaves ends the reading of the file. */
const send = async (response: ServerResponse, reply: Reply): Promise<void> => {
  if (reply.lost !== undefined) throw new ConnectionLost({ how: reply.lost })
  for (const [name, value] of reply.headers) response.appendHeader(name, value)
  if (reply.reason === undefined) response.writeHead(reply.status)
  else response.writeHead(reply.status, reply.reason)
  if (reply.body instanceof Uint8Array) {
    response.end(reply.body)
    return
  }
  // Headers go out at once, as they do when Go's buffer is flushed by the first piece of a file.
  response.flushHeaders()
  for await (const chunk of reply.body) {
    if (response.destroyed) return
    if (!response.write(chunk) && !response.destroyed) await writable(response)
  }
  response.end()
}

/** What goes wrong while sending can only be shown as BCDA's timeouts show: the connection ends. */
const drop = (response: ServerResponse, cause: unknown): void => {
  if (cause instanceof ConnectionLost && cause.how === "reset") response.socket?.resetAndDestroy()
  else response.destroy()
}

const listening = (server: Server, port: number) =>
  Effect.callback<number, ListenError>((resume) => {
    const onError = (cause: Error & { code?: string }) =>
      resume(Effect.fail(new ListenError({ port, code: cause.code ?? cause.name })))
    server.once("error", onError)
    server.listen(port, "127.0.0.1", () => {
      server.off("error", onError)
      const address: AddressInfo | string | null = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
    })
  })

const closed = (server: Server) =>
  Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

const serveInScope = Effect.fnUntraced(function* (options: ServeOptions) {
  const store = options.store ?? (yield* Effect.orDie(temporaryFileStore))
  const sandbox = yield* makeSandbox({ ...options, store })
  const context = yield* Effect.context()
  const server = createServer((request, response) => {
    const received = receivedFrom(request, `127.0.0.1:${request.socket.localPort}`)
    const reply = Effect.runPromiseWith(context)(sandbox.answer(received))
    reply.then((whole) => send(response, whole)).catch((cause: unknown) => drop(response, cause))
  })
  const port = yield* Effect.acquireRelease(listening(server, options.port ?? 0), () => closed(server))
  return { sandbox, port }
})

/**
 * Serves a sandbox over HTTP on 127.0.0.1 until the scope closes. Files lie in a temporary directory that goes with it.
 *
 * Fails with `ListenError` when the port is taken.
 */
export const serve = Effect.fn("serve")(function* (
  options: ServeOptions = {}
): Effect.fn.Return<RunningSandbox, ListenError, Scope.Scope> {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const { port, sandbox } = yield* serveInScope(options).pipe(
    Scope.provide(scope),
    Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
  )
  const context = yield* Effect.context()
  const close = () => Effect.runPromiseWith(context)(Scope.close(scope, Exit.void))
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    port,
    credentials: sandbox.credentials,
    sandbox,
    close,
    [Symbol.asyncDispose]: close
  }
})

/**
 * Serves a sandbox for programs without Effect. Rejects with `ListenError` when the port is taken.
 *
 * @example
 * await using sandbox = await startSandbox()
 * console.log(sandbox.baseUrl, sandbox.credentials)
 */
export const startSandbox = (options: ServeOptions = {}): Promise<RunningSandbox> =>
  Effect.runPromise(Scope.provide(serve(options), Scope.makeUnsafe()))
