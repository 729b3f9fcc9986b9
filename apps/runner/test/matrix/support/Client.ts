import { inspect } from "node:util"
import {
  BcdaClient,
  Credentials,
  type ExportError,
  type ExportEvent,
  ExportRequest,
  type PolicyOptions,
  type Receipt,
  Target
} from "@bcda-kit/core"
import { type ExportOptions, exportEvents, NodeTransport } from "@bcda-kit/core/node"
import type { ApiVersion, Persona } from "@bcda-kit/sandbox"
import { Cause, Clock, Effect, Exit, Layer, Logger, References, Result, Stream, Tracer } from "effect"
import { HttpClient } from "effect/http"
import { persona } from "./Claims.ts"
import type { World } from "./World.ts"

/** How the client of a cell is set up, where that is not the default. */
export interface Setup {
  readonly version?: ApiVersion
  readonly request?: Partial<typeof ExportRequest.Encoded>
  readonly gzip?: ExportOptions["gzip"]
  readonly verify?: ExportOptions["verify"]
  readonly auth?: "none" | undefined
  readonly secret?: string | undefined
  readonly persona?: Persona
  /** Files at a time. One, so that it is known which of them meets the fault. */
  readonly concurrency?: number
  readonly policy?: PolicyOptions
  /** An origin that may have files and tokens too: the same server under its other name, or the foreign one. */
  readonly allows?: "localhost" | "elsewhere"
}

/** One request as it left the client. */
interface Sent {
  readonly origin: string
  readonly authorization: string | undefined
}

/** What somebody who ran the client got to see of it, and what it sent. */
export interface Trace {
  readonly sent: Array<Sent>
  /** Logs, spans, events and errors, as text. */
  readonly told: Array<string>
  readonly events: Array<ExportEvent>
}

export const newTrace = (): Trace => ({ sent: [], told: [], events: [] })

/** How a run ended. `Defect` is a crash, `Hang` one that nothing would ever have ended. */
export type Ended =
  | { readonly _tag: "Complete"; readonly receipt: Receipt }
  | { readonly _tag: "Failed"; readonly error: ExportError }
  | { readonly _tag: "Defect" | "Hang" }

const recorded = (trace: Trace) =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(
      HttpClient.HttpClient,
      HttpClient.mapRequest((request) => {
        trace.sent.push({ origin: new URL(request.url).origin, authorization: request.headers["authorization"] })
        return request
      })
    )
  ).pipe(Layer.provide(NodeTransport.layer))

const eavesdropper = (trace: Trace) =>
  Layer.mergeAll(
    Logger.layer([Logger.make((options) => void trace.told.push(inspect(options, { depth: 6 })))]),
    Layer.succeed(References.MinimumLogLevel, "All"),
    Layer.succeed(
      Tracer.Tracer,
      Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          const end = span.end.bind(span)
          span.end = (at, exit) => {
            trace.told.push(inspect([span.name, [...span.attributes], span.events, exit], { depth: 8 }))
            end(at, exit)
          }
          return span
        }
      })
    )
  )

/** Longer than any pause that the client makes of its own, so that this clock is patient before it lets an answer be late. */
const longest = "6 minutes"

/** Long enough for every job but one that never ends, and for every trouble but one that stays. */
const poll = { max: "2 minutes", deadline: "40 minutes", outage: "2 minutes" } as const

/** A new client, as a new process has one. */
export const clientOf = (world: World, setup: Setup, trace: Trace) => {
  const origins = { localhost: `http://localhost:${world.running.port}`, elsewhere: world.elsewhere.origin }
  const target = Result.getOrThrow(
    Target.fromUrl(world.running.baseUrl, {
      apiVersion: setup.version ?? "v3",
      ...(setup.auth === undefined ? {} : { auth: setup.auth }),
      ...(setup.allows === undefined ? {} : { allowedOrigins: [origins[setup.allows]] })
    })
  )
  const { clientId, clientSecret } = setup.persona ?? persona
  const credentials = Credentials.of(clientId, setup.secret ?? clientSecret)
  const policy: PolicyOptions = { headersTimeout: longest, idleTimeout: longest, poll, ...setup.policy }
  return BcdaClient.layer({ target, credentials, policy }).pipe(
    Layer.provide(recorded(trace)),
    Layer.provideMerge(eavesdropper(trace))
  )
}

/** Longer than anything that the client is prepared to wait for. */
const forEver = "10 days"

const told = (trace: Trace, cause: Cause.Cause<unknown>): void => {
  trace.told.push(Cause.pretty(cause), inspect(cause, { depth: 12 }))
  for (const error of Cause.prettyErrors(cause)) trace.told.push(String(error.stack))
  const squashed = Cause.squash(cause)
  trace.told.push(JSON.stringify(squashed))
}

/** Does something with a client to its end, and says how that was. */
export const attempt = <A, E>(
  world: World,
  setup: Setup,
  trace: Trace,
  work: Effect.Effect<A, E, BcdaClient>
): Promise<Exit.Exit<A, E> | "hang"> =>
  work.pipe(
    Effect.provide(clientOf(world, setup, trace)),
    Effect.exit,
    Effect.timeoutOption(forEver),
    Effect.provideService(Clock.Clock, world.clock),
    Effect.map((exit) => {
      if (exit._tag === "None") return "hang" as const
      if (Exit.isFailure(exit.value)) told(trace, exit.value.cause)
      return exit.value
    }),
    Effect.runPromise
  )

export const optionsOf = (setup: Setup, directory: string): ExportOptions => ({
  directory,
  request: new ExportRequest({ scope: "all", ...setup.request }),
  gzip: setup.gzip,
  verify: setup.verify,
  concurrency: setup.concurrency ?? 1
})

/** Exports into a directory. */
export const exportInto = async (world: World, setup: Setup, trace: Trace, directory: string): Promise<Ended> => {
  const run = exportEvents(optionsOf(setup, directory)).pipe(
    Stream.runForEach((event) =>
      Effect.sync(() => {
        trace.events.push(event)
        trace.told.push(JSON.stringify(event))
      })
    )
  )
  const exit = await attempt(world, setup, trace, run)
  if (exit === "hang") return { _tag: "Hang" }
  if (Exit.isSuccess(exit)) {
    const last = trace.events.at(-1)
    return last?._tag === "Finished" ? { _tag: "Complete", receipt: last.receipt } : { _tag: "Defect" }
  }
  const [reason] = exit.cause.reasons
  return exit.cause.reasons.length === 1 && reason?._tag === "Fail"
    ? { _tag: "Failed", error: reason.error }
    : { _tag: "Defect" }
}
