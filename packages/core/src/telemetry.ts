/**
 * Spans and metrics for whoever asks for them, by OpenTelemetry's protocol (OTLP over HTTP). Nothing of this is loaded by the other entries.
 *
 * Programs on Effect that have a tracer of their own need none of it: the client's spans and metrics go where all others go.
 */
import { ConfigProvider, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { type OtlpExporter, OtlpMetrics, OtlpSerialization, OtlpTracer } from "effect/observability"

/** Environment variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Whether these variables ask for telemetry: `OTEL_EXPORTER_OTLP_ENDPOINT`, or the one of traces or metrics, is set, and `OTEL_SDK_DISABLED`
 * is not `true`.
 */
export const isAskedFor = (environment: Environment): boolean =>
  environment["OTEL_SDK_DISABLED"]?.toLowerCase() !== "true" &&
  ["", "TRACES_", "METRICS_"].some((signal) => (environment[`OTEL_EXPORTER_OTLP_${signal}ENDPOINT`] ?? "") !== "")

/**
 * Sends the spans and metrics of what runs under this layer to the collector that the variables of OpenTelemetry name (`OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `…_HEADERS`, `…_PROTOCOL` as `http/protobuf` (default) or `http/json`, `…_COMPRESSION`, `…_TIMEOUT`, `OTEL_SERVICE_NAME` (default `bcda-kit`),
 * `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_EXPORTER` and `OTEL_METRICS_EXPORTER` as `otlp` (default) or `none`). Without an endpoint it does nothing.
 * What is left is sent when the layer's scope ends. A collector that is away costs no export: what it does not take is dropped.
 *
 * Spans and metrics hold no secret, no query of a URL and nothing of a server's texts or of claims. Hazard: they do hold the target's host, ids of
 * jobs and names of files.
 */
export const layer = (environment: Environment): Layer.Layer<OtlpExporter.Flusher> => {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""))
  const provider = ConfigProvider.fromEnv({
    env: {
      OTEL_SERVICE_NAME: "bcda-kit",
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_METRICS_EXPORTER: "otlp",
      ...given
    }
  })
  const serialization =
    environment["OTEL_EXPORTER_OTLP_PROTOCOL"] === "http/json"
      ? OtlpSerialization.layerJson
      : OtlpSerialization.layerProtobuf
  return Layer.mergeAll(OtlpTracer.layerFromConfig(), OtlpMetrics.layerFromConfig()).pipe(
    Layer.provide([serialization, FetchHttpClient.layer, ConfigProvider.layer(provider)])
  )
}
