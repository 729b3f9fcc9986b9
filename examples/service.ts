/**
 * With Effect: the client as a service among others, built from layers and configuration, and an export whose events become a line of progress.
 *
 *   BCDA_CLIENT_ID=... BCDA_CLIENT_SECRET=... node examples/service.ts claims
 *
 * Result on stdout, progress on stderr. Ctrl-C interrupts: connections close, and the same command goes on later.
 */

import { BcdaClient, Credentials, type ExportError, type ExportEvent, ExportRequest, Target } from "@bcda-kit/core"
import { exportEvents, NodeTransport } from "@bcda-kit/core/node"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Config, Console, Context, Effect, Layer, Option, Stream } from "effect"

/** Which server, and as whom, from the environment; what is wrong with it is an error like any other. */
const BcdaLive = Layer.unwrap(
  Effect.gen(function* () {
    const url = yield* Config.String("BCDA_TARGET").pipe(Config.option)
    const clientId = yield* Config.NonEmptyString("BCDA_CLIENT_ID")
    const clientSecret = yield* Config.Redacted("BCDA_CLIENT_SECRET")
    const target = Option.isNone(url) ? Target.sandbox() : yield* Effect.fromResult(Target.fromUrl(url.value))
    return BcdaClient.layer({ target, credentials: new Credentials({ clientId, clientSecret }) })
  })
).pipe(
  // This transport leaves compressed bytes as they are. In a browser, or in a test, give another one.
  Layer.provide(NodeTransport.layer)
)

/** What the rest of this program knows of BCDA: a place that claims can be brought to. A test would give it another layer. */
class Claims extends Context.Service<
  Claims,
  {
    readonly bringTo: (
      directory: string
    ) => Effect.Effect<{ readonly lines: number; readonly files: number }, ExportError>
  }
>()("examples/Claims") {
  static readonly layer = Layer.effect(
    Claims,
    Effect.gen(function* () {
      // Taken once, here, so that the methods need nothing from who calls them.
      const client = yield* BcdaClient
      const bringTo = Effect.fn("Claims.bringTo")(function* (directory: string) {
        const request = new ExportRequest({ scope: "all", types: ["Patient", "Coverage"] })
        const last = yield* exportEvents({ request, directory }).pipe(
          Stream.tap(showProgress),
          Stream.runLast,
          Effect.provideService(BcdaClient, client)
        )
        // A stream that did not fail has ended with `Finished`.
        return Option.match(last, {
          onNone: () => ({ lines: 0, files: 0 }),
          onSome: (event) => (event._tag === "Finished" ? event.receipt.totals : { lines: 0, files: 0 })
        })
      })
      return Claims.of({ bringTo })
    })
  )
}

/** One line on a terminal that is written over; lines below each other anywhere else. */
const show = (text: string) =>
  Effect.sync(() => process.stderr.write(process.stderr.isTTY ? `\r\u001B[2K${text}` : `${text}\n`))

const showProgress = (event: ExportEvent): Effect.Effect<unknown> => {
  switch (event._tag) {
    case "KickedOff":
      return show(`job ${event.job.jobId} was started`)
    case "Resumed":
      return show(`job ${event.job.jobId} goes on, ${event.filesDone} files are here already`)
    case "Waiting":
      return show(`the server is ${event.state}`)
    case "ManifestReceived":
      return show(`${event.files} files are ready`)
    case "FileProgress":
      return process.stderr.isTTY ? show(`${event.path}: ${(event.bytes / 1e6).toFixed(1)} MB`) : Effect.void
    case "FileDone":
      return show(`${event.file.path} is here and proven`)
    default:
      return Effect.void
  }
}

const program = Effect.gen(function* () {
  const claims = yield* Claims
  const { files, lines } = yield* claims.bringTo(process.argv[2] ?? "claims")
  yield* Console.log(`${lines} lines in ${files} files`)
}).pipe(
  Effect.provide(Claims.layer.pipe(Layer.provide(BcdaLive))),
  // Every reason says what to do next. `Effect.catchReason` would take up one of them and leave the others.
  Effect.tapErrorTag("ExportError", ({ message, reason }) => Console.error(`${message}\n${reason.next}`)),
  Effect.tapErrorTag("TargetError", ({ message, next }) => Console.error(`${message}\n${next}`)),
  Effect.tapErrorTag("ConfigError", ({ message }) => Console.error(`The environment is not complete: ${message}`))
)

// Ends with exit code 1 when the program fails, and with 130 on Ctrl-C, after everything was closed.
NodeRuntime.runMain(program, { disableErrorReporting: true })
