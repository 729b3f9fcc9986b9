import { Duration, Effect, Layer, ManagedRuntime, Redacted, Stream } from "effect"
import { BcdaClient } from "../BcdaClient.ts"
import type { DownloadError as CoreDownloadError } from "../Errors.ts"
import type { ExportEvent } from "../ExportEvent.ts"
import { jobRefOf } from "../JobRef.ts"
import * as Node from "../node/Export.ts"
import * as NodeTransport from "../node/NodeTransport.ts"
import { saveFile } from "../node/SaveFile.ts"
import { makePolicy } from "../Policy.ts"
import type { Receipt } from "../Receipt.ts"
import { layerFetch } from "../Transport.ts"
import type { Bcda, Token } from "./Bcda.ts"
import { runOptions, telling } from "./internal/Callbacks.ts"
import { itself, makeCalls } from "./internal/Calls.ts"
import { openFile } from "./internal/Files.ts"
import { coreCredentials, coreJob, coreTarget, requestOf, valid } from "./internal/Given.ts"
import { downloadError } from "./internal/PlainErrors.ts"
import { makeReading } from "./internal/Reading.ts"
import { exportToSink } from "./internal/Sinks.ts"
import type {
  CallOptions,
  ConnectOptions,
  ExportEventsOptions,
  JobRef,
  SaveOptions,
  SinceLastEventsOptions
} from "./Options.ts"
import { plainPolicy } from "./Policy.ts"
import { givenTarget } from "./Target.ts"

/**
 * Makes a client. Nothing is sent until it is used. Throws `TargetError` for a URL that cannot be a server's, `TypeError` for a policy whose
 * numbers make no sense.
 *
 * **Example** (Export everything from the sandbox)
 *
 * ```ts
 * import { connect } from "@bcda-kit/core/promise"
 *
 * await using bcda = connect({
 *   target: "sandbox",
 *   credentials: { clientId: process.env["BCDA_CLIENT_ID"] ?? "", clientSecret: process.env["BCDA_CLIENT_SECRET"] ?? "" }
 * })
 * const receipt = await bcda.export({ directory: "claims", request: { types: ["Patient"] } })
 * console.log(receipt.totals.lines)
 * ```
 */
export const connect = (given: ConnectOptions): Bcda => {
  const { credentials, fetch, policy: wished, target: named, telemetry, ...options } = given
  const target = coreTarget(givenTarget(named, options))
  const policy = valid(
    () => makePolicy(wished),
    (detail) => new TypeError(`The policy makes no sense: ${detail}`)
  )
  const layer = BcdaClient.layer({ target, credentials: credentials && coreCredentials(credentials), policy: wished })
  const transport = fetch === undefined ? NodeTransport.layer : layerFetch(fetch)
  const calls = makeCalls(
    ManagedRuntime.make(Layer.provide(layer, transport).pipe(Layer.provideMerge(telemetryLayer(telemetry))))
  )
  const refOf = (job: JobRef | string) => (typeof job === "string" ? jobRefOf(job, target) : coreJob(job))
  const call = <A, E>(use: (client: BcdaClient["Service"]) => Effect.Effect<A, E>, options?: CallOptions) =>
    calls.run(() => BcdaClient.use(use), options)

  return {
    target,
    policy: plainPolicy(policy),
    clientId: credentials?.clientId,
    export: ({ onEvent, ...options }) =>
      calls.run(
        () =>
          receiptOf(exportEvents(options), onEvent).pipe(
            Effect.filterOrElse(
              (receipt) => receipt !== undefined,
              () => Effect.die("an export ended without its last event")
            )
          ),
        options
      ),
    exportEvents: (options) => calls.iterate(() => exportEvents(options), options, itself),
    exportSinceLast: ({ onEvent, ...options }) =>
      calls.run(() => receiptOf(sinceLastEvents(options), onEvent), options),
    exportSinceLastEvents: (options) => calls.iterate(() => sinceLastEvents(options), options, itself),
    kickOff: (request, { signal, ...options } = {}) =>
      call((client) => client.kickOff(requestOf(request), options), { signal }),
    findJob: (request, since, options) => call((client) => client.findJob(requestOf(request), since), options),
    job: (id) => jobRefOf(id, target),
    status: (job, options) => call((client) => client.status(refOf(job)), options),
    follow: (job, options) =>
      calls.iterate(
        () => Stream.unwrap(BcdaClient.use((client) => Effect.succeed(client.follow(refOf(job))))),
        options,
        itself
      ),
    open: (url, options = {}) => openFile(calls, url, options),
    saveFile: ({ signal, ...options }) => calls.run(() => saveFile(saveOptions(options)), { signal }),
    jobs: (filter, options) => call((client) => client.jobs(filter), options),
    cancel: (job, options) => call((client) => client.cancel(refOf(job)), options),
    attribution: (options) => call((client) => client.attribution, options),
    metadata: (options) => call((client) => client.metadata, options),
    token: (options) => call((client) => Effect.map(client.token, shownToken), options),
    exportToSink: (options) => exportToSink(calls, options),
    ...makeReading(calls),
    close: () => calls.close(),
    [Symbol.asyncDispose]: () => calls.close()
  }
}

/** Getters are shown by nobody who prints or stores an object. */
const shownToken = ({
  expiresIn,
  value
}: {
  readonly expiresIn: Duration.Duration
  readonly value: Redacted.Redacted
}): Token =>
  Object.create(
    {},
    {
      value: { get: () => Redacted.value(value) },
      expiresInSeconds: { value: Duration.toSeconds(expiresIn), enumerable: true }
    }
  )

const exportEvents = (options: ExportEventsOptions) => Node.exportEvents({ ...options, ...runOptions(options) })

/** Watermarks and the calendar are loaded only by those who use them. */
const sinceLastEvents = (options: SinceLastEventsOptions) => {
  const { cancelOnInterrupt, request } = runOptions({ ...options, adopt: undefined })
  return Stream.unwrap(
    Effect.map(
      Effect.promise(() => import("../node/SinceLast.ts")),
      (sinceLast) => sinceLast.exportSinceLastEvents({ ...options, request, cancelOnInterrupt })
    )
  )
}

const saveOptions = ({ onProgress, onRetry, ...options }: Omit<SaveOptions, "signal">) => ({
  ...options,
  onProgress: telling(onProgress),
  onRetry: (error: CoreDownloadError, attempt: number) => telling(onRetry)(downloadError(error), attempt)
})

/** Tells of every event and keeps the last one's receipt. */
const receiptOf = <Event extends { readonly _tag: string }, E>(
  events: Stream.Stream<Event | Extract<ExportEvent, { _tag: "Finished" }>, E, BcdaClient>,
  onEvent: ((event: Event | Extract<ExportEvent, { _tag: "Finished" }>) => void | Promise<void>) | undefined
) =>
  Effect.gen(function* () {
    let receipt: Receipt | undefined
    yield* Stream.runForEach(events, (event) => {
      if ("receipt" in event) receipt = event.receipt
      return telling(onEvent)(event)
    })
    return receipt
  })

/** Loaded only if it is asked for. */
const telemetryLayer = (environment: ConnectOptions["telemetry"]) =>
  environment === undefined
    ? Layer.empty
    : Layer.unwrap(
        Effect.map(
          Effect.promise(() => import("../telemetry.ts")),
          (telemetry) => telemetry.layer(environment)
        )
      )
