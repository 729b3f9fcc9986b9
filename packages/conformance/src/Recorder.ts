/**
 * Sends requests over the HttpClient it is given and hands back recorded, redacted exchanges. Every request of a run that core's transport
 * makes goes through here, and a request that gets no answer is an exchange too.
 */

import { randomBytes } from "node:crypto"
import { gunzipSync } from "node:zlib"
import { Clock, DateTime, Duration, Effect, Stream } from "effect"
import { HttpBody, HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"
import type { Body, Exchange } from "./Exchange.ts"
import { readFile } from "./internal/fileReader.ts"
import { makeRedactor, type Redactor } from "./internal/redactor.ts"
import { reduce } from "./internal/reduce.ts"

/** How much of a body that is not a data file is kept. Metadata and job lists are far smaller. */
const keptText = 512 * 1024

/** What to send. `authorization` is the real header value; `auth` is the words that stand for it in the record. */
export interface Sending {
  readonly scenario: string
  readonly step: string
  readonly attempt: number
  readonly method: "GET" | "POST" | "DELETE"
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly auth: string
  readonly authorization?: string | undefined
  /** "file": a 200 is read as NDJSON and reduced to facts; "text": kept, redacted. */
  readonly body: "file" | "text"
  readonly declared?: { readonly type: string } | undefined
  /** What a POST brings along; nothing by default. */
  readonly content?: { readonly type: string; readonly text: string } | undefined
}

/** The record, and the raw values a later step may need (a token, a URL). The raw ones stay in memory. */
export interface Sent {
  readonly exchange: Exchange
  readonly raw: {
    readonly status: number | undefined
    readonly headers: Readonly<Record<string, string>>
    readonly text: string
  }
}

/** What a recorded exchange needs from whoever made it: everything but its number and its times. */
export type Draft = Omit<Exchange, "kind" | "id" | "startedAt" | "took" | "at">

export interface Recorder {
  readonly redactor: Redactor
  /** What is kept of a body that is no data file. */
  readonly body: (text: string) => Body
  /** What is kept of the text of a data file that somebody else read. */
  readonly fileBody: (text: string) => Effect.Effect<Body>
  readonly send: (sending: Sending) => Effect.Effect<Sent>
  /** Records an exchange that somebody else made: `make` runs it and says what was seen. */
  readonly note: (make: Effect.Effect<Draft>) => Effect.Effect<Exchange>
  /** Whether any server has answered anything yet. */
  readonly answered: () => boolean
  readonly all: () => ReadonlyArray<Exchange>
  /** From now on the server's clock is ahead of ours by so much more. */
  readonly moved: (by: Duration.Duration) => void
  /** What the server's clock should show now. */
  readonly serverNow: Effect.Effect<DateTime.Utc>
}

export interface RecorderOptions {
  /** To the response's headers; also the longest silence inside a body. */
  readonly timeout: Duration.Input
  /** "reduced" for a server that may hold real people's data: see `TextBody`. */
  readonly bodies: "whole" | "reduced"
}

/** Makes a recorder for one run. */
export const makeRecorder = Effect.fnUntraced(function* (options: RecorderOptions) {
  const http = yield* HttpClient.HttpClient
  const began = yield* Clock.currentTimeMillis
  const redactor = makeRedactor()
  const body = (text: string) => textBody(redactor.body(text), Buffer.byteLength(text), options.bodies)
  const exchanges: Array<Exchange> = []
  const salt = randomBytes(16).toString("hex")
  const fileBody = (text: string): Effect.Effect<Body> =>
    Effect.map(
      Effect.promise((signal) => readFile(once(text), { announced: false, salt, signal })),
      redactor.facts
    )
  let numbers = 0
  let ahead = Duration.zero

  const note = Effect.fnUntraced(function* (make: Effect.Effect<Draft>) {
    numbers += 1
    const id = `e${String(numbers).padStart(3, "0")}`
    const start = yield* Clock.currentTimeMillis
    const draft = yield* make
    const end = yield* DateTime.now
    const exchange: Exchange = {
      kind: "exchange",
      id,
      ...draft,
      startedAt: start - began,
      took: end.epochMilliseconds - start,
      at: DateTime.formatIso(DateTime.addDuration(end, ahead))
    }
    exchanges.push(exchange)
    return exchange
  })

  const send = Effect.fnUntraced(function* (sending: Sending) {
    let raw: Sent["raw"] = { status: undefined, headers: {}, text: "" }
    const request = HttpClientRequest.make(sending.method)(sending.url, {
      headers: {
        ...sending.headers,
        ...(sending.authorization === undefined ? {} : { authorization: sending.authorization })
      },
      ...(sending.method === "POST" ? { body: contentOf(sending) } : {})
    })
    const draft: Draft = {
      scenario: sending.scenario,
      step: sending.step,
      attempt: sending.attempt,
      via: "bcda-kit",
      request: {
        method: sending.method,
        url: redactor.text(sending.url),
        headers: redactor.headers(sending.headers),
        auth: sending.auth,
        ...(sending.content === undefined ? {} : { content: redactor.text(sending.content.text) })
      },
      ...(sending.declared === undefined ? {} : { declared: { type: redactor.type(sending.declared.type) } })
    }
    const answer = http.execute(request).pipe(
      Effect.provideService(HttpClient.TracerPropagationEnabled, false),
      Effect.timeout(options.timeout),
      Effect.flatMap((response) => readBody(response, sending.body, salt, options.timeout)),
      Effect.map(({ status, headers, facts, text, failure }): Draft => {
        raw = { status, headers, text }
        // first: what it teaches of secrets goes for the headers too
        const kept = facts === undefined ? body(text) : redactor.facts(facts)
        return {
          ...draft,
          response: { status, headers: redactor.headers(headers), body: kept },
          ...(failure === undefined ? {} : { failure })
        }
      }),
      Effect.catchTags({
        HttpClientError: (error) => Effect.succeed<Draft>({ ...draft, failure: codeOf(error) }),
        TimeoutError: () => Effect.succeed<Draft>({ ...draft, failure: "no response headers in time" })
      })
    )
    const exchange = yield* note(answer)
    return { exchange, raw } satisfies Sent
  })

  const recorder: Recorder = {
    redactor,
    body,
    fileBody,
    send,
    note,
    answered: () => exchanges.some((exchange) => exchange.response !== undefined),
    all: () => exchanges,
    moved: (by) => {
      ahead = Duration.sum(ahead, by)
    },
    serverNow: Effect.map(DateTime.now, (now) => DateTime.addDuration(now, ahead))
  }
  return recorder
})

/** A text as the bytes of a stream. */
async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

const contentOf = ({ content }: Sending) =>
  content === undefined ? HttpBody.empty : HttpBody.text(content.text, content.type)

/** A kept body: nothing, or its beginning. */
const textBody = (text: string, bytes: number, how: RecorderOptions["bodies"]): Body => {
  if (bytes === 0) return { kind: "empty" }
  const kept = (whole: string) => ({ text: whole.slice(0, keptText), bytes, truncated: whole.length > keptText })
  if (how === "whole") return { kind: "text", ...kept(text) }
  const { lines, sha256, shape } = reduce(text)
  return { kind: "text", ...kept(shape), reduced: { lines, sha256 } }
}

const readBody = Effect.fnUntraced(function* (
  response: HttpClientResponse.HttpClientResponse,
  mode: "file" | "text",
  salt: string,
  idle: Duration.Input
) {
  const { status } = response
  const headers: Readonly<Record<string, string>> = { ...response.headers }
  const announced = (headers["content-encoding"] ?? "").toLowerCase().includes("gzip")
  const stream = response.stream.pipe(
    Stream.catchIf(
      (error) => error.reason._tag === "EmptyBodyError",
      () => Stream.empty
    ),
    Stream.timeoutOrElse({ duration: idle, orElse: () => Stream.fail("the body stalled" as const) })
  )
  if (mode === "file" && status >= 200 && status < 300) {
    const chunks = yield* Stream.toAsyncIterableEffect(stream)
    const facts = yield* Effect.promise((signal) =>
      readFile(chunks, { announced, salt, signal, partial: status === 206 })
    )
    return { status, headers, facts, text: "", failure: facts.problem }
  }
  const parts: Array<Uint8Array> = []
  let size = 0
  const failure = yield* stream.pipe(
    Stream.takeWhile(() => size <= keptText * 2),
    Stream.runForEach((chunk) =>
      Effect.sync(() => {
        size += chunk.byteLength
        parts.push(chunk)
      })
    ),
    Effect.match({
      onSuccess: () => undefined,
      onFailure: (error) => (typeof error === "string" ? error : `the body broke off (${codeOf(error)})`)
    })
  )
  const bytes = Buffer.concat(parts)
  return { status, headers, facts: undefined, text: inflated(bytes, announced).toString("utf8"), failure }
})

/** A small body that came compressed although nobody asked; left as it is when it is not gzip after all. */
const inflated = (bytes: Buffer, announced: boolean): Buffer => {
  if (!announced) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: keptText * 4 })
  } catch {
    return bytes
  }
}

/** The code beneath a transport error. Its texts are left alone: they contain URLs. */
const codeOf = (error: HttpClientError.HttpClientError): string => {
  let cause: unknown = error.reason
  for (let depth = 0; depth < 6 && typeof cause === "object" && cause !== null; depth++) {
    if ("code" in cause && typeof cause.code === "string") return cause.code
    cause = "cause" in cause ? cause.cause : undefined
  }
  return error.reason._tag
}
