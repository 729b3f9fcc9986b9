/**
 * What the client tells whoever traces and counts: names after OpenTelemetry's conventions where those have one, else `bcda.`. Nothing in here
 * is a secret or a person's: no header, no query, no text of a server's.
 */
import { Clock, Effect, Exit, Metric, type Tracer } from "effect"
import type { HttpClientRequest, HttpClientResponse } from "effect/http"
import { redact } from "../Redact.ts"

const histogram = (name: string, description: string, boundaries: ReadonlyArray<number>) =>
  Metric.histogram(name, { description, attributes: { unit: "s" }, boundaries })
const counter = (name: string, description: string, unit: string) =>
  Metric.counter(name, { description, attributes: { unit }, incremental: true })

const requestDuration = histogram(
  "http.client.request.duration",
  "Time until the headers of an answer are there",
  [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30]
)
const activeRequests = Metric.counter("http.client.active_requests", {
  description: "Requests whose answer has not begun",
  attributes: { unit: "{request}" }
})
const tokens = counter("bcda.client.tokens", "Tokens that were asked for", "{token}")
const throttled = counter("bcda.client.throttled", "Answers that ask for fewer requests", "{response}")
const retries = counter("bcda.file.retries", "Repeated downloads", "{download}")
const files = counter("bcda.file.count", "Files that are whole and proven", "{file}")
const bytes = counter("bcda.file.size", "Their bytes, uncompressed", "By")
const wireBytes = counter("bcda.file.wire_size", "Their bytes on the wire", "By")
const lines = counter("bcda.file.lines", "Their lines, which are resources", "{line}")
const exportDuration = histogram(
  "bcda.export.duration",
  "From the kick-off, or its continuation, to the receipt",
  [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 86400]
)

/** A URL without what may be secret or a person's: its query, its fragment, a name and password, and what is shaped like an MBI. */
const safeUrl = (url: string): URL | undefined => {
  if (!URL.canParse(url)) return undefined
  const parsed = new URL(url)
  parsed.username = parsed.password = parsed.search = parsed.hash = ""
  parsed.pathname = redact(parsed.pathname)
  return parsed
}

const portOf = ({ port, protocol }: URL): number => Number(port || (protocol === "https:" ? 443 : 80))

/** Attributes of metrics are texts. */
const texts = (attributes: Readonly<Record<string, string | number>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value)]))

/**
 * One request as a client span, and its time. In place of effect's own span, which has the query of the URL: a signed one is a key to the file.
 */
export const requested = <E, R>(
  request: HttpClientRequest.HttpClientRequest,
  send: Effect.Effect<HttpClientResponse.HttpClientResponse, E, R>
): Effect.Effect<HttpClientResponse.HttpClientResponse, E, R> =>
  Effect.gen(function* () {
    const url = safeUrl(request.url)
    const about = {
      "http.request.method": request.method,
      ...(url !== undefined && { "server.address": url.hostname, "server.port": portOf(url) })
    }
    const startedAt = yield* Clock.currentTimeMillis
    const taken = (outcome: Record<string, string | number>) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Metric.update(Metric.withAttributes(requestDuration, texts({ ...about, ...outcome })), (now - startedAt) / 1000)
      )
    const active = Metric.withAttributes(activeRequests, texts(about))
    return yield* Metric.update(active, 1).pipe(
      Effect.andThen(send),
      Effect.tap(({ status }) => {
        const outcome = {
          "http.response.status_code": status,
          ...(status >= 400 && { "error.type": String(status) })
        }
        return Effect.andThen(Effect.annotateCurrentSpan(outcome), taken(outcome))
      }),
      Effect.onError(() => taken({ "error.type": "no_answer" })),
      Effect.ensuring(Metric.update(active, -1)),
      Effect.withSpan(request.method, {
        kind: "client",
        attributes: { ...about, ...(url !== undefined && { "url.full": url.href }) }
      })
    )
  })

export const tokenAsked: Effect.Effect<void> = Metric.update(tokens, 1)

export const slowedDown: Effect.Effect<void> = Metric.update(throttled, 1)

/** Before a download is repeated, with the reason's tag. */
export const fileRepeated = (reason: string): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(retries, { "error.type": reason }), 1)

interface Proven {
  readonly type: string
  readonly path: string
  readonly attempts: number
  readonly bytes: number
  readonly wireBytes: number
  readonly lines: number
}

/** When a file is whole; within its span. */
export const fileProven = (file: Proven): Effect.Effect<void> => {
  const about = { "bcda.file.type": file.type }
  return Effect.all(
    [
      Effect.annotateCurrentSpan({
        ...about,
        "bcda.file.name": redact(file.path),
        "bcda.file.size": file.bytes,
        "bcda.file.wire_size": file.wireBytes,
        "bcda.file.lines": file.lines,
        "bcda.file.attempts": file.attempts
      }),
      Metric.update(Metric.withAttributes(files, about), 1),
      Metric.update(Metric.withAttributes(bytes, about), file.bytes),
      Metric.update(Metric.withAttributes(wireBytes, about), file.wireBytes),
      Metric.update(Metric.withAttributes(lines, about), file.lines)
    ],
    { discard: true }
  )
}

/** The time of a whole export, and how it ended: `error.type` is the reason's tag. */
export const exported = <A, E extends { readonly reason: { readonly _tag: string } }, R>(
  run: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.flatMap(Clock.currentTimeMillis, (startedAt) =>
    Effect.onExit(run, (exit) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Metric.update(Metric.withAttributes(exportDuration, endOf(exit)), (now - startedAt) / 1000)
      )
    )
  )

const endOf = (exit: Exit.Exit<unknown, { readonly reason: { readonly _tag: string } }>): Record<string, string> => {
  if (Exit.isSuccess(exit)) return {}
  const failure = exit.cause.reasons.find((reason) => reason._tag === "Fail")
  return { "error.type": failure === undefined ? "interrupted" : failure.error.reason._tag }
}

/** One file of an export, from its first request until it has its name. Its last attributes are those of the proof. */
export const fileSpan = <A, E, R>(
  download: Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<R, Tracer.ParentSpan>> => Effect.withSpan(download, "BcdaClient.file")
