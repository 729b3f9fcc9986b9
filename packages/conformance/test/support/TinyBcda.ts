/**
 * A healthy tiny BCDA on loopback, written by hand from what the real one does, and a place to break it: a mutation sees every reply
 * before it is sent and may send another. Jobs move with every poll, so nothing here waits.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { gzipSync } from "node:zlib"
import { Duration, Effect } from "effect"
import { assertionJudge } from "./TinySmart.ts"

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
  /** Sends the headers and half the body, then cuts the connection. */
  readonly cut?: boolean
  /** Cuts the connection without a word. */
  readonly silent?: boolean
}

export type Route =
  | "metadata"
  | "smart"
  | "group"
  | "token"
  | "kickoff"
  | "status"
  | "cancel"
  | "file"
  | "jobs"
  | "attribution"
  | "unknown"

/** What a mutation knows about the request behind a reply. */
export interface Scene {
  readonly route: Route
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Names of the headers as they were written, in their order. */
  readonly names: ReadonlyArray<string>
  /** What a request for a token brought along, where the server takes assertions. */
  readonly form: URLSearchParams
  /** The token was good, or none was needed. */
  readonly authorized: boolean
  /** The token was good once, and is so no more. */
  readonly expired: boolean
  /** fhir-kit-client speaks over the platform's fetch, which names itself. */
  readonly foreign: boolean
  readonly base: string
  /** The reply that a good token would have got. */
  readonly granted: () => Reply
}

export type Mutation = (reply: Reply, scene: Scene) => Reply

export interface TinyOptions {
  readonly apiVersion?: "v1" | "v2" | "v3"
  readonly mutate?: Mutation
  /** Polls that find the job unfinished. Default 3. */
  readonly polls?: number
  /** Puts the same export off while it runs, so many times, with this Retry-After. Default: it starts it twice. */
  readonly putsOff?: { readonly retryAfter: string; readonly times: number }
  /** How it takes a kick-off. Default GET; POST as the STU4 ballot has it, with nothing of earlier editions. */
  readonly kickOff?: "GET" | "POST"
  /** How it gives tokens. Default basic, as BCDA does. */
  readonly auth?: "basic" | "smart"
}

export const canarySecret = "canary-secret-7f3a9c"
/** The first token; each has its own. */
export const canaryToken = "canary-token-51be02"
/** One that this server once gave and takes no more. */
export const deadToken = "canary-dead-token-9c40aa"

export interface Tiny {
  readonly apiVersion: "v1" | "v2" | "v3"
  readonly baseUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** `METHOD path` of every request, in order. */
  readonly requests: ReadonlyArray<string>
  /** Jobs that are neither done nor cancelled. */
  readonly running: () => number
  /** Lets time pass: tokens die after 20 minutes, jobs after a day, files after two. */
  readonly clock: { readonly advance: (by: Duration.Duration) => Effect.Effect<void> }
}

interface Job {
  readonly id: number
  readonly request: string
  readonly types: ReadonlyArray<string>
  readonly started: number
  polls: number
  cancelled: boolean
}

export const tinyFiles: Readonly<Record<string, { readonly uuid: string; readonly lines: ReadonlyArray<object> }>> = {
  Patient: {
    uuid: "11111111-2222-4333-8444-555555555555",
    lines: ["-1001", "-1002", "-1003"].map((id) => ({ id, gender: "unknown", resourceType: "Patient" }))
  },
  Coverage: {
    uuid: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    lines: ["-1001", "-1002"].flatMap((id) =>
      ["part-a", "part-b"].map((part) => ({
        beneficiary: { reference: `Patient/${id}` },
        id: `${part}${id}`,
        resourceType: "Coverage",
        status: "active"
      }))
    )
  },
  ExplanationOfBenefit: {
    uuid: "cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    lines: ["-1001", "-1003"].map((id) => ({
      id: `carrier-${id}1`,
      patient: { reference: `Patient/${id}` },
      resourceType: "ExplanationOfBenefit"
    }))
  }
}

