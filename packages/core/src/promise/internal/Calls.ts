/** Runs effects and streams for callers that know promises and async iterators. */
import { Cause, type Effect, Exit, type ManagedRuntime, Stream } from "effect"
import type { BcdaClient } from "../../BcdaClient.ts"
import type { CallOptions } from "../Options.ts"
import { Handover } from "./Handover.ts"
import { asPlain, type CallSite, callSite } from "./PlainErrors.ts"

/** All calls of a client. What they start belongs to its runtime, and ends with it. */
export interface Calls {
  /** `make` is called once there is a promise to reject, since what callers give may be wrong. */
  run<A>(make: () => Effect.Effect<A, unknown, BcdaClient>, options?: CallOptions): Promise<A>
  /**
   * A stream's items as they are asked for. Nothing is started before the first is, and leaving the loop early ends when everything that was
   * started has. `finish` makes what the reader gets of an item, when it is asked for.
   */
  iterate<A, B = A>(
    make: () => Stream.Stream<A, unknown, BcdaClient>,
    options: CallOptions | undefined,
    finish: (item: A) => B | Promise<B>
  ): AsyncGenerator<B, void, undefined>
  /** Ends everything that still runs. */
  close(): Promise<void>
}

export const makeCalls = (runtime: ManagedRuntime.ManagedRuntime<BcdaClient, never>): Calls => {
  let isClosed = false

  const refuse = (signal: AbortSignal | undefined): void => {
    signal?.throwIfAborted()
    if (isClosed) throw closed()
  }

  const run: Calls["run"] = async (make, { signal } = {}) => {
    const site = callSite(run)
    refuse(signal)
    const exit = await runtime.runPromiseExit(make(), signal === undefined ? {} : { signal })
    if (Exit.isSuccess(exit)) return exit.value
    throw errorOf(exit.cause, signal, site)
  }

  const iterate: Calls["iterate"] = (make, { signal } = {}, finish) => {
    const stop = new AbortController()
    const items = itemsOf(make, finish, stop, signal, callSite(iterate))
    const end = items.return.bind(items)
    return Object.assign(items, {
      // By itself a generator would first wait for the item that it was asked for.
      return: (value: void | PromiseLike<void>) => {
        stop.abort()
        return end(value)
      }
    })
  }

  async function* itemsOf<A, B>(
    make: () => Stream.Stream<A, unknown, BcdaClient>,
    finish: (item: A) => B | Promise<B>,
    stop: AbortController,
    signal: AbortSignal | undefined,
    site: CallSite
  ): AsyncGenerator<B, void, undefined> {
    refuse(signal)
    const handover = new Handover<A>()
    const stream = Stream.runForEachArray(make(), handover.give)
    const abort = () => stop.abort()
    signal?.addEventListener("abort", abort, { once: true })
    const ended = runtime.runPromiseExit(stream, { signal: stop.signal })
    void ended.then(() => handover.end())
    try {
      for (let items = await handover.take(); items !== undefined; items = await handover.take()) {
        for (const item of items) {
          signal?.throwIfAborted()
          if (stop.signal.aborted) return
          yield finish(item)
        }
      }
      const exit = await ended
      signal?.throwIfAborted()
      if (Exit.isFailure(exit) && !stop.signal.aborted) throw errorOf(exit.cause, signal, site)
    } catch (error) {
      throw asPlain(error, site)
    } finally {
      signal?.removeEventListener("abort", abort)
      stop.abort()
      await ended
    }
  }

  const close = (): Promise<void> => {
    isClosed = true
    return runtime.dispose()
  }

  return { run, iterate, close }
}

/** For items that are given as they are. */
export const itself = <A>(item: A): A => item

const closed = () => new DOMException("The client was closed", "AbortError")

const errorOf = (cause: Cause.Cause<unknown>, signal: AbortSignal | undefined, site: CallSite): unknown => {
  if (!Cause.hasInterruptsOnly(cause)) return asPlain(Cause.squash(cause), site)
  return signal?.aborted === true ? signal.reason : closed()
}
