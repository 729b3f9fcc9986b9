import { Duration, Effect, Exit, Result, Scope, Stream } from "effect"
import type { HttpClientRequest, HttpClientResponse } from "effect/http"
import { CutShort, DownloadError, type DownloadReason, FileGone, Malformed, Stalled } from "./Errors.ts"
import { refusal } from "./internal/classify.ts"
import { type Answer, isEmptyBody } from "./internal/exchange.ts"
import * as schedules from "./internal/schedules.ts"
import type { Session } from "./internal/session.ts"
import type { Policy } from "./Policy.ts"

/** Options of `BcdaClient.open`. */
export interface OpenOptions {
  /**
   * What to ask for in `Accept-Encoding`. Default `gzip`, which is how BCDA stores its files; `identity` makes it inflate them.
   * Whatever is asked, `FileResponse.contentEncoding` says what came.
   */
  readonly acceptEncoding?: "gzip" | "identity" | undefined
  /**
   * Only these bytes of the file, `end` included. Hazard: with gzip they count compressed bytes, BCDA ignores ranges of files it
   * inflates, and the answer's `status` (206 or 200) tells which of the two happened.
   */
  readonly range?: { readonly start: number; readonly end?: number | undefined } | undefined
}

/** A file that has begun to arrive. It is closed with the scope it was opened in. */
export interface FileResponse {
  /** 200, or 206 for a range. */
  readonly status: number
  /** Names are lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Of the bytes in `body`. */
  readonly contentEncoding: "gzip" | "identity"
  /** Of the bytes in `body`, if the server said so; BCDA does not for compressed files. */
  readonly contentLength?: number
  /**
   * The bytes as they travelled (over a transport that does not inflate). Runs once. Fails with `CutShort` when the connection ends
   * early and with `Stalled` after `policy.idleTimeout` of silence; it never just ends there.
   */
  readonly body: Stream.Stream<Uint8Array, DownloadError>
}

/** @internal */
export const makeOpen = (session: Session) =>
  Effect.fn("BcdaClient.open")(
    function* (url: string, options: OpenOptions = {}) {
      const file = fileOf(url)
      const headers = {
        accept: "application/fhir+ndjson",
        "accept-encoding": options.acceptEncoding ?? "gzip",
        ...(options.range !== undefined && { range: `bytes=${options.range.start}-${options.range.end ?? ""}` })
      }
      return yield* session.withBearer({ method: "GET", url, headers }, (request) =>
        attempt(session, request, file).pipe(Effect.retry(schedules.retry(session.policy)))
      )
    },
    Effect.mapError((reason) => new DownloadError({ reason }))
  )

/** One try to get at the headers. Its connection lives as long as the caller's scope, or is closed at once if the try fails. */
const attempt = Effect.fnUntraced(function* (
  session: Session,
  request: HttpClientRequest.HttpClientRequest,
  file: string
) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  return yield* session.exchange.open(request).pipe(
    Effect.flatMap((response) =>
      response.status === 200 || response.status === 206
        ? Effect.fromResult(fileResponse(response, file, session.policy))
        : Effect.flatMap(session.exchange.read(response), (answer) => Effect.fail(reasonOf(answer, file)))
    ),
    Scope.provide(scope),
    Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
  )
})

/** A file that is gone is a 404 or 410: an outcome, plain text, or (for an archived job) one after the other. */
const reasonOf = (answer: Answer, file: string): DownloadReason =>
  answer.status === 404 || answer.status === 410 ? new FileGone({ file, status: answer.status }) : refusal(answer)

const fileResponse = (
  response: HttpClientResponse.HttpClientResponse,
  file: string,
  policy: Policy
): Result.Result<FileResponse, Malformed> => {
  const headers = { ...response.headers }
  const encoding = (headers["content-encoding"] ?? "identity").trim().toLowerCase()
  if (!/^(identity|gzip|x-gzip)$/.test(encoding)) {
    return Result.fail(new Malformed({ detail: `${file} came in an encoding nobody asked for` }))
  }
  const length = headers["content-length"]
  const contentLength = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined
  return Result.succeed({
    status: response.status,
    headers,
    contentEncoding: encoding === "identity" ? "identity" : "gzip",
    ...(contentLength !== undefined && { contentLength }),
    body: bodyOf(response, file, contentLength, policy)
  })
}

/** The bytes; ends only where the file does. */
const bodyOf = (
  response: HttpClientResponse.HttpClientResponse,
  file: string,
  expected: number | undefined,
  policy: Policy
): Stream.Stream<Uint8Array, DownloadError> => {
  let got = 0
  const cutShort = () => new CutShort({ file, got, ...(expected !== undefined && { expected }) })
  const afterSeconds = Duration.toSeconds(policy.idleTimeout)
  return response.stream.pipe(
    Stream.catchIf(isEmptyBody, () => Stream.empty),
    Stream.mapError(cutShort),
    // `Stream.timeout` would end the stream, and the file would pass for whole.
    Stream.timeoutOrElse({
      duration: policy.idleTimeout,
      orElse: () => Stream.fail(new Stalled({ file, got, afterSeconds }))
    }),
    Stream.map((chunk) => {
      got += chunk.byteLength
      return chunk
    }),
    Stream.concat(
      Stream.suspend(() => (expected === undefined || got === expected ? Stream.empty : Stream.fail(cutShort())))
    ),
    Stream.mapError((reason) => new DownloadError({ reason }))
  )
}

/** The file's name on the server, for messages: never the query. */
const fileOf = (url: string): string =>
  (URL.canParse(url, "http://relative") ? new URL(url, "http://relative").pathname : "").split("/").at(-1) || "the file"
