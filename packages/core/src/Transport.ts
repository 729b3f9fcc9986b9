/**
 * The way to the wire: effect's `HttpClient` over ky over a `fetch`. One call is one attempt: ky neither retries, nor limits time, nor
 * throws on a status, and nothing follows redirects. Retries, limits and errors belong to the client above, by its `Policy`.
 */
import { Layer } from "effect"
import { FetchHttpClient, type HttpClient } from "effect/http"
import ky, { KyError } from "ky"

/** Options of `layerFetch`. */
export interface TransportOptions {
  /**
   * Whether this `fetch` inflates `Content-Encoding` itself, as the standard has it (browsers, Node's global `fetch`). Default true: the
   * header is then taken off the response, so that it never claims that inflated bytes are compressed. Give false for a `fetch`
   * that hands out the bytes as they travelled. A stream of resources then asks for files once more, uncompressed, where nothing else can
   * inflate them; `NodeTransport` brings something that can.
   */
  readonly inflates?: boolean | undefined
}

/** An `HttpClient` over the `fetch` given: a browser's, undici's with its own dispatcher, one of a test. */
export const layerFetch = (
  fetch: typeof globalThis.fetch,
  options: TransportOptions = {}
): Layer.Layer<HttpClient.HttpClient> => {
  const client = ky.create({ fetch, retry: 0, timeout: false, throwHttpErrors: false })
  const once: typeof globalThis.fetch = async (input, init) => {
    const response = await client(input, init ?? {}).catch(withoutRequest)
    return options.inflates === false ? response : asInflated(response)
  }
  // Fresh: layers are shared by identity, and whoever uses effect's own beside this one would share it, with one `fetch` for both.
  return Layer.fresh(FetchHttpClient.layer).pipe(
    Layer.provide(
      Layer.mergeAll(
        Layer.succeed(FetchHttpClient.Fetch, once),
        Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" })
      )
    )
  )
}

/** An `HttpClient` over the `fetch` of this JavaScript engine, looked up at each call, so that interceptors such as msw see it. */
export const layer: Layer.Layer<HttpClient.HttpClient> = layerFetch((input, init) => globalThis.fetch(input, init))

/** ky's errors hold the whole request, whose headers are the token's: whoever prints one prints that too. What it is about is in its cause. */
const withoutRequest = (error: unknown): never => {
  throw error instanceof KyError && error.cause !== undefined ? error.cause : error
}

const asInflated = (response: Response): Response => {
  if (!response.headers.has("content-encoding")) return response
  const headers = new Headers(response.headers)
  headers.delete("content-encoding")
  headers.delete("content-length")
  // The server's ranges count compressed bytes, which nobody sees here.
  headers.delete("accept-ranges")
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}
