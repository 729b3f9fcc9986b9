/**
 * The second opinion: the same server through fhir-kit-client, so that a server which only our own client understands cannot pass.
 *
 * What that client needs to work with BCDA: the base URL is the versioned one (`…/api/v3`), the token is set as `bearerToken`, and
 * `Prefer: respond-async` goes along by hand with the kick-off and with `/jobs`, which asks for it too. Its Accept is
 * `application/fhir+json` already, and a file is asked for as NDJSON by hand. It sends over the platform's own fetch, not over core's
 * transport: other header names, other order, other company.
 */
import { Data, Effect } from "effect"
import { Client, type FhirResource } from "fhir-kit-client"
import type { Body } from "./Exchange.ts"
import type { Draft, Recorder } from "./Recorder.ts"
import type { Step } from "./Scenario.ts"

export interface Asking {
  readonly scenario: string
  readonly step: string
  readonly call: Extract<Step, { _tag: "Opinion" }>["call"]
  /** What to ask for, with the calls `request` and `file`. It has to be one that may see the token. */
  readonly url: string
  readonly baseUrl: string
  readonly token: string | undefined
  readonly types: string
  /** The path of the `$export` to start below the base URL, such as `Group/all/$export`. */
  readonly exportPath: string
  readonly method: "GET" | "POST"
  /** What a kick-off by POST brings along. */
  readonly parameters: { readonly resourceType: "Parameters" }
  readonly timeoutMillis: number
}

/** What came back: the draft of the record, and the raw headers for what a step keeps. */
export interface Asked {
  readonly draft: Draft
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string>>
}

/** What fhir-kit-client throws: an answer it does not take, or no answer. */
class Complaint extends Data.TaggedError("Complaint")<{ readonly cause: unknown }> {}

const silence = new Complaint({ cause: new DOMException("The server said nothing in time", "TimeoutError") })

const prefer = { prefer: "respond-async" }
const ndjson = { accept: "application/fhir+ndjson" }

/** Makes one call through fhir-kit-client. Never fails: a complaint of that client is what the record is for. */
export const ask = Effect.fnUntraced(function* (
  asking: Asking,
  { body: textOf, fileBody, redactor }: Pick<Recorder, "body" | "fileBody" | "redactor">
) {
  const { call, token } = asking
  // a redirect is an answer like any other: the token follows none
  const client = new Client({
    baseUrl: asking.baseUrl,
    requestOptions: { redirect: "manual" },
    ...(token === undefined ? {} : { bearerToken: token })
  })
  const url = {
    capabilityStatement: `${asking.baseUrl}/metadata`,
    export: `${asking.baseUrl}/${asking.exportPath}?_type=${asking.types}`,
    jobs: `${asking.baseUrl}/jobs`,
    request: asking.url,
    file: asking.url
  }[call]
  const sent: Record<string, string> = {
    accept: "application/fhir+json",
    ...(call === "export" || call === "jobs" ? prefer : {}),
    ...(call === "file" ? ndjson : {})
  }
  /** What is kept of a body: of a file that was given facts alone. */
  const bodyOf = (text: string, status: number | undefined): Effect.Effect<Body> =>
    call === "file" && status !== undefined && status < 300 ? fileBody(text) : Effect.sync(() => textOf(text))
  const base = {
    scenario: asking.scenario,
    step: asking.step,
    attempt: 1,
    via: "fhir-kit-client" as const,
    request: {
      method: call === "export" ? asking.method : "GET",
      url: redactor.text(url),
      headers: sent,
      auth: token === undefined ? "none" : `bearer ${redactor.hide("token", token)}`
    }
  }

  const [resourceType, id] = asking.exportPath.split("/")
  const run = (signal: AbortSignal): Promise<FhirResource> => {
    switch (call) {
      case "capabilityStatement":
        return client.capabilityStatement({ signal })
      case "jobs":
        return client.request("jobs", { options: { headers: prefer, signal } })
      case "request":
        return client.request(asking.url, { options: { signal } })
      case "file":
        return client.request(asking.url, { options: { headers: ndjson, signal } })
      case "export":
        return client.operation({
          name: "export",
          ...(resourceType === undefined || resourceType === "$export" ? {} : { resourceType }),
          ...(id === undefined || id === "$export" ? {} : { id: decodeURIComponent(id) }),
          method: asking.method,
          input: asking.method === "GET" ? { _type: asking.types } : asking.parameters,
          options: { headers: prefer, signal }
        })
    }
  }

  return yield* Effect.tryPromise({ try: run, catch: (cause) => new Complaint({ cause }) }).pipe(
    // By the judge's clock: where that jumps, nobody waits for a server that says nothing.
    Effect.timeoutOrElse({ duration: asking.timeoutMillis, orElse: () => Effect.fail(silence) }),
    Effect.flatMap(
      Effect.fnUntraced(function* (resource): Effect.fn.Return<Asked> {
        const { request, response } = Client.httpFor(resource)
        const headers = plain(response?.headers)
        const text = JSON.stringify(resource)
        // before the headers: what it teaches of secrets goes for them too
        const body = yield* bodyOf(text === "{}" ? "" : text, response?.status)
        return {
          status: response?.status,
          headers,
          draft: {
            ...base,
            request: {
              ...base.request,
              url: redactor.text(request?.url ?? url),
              headers: redactor.headers(plain(request?.headers))
            },
            ...answer(response?.status, redactor.headers(headers), body),
            accepted: true
          }
        }
      })
    ),
    Effect.catch(
      Effect.fnUntraced(function* ({ cause }): Effect.fn.Return<Asked> {
        const seen = answered(cause)
        const headers = plain(seen?.headers)
        const body = yield* bodyOf(seen?.text ?? "", seen?.status)
        return {
          status: seen?.status,
          headers,
          draft: {
            ...base,
            ...answer(seen?.status, redactor.headers(headers), body),
            ...(seen === undefined ? { failure: nameOf(cause) } : {}),
            accepted: false
          }
        }
      })
    )
  )
})

const plain = (headers: Headers | undefined): Record<string, string> => Object.fromEntries(headers?.entries() ?? [])

const answer = (status: number | undefined, headers: Record<string, string>, body: Body): Pick<Draft, "response"> =>
  status === undefined ? {} : { response: { status, headers, body } }

/** fhir-kit-client throws an Error with `response` and `config` for every answer it does not take, including a 200 that is not JSON. */
const answered = (
  cause: unknown
): { readonly status: number; readonly headers: Headers | undefined; readonly text: string } | undefined => {
  if (typeof cause !== "object" || cause === null || !("response" in cause)) return undefined
  const { response } = cause
  if (typeof response !== "object" || response === null || !("status" in response)) return undefined
  if (typeof response.status !== "number") return undefined
  const data = "data" in response ? response.data : undefined
  const config = "config" in cause && typeof cause.config === "object" && cause.config !== null ? cause.config : {}
  const headers = "headers" in config && config.headers instanceof Headers ? config.headers : undefined
  const text = data === undefined ? "" : typeof data === "string" ? data : JSON.stringify(data)
  return { status: response.status, headers, text: text === "{}" ? "" : text }
}

/** The code or name of a failure without an answer. The message is left alone: it may hold a URL. */
const nameOf = (cause: unknown): string => {
  let error: unknown = cause
  for (let depth = 0; depth < 6 && typeof error === "object" && error !== null; depth++) {
    if ("code" in error && typeof error.code === "string") return error.code
    if (!("cause" in error) || error.cause === undefined) break
    error = error.cause
  }
  return error instanceof Error ? error.name : "no answer"
}