/** What version 3 has to say of claims. */
const warnings = {
  uuid: "99999999-bbbb-4ccc-8ddd-eeeeeeeeeeee",
  lines: [
    {
      issue: [{ code: "incomplete", diagnostics: "Some claims are still being worked on.", severity: "warning" }],
      resourceType: "OperationOutcome"
    }
  ]
}

const states = [
  "Archived",
  "Cancelled",
  "CancelledExpired",
  "Completed",
  "Expired",
  "Failed",
  "FailedExpired",
  "In Progress",
  "Pending"
]

const minute = 60_000
const day = 24 * 60 * minute

const json = (status: number, value: unknown, type = "application/json"): Reply => ({
  status,
  headers: { "content-type": type },
  body: JSON.stringify(value)
})

export const outcome = (status: number, code: string, text: string): Reply =>
  json(
    status,
    { resourceType: "OperationOutcome", issue: [{ severity: "error", code, diagnostics: text }] },
    "application/fhir+json"
  )

const definition = (type: string) => `http://hl7.org/fhir/uv/bulkdata/OperationDefinition/${type.toLowerCase()}-export`

const capability = (base: string, version: string) => {
  const operation = (type: string) => ({
    definition: version === "v1" ? { reference: definition(type) } : definition(type),
    name: version === "v3" ? "export" : `${type.toLowerCase()}-export`
  })
  const operations =
    version === "v1"
      ? { operation: ["Patient", "Group"].map(operation) }
      : { resource: ["Patient", "Group"].map((type) => ({ type, operation: [operation(type)] })) }
  const uris = { url: "token", valueUri: `${base}/auth/token` }
  const extension = [
    { url: "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris", extension: [uris] }
  ]
  return {
    resourceType: "CapabilityStatement",
    status: "active",
    fhirVersion: version === "v1" ? "3.0.1" : "4.0.1",
    format: ["application/json", "application/fhir+json"],
    software: { name: "Beneficiary Claims Data API", version: "r231", releaseDate: "2024-09-09T13:35:05Z" },
    implementation: { url: base },
    instantiates: [
      `https://bfd.invalid/${version}/fhir/metadata`,
      "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"
    ],
    rest: [
      {
        mode: "server",
        security: { cors: true, service: [{ coding: [{ code: "OAuth" }], text: "OAuth" }], extension },
        interaction: [{ code: "batch" }, { code: "search-system" }],
        ...operations
      }
    ]
  }
}

const smartConfiguration = (base: string) => ({
  token_endpoint: `${base}/auth/token`,
  grant_types_supported: ["client_credentials"],
  capabilities: ["client-confidential-asymmetric"],
  token_endpoint_auth_methods_supported: ["private_key_jwt"],
  token_endpoint_auth_signing_alg_values_supported: ["RS384", "ES384"],
  scopes_supported: ["system/*.read"]
})

const file = (name: string, headers: Readonly<Record<string, string>>): Reply => {
  const found = [...Object.values(tinyFiles), warnings].find(({ uuid }) => name === `${uuid}.ndjson`)
  if (found === undefined) return { status: 404, headers: { "content-type": "text/plain" }, body: "Not Found" }
  const text = found.lines.map((line) => `${JSON.stringify(line)}\n`).join("")
  const type = { "content-type": "application/fhir+ndjson" }
  if (!(headers["accept-encoding"] ?? "").includes("gzip")) return { status: 200, headers: type, body: text }
  const stored = gzipSync(text)
  const encoded = { ...type, "content-encoding": "gzip" }
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers["range"] ?? "") ?? []
  if (from !== undefined && to !== undefined) {
    const range = { "content-range": `bytes ${from}-${to}/${stored.byteLength}` }
    return { status: 206, headers: { ...encoded, ...range }, body: stored.subarray(Number(from), Number(to) + 1) }
  }
  // BCDA appends an empty gzip member to every stored file
  return { status: 200, headers: encoded, body: Buffer.concat([stored, gzipSync("")]) }
}

