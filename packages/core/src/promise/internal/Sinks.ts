/** Makes the sinks of effects from those of promises. */
import { Effect, Layer } from "effect"
import { SinkFailed } from "../../Errors.ts"
import { exportToSink as exportToCoreSink } from "../../ExportToSink.ts"
import * as WritableSink from "../../node/WritableSink.ts"
import type { Receipt } from "../../Receipt.ts"
import { Sink as CoreSink, type SinkWriter as CoreWriter, type SinkDefinition } from "../../Sink.ts"
import { ExportError } from "../Errors.ts"
import type { Sink, SinkExportOptions, SinkWriter } from "../Sinks.ts"
import { runOptions, telling } from "./Callbacks.ts"
import type { Calls } from "./Calls.ts"

/** A sink that this package made. What it does is its own affair. */
export interface BuiltSink {
  readonly name: string
  readonly builtIn: true
}

const layers = new WeakMap<BuiltSink, Layer.Layer<CoreSink>>()

const built = (name: string, layer: Layer.Layer<CoreSink>): BuiltSink => {
  const sink: BuiltSink = { name, builtIn: true }
  layers.set(sink, layer)
  return sink
}

export const memory = () => {
  const { files, sink } = CoreSink.memory()
  return { files, sink: built(sink.name, Layer.succeed(CoreSink, sink)) }
}

export const writable = (stream: Parameters<typeof WritableSink.layer>[0], name = "the stream"): BuiltSink =>
  built(name, WritableSink.layer(stream, name))

export const exportToSink = async (
  calls: Calls,
  { onEvent, signal, sink, ...options }: SinkExportOptions
): Promise<Receipt> => {
  const thrown: Array<unknown> = []
  const layer = () => sinkLayer(sink, (error) => thrown.push(error))
  const run = () => exportToCoreSink({ ...options, ...runOptions(options), onEvent: telling(onEvent) })
  try {
    return await calls.run(() => Effect.provide(run(), layer()), { signal })
  } catch (error) {
    if (error instanceof ExportError && error.reason._tag === "SinkFailed") error.cause = thrown[0]
    throw error
  }
}

/** `failed` is told what a function of the sink's has thrown. */
const sinkLayer = (sink: Sink | BuiltSink, failed: (error: unknown) => void): Layer.Layer<CoreSink> => {
  if (!("builtIn" in sink)) return CoreSink.layer(definitionOf(sink, failed))
  return (
    layers.get(sink) ??
    Layer.effect(CoreSink, Effect.die(new TypeError("this sink was made by another copy of the package")))
  )
}

const definitionOf = (sink: Sink, failed: (error: unknown) => void): SinkDefinition => {
  const { name, takesBack } = sink
  const trying = <A>(call: () => A | Promise<A>): Effect.Effect<A, SinkFailed> =>
    Effect.tryPromise({
      try: async () => call(),
      catch: (error) => {
        failed(error)
        return new SinkFailed({ sink: name, detail: codeOf(error) })
      }
    })
  const writerOf = (writer: SinkWriter): CoreWriter => ({
    write: (pieces) => trying(() => writer.write(pieces)),
    commit: (proof) => trying(() => writer.commit(proof)),
    abort: Effect.promise(async () => writer.abort?.())
  })
  return {
    name,
    takesBack,
    open: (file) =>
      Effect.map(
        trying(() => sink.open(file)),
        writerOf
      ),
    wants: sink.wants && ((file) => sink.wants?.(file) ?? true),
    holds: sink.holds && ((file) => trying(async () => sink.holds?.(file))),
    finish: sink.finish && ((receipt) => trying(() => sink.finish?.(receipt)))
  }
}

/** The error itself is the cause; its text may hold what was to be written. */
const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "what it threw is no error"
  return "code" in error && typeof error.code === "string" ? error.code : error.name
}
