/** A collector of OpenTelemetry's on loopback, which keeps what it was sent as JSON. */
import { Effect, Schema } from "effect"
import { serve } from "./Loopback.ts"

const Value = Schema.Union([
  Schema.Struct({ stringValue: Schema.String }),
  Schema.Struct({ intValue: Schema.Union([Schema.Finite, Schema.String]) }),
  Schema.Struct({ doubleValue: Schema.Finite }),
  Schema.Struct({ boolValue: Schema.Boolean })
])
const Attributes = Schema.Array(Schema.Struct({ key: Schema.String, value: Value }))

const Span = Schema.Struct({
  traceId: Schema.String,
  spanId: Schema.String,
  parentSpanId: Schema.optional(Schema.NullOr(Schema.String)),
  name: Schema.String,
  kind: Schema.Finite,
  attributes: Attributes,
  status: Schema.Struct({ code: Schema.Finite })
})
const Traces = Schema.Struct({
  resourceSpans: Schema.Array(
    Schema.Struct({
      resource: Schema.Struct({ attributes: Attributes }),
      scopeSpans: Schema.Array(Schema.Struct({ spans: Schema.Array(Span) }))
    })
  )
})
const Point = Schema.Struct({
  attributes: Schema.optional(Attributes),
  asDouble: Schema.optional(Schema.Finite),
  asInt: Schema.optional(Schema.Union([Schema.Finite, Schema.String])),
  count: Schema.optional(Schema.Union([Schema.Finite, Schema.String]))
})
const Metrics = Schema.Struct({
  resourceMetrics: Schema.Array(
    Schema.Struct({
      scopeMetrics: Schema.Array(
        Schema.Struct({
          metrics: Schema.Array(
            Schema.Struct({
              name: Schema.String,
              unit: Schema.String,
              sum: Schema.optional(Schema.Struct({ dataPoints: Schema.Array(Point) })),
              histogram: Schema.optional(Schema.Struct({ dataPoints: Schema.Array(Point) }))
            })
          )
        })
      )
    })
  )
})

export interface SeenSpan {
  readonly id: string
  readonly trace: string
  readonly parent: string | undefined
  readonly name: string
  readonly kind: number
  readonly failed: boolean
  readonly attributes: Readonly<Record<string, unknown>>
}

const plain = (attributes: typeof Attributes.Type): Readonly<Record<string, unknown>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

export const collector = Effect.gen(function* () {
  const bodies: Array<{
    readonly path: string
    readonly headers: NodeJS.Dict<string | Array<string>>
    readonly text: string
  }> = []
  const server = yield* Effect.acquireRelease(
    Effect.promise(() =>
      serve((request, response) => {
        let text = ""
        request.on("data", (part) => (text += String(part)))
        request.on("end", () => {
          bodies.push({ path: request.url ?? "", headers: request.headers, text })
          response.writeHead(200, { "content-type": "application/json" }).end("{}")
        })
      })
    ),
    (server) => Effect.promise(() => server[Symbol.asyncDispose]())
  )
  const to = (path: string) => bodies.filter((body) => body.path === path).map(({ text }): unknown => JSON.parse(text))
  const traces = () => to("/v1/traces").map((body) => Schema.decodeUnknownSync(Traces)(body))
  return {
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: server.url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" },
    /** All that arrived, as it travelled. */
    text: () => bodies.map(({ text }) => text).join("\n"),
    bodies,
    service: () => plain(traces()[0]?.resourceSpans[0]?.resource.attributes ?? [])["service.name"],
    spans: (): ReadonlyArray<SeenSpan> =>
      traces()
        .flatMap(({ resourceSpans }) => resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans)
        .flatMap(({ spans }) => spans)
        .map((span) => ({
          id: span.spanId,
          trace: span.traceId,
          parent: span.parentSpanId ?? undefined,
          name: span.name,
          kind: span.kind,
          failed: span.status.code === 2,
          attributes: plain(span.attributes)
        })),
    /** The last value of a metric: its sum, or for a histogram how many there were; of those whose attributes include the ones given. */
    metric: (name: string, about: Readonly<Record<string, string>> = {}): number | undefined => {
      const last = to("/v1/metrics").at(-1)
      if (last === undefined) return undefined
      const metrics = Schema.decodeUnknownSync(Metrics)(last)
        .resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap(({ metrics }) => metrics)
        .filter((metric) => metric.name === name)
      const points = metrics
        .flatMap(({ sum, histogram }) => [...(sum?.dataPoints ?? []), ...(histogram?.dataPoints ?? [])])
        .filter(({ attributes = [] }) => {
          const has = plain(attributes)
          return Object.entries(about).every(([key, value]) => has[key] === value)
        })
      if (points.length === 0) return undefined
      return points.reduce((all, { asDouble, asInt, count }) => all + Number(asDouble ?? asInt ?? count ?? 0), 0)
    }
  }
})
