/**
 * A `fetch` over `node:http` and `node:https` that hands on the bytes of the wire as they are.
 *
 * The platform's own `fetch` always inflates a gzip body. A bulk-data client needs the bytes themselves: to keep them compressed, to count
 * them, to inflate them in large blocks, and because BCDA ends a stored gzip file with one more, empty gzip member, which
 * `DecompressionStream` takes for junk. So this one never touches the body.
 *
 * It also differs from the platform's `fetch` in that it
 * - never follows a redirect: a 3xx is returned as it came, whatever `redirect` says, so that a bearer token cannot be led elsewhere,
 * - adds no `Accept-Encoding`, `User-Agent` or other header of its own beyond what HTTP/1.1 requires,
 * - opens one connection per request and asks the server to close it. BCDA closes every connection anyway (`Connection: close` on each
 *   response), and a socket that is never reused can never be reset by a server that had just given it up.
 *
 * @since 0.1.0
 */
// Not the namespaces: those keep the real `request` when msw and its like put another in its place.
import http from "node:http"
import https from "node:https"

const httpAgent = new http.Agent({ keepAlive: false })
const httpsAgent = new https.Agent({ keepAlive: false })

/** Statuses whose responses have no body by definition; the `Response` constructor refuses one. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * Sends one request and resolves with the response as soon as its headers are there; the body is read from the socket only as fast as
 * it is consumed.
 *
 * Rejects with a `TypeError("fetch failed")` whose `cause` is node's error when there is no response, and with the signal's reason when
 * aborted. A body that ends before its `Content-Length` or its last chunk errors with a `TypeError("terminated")`: a cut response can
 * never be taken for a whole one. A response of HTTP/1.0 style, ended by closing the connection, cannot be told from a cut one: it gets the header
 * `Transfer-Encoding: identity`, HTTP's old name for that, so that who needs to know can tell.
 *
 * @category fetch
 * @since 0.1.0
 */
export const nodeFetch: typeof globalThis.fetch = async (input, init) => {
  const request = input instanceof Request && isEmpty(init) ? input : new Request(input, init)
  const payload = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer())
  return send(request, payload)
}

const isEmpty = (init: RequestInit | undefined): boolean => init === undefined || Object.keys(init).length === 0

const send = (request: Request, payload: Uint8Array | undefined): Promise<Response> =>
  new Promise((resolve, reject) => {
    const { signal } = request
    if (signal.aborted) return reject(signal.reason)
    const url = new URL(request.url)
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      return reject(failed(new Error("only http and https are spoken here")))
    }
    const options = { method: request.method, headers: Object.fromEntries(request.headers) }
    const outgoing =
      url.protocol === "https:"
        ? https.request(url, { ...options, agent: httpsAgent })
        : http.request(url, { ...options, agent: httpAgent })

    let incoming: http.IncomingMessage | undefined
    const abort = () => {
      const stream = incoming ?? outgoing
      stream.destroy(new Error("aborted"))
      reject(signal.reason)
    }
    signal.addEventListener("abort", abort, { once: true })
    outgoing.once("close", () => signal.removeEventListener("abort", abort))
    // Stays registered after the response: an error event without a listener would end the process.
    outgoing.on("error", (error) => reject(failed(error)))
    outgoing.once("response", (message) => {
      incoming = message
      try {
        resolve(toResponse(request, message))
      } catch (error) {
        message.destroy()
        reject(failed(error))
      }
    })
    outgoing.end(payload)
  })

const failed = (cause: unknown): TypeError => new TypeError("fetch failed", { cause })

const toResponse = (request: Request, message: http.IncomingMessage): Response => {
  const status = message.statusCode ?? 0
  const headers = new Headers()
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
    headers.append(message.rawHeaders[i] ?? "", message.rawHeaders[i + 1] ?? "")
  }
  const statusText = /^[\t\x20-\x7e]*$/.test(message.statusMessage ?? "") ? (message.statusMessage ?? "") : ""
  const { "content-length": length, "transfer-encoding": coding = "" } = message.headers
  if (length === undefined && !/\bchunked\b/i.test(coding)) headers.set("transfer-encoding", "identity")
  const isBodiless = bodiless.has(status) || request.method === "HEAD"
  if (isBodiless) message.resume()
  const response = new Response(isBodiless ? null : bodyOf(message, request.signal), { status, statusText, headers })
  Object.defineProperty(response, "url", { value: request.url, enumerable: true })
  return response
}

/** Pulls one block from the socket per read: nothing is read ahead of the consumer but what node's own socket buffer holds (64 KiB). */
const bodyOf = (message: http.IncomingMessage, signal: AbortSignal): ReadableStream<Uint8Array<ArrayBuffer>> => {
  const blocks: AsyncIterator<Buffer<ArrayBuffer>> = message[Symbol.asyncIterator]()
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const next = await blocks.next()
          if (next.done !== true) return controller.enqueue(next.value)
          // Node's own streams end with an error then; other engines that speak `node:http` may end without one.
          if (!message.complete) throw new Error("the connection closed before the body was complete")
          controller.close()
        } catch (cause) {
          throw signal.aborted ? signal.reason : new TypeError("terminated", { cause })
        }
      },
      // Not `blocks.return()`: that one waits for a read in progress, for ever if the server has stalled.
      cancel() {
        message.destroy()
      }
    },
    { highWaterMark: 0 }
  )
}
