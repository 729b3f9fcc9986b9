import { Duration, Effect, Exit, Result, Scope, Stream } from "effect"
import type { HttpClientRequest, HttpClientResponse } from "effect/http"
import { CutShort, DownloadError, type DownloadReason, FileGone, Malformed, Stalled, WrongRange } from "./Errors.ts"
import { refusal } from "./internal/classify.ts"
import { type Answer, isEmptyBody } from "./internal/exchange.ts"
import * as schedules from "./internal/schedules.ts"
import type { Session } from "./internal/session.ts"
import { steady } from "./internal/steady.ts"
import type { Policy } from "./Policy.ts"

/** Options of `BcdaClient.open`. */
export interface OpenOptions {
  /**
   * Default true. False for files of a manifest with `requiresAccessToken: false`: no token is sent, and the file may be on any origin, over
   * `https`, or on the target's own.
   */
  readonly requiresAccessToken?: boolean | undefined
  /**
   * What to ask for in `Accept-Encoding`. Default `gzip`, which is how BCDA stores its files; `identity` makes it inflate them.
   * Whatever is asked, `FileResponse.contentEncoding` says what came.
   */
  readonly acceptEncoding?: "gzip" | "identity" | undefined
  /**
   * Only these bytes of the file, `end` included; `ifUnchanged` is the `validator` of an earlier answer, and a file that has changed since
   * comes whole. Hazard: with gzip they count compressed bytes, BCDA ignores ranges of files it inflates, and the answer's `status` (206
   * or 200) tells which of the two happened.
   */
  readonly range?:
    | { readonly start: number; readonly end?: number | undefined; readonly ifUnchanged?: string | undefined }
    | undefined
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
  /** Which bytes of how many these are, for a 206. They start where they were asked for: any other answer fails with `WrongRange`. */
  readonly range?: { readonly start: number; readonly end: number; readonly total?: number }
  /** What tells this state of the file from others, for `range.ifUnchanged`: a strong `ETag`, else `Last-Modified`. */
  readonly validator?: string
  /** Whether the server says that parts of this answer can be asked for. */
  readonly rangesServed: boolean
  /**
   * The bytes as they travelled (over a transport that does not inflate). Runs once. Fails with `CutShort` when the connection ends
   * early and with `Stalled` after `policy.idleTimeout` of silence or when it brings less than `policy.flow`; it never just ends there.
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
        ...(options.range !== undefined && { range: `bytes=${options.range.start}-${options.range.end ?? ""}` }),
        ...(options.range?.ifUnchanged !== undefined && { "if-range": options.range.ifUnchanged })
      }
      const open = options.requiresAccessToken === false
      return yield* session.withBearer({ method: "GET", url, headers, open }, (request) =>
        attempt(session, request, file, options.range).pipe(Effect.retry(schedules.retry(session.policy)))
      )
    },
    Effect.mapError((reason) => new DownloadError({ reason }))
  )

/** One try to get at the headers. Its connection lives as long as the caller's scope, or is closed at once if the try fails. */
const attempt = Effect.fnUntraced(function* (
  session: Session,
  request: HttpClientRequest.HttpClientRequest,
  file: string,
  asked: OpenOptions["range"]
) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  return yield* session.limiter.place.pipe(
    Effect.flatMap((place) => Effect.tap(session.exchange.open(request), place.answered)),
    Effect.flatMap((response) =>
      response.status === 200 || response.status === 206
        ? Effect.fromResult(fileResponse(response, file, session, asked))
        : Effect.flatMap(session.exchange.read(response), (answer) => Effect.fail(reasonOf(answer, file, asked)))
    ),
    Scope.provide(scope),
    Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
  )
})

/** A file that is gone is a 404 or 410: an outcome, plain text, or (for an archived job) one after the other. */
const reasonOf = (answer: Answer, file: string, asked: OpenOptions["range"]): DownloadReason => {
  if (answer.status === 404 || answer.status === 410) return new FileGone({ file, status: answer.status })
  if (answer.status === 416 && asked !== undefined) return new WrongRange({ file, detail: "the file has no such part" })
  return refusal(answer)
}

/** How a transport that can tell says that nothing but the end of the connection ends a body: by HTTP's old name for it. */
const unframed = "identity"

const fileResponse = (
  response: HttpClientResponse.HttpClientResponse,
  file: string,
  { policy, target }: Session,
  asked: OpenOptions["range"]
): Result.Result<FileResponse, Malformed | WrongRange> => {
  const headers = { ...response.headers }
  // BCDA's errors have this type and its files never do. With a wrong status, an outcome would pass for a file of outcomes.
  if (target.isBcda && /^application\/fhir\+json\b/i.test(headers["content-type"]?.trim() ?? "")) {
    return Result.fail(new Malformed({ detail: `${file} came as a single resource` }))
  }
  if (policy.unframed === "refuse" && headers["transfer-encoding"] === unframed) {
    const detail = `${file} comes without a length and not in chunks, so that a broken connection would look like its end`
    return Result.fail(new Malformed({ detail }))
  }
  const encoding = (headers["content-encoding"] ?? "identity").trim().toLowerCase()
  if (!/^(identity|gzip|x-gzip)$/.test(encoding)) {
    return Result.fail(new Malformed({ detail: `${file} came in an encoding nobody asked for` }))
  }
  const length = headers["content-length"]
  const contentLength = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined
  const range = response.status === 206 ? rangeOf(headers["content-range"], asked) : undefined
  const rangeLength = range === undefined ? undefined : range.end - range.start + 1
  if (response.status === 206 && (rangeLength === undefined || (contentLength ?? rangeLength) !== rangeLength)) {
    return Result.fail(new WrongRange({ file, detail: "its Content-Range is not what was asked for" }))
  }
  const etag = headers["etag"]
  // A weak tag only promises that two states mean the same, not that their bytes can be joined.
  const validator = etag?.startsWith('"') === true ? etag : headers["last-modified"]
  return Result.succeed({
    status: response.status,
    headers,
    contentEncoding: encoding === "identity" ? "identity" : "gzip",
    ...(contentLength !== undefined && { contentLength }),
    ...(range !== undefined && { range }),
    ...(validator !== undefined && { validator }),
    rangesServed: range !== undefined || /\bbytes\b/i.test(headers["accept-ranges"] ?? ""),
    body: bodyOf(response, file, rangeLength ?? contentLength, policy)
  })
}

/** What a 206 holds, if that is what was asked for: from its very first byte, and not beyond its last. */
const rangeOf = (value: string | undefined, asked: OpenOptions["range"]): FileResponse["range"] => {
  const [, first, last, all] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(value?.trim() ?? "") ?? []
  const start = Number(first)
  const end = Number(last)
  const total = Number(all)
  if (asked === undefined || start !== asked.start || !(end >= start) || end > (asked.end ?? end)) return undefined
  if (all === "*") return { start, end }
  return end < total ? { start, end, total } : undefined
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
    steady(policy, ({ came, seconds }) => new Stalled({ file, got, afterSeconds: seconds, came })),
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
