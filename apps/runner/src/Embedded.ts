import { Effect } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { Failure } from "./Failure.ts"

/** What a sandbox of this process is started with; the defaults are the sandbox's own. */
export interface EmbeddedOptions {
  /** Default: any free port. */
  readonly port?: number | undefined
  /** People of the first persona. */
  readonly enrollees?: number | undefined
  /** Serve the `*.ndjson` files below this directory instead of made-up claims. */
  readonly data?: string | undefined
}

const failure = (what: string, next: string) => (error: { readonly message: string }) =>
  new Failure({ what, why: error.message, next, exitCode: ExitCode.usage })

/** Starts a sandbox that stops when the scope closes. Loaded when needed: most commands never need it. */
export const startEmbedded = Effect.fn("bcda.sandbox")(function* (options: EmbeddedOptions = {}) {
  const { dataDirectory, serve } = yield* Effect.promise(() => import("@bcda-kit/sandbox/node"))
  const data =
    options.data === undefined
      ? undefined
      : yield* dataDirectory(options.data).pipe(
          Effect.mapError(
            failure("The data directory cannot be served", "Give --data a directory with *.ndjson files.")
          )
        )
  return yield* serve({
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.enrollees === undefined ? {} : { enrollees: options.enrollees }),
    ...(data === undefined ? {} : { data })
  }).pipe(
    Effect.mapError(failure("The sandbox could not be started", "Choose another --port, or none for a free one."))
  )
})
