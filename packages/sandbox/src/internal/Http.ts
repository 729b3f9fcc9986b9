import { Data, Effect } from "effect"

/**
 * A request as it came over the wire, before anybody normalised it. BCDA routes on the raw path and reads raw header
 * lines, so the sandbox does not work on `Request`, which tidies both.
 */
export interface Received {
  readonly method: string
  /** Path exactly as sent, without the query. */
  readonly path: string
  /** Query exactly as sent, without its `?`; empty when there was none. */
  readonly query: string
  /** The target ends in a `?` with nothing behind it, which BCDA keeps in the URLs that it repeats. */
  readonly emptyQuery?: true
  readonly scheme: "http" | "https"
  /** The Host header, echoed in every URL that BCDA makes. */
  readonly host: string
  /** Header lines in order; names in any case. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  /** The body as text, or its beginning, when it has come. BCDA reads none; the request log does. */
  readonly body?: Promise<string>
}

/** An answer before it becomes a `Response` or bytes on a socket. */
export interface Reply {
  readonly status: number
  /** Names spelled as Go spells them. The same name may come twice. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  /** Whole bytes, or a stream whose length is not announced. A stream that throws `ConnectionLost` ends the connection there. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
  /** Headers that all answers have, and this one takes back. */
  readonly without?: ReadonlyArray<string>
  /** Reason phrase of the status line. Default: the usual one. */
  readonly reason?: string
  /** There is no answer at all: the connection ends, in order or with a reset. Status, headers and body then do not matter. */
  readonly lost?: "closed" | "reset"
}

/** Ends a connection in the middle of a body, in order or with a reset. */
export class ConnectionLost extends Data.Error<{ readonly how: "closed" | "reset" }> {}

/** Ends the judging of a request early, with the answer that BCDA gives. */
export class Refusal extends Data.TaggedError("Refusal")<{ readonly reply: Reply }> {}

const encoder = new TextEncoder()
export const utf8 = (text: string): Uint8Array => encoder.encode(text)

/** Refuses with a reply, if there is one. */
export const refuseIf = (reply: Reply | undefined): Effect.Effect<void, Refusal> =>
  reply === undefined ? Effect.void : Effect.fail(new Refusal({ reply }))

/** All lines of a header, in order. */
export const headerLines = (received: Received, name: string): ReadonlyArray<string> =>
  received.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)

/** First line of a header, or an empty text: what Go's `Header.Get` gives. */
export const header = (received: Received, name: string): string => headerLines(received, name)[0] ?? ""

/** `http://127.0.0.1:8080`: scheme and host as the client knows them. */
export const origin = (received: Received): string => `${received.scheme}://${received.host}`

/** Path and query as sent. */
export const target = ({ emptyQuery, path, query }: Received): string =>
  query === "" && emptyQuery !== true ? path : `${path}?${query}`

/** Takes a request target apart. */
export const targetParts = (text: string): Pick<Received, "path" | "query" | "emptyQuery"> => {
  const cut = text.indexOf("?")
  if (cut === -1) return { path: text, query: "" }
  const query = text.slice(cut + 1)
  return { path: text.slice(0, cut), query, ...(query === "" ? { emptyQuery: true } : {}) }
}

export const fromRequest = (request: Request): Received => {
  // The href, unlike `pathname` and `search`, still shows a lone "?" and is otherwise as the URL was written.
  const { host, protocol, href } = new URL(request.url)
  const [, rest = "/"] = /^[a-z]+:\/\/[^/?#]*([^#]*)/.exec(href) ?? []
  return {
    method: request.method,
    ...targetParts(rest),
    scheme: protocol === "https:" ? "https" : "http",
    host,
    headers: [...request.headers],
    ...(request.body === null ? {} : { body: request.clone().text() })
  }
}

/** A body that is made when somebody reads it, and dropped when they stop. */
const readable = (chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> => {
  const iterator = chunks[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await iterator.next()
      if (next.done === true) controller.close()
      else controller.enqueue(next.value)
    },
    cancel: async () => {
      await iterator.return?.()
    }
  })
}

const withoutBody = new Set([101, 204, 205, 304])

/** A lost connection becomes a network error, which is what `fetch` makes of one. */
export const toResponse = (reply: Reply): Response => {
  if (reply.lost !== undefined) return Response.error()
  const headers = new Headers()
  for (const [name, value] of reply.headers) headers.append(name, value)
  const { body, status } = reply
  const head = { status, headers, ...(reply.reason === undefined ? {} : { statusText: reply.reason }) }
  if (withoutBody.has(status)) return new Response(null, head)
  if (!(body instanceof Uint8Array)) return new Response(readable(body), head)
  return new Response(body.byteLength === 0 ? null : new Uint8Array(body), head)
}

/** A reply without content. */
export const empty = (status: number, headers: Reply["headers"] = []): Reply => ({
  status,
  headers,
  body: new Uint8Array(0)
})

/** What Go's `http.Error` writes: the text, a newline, and two headers. */
export const text = (status: number, message: string, headers: Reply["headers"] = []): Reply => ({
  status,
  headers: [...headers, ["Content-Type", "text/plain; charset=utf-8"], ["X-Content-Type-Options", "nosniff"]],
  body: utf8(`${message}\n`)
})

/** Go's JSON: `&`, `<`, `>` and the two Unicode line separators are escaped. */
export const goJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[&<>\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

export const json = (status: number, value: unknown, contentType = "application/json"): Reply => ({
  status,
  headers: [["Content-Type", contentType]],
  body: utf8(goJson(value))
})

/** Pieces in one. */
export const concatenated = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

const bytesOf = (reply: Reply): Uint8Array => (reply.body instanceof Uint8Array ? reply.body : new Uint8Array(0))

/**
 * Two replies written one after the other, as happens where BCDA answers and forgets to stop: the first one's status
 * and headers, both bodies without anything between them.
 */
export const oneAfterTheOther = (first: Reply, second: Reply): Reply => ({
  ...first,
  body: concatenated([bytesOf(first), bytesOf(second)])
})
