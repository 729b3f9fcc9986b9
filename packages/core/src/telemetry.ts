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
 * Sends the spans and metrics of what runs under this layer to the collector that the variables of OpenTelemetry name (`OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `…_HEADERS`, `…_PROTOCOL` as `http/protobuf` (default) or `http/json`, `…_COMPRESSION`, `…_TIMEOUT`, `OTEL_SERVICE_NAME` (default `bcda-kit`),
 * `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_EXPORTER` and `OTEL_METRICS_EXPORTER` as `otlp` (default) or `none`). Without an endpoint it does nothing.
 * What is left is sent when the layer's scope ends. A collector that is away costs no export: what it does not take is dropped.
 *
 * Throws a `TypeError` that names the variable if an endpoint is no URL, or the protocol another one.
 *
 * Spans and metrics hold no secret, no query of a URL and nothing of a server's texts or of claims. Hazard: they do hold the target's host, ids of
 * jobs and names of files.
 */
export const layer = (environment: Environment): Layer.Layer<OtlpExporter.Flusher> => {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== "")
  )
  const provider = ConfigProvider.fromEnv({
    env: {
      OTEL_SERVICE_NAME: "bcda-kit",
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_METRICS_EXPORTER: "otlp",
      ...given
    }
  })
  const protocol = given["OTEL_EXPORTER_OTLP_PROTOCOL"] ?? "http/protobuf"
  if (protocol !== "http/protobuf" && protocol !== "http/json") {
    throw new TypeError("OTEL_EXPORTER_OTLP_PROTOCOL is neither http/protobuf nor http/json")
  }
  for (const [name, value] of Object.entries(given)) {
    if (
      /^OTEL_EXPORTER_OTLP_(\w+_)?ENDPOINT$/.test(name) &&
      !/^https?:$/.test(URL.parse(value ?? "")?.protocol ?? "")
    ) {
      throw new TypeError(`${name} is not an http(s) URL`)
    }
  }
  const serialization = protocol === "http/json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf
  return Layer.mergeAll(OtlpTracer.layerFromConfig(), OtlpMetrics.layerFromConfig()).pipe(
    Layer.provide([serialization, FetchHttpClient.layer, ConfigProvider.layer(provider)])
  )
}
