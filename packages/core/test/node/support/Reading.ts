/** What the tests of streams have in common: clients over every kind of transport, and reads that keep what came before an error. */
import {
  BcdaClient,
  Credentials,
  type ExportError,
  type ExportEvent,
  type ExportReason,
  type PolicyOptions,
  type Resource,
  Transport
} from "@bcda-kit/core"
import { NodeTransport, nodeFetch } from "@bcda-kit/core/node"
import { Effect, Layer, Result, Stream } from "effect"
import { engineOf, webEngine } from "../../../src/internal/engine.ts"
import { nodeEngine } from "../../../src/node/internal/NodeEngine.ts"
import { type FakeBcda, type Fault, quick } from "./FakeBcda.ts"

/**
 * What streams run over: a transport that leaves gzip alone, and one that inflates, each with its own engine; the latter with Node's; and one that leaves
 * it alone, with nothing to inflate it.
 */
const ways = {
  "node:http": { transport: NodeTransport.layer, engine: nodeEngine },
  "the platform's fetch": { transport: Transport.layer, engine: webEngine },
  "the platform's fetch, with Node's engine": { transport: Transport.layer, engine: nodeEngine },
  "a fetch that cannot inflate": { transport: Transport.layerFetch(nodeFetch, { inflates: false }), engine: webEngine }
} as const
export type TransportName = keyof typeof ways
export const transportNames: ReadonlyArray<TransportName> = [
  "node:http",
  "the platform's fetch",
  "the platform's fetch, with Node's engine",
  "a fetch that cannot inflate"
]

export const clientOver = (fake: FakeBcda, name: TransportName, policy: PolicyOptions = {}) =>
  Layer.effect(
    BcdaClient,
    Effect.map(BcdaClient, (client) => BcdaClient.of({ ...client, [engineOf]: ways[name].engine }))
  ).pipe(
    Layer.provide(
      BcdaClient.layer({
        target: fake.target,
        credentials: Credentials.of("an-id", "a-secret"),
        policy: { ...quick, ...policy }
      })
    ),
    Layer.provide(ways[name].transport)
  )

/** What came out of a stream, the reason why no more did, and what happened. */
export interface Read<A> {
  readonly got: ReadonlyArray<Resource<A>>
  readonly reason: ExportReason | undefined
  readonly events: ReadonlyArray<ExportEvent>
}

/** Reads a stream to its end, whichever that is. `events` is where its `onEvent` puts them. */
export const readAll = Effect.fnUntraced(function* <A, R>(
  stream: Stream.Stream<Resource<A>, ExportError, R>,
  events: ReadonlyArray<ExportEvent> = [],
  onEach: (count: number) => void = () => undefined
) {
  const got: Array<Resource<A>> = []
  const each = (one: Resource<A>) => Effect.sync(() => onEach(got.push(one)))
  const end = yield* Effect.result(Stream.runForEach(stream, each))
  const read: Read<A> = { got, reason: Result.isFailure(end) ? end.failure.reason : undefined, events }
  return read
})

/** Keeps events. */
export const keeping = () => {
  const events: Array<ExportEvent> = []
  return { events, onEvent: (event: ExportEvent) => Effect.sync(() => void events.push(event)) }
}

/** Sends the first so many bytes and drops the connection, for the first `times` requests. */
export const cutAt =
  (bytes: number, times = 1): Fault =>
  (response, wire, nth) => {
    if (nth > times) return false
    response.write(wire.subarray(0, bytes), () => response.destroy())
    return true
  }

/**
 * Sends the first `part` of a body, and drops the connection when `drop` is called: once the test has seen what must have come by then. What was sent
 * shortly before a connection breaks may be lost.
 */
export const cutWhen = (part: number): { readonly fault: Fault; readonly drop: () => void } => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const fault: Fault = (response, wire) => {
    response.write(wire.subarray(0, Math.floor(wire.length * part)))
    void promise.then(() => response.destroy())
    return true
  }
  return { fault, drop: resolve }
}
