/** Which steps a target is asked at all, by what is declared of it. */
import type { StepRecord } from "../Exchange.ts"
import type { Hazard, Step, Weekday } from "../Scenario.ts"
import type { KickOffMethod, TargetDescriptor, TargetKind } from "../TargetDescriptor.ts"
import { kicksOff } from "./kickOff.ts"

/** Why a step is not taken. */
export interface Closed {
  readonly outcome: Exclude<StepRecord["outcome"], "ran">
  readonly because: string
}

const allowed: Readonly<Record<TargetKind, ReadonlyArray<Hazard>>> = {
  embedded: ["refusal", "cancel", "extra-job", "load"],
  mock: ["refusal", "cancel", "extra-job", "load"],
  other: ["refusal", "cancel", "extra-job", "load"],
  sandbox: ["refusal", "cancel"],
  production: []
}

const unsafe: Readonly<Record<Hazard, string>> = {
  refusal: "it provokes a refusal",
  cancel: "it ends a job",
  "extra-job": "it starts one more job",
  load: "it strains the server"
}

const servers: Readonly<Record<TargetKind, string>> = {
  embedded: "an embedded sandbox",
  mock: "a mock",
  other: "this server",
  sandbox: "a sandbox that others use",
  production: "production"
}

export const lacking = (because: string): Closed => ({ outcome: "not-applicable", because })
export const leftOut = (because: string): Closed => ({ outcome: "not-run", because })
export const obstructed = (because: string): Closed => ({ outcome: "blocked", because })

/** What a run can do and when it is, besides what is declared of the target. */
export interface Occasion {
  /** See `kickOffMethod`. */
  readonly kickOff: KickOffMethod | undefined
  /** Today, by UTC. */
  readonly weekday: Weekday
  /** Whether the run was given a way to move the server's clock. */
  readonly movesClock: boolean
}

/** Why a step is closed to a target, if it is. */
export const closed = (
  step: Step,
  { apiVersion, auth, kind, methods }: TargetDescriptor,
  { kickOff, movesClock, weekday }: Occasion
): Closed | undefined => {
  const { hazard, onlyOn, onlyWithAuth, onlyWithClock, weekly } = step
  if (onlyWithAuth === true && auth === "none") return lacking("the target asks for no token")
  if (onlyWithClock === true && !movesClock) return leftOut("it needs a server whose clock can be moved")
  if (onlyOn?.bcda === true && apiVersion === "fhir") return lacking("the target is no BCDA")
  if (onlyOn?.apiVersion !== undefined && apiVersion !== onlyOn.apiVersion) {
    return lacking(`the target has no ${onlyOn.apiVersion} of BCDA's API`)
  }
  if (onlyOn?.auth !== undefined && auth !== onlyOn.auth)
    return lacking(`the target's tokens do not come by ${onlyOn.auth}`)
  if (onlyOn?.method !== undefined && !methods.includes(onlyOn.method)) {
    return lacking(`the target takes no kick-off by ${onlyOn.method}`)
  }
  if (kickOff === undefined && kicksOff(step)) {
    return lacking("the edition of the IG knows no kick-off by GET, and the target declares none by POST")
  }
  if (hazard !== undefined && !allowed[kind].includes(hazard)) {
    return leftOut(`${unsafe[hazard]}, which is not done to ${servers[kind]}`)
  }
  if (weekly !== undefined && weekly !== weekday && (kind === "sandbox" || kind === "production")) {
    return leftOut(`it is asked of ${servers[kind]} once a week, on ${weekly}s`)
  }
  if (step._tag === "Advance" && !movesClock)
    return leftOut(`it shows after ${step.minutes} minutes, and nobody moves this clock`)
  return undefined
}

/** Steps that are closed, those that come after them included, with the reason. */
export const closedAmong = (
  steps: ReadonlyArray<Step>,
  descriptor: TargetDescriptor,
  occasion: Occasion
): ReadonlyMap<string, Closed> => {
  const shut = new Map<string, Closed>()
  for (const step of steps) {
    const why = closed(step, descriptor, occasion) ?? (step.after === undefined ? undefined : shut.get(step.after))
    if (why !== undefined) shut.set(step.id, why)
  }
  return shut
}
