/** Answers without sockets, and virtual time that passes only when nothing else can happen. */
import { Clock, Effect, Fiber, Layer } from "effect"
import { HttpClient, type HttpClientRequest, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"

export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly authorization: string
  /** Milliseconds of virtual time since the test began. */
  readonly at: number
}

/** An `HttpClient` that answers from a function and keeps what it was asked, and when. */
export const answering = (answer: (asked: Asked, count: number) => Response | Promise<Response>) => {
  const asked: Array<Asked> = []
  const layer = Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request: HttpClientRequest.HttpClientRequest, url) =>
      Effect.gen(function* () {
        const one: Asked = {
          method: request.method,
          path: url.pathname + url.search,
          authorization: request.headers["authorization"] ?? "",
          at: yield* Clock.currentTimeMillis
        }
        const count = asked.filter(({ method, path }) => method === one.method && path === one.path).length
        asked.push(one)
        return HttpClientResponse.fromWeb(request, yield* Effect.promise(async () => answer(one, count)))
      })
    )
  )
  return {
    layer,
    asked,
    /** When a path was asked. */
    times: (path: string) => asked.filter((one) => one.path === path).map(({ at }) => at)
  }
}

/** Lets everything run that does not wait for time: a few turns of the engine's loop. */
export const settle = Effect.promise(async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
})

/** Moves virtual time in steps until the effect is done, and gives its result. */
export const elapse = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>, step: number) {
  const fiber = yield* Effect.forkChild(effect)
  yield* settle
  while (fiber.pollUnsafe() === undefined) {
    yield* TestClock.adjust(step)
    yield* settle
  }
  return yield* Fiber.join(fiber)
})
