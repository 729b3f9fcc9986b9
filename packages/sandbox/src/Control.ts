import { Effect, Result, Schema, SchemaIssue } from "effect"
import type { ClockError } from "./Clock.ts"
import { decodeFaults, type FaultInstruction, type FaultsError, faultCatalogue } from "./faults/index.ts"
import { DurationText, millisOf } from "./faults/Option.ts"
import type { Sandbox } from "./Sandbox.ts"

/**
 * A sandbox taken in hand over HTTP: time, faults, log. It is no part of BCDA, so it answers on an origin of its own, and
 * only to programs on this machine: requests that a browser sends for a page, or that name another host, are refused.
 */
export interface Control {
  readonly handle: (request: Request) => Effect.Effect<Response>
  readonly fetch: (request: Request) => Promise<Response>
}

/** An answer that is none of the good ones. */
class Refused extends Schema.TaggedError<Refused>()("Refused", {
  status: Schema.Int,
  problem: Schema.String,
  next: Schema.String
}) {}

const refused = (status: number, problem: string, next: string) => new Refused({ status, problem, next })

type Answer = Effect.Effect<unknown, Refused>

/** What a route is given. */
interface Asked {
  readonly sandbox: Sandbox
  readonly query: URLSearchParams
  readonly body: string
  /** What the path has in place of the `{…}` of its route. */
  readonly segment: string
}

interface Route {
  readonly method: "GET" | "PUT" | "POST" | "DELETE"
  readonly path: string
  readonly about: string
  readonly answer: (asked: Asked) => Answer
}

const words = SchemaIssue.makeFormatterStandardSchemaV1()

const problemsOf = ({ issue }: Schema.SchemaError): string =>
  words(issue)
    .issues.map(({ message, path }) => {
      const at = (path ?? []).map((key) => String(typeof key === "object" ? key.key : key)).join(".")
      return at === "" ? message : `${at}: ${message}`
    })
    .join("; ")

const parsed = (body: string): Effect.Effect<unknown, Refused> =>
  Effect.try({
    try: (): unknown => JSON.parse(body),
    catch: () => refused(400, "the body is no JSON", "send a JSON document as the body")
  })

const decoded = <A>(schema: Schema.Codec<A, unknown>, json: unknown, next: string): Effect.Effect<A, Refused> =>
  Effect.fromResult(
    Result.mapError(Schema.decodeUnknownResult(schema, { onExcessProperty: "error", errors: "all" })(json), (error) =>
      refused(400, problemsOf(error), next)
    )
  )

/** One instruction is a list of one. */
const instructions = (body: string): Effect.Effect<ReadonlyArray<FaultInstruction>, Refused> =>
  parsed(body).pipe(
    Effect.flatMap((json) => decodeFaults(Array.isArray(json) ? json : [json])),
    Effect.mapError((error) => (error._tag === "Refused" ? error : misread(error)))
  )

const misread = ({ message, next }: FaultsError) => refused(400, message, next)

/** What a clock can be told. Stopping comes first and starting last, so that both go with a move. */
const ClockOrder = Schema.Struct({
  advance: Schema.optionalKey(Schema.Union([DurationText, Schema.Finite])),
  set: Schema.optionalKey(Schema.String),
  freeze: Schema.optionalKey(Schema.Boolean)
}).check(
  Schema.makeFilter(({ advance, freeze, set }) => {
    if (advance !== undefined && set !== undefined) return "one of advance and set, not both"
    return advance !== undefined || set !== undefined || freeze !== undefined || "advance, set or freeze"
  })
)

/** Milliseconds, or words that were checked. */
const lengthOf = (advance: string | number): number =>
  typeof advance === "number" ? advance : (millisOf(advance) ?? Number.NaN)

const clockNext = 'send {"advance": "24 hours"}, {"set": "2026-10-06T10:00:00Z"} or {"freeze": true}'

const time = ({ clock }: Sandbox) => ({ now: new Date(clock.now()).toISOString(), frozen: clock.frozen() })

const notMoved = ({ reason }: ClockError) => refused(400, reason.message, reason.next)

const moveClock = Effect.fnUntraced(function* ({ body, sandbox }: Asked) {
  const { advance, freeze, set } = yield* decoded(ClockOrder, yield* parsed(body), clockNext)
  const { clock } = sandbox
  if (freeze === true) yield* clock.freeze
  if (advance !== undefined) yield* Effect.mapError(clock.advance(lengthOf(advance)), notMoved)
  if (set !== undefined) yield* Effect.mapError(clock.set(set), notMoved)
  if (freeze === false) yield* clock.run
  return time(sandbox)
})

const LogQuery = Schema.Struct({
  area: Schema.optionalKey(
    Schema.Literals(["token", "kick-off", "status", "cancel", "jobs", "attribution", "metadata", "file", "other"])
  ),
  method: Schema.optionalKey(Schema.String),
  status: Schema.optionalKey(Schema.FiniteFromString),
  target: Schema.optionalKey(Schema.String),
  token: Schema.optionalKey(Schema.String),
  fault: Schema.optionalKey(Schema.String),
  ended: Schema.optionalKey(Schema.Literals(["open", "complete", "left", "closed", "reset", "failed"])),
  after: Schema.optionalKey(Schema.FiniteFromString)
})

const logNext = `select with ${Object.keys(LogQuery.fields).join(", ")}`

