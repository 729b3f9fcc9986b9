import { Effect, type Scope } from "effect"
import { note } from "./Output.ts"

/** How long a second Ctrl-C counts as one about the server's job. */
const patience = "5 seconds"

/**
 * Listens for Ctrl-C until the scope closes, and gives the question to ask once an export is stopping: whether to cancel the server's job, too.
 * A second Ctrl-C within 5 s is a yes. SIGTERM comes from programs: it is not asked about, and ends the waiting for an answer.
 */
export const secondCtrlC = Effect.fnUntraced(function* (
  signals: Pick<NodeJS.EventEmitter, "prependListener" | "removeListener"> = process
): Effect.fn.Return<Effect.Effect<boolean>, never, Scope.Scope> {
  let pressed = 0
  let over = false
  let waiting: (() => void) | undefined
  const onPress = () => {
    pressed += 1
    waiting?.()
  }
  const onEnd = () => {
    over = true
    waiting?.()
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      // Before the program's own listener, which begins to stop the export.
      signals.prependListener("SIGINT", onPress)
      signals.prependListener("SIGTERM", onEnd)
    }),
    () =>
      Effect.sync(() => {
        signals.removeListener("SIGINT", onPress)
        signals.removeListener("SIGTERM", onEnd)
      })
  )
  return Effect.gen(function* () {
    if (pressed === 0 || over) return false
    yield* note("stopping; Ctrl-C again within 5 s also cancels the job on the server")
    // Detached, because what an interrupted fiber waits for here must not be interrupted with it.
    yield* Effect.forkDetach(Effect.andThen(Effect.sleep(patience), Effect.sync(onEnd)))
    return yield* Effect.callback<boolean>((resume) => {
      const look = () => {
        if (pressed > 1) resume(Effect.succeed(true))
        else if (over) resume(Effect.succeed(false))
      }
      waiting = look
      look()
    })
  })
})
