/** How often, how long and how many, with times as numbers and text. */
import { Duration } from "effect"
import { type PolicyOptions as CoreOptions, type Policy as CorePolicy, makePolicy } from "../Policy.ts"

/** A length of time: milliseconds, or text such as `"90 seconds"`. */
export type Time = number | `${number} ${Duration.Unit}`

type Times<T> = Duration.Duration extends T ? Time | undefined : TimesIn<T>
type TimesIn<T> = T extends object ? { readonly [K in keyof T]: Times<T[K]> } : T

type Millis<T> = T extends Duration.Duration ? number : T extends object ? { readonly [K in keyof T]: Millis<T[K]> } : T

/** A policy with gaps: what is absent keeps its default. The fields of `Policy` say what they are for. */
export type PolicyOptions = TimesIn<CoreOptions>

/** Every number that the client goes by; times are milliseconds. */
export type Policy = Millis<CorePolicy>

/** A policy as plain numbers. */
export const plainPolicy = (policy: CorePolicy): Policy => ({
  ...policy,
  headersTimeout: millis(policy.headersTimeout),
  idleTimeout: millis(policy.idleTimeout),
  flow: { ...policy.flow, window: millis(policy.flow.window) },
  retry: {
    ...policy.retry,
    initial: millis(policy.retry.initial),
    max: millis(policy.retry.max),
    retryAfterCap: millis(policy.retry.retryAfterCap)
  },
  poll: {
    ...policy.poll,
    initial: millis(policy.poll.initial),
    max: millis(policy.poll.max),
    deadline: millis(policy.poll.deadline),
    outage: millis(policy.poll.outage),
    failedGrace: millis(policy.poll.failedGrace),
    failedWithin: millis(policy.poll.failedWithin)
  },
  kickOff: { clockSkew: millis(policy.kickOff.clockSkew), settle: millis(policy.kickOff.settle) },
  tokens: { ...policy.tokens, window: millis(policy.tokens.window) },
  budget: { ...policy.budget, window: millis(policy.budget.window) }
})

const millis = Duration.toMillis

/** The policy that is used when none is given. */
export const defaultPolicy: Policy = plainPolicy(makePolicy())
