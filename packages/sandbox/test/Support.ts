import {
  batches,
  type DataSource,
  makeSandbox,
  type Persona,
  type Sandbox,
  type SandboxOptions
} from "@bcda-kit/sandbox"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

/** When tests begin: a Tuesday morning, an hour before the clean-up at 11:00. */
export const startOfTest = Date.UTC(2026, 9, 6, 10, 0, 0)

/** One short line per person and type, batched as BCDA does. */
export const tinyData: DataSource = {
  plan: ({ batchSizes, population, types, version }) =>
    types.flatMap((type) =>
      batches(population.people, batchSizes[type]).map(({ from, to }) => ({
        type,
        people: to - from,
        lines: () =>
          Array.from({ length: to - from }, (_, index) =>
            JSON.stringify({ id: `${version}-${from + index}`, resourceType: type })
          )
      }))
    )
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** A sandbox under the TestClock, and short ways to talk to it. */
export interface Kit {
  readonly sandbox: Sandbox
  /** Sends a request to `https://bcda.test`, or to the origin that the path begins with. */
  readonly send: (path: string, headers?: Record<string, string>, method?: string) => Effect.Effect<Answer>
  readonly response: (path: string, headers?: Record<string, string>, method?: string) => Effect.Effect<Response>
  /** `Bearer …` for a persona; the first one by default. */
  readonly bearer: (persona?: string) => Effect.Effect<string>
  /** Kicks off with the headers BCDA wants and gives the job's path. */
  readonly start: (path: string, bearer: string) => Effect.Effect<string>
}

export const origin = "https://bcda.test"

/** The headers of an export. */
export const exportHeaders = (authorization: string) => ({
  authorization,
  accept: "application/fhir+json",
  prefer: "respond-async"
})

export const basic = (clientId: string, clientSecret: string): string =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`

export const makeKit = Effect.fnUntraced(function* (options: SandboxOptions = {}) {
  yield* TestClock.setTime(startOfTest)
  const sandbox = yield* makeSandbox({ data: tinyData, ...options })
  const response: Kit["response"] = (path, headers = {}, method = "GET") =>
    sandbox.handle(new Request(path.startsWith("http") ? path : `${origin}${path}`, { method, headers }))
  const send: Kit["send"] = Effect.fnUntraced(function* (path, headers, method) {
    const answer = yield* response(path, headers, method)
    return { status: answer.status, headers: answer.headers, text: yield* Effect.promise(() => answer.text()) }
  })
  const bearer: Kit["bearer"] = Effect.fnUntraced(function* (persona) {
    const credentials = sandbox.credentials.find((one) => persona === undefined || one.persona === persona)
    if (credentials === undefined) throw new Error(`no persona ${persona}`)
    const authorization = basic(credentials.clientId, credentials.clientSecret)
    const { text } = yield* send("/auth/token", { authorization }, "POST")
    return bearerIn(text)
  })
  const start: Kit["start"] = Effect.fnUntraced(function* (path, authorization) {
    const { headers, status, text } = yield* send(path, exportHeaders(authorization))
    const location = headers.get("content-location")
    if (location === null) throw new Error(`no job: ${status} ${text}`)
    return new URL(location).pathname
  })
  const kit: Kit = { sandbox, send, response, bearer, start }
  return kit
})

/** A member of a JSON object, whatever it is. */
export const memberOf = (json: string, name: string): unknown => {
  const value: unknown = JSON.parse(json)
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined
}

/** The Authorization header that a token answer allows. */
export const bearerIn = (tokenAnswer: string): string => `Bearer ${String(memberOf(tokenAnswer, "access_token"))}`

/** A persona for a test that is about one thing. */
export const persona = (change: Partial<Persona> = {}): Persona => ({
  id: "tester",
  label: "Tester",
  cmsId: "A9999",
  acoUuid: "00000000-aaaa-4000-8000-000000009999",
  clientId: "tester",
  clientSecret: "not-a-secret",
  people: 3,
  kinds: ["adjudicated"],
  attribution: { all: "current", runout: "current" },
  ...change
})

/** What BCDA's error bodies look like, by version: with a text, and without one. */
export const outcomeText = (version: "v1" | "v2" | "v3", code: string, words = ""): string => {
  const text = JSON.stringify(words)
  const diagnostics = words === "" ? "" : `,"diagnostics":${text}`
  const system = '"system":"http://hl7.org/fhir/ValueSet/operation-outcome","code":"Request Error"'
  const details = {
    v1: "",
    v2:
      words === ""
        ? `,"details":{"coding":[{${system}}]}`
        : `,"details":{"coding":[{${system},"display":${text}}],"text":${text}}`,
    v3: words === "" ? ',"details":{}' : `,"details":{"text":${text}}`
  }
  return `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"${code}"${diagnostics}${details[version]}}]}`
}

/** Completes all jobs that have been started: files first, then time. */
export const complete = (kit: Kit) => Effect.andThen(kit.sandbox.idle, TestClock.adjust("10 minutes"))

export const smallUuid = "00000000-aaaa-4000-8000-000000009990"
export const reachSmallUuid = "00000000-aaaa-4000-8000-000000009991"
