import { Effect } from "effect"

/**
 * The handler of a command, from a module that is loaded when the command runs. What a command line may say is known without it, so that help,
 * completions and a wrong command line wait neither for the client nor for the suite.
 */
export const lazily =
  <Handlers, Input, A, E, R>(
    load: () => Promise<Handlers>,
    pick: (handlers: Handlers) => (input: Input) => Effect.Effect<A, E, R>
  ) =>
  (input: Input): Effect.Effect<A, E, R> =>
    Effect.flatMap(Effect.promise(load), (handlers) => pick(handlers)(input))
