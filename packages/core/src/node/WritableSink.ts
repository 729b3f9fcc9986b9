import type { Writable } from "node:stream"
import { Effect, Layer } from "effect"
import { SinkFailed } from "../Errors.ts"
import { Sink } from "../Sink.ts"

const newline = 10

/**
 * A stream of Node's as a sink, such as `process.stdout`: the resources of all files as one NDJSON, file after file. It gets whole, proven lines
 * only, and the server's bytes; a file that leaves out its last line end gets one. The files of the manifest's `error` and `deleted` lists are
 * not written. The stream is not ended.
 *
 * Hazard: what was written cannot be taken back. The export's success, not the end of the stream, says that it is all.
 */
export const layer = (stream: Writable, name = "the stream"): Layer.Layer<Sink> =>
  Layer.effect(
    Sink,
    Effect.gen(function* () {
      yield* Effect.acquireRelease(
        Effect.sync(() => stream.on("error", ignore)),
        () => Effect.sync(() => stream.off("error", ignore))
      )
      return Sink.make({
        name,
        takesBack: false,
        wants: ({ section }) => section === "output",
        open: () =>
          Effect.sync(() => {
            let last = newline
            return {
              write: (pieces) => {
                last = pieces.at(-1)?.at(-1) ?? last
                return writeTo(stream, name, Buffer.concat(pieces))
              },
              commit: () => (last === newline ? Effect.void : writeTo(stream, name, Buffer.from("\n"))),
              abort: Effect.void
            }
          })
      })
    })
  )

/** The failure of a write is told to its caller as well; without a listener it would end the process. */
const ignore = () => undefined

/** Returns when the stream has passed the bytes on. */
const writeTo = (stream: Writable, sink: string, bytes: Uint8Array): Effect.Effect<void, SinkFailed> =>
  Effect.callback((resume) => {
    stream.write(bytes, (error) =>
      resume(error == null ? Effect.void : new SinkFailed({ sink, detail: codeOf(error) }))
    )
  })

/** Node's code of a failure, such as `EPIPE`. */
const codeOf = (error: Error): string => ("code" in error && typeof error.code === "string" ? error.code : error.name)