const attribution = (): Reply =>
  json(200, {
    ingestion_dates: ["last_attribution_update", "last_runout_update"].map((type) => ({
      timestamp: "2024-12-22T22:31:40.397916Z",
      type
    }))
  })

/** The parameters of a kick-off by POST; a repeated one is a list. */
const parametersOf = (body: Buffer): ReadonlyMap<string, string> => {
  const {
    parameter = []
  }: { parameter?: ReadonlyArray<{ name: string; valueString?: string; valueInstant?: string }> } = JSON.parse(
    body.toString()
  )
  return new Map(
    [...Map.groupBy(parameter, ({ name }) => name)].map(([name, all]) => [
      name,
      all.map(({ valueInstant, valueString }) => valueString ?? valueInstant ?? "").join(",")
    ])
  )
}

/** Jobs of earlier nights: one that is 23 hours old, and one of which nothing is left. */
export const youngJob = 23
export const goneJob = 2

/** Starts a tiny BCDA that lives as long as the scope. */
export const tinyBcda = Effect.fnUntraced(function* (options: TinyOptions = {}) {
  const version = options.apiVersion ?? "v3"
  const jobs = new Map<number, Job>()
  for (const [id, age] of [
    [youngJob, 86_000_000],
    [goneJob, 3 * day]
  ] as const) {
    const common = { request: "http://127.0.0.1/", types: ["Patient"], cancelled: false }
    jobs.set(id, { ...common, id, started: Date.now() - age, polls: Number.POSITIVE_INFINITY })
  }
  const requests: Array<string> = []
  let base = ""
  let ahead = 0
  let putOff = 0
  /** When each token dies. */
  const dies = new Map<string, number>()
  const now = () => Date.now() + ahead
  const ageOf = (job: Job | undefined) => now() - (job?.started ?? 0)

  const kickOff = (url: URL, headers: Readonly<Record<string, string>>): Reply => {
    const given = url.searchParams.has("_type")
      ? url.searchParams.getAll("_type").flatMap((list) => list.split(","))
      : undefined
    const since = url.searchParams.get("_since")
    const format = url.searchParams.get("_outputFormat") ?? "ndjson"
    const filter = url.searchParams.get("_typeFilter") ?? ""
    if (!["application/fhir+ndjson", "application/ndjson", "ndjson"].includes(format))
      return outcome(400, "structure", "Unsupported _outputFormat")
    if (url.searchParams.has("_elements")) return outcome(400, "structure", "_elements is not supported")
    if (since !== null && !(Date.parse(since) <= now())) return outcome(400, "structure", "Invalid _since")
    if (/no-such|_sort|^Patient/.test(filter)) return outcome(400, "structure", "invalid _typeFilter")
    if (headers["accept"] === undefined) return outcome(400, "structure", "Accept header is required")
    if (headers["prefer"] === undefined) return outcome(400, "structure", "Prefer header is required")
    if (!url.pathname.includes("/Group/all/") && !url.pathname.includes("/Patient/"))
      return outcome(404, "not-found", "no such group")
    // nothing changes here, and no claim is of the year 2999
    const nothing = since !== null || filter !== ""
    const types = given ?? Object.keys(tinyFiles)
    const wrong = types.find((type) => tinyFiles[type] === undefined)
    if (wrong !== undefined) return outcome(400, "structure", `invalid resource type ${wrong}`)
    const request = options.kickOff === "POST" ? url.origin + url.pathname : url.href
    const isRunning = [...jobs.values()].some((job) => job.request === request && !job.cancelled && unfinished(job))
    if (isRunning && putOff++ < (options.putsOff?.times ?? 0))
      return { status: 429, headers: { "retry-after": options.putsOff?.retryAfter ?? "" }, body: "" }
    const id = 39 + jobs.size
    const started = now() - 1000
    jobs.set(id, { id, request, types: nothing ? [] : types, started, polls: 0, cancelled: false })
    return { status: 202, headers: { "content-location": `${base}/api/${version}/jobs/${id}` }, body: "" }
  }

  const unfinished = (job: Job) => Number.isFinite(job.polls) && job.polls <= (options.polls ?? 3)

  const status = (job: Job | undefined): Reply => {
    if (job === undefined) return outcome(404, "not-found", "")
    if (job.cancelled) return outcome(404, "not-found", "Job has been cancelled.")
    job.polls++
    if (unfinished(job)) {
      const progress = job.polls === 1 ? "Pending" : `In Progress, ${job.polls === 2 ? 25 : 50}%`
      return { status: 202, headers: { "x-progress": progress, "retry-after": "1" }, body: "" }
    }
    if (ageOf(job) > day) return outcome(410, "not-found", "")
    const manifest = {
      transactionTime: new Date(job.started).toISOString(),
      request: job.request,
      requiresAccessToken: true,
      output: job.types.map((type) => ({ type, url: `${base}/data/${job.id}/${tinyFiles[type]?.uuid}.ndjson` })),
      error:
        version === "v3" && job.types.includes("ExplanationOfBenefit")
          ? [{ type: "OperationOutcome", url: `${base}/data/${job.id}/${warnings.uuid}.ndjson` }]
          : [],
      JobID: job.id
    }
    const reply = json(200, manifest)
    return { ...reply, headers: { ...reply.headers, expires: new Date(job.started + day).toUTCString() } }
  }

  const cancel = (job: Job | undefined): Reply => {
    if (job === undefined) return outcome(404, "not-found", "")
    if (job.cancelled || job.polls > (options.polls ?? 3)) return outcome(410, "not-found", "job was not cancelled")
    job.cancelled = true
    return { status: 202, headers: {}, body: "" }
  }

  const stateOf = (job: Job) => {
    if (job.cancelled) return "Cancelled"
    return unfinished(job) ? "In Progress" : ageOf(job) > day ? "Archived" : "Completed"
  }

  const list = (url: URL): Reply => {
    const wanted = url.searchParams.get("_status")
    if (wanted !== null && !states.includes(wanted)) return outcome(400, "structure", `invalid status type ${wanted}`)
    const found = [...jobs.values()].filter((job) => wanted === null || stateOf(job) === wanted)
    if (found.length === 0) return outcome(404, "not-found", "no Jobs found")
    const entry = found.map((job) => ({
      resource: {
        resourceType: "Task",
        identifier: [{ use: "official", system: `${base}/api/${version}/jobs`, value: String(job.id) }],
        status: job.cancelled ? "cancelled" : unfinished(job) ? "in-progress" : "completed",
        intent: "order",
        input: [{ type: { text: "BULK FHIR Export" }, valueString: `GET ${job.request}` }],
        executionPeriod: { start: new Date(job.started).toISOString(), end: new Date(now()).toISOString() }
      }
    }))
    return json(200, { resourceType: "Bundle", type: "searchset", total: entry.length, entry })
  }

  const granted = (more: object): Reply => {
    const value = dies.size === 0 ? canaryToken : `another-token-${dies.size}-4f1c`
    dies.set(value, now() + 20 * minute)
    const reply = json(200, { access_token: value, expires_in: 1200, token_type: "bearer", ...more })
    return { ...reply, headers: { ...reply.headers, "cache-control": "no-store" } }
  }

  const judgeAssertion = assertionJudge("tiny-client")
  const byAssertion = (form: URLSearchParams): Reply => {
    const error = judgeAssertion(form, `${base}/auth/token`, now())
    if (error !== undefined) return json(400, { error })
    return granted({ scope: form.get("scope") })
  }

  const token = (authorization: string): Reply => {
    if (authorization !== `Basic ${Buffer.from(`tiny-client:${canarySecret}`).toString("base64")}`)
      return { status: 401, headers: { "content-type": "text/plain" }, body: "Unauthorized" }
    return granted({})
  }

  /** The route of a request, and what it answers to the right people. */
  const routed = (
    method: string,
    url: URL,
    headers: Readonly<Record<string, string>>,
    form: URLSearchParams
  ): [Route, () => Reply] => {
    const path = url.pathname
    const api = `/api/${version}`
    const job = jobs.get(Number(path.split("/").at(path.startsWith("/data/") ? 2 : -1)))
    if (path === `${api}/metadata`) return ["metadata", () => json(200, capability(base, version))]
    if (path === "/auth/token" && method === "POST") {
      return ["token", () => (options.auth === "smart" ? byAssertion(form) : token(headers["authorization"] ?? ""))]
    }
    if (path === `${api}/.well-known/smart-configuration`) return ["smart", () => json(200, smartConfiguration(base))]
    if (path === `${api}/Group/all`) return ["group", () => json(200, { resourceType: "Group", id: "all" })]
    if (path.startsWith(api) && path.endsWith("/$export")) {
      const isTaken = method === (options.kickOff ?? "GET")
      return ["kickoff", () => (isTaken ? kickOff(url, headers) : { status: 405, headers: {}, body: "" })]
    }
    if (path === `${api}/jobs`) return ["jobs", () => list(url)]
    if (path === `${api}/attribution_status`) return ["attribution", attribution]
    if (path.startsWith(`${api}/jobs/`)) {
      return method === "DELETE" ? ["cancel", () => cancel(job)] : ["status", () => status(job)]
    }
    const name = job === undefined || ageOf(job) > 2 * day ? "gone" : (path.split("/").at(-1) ?? "")
    if (path.startsWith("/data/")) return ["file", () => file(name, headers)]
    return ["unknown", () => ({ status: 404, headers: { "content-type": "text/plain" }, body: "404 page not found" })]
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", base)
    const chunks: Array<Buffer> = []
    for await (const chunk of request) chunks.push(chunk)
    const sent = Buffer.concat(chunks)
    const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true
    const form = new URLSearchParams(isForm ? sent.toString() : "")
    if (chunks.length > 0 && !isForm)
      for (const [name, value] of parametersOf(sent)) url.searchParams.append(name, value)
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value)
    const method = request.method ?? "GET"
    requests.push(`${method} ${url.pathname}${url.search}`)
    const [route, granted] = routed(method, url, headers, form)
    const open = ["metadata", "smart", "token", "unknown"].includes(route)
    const shown = headers["authorization"]?.replace(/^Bearer /, "") ?? ""
    const expired = now() >= (dies.get(shown) ?? Number.POSITIVE_INFINITY)
    const authorized = open || (dies.has(shown) && !expired)
    const honest = authorized ? granted() : outcome(401, "forbidden", "Invalid Token")
    const foreign = headers["sec-fetch-mode"] !== undefined
    const names = request.rawHeaders.filter((_, index) => index % 2 === 0)
    send(
      response,
      options.mutate?.(honest, { route, url, headers, names, form, authorized, expired, foreign, base, granted }) ??
        honest
    )
  }

  const server = yield* Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const made = createServer((request, response) => void handle(request, response))
      made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
    }),
    (made) =>
      Effect.callback<void>((resume) => {
        made.close(() => resume(Effect.void))
        made.closeAllConnections()
      })
  )
  const address = server.address()
  base = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`
  const tiny: Tiny = {
    apiVersion: version,
    baseUrl: base,
    clientId: "tiny-client",
    clientSecret: canarySecret,
    requests,
    clock: {
      advance: (by) =>
        Effect.sync(() => {
          ahead += Duration.toMillis(by)
        })
    },
    running: () => [...jobs.values()].filter((job) => !job.cancelled && unfinished(job)).length
  }
  return tiny
})

const send = (response: ServerResponse, reply: Reply) => {
  if (reply.silent === true) return response.destroy()
  response.writeHead(reply.status, { connection: "close", ...reply.headers })
  if (reply.cut !== true) return response.end(reply.body)
  const body = Buffer.from(reply.body)
  return response.write(body.subarray(0, Math.ceil(body.byteLength / 2)), () => response.destroy())
}