const readLog = ({ query, sandbox: { log } }: Asked): Answer =>
  Effect.map(decoded(LogQuery, Object.fromEntries(query), logNext), (filter) => ({
    entries: log.entries(filter),
    dropped: log.dropped(),
    remarks: log.remarks()
  }))

const endFault = ({ sandbox, segment }: Asked): Answer =>
  Effect.flatMap(sandbox.faults.remove(Number(segment)), (ended) =>
    ended ? Effect.void : Effect.fail(refused(404, "there is no such fault", "GET /faults lists those in force"))
  )

const routes: ReadonlyArray<Route> = [
  {
    method: "GET",
    path: "/",
    about: "this list",
    answer: () => Effect.succeed(routes.map(({ about, method, path }) => ({ method, path, about })))
  },
  {
    method: "GET",
    path: "/catalogue",
    about: "all faults and variants there are",
    answer: () => Effect.succeed(faultCatalogue)
  },
  {
    method: "GET",
    path: "/faults",
    about: "the faults in force, and what came of them",
    answer: ({ sandbox }) => sandbox.faults.list
  },
  {
    method: "PUT",
    path: "/faults",
    about: "replaces all faults",
    answer: ({ body, sandbox }) =>
      Effect.flatMap(instructions(body), (all) => Effect.mapError(sandbox.faults.set(all), misread))
  },
  {
    method: "POST",
    path: "/faults",
    about: "adds a fault, or a list of them",
    answer: ({ body, sandbox }) =>
      Effect.flatMap(instructions(body), (all) => Effect.mapError(sandbox.faults.add(all), misread))
  },
  {
    method: "DELETE",
    path: "/faults",
    about: "ends all faults, and gives what came of them",
    answer: ({ sandbox }) => sandbox.faults.clear
  },
  { method: "DELETE", path: "/faults/{id}", about: "ends one fault", answer: endFault },
  {
    method: "GET",
    path: "/clock",
    about: "the time",
    answer: ({ sandbox }) => Effect.sync(() => time(sandbox))
  },
  {
    method: "POST",
    path: "/clock",
    about: "moves the time forward, stops it, or lets it run on",
    answer: moveClock
  },
  { method: "GET", path: "/log", about: "requests and answers; the query selects", answer: readLog },
  {
    method: "DELETE",
    path: "/log",
    about: "empties the log",
    answer: ({ sandbox }) => Effect.sync(() => sandbox.log.clear())
  },
  { method: "GET", path: "/jobs", about: "all jobs", answer: ({ sandbox }) => Effect.sync(sandbox.jobs) },
  {
    method: "POST",
    path: "/idle",
    about: "answers when no file is being written; to be asked before the time is moved",
    answer: ({ sandbox }) => sandbox.idle
  },
  {
    method: "POST",
    path: "/reset",
    about: "as at the start, but for the time",
    answer: ({ sandbox }) => sandbox.reset
  }
]

const segmentOf = ({ path }: Route, asked: string): string | undefined => {
  if (!path.endsWith("}")) return path === asked ? "" : undefined
  const before = path.slice(0, path.indexOf("{"))
  return asked.startsWith(before) && /^[^/]+$/.test(asked.slice(before.length)) ? asked.slice(before.length) : undefined
}

const loopback = new Set(["127.0.0.1", "localhost", "[::1]"])

/** Browsers name the page's origin on everything that changes something, and say of all requests whether they cross sites. */
const fromBrowser = ({ headers }: Request): boolean => headers.has("origin") || headers.has("sec-fetch-site")

const route = (sandbox: Sandbox, request: Request, url: URL): Answer => {
  // A page that had its name point to this machine would still send that name.
  if (!loopback.has(url.hostname)) {
    return Effect.fail(refused(403, "only programs on this machine may ask", "use http://127.0.0.1 and the port"))
  }
  if (fromBrowser(request)) return Effect.fail(refused(403, "pages in browsers may not ask", "use curl or a program"))
  const there = routes.flatMap((one) => {
    const segment = segmentOf(one, url.pathname)
    return segment === undefined ? [] : [{ ...one, segment }]
  })
  if (there.length === 0) return Effect.fail(refused(404, "there is no such thing", "GET / lists what there is"))
  const found = there.find(({ method }) => method === request.method)
  if (found === undefined) {
    const methods = there.map(({ method }) => method).join(", ")
    return Effect.fail(refused(405, `${request.method} does nothing here`, `${methods} would`))
  }
  return Effect.flatMap(
    Effect.promise(() => request.text()),
    (body) => found.answer({ sandbox, query: url.searchParams, body, segment: found.segment })
  )
}

const json = (status: number, value: unknown): Response =>
  value === undefined
    ? new Response(null, { status: 204 })
    : new Response(`${JSON.stringify(value, null, 2)}\n`, { status, headers: { "content-type": "application/json" } })

/** Makes the control of a sandbox. `GET /` lists what it answers. */
export const makeControl = (sandbox: Sandbox): Control => {
  const handle = (request: Request): Effect.Effect<Response> =>
    route(sandbox, request, new URL(request.url)).pipe(
      Effect.map((value) => json(200, value)),
      Effect.catchTag("Refused", ({ next, problem, status }) => Effect.succeed(json(status, { error: problem, next })))
    )
  return { handle, fetch: (request) => Effect.runPromise(handle(request), { signal: request.signal }) }
}
