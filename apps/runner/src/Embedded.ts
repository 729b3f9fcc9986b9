import type { BugState, FaultInstruction } from "@bcda-kit/sandbox"
import type { ServeOptions } from "@bcda-kit/sandbox/node"
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
  /** Which made-up people and claims. */
  readonly seed?: string | undefined
  /** What goes wrong. */
  readonly faults?: ReadonlyArray<FaultInstruction> | undefined
  /** Whether BCDA's bugs are there. */
  readonly bugs?: BugState | undefined
  /** Jobs complete as soon as their files are written. */
  readonly fast?: boolean
  /** Take orders on another port, or on this one. */
  readonly control?: ServeOptions["control"]
  readonly tls?: boolean
  readonly http2?: boolean
}

const failure = (what: string, next: string) => (error: { readonly message: string }) =>
  new Failure({ what, why: error.message, next, exitCode: ExitCode.usage })

const noPace = { pendingMillis: 0, perSubJobMillis: 0 }

/** Starts a sandbox that stops when the scope closes. Loaded when needed: most commands never need it. */
export const startEmbedded = Effect.fn("bcda.sandbox")(function* (options: EmbeddedOptions = {}) {
  const { dataDirectory, serve } = yield* Effect.promise(() => import("@bcda-kit/sandbox/node"))
  const { bugs, control, data: directory, enrollees, fast, faults, http2 = false, port, seed, tls = false } = options
  const data =
    directory === undefined
      ? undefined
      : yield* dataDirectory(directory).pipe(
          Effect.mapError(
            failure("The data directory cannot be served", "Give --data a directory with *.ndjson files.")
          )
        )
  return yield* serve({
    tls,
    http2,
    ...(port === undefined ? {} : { port }),
    ...(enrollees === undefined ? {} : { enrollees }),
    ...(seed === undefined ? {} : { seed }),
    ...(faults === undefined ? {} : { faults }),
    ...(bugs === undefined ? {} : { behaviour: { bugs } }),
    ...(fast === true ? { pace: noPace } : {}),
    ...(control === undefined ? {} : { control }),
    ...(data === undefined ? {} : { data })
  }).pipe(
    Effect.mapError(
      failure("The sandbox could not be started", "Choose another --port or --control-port, or none for a free one.")
    )
  )
})
