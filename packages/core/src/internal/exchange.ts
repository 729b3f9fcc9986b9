/** One request, one answer. This is the only place that touches the `HttpClient`, and the only one that reads its errors. */
import { Clock, Duration, Effect, type Scope, Stream } from "effect"
import { HttpClient, type HttpClientError, type HttpClientRequest, type HttpClientResponse } from "effect/http"
import { Malformed, Unreachable } from "../Errors.ts"
import type { Policy } from "../Policy.ts"
import * as RetryAfter from "../RetryAfter.ts"
import type { Limiter } from "./limiter.ts"
import { steady } from "./steady.ts"
import * as telemetry from "./telemetry.ts"

/** A whole answer. */
export interface Answer {
  readonly status: number
  /** Names are lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Uint8Array
  readonly text: string
  /** The request's host, for messages. */
  readonly host: string
  readonly retryAfterSeconds?: number
}

/** What is to be known about a request besides itself. */
export interface About {
  /**
   * Whether a 429 or 503 has a meaning of its own: too many tokens, or that the job is already running. Other requests need not wait for
   * that. Default false.
   */
  readonly ownRefusals?: boolean
}

export interface Exchange {
  /**
   * Sends a request when its turn has come and waits for the headers, at most `policy.headersTimeout`. The connection is closed with the
   * scope.
   */
  readonly open: (
    request: HttpClientRequest.HttpClientRequest,
    about?: About
  ) => Effect.Effect<HttpClientResponse.HttpClientResponse, Unreachable, Scope.Scope>
  /** Reads an answer that is meant to be small. */
  readonly read: (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<Answer, Unreachable | Malformed>
  /** Both. */
  readonly send: (
    request: HttpClientRequest.HttpClientRequest,
    about?: About
  ) => Effect.Effect<Answer, Unreachable | Malformed>
}

export const make = (http: HttpClient.HttpClient, policy: Policy, limiter: Limiter): Exchange => {
  const client = HttpClient.withScope(http)

  const open = Effect.fnUntraced(
    function* (request: HttpClientRequest.HttpClientRequest, { ownRefusals = false }: About = {}) {
      yield* limiter.turn
      const sentAt = yield* Clock.currentTimeMillis
      const answered = client.execute(request).pipe(
        Effect.mapError(unreachable),
        Effect.timeoutOrElse({
          duration: policy.headersTimeout,
          orElse: () =>
            Effect.fail(
              new Unreachable({
                detail: `${hostOf(request)} sent no answer within ${Duration.toSeconds(policy.headersTimeout)} s`,
                sent: true
              })
            )
        })
      )
      const response = yield* telemetry.requested(request, answered)
      if ((response.status === 429 || response.status === 503) && !ownRefusals) {
        yield* telemetry.slowedDown
        yield* limiter.throttled(
          sentAt,
          RetryAfter.parse(response.headers["retry-after"], yield* Clock.currentTimeMillis)
        )
      }
      return response
    },
    // Else the ids of our traces would go to a third party.
    Effect.provideService(HttpClient.TracerPropagationEnabled, false),
    // Effect's own span of a request holds its whole URL; ours is `requested`.
    Effect.provideService(HttpClient.TracerDisabledWhen, () => true)
  )

  const bytesOf = (response: HttpClientResponse.HttpClientResponse, host: string) => {
    let got = 0
    return response.stream.pipe(
      Stream.catchIf(isEmptyBody, () => Stream.empty),
      Stream.mapError(
        (error) => new Unreachable({ detail: `${host}: the answer broke off (${codeOf(error)})`, sent: true })
      ),
      Stream.timeoutOrElse({
        duration: policy.idleTimeout,
        orElse: () => Stream.fail(new Unreachable({ detail: `${host}: the answer stood still`, sent: true }))
      }),
      steady(policy, () => new Unreachable({ detail: `${host}: the answer trickled`, sent: true })),
      Stream.tap((chunk) =>
        (got += chunk.byteLength) > policy.limits.answerBytes
          ? Effect.fail(new Malformed({ detail: `an answer of more than ${policy.limits.answerBytes} bytes` }))
          : Effect.void
      ),
      Stream.mkUint8Array
    )
  }

  const read = Effect.fnUntraced(function* (response: HttpClientResponse.HttpClientResponse) {
    const host = hostOf(response.request)
    const headers = { ...response.headers }
    // Most answers to who follows jobs are empty, and most of what reading costs is the same for any length.
    const bytes = headers["content-length"] === "0" ? new Uint8Array(0) : yield* bytesOf(response, host)
    const retryAfter = RetryAfter.parse(headers["retry-after"], yield* Clock.currentTimeMillis)
    const answer: Answer = {
      status: response.status,
      headers,
      bytes,
      text: new TextDecoder().decode(bytes),
      host,
      ...(retryAfter !== undefined && { retryAfterSeconds: Duration.toSeconds(retryAfter) })
    }
    return answer
  })

  return {
    open,
    read,
    send: (request, about) => Effect.scoped(Effect.flatMap(open(request, about), read))
  }
}

/** True for an answer without a body, which effect treats as an error when it is read as a stream. */
export const isEmptyBody = (error: HttpClientError.HttpClientError): boolean => error.reason._tag === "EmptyBodyError"

const hostOf = (request: HttpClientRequest.HttpClientRequest): string =>
  URL.canParse(request.url) ? new URL(request.url).host : "the server"

const unreachable = (error: HttpClientError.HttpClientError): Unreachable => {
  const code = codeOf(error)
  const sent = error.reason._tag === "TransportError" && !neverSent(error, code)
  return new Unreachable({ detail: `${hostOf(error.request)}: ${explain(code)} (${code})`, sent })
}

/** The system's or the engine's code of a failure, such as `ECONNREFUSED`; never a text, since texts may hold URLs. */
const codeOf = (error: unknown): string => {
  let tag = "unknown"
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if ("code" in at && typeof at.code === "string") return at.code
    tag = at.name
  }
  return tag
}

const before =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|ERR_SSL_\w+|\w*CERT\w*|UNABLE_TO_\w+)$/

/** Whether the failure came before the first byte of the request could leave. */
const neverSent = (error: unknown, code: string): boolean => {
  if (before.test(code)) return true
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if ("syscall" in at && at.syscall === "connect") return true
  }
  return false
}

const explain = (code: string): string => {
  if (code === "ECONNREFUSED") return "the connection was refused"
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) return "the name is not known"
  if (code === "ECONNRESET" || code === "UND_ERR_SOCKET") return "the connection was dropped"
  if (/TIMEDOUT|TIMEOUT/.test(code)) return "the connection timed out"
  if (/CERT|TLS|SSL|UNABLE_TO/.test(code)) return "no trusted encrypted connection"
  return "the connection failed"
}
