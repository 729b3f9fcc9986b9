import { Effect, Exit, Scope } from "effect"
import { handlesOf, type SandboxHandles } from "../Handles.ts"
import { makeSandbox, type Sandbox, type SandboxOptions } from "../Sandbox.ts"
import { type KeyPair, selfSigned } from "./Certificate.ts"
import { drop, type Incoming, type Outgoing, receivedFrom, send } from "./Connection.ts"
import { serveControl } from "./ControlServer.ts"
import { temporaryFileStore } from "./DiskFileStore.ts"
import { type ListenError, listen, type Secured, type TlsVersion } from "./Listener.ts"

/** How to speak TLS. */
export interface TlsOptions extends Partial<KeyPair> {
  /** The only version to speak. Default: 1.2 and 1.3. Clients of today refuse 1.1. */
  readonly only?: TlsVersion
}

/** How to serve a sandbox over HTTP, besides what the sandbox itself can be told. */
export interface ServeOptions extends SandboxOptions {
  /** Port on 127.0.0.1. Default 0: any free one. */
  readonly port?: number
  /**
   * Speak TLS, with a key and certificate as PEM, or with a self-signed one for localhost and 127.0.0.1 that is made at the
   * start and given as `certificate`. URLs then begin with `https://`, and answers have the headers that BCDA adds over TLS.
   * Default: plain HTTP. Faults that need TLS, set from the start, turn it on.
   */
  readonly tls?: boolean | TlsOptions
  /** Speak HTTP/2 to clients that ask for it (ALPN), and HTTP/1.1 to others. Turns TLS on. Default: HTTP/1.1 only, as BCDA. */
  readonly http2?: boolean
  /**
   * Also listen for orders over HTTP, on 127.0.0.1 and a port of its own: any free one, or the one given; see
   * {@link makeControl}. Whoever may use this machine's loopback may then move the time and set faults. Default: no.
   */
  readonly control?: boolean | { readonly port: number }
}

/** A sandbox that listens. */
export interface RunningSandbox extends SandboxHandles, AsyncDisposable {
  /** For example `http://127.0.0.1:41234`. */
  readonly baseUrl: string
  readonly port: number
  /** The certificate that clients have to trust, as PEM; absent without TLS. */
  readonly certificate: string | undefined
  /** Where it takes orders, for example `http://127.0.0.1:41235`; absent unless `control` was asked for. */
  readonly controlUrl: string | undefined
  /** Stops listening, drops connections, stops jobs and removes their files. Safe to call twice. */
  readonly close: () => Promise<void>
}

/** What was asked for, and what faults need that a server sees to when it starts. */
const securedBy = Effect.fnUntraced(function* ({ http2 = false, tls = false }: ServeOptions, { faults }: Sandbox) {
  const wanted = faults.listening
  const both = http2 || wanted.http2 === true
  if (tls === false && !both && wanted.maxTls === undefined) return undefined
  const { cert, key, only } = typeof tls === "boolean" ? {} : tls
  const pair = cert === undefined || key === undefined ? yield* selfSigned : { cert, key }
  const secured: Secured = { ...pair, only: wanted.maxTls === "1.1" ? "TLSv1.1" : only, http2: both }
  return secured
})

/** Puts a sandbox on the wire. A client that leaves ends the work on its answer. */
const answering =
  (sandbox: Sandbox, scheme: "http" | "https", run: ReturnType<typeof Effect.runPromiseWith<never>>) =>
  (request: Incoming, response: Outgoing): void => {
    const left = new AbortController()
    const leave = () => left.abort()
    response.once("close", leave)
    run(sandbox.answer(receivedFrom(request, scheme)), { signal: left.signal })
      .then((reply) => {
        // There is nothing left to interrupt, and the reason that every abort makes is dear.
        response.off("close", leave)
        return send(response, reply)
      })
      .catch((cause: unknown) => drop(response, cause))
  }

const controlled = (sandbox: Sandbox, control: NonNullable<ServeOptions["control"]>) =>
  control === false ? Effect.undefined : serveControl(sandbox, control === true ? 0 : control.port)

const serveInScope = Effect.fnUntraced(function* (options: ServeOptions) {
  const store = options.store ?? (yield* Effect.orDie(temporaryFileStore))
  const sandbox = yield* makeSandbox({ ...options, store })
  const secured = yield* securedBy(options, sandbox)
  const scheme = secured === undefined ? "http" : "https"
  const answer = answering(sandbox, scheme, Effect.runPromiseWith(yield* Effect.context()))
  const port = yield* listen(answer, { port: options.port ?? 0, secured, greeted: sandbox.faults.met })
  const controlUrl = yield* controlled(sandbox, options.control ?? false)
  return { sandbox, port, baseUrl: `${scheme}://127.0.0.1:${port}`, certificate: secured?.cert, controlUrl }
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
  const { sandbox, ...where } = yield* serveInScope(options).pipe(
    Scope.provide(scope),
    Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
  )
  const context = yield* Effect.context()
  const close = () => Effect.runPromiseWith(context)(Scope.close(scope, Exit.void))
  return { ...handlesOf(sandbox), ...where, close, [Symbol.asyncDispose]: close }
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
