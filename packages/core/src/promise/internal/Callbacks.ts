/** Turns what callers give into what effects need. */
import { Effect } from "effect"
import type { ExportEventsOptions } from "../Options.ts"
import { coreJob, requestOf } from "./Given.ts"

/** Waits for what a callback returns, if it has to. What it throws ends the run as it is. */
export const waitingFor = <A>(call: () => A | Promise<A>): Effect.Effect<A> =>
  Effect.suspend(() => {
    const result = call()
    return result instanceof Promise ? Effect.promise(() => result) : Effect.succeed(result)
  })

/** A callback for events or the like. */
export const telling =
  <Given extends ReadonlyArray<unknown>>(tell: ((...given: Given) => void | Promise<void>) | undefined) =>
  (...given: Given): Effect.Effect<void> =>
    tell === undefined ? Effect.void : waitingFor(() => tell(...given))

/** The request of a run, and the options that callers give in another form. */
export const runOptions = ({
  adopt,
  cancelOnInterrupt,
  request
}: Pick<ExportEventsOptions, "adopt" | "cancelOnInterrupt" | "request">) => ({
  request: requestOf(request),
  adopt: typeof adopt === "object" ? coreJob(adopt) : adopt,
  cancelOnInterrupt: typeof cancelOnInterrupt === "function" ? waitingFor(() => cancelOnInterrupt()) : cancelOnInterrupt
})
