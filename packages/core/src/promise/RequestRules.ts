/** What a server would not like about a request, or would not do, said before anything is sent. `kickOff` and exports ask by themselves. */
import { Duration, Result } from "effect"
import { ExportRequest } from "../ExportRequest.ts"
import { makePolicy } from "../Policy.ts"
import * as Core from "../RequestRules.ts"
import { coreTarget, requestOf } from "./internal/Given.ts"
import { requestError } from "./internal/PlainErrors.ts"
import type { RequestOptions } from "./Options.ts"
import type { Time } from "./Policy.ts"
import type { Target } from "./Target.ts"

/** The resource types of each API version of BCDA. v1 also accepts Observation, and then its job fails. */
export const resourceTypes = Core.resourceTypes

/** Options of `check`. */
export interface RuleOptions {
  /** Milliseconds since 1970. Default: this machine's clock. */
  readonly now?: number | undefined
  /** How far this machine's clock may be behind the server's. Default: the policy's, 5 minutes. */
  readonly clockSkew?: Time | undefined
}

/** Throws `RequestError` with everything that is wrong with a request for this target, in words that say what to do instead. */
export const check = (request: RequestOptions, target: Target, options: RuleOptions = {}): void => {
  const { now = Date.now(), clockSkew = makePolicy().kickOff.clockSkew } = options
  const rules = { now, clockSkew: Duration.fromInputUnsafe(clockSkew) }
  const checked = Core.check(requestOf(request), coreTarget(target), rules)
  if (Result.isFailure(checked)) throw requestError(checked.failure)
}

/** The kick-off URL of a request on a target. */
export const toUrl = (request: RequestOptions, target: Target): string =>
  ExportRequest.toUrl(requestOf(request), coreTarget(target))
