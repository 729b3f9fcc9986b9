import * as NodeServices from "@effect/platform-node/NodeServices"
import { ConfigProvider, Console, Deferred, Effect, Fiber } from "effect"
import { run } from "../../src/Cli.ts"

const joined = (values: ReadonlyArray<unknown>) => `${values.map(String).join(" ")}\n`

export interface HereOptions {
  /** All of the environment that the command sees. */
  readonly env?: Readonly<Record<string, string>>
  /** A command that goes on for ever is interrupted once it has printed this. */
  readonly until?: string | undefined
}

/** Runs a command line in this process: all of the command but the process. */
export const runHere = Effect.fnUntraced(function* (args: ReadonlyArray<string>, options: HereOptions = {}) {
  const { env = {}, until } = options
  let stdout = ""
  let stderr = ""
  const seen = Deferred.makeUnsafe<void>()
  const look = () => {
    if (until !== undefined && (stdout + stderr).includes(until)) Deferred.doneUnsafe(seen, Effect.void)
  }
  const capturing: Console.Console = {
    ...console,
    log: (...values) => {
      stdout += joined(values)
      look()
    },
    error: (...values) => {
      stderr += joined(values)
      look()
    }
  }
  const fiber = yield* run(args, "0.0.0").pipe(
    Effect.provide(NodeServices.layer),
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))),
    Effect.provideService(Console.Console, capturing),
    Effect.forkChild
  )
  // Whichever comes first; a command that ends without what is waited for has said why.
  yield* Effect.raceFirst(Fiber.await(fiber), until === undefined ? Effect.never : Deferred.await(seen))
  const code = until === undefined ? yield* Fiber.join(fiber) : undefined
  yield* Fiber.interrupt(fiber)
  return { code, stdout, stderr, printed: until === undefined || (stdout + stderr).includes(until) }
})
