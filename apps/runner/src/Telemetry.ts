import { Effect, Layer } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { Failure } from "./Failure.ts"

const endpoint = /^OTEL_EXPORTER_OTLP_(TRACES_|METRICS_)?ENDPOINT$/

/** Spans and metrics of a run, for a collector that OpenTelemetry's variables name; loaded only then. */
export const telemetry: Layer.Layer<never, Failure> = Layer.unwrap(
  Effect.gen(function* () {
    if (!Object.entries(process.env).some(([name, value]) => endpoint.test(name) && value !== "")) return Layer.empty
    const { layer } = yield* Effect.promise(() => import("@bcda-kit/core/telemetry"))
    return yield* Effect.try({
      try: () => layer(process.env),
      catch: (error) =>
        new Failure({
          exitCode: ExitCode.usage,
          what: "where to send telemetry cannot be read",
          why: error instanceof Error ? error.message : "unknown",
          next: "Correct the variable, or leave it out; nothing was sent."
        })
    })
  })
)
