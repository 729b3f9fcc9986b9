/** Which steps a target is asked at all, by what is declared of it. */
import type { StepRecord } from "../Exchange.ts"
import type { Hazard, Step } from "../Scenario.ts"
import type { KickOffMethod, TargetDescriptor, TargetKind } from "../TargetDescriptor.ts"
import { kicksOff } from "./kickOff.ts"

/** Why a step is not taken. */
export interface Closed {
  readonly outcome: Exclude<StepRecord["outcome"], "ran">
  readonly because: string
}

const allowed: Readonly<Record<TargetKind, ReadonlyArray<Hazard>>> = {
  embedded: ["refusal", "cancel", "load"],
  mock: ["refusal", "cancel", "load"],
  other: ["refusal", "cancel", "load"],
  sandbox: ["refusal", "cancel"],
  production: []
}

const unsafe: Readonly<Record<Hazard, string>> = {
  refusal: "it provokes a refusal",
  cancel: "it ends a job",
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

/** Why a step is closed to a target, if it is. `kickOff`: see `kickOffMethod`. */
export const closed = (
  step: Step,
  { apiVersion, auth, kind, methods }: TargetDescriptor,
  kickOff: KickOffMethod | undefined
): Closed | undefined => {
  const { hazard, onlyOn, onlyWithAuth } = step
  if (onlyWithAuth === true && auth === "none") return lacking("the target asks for no token")
  if (onlyOn?.bcda === true && apiVersion === "fhir") return lacking("the target is no BCDA")
  if (onlyOn?.method !== undefined && !methods.includes(onlyOn.method)) {
    return lacking(`the target takes no kick-off by ${onlyOn.method}`)
  }
  if (kickOff === undefined && kicksOff(step)) {
    return lacking("the edition of the IG knows no kick-off by GET, and the target declares none by POST")
  }
  if (hazard !== undefined && !allowed[kind].includes(hazard)) {
    return leftOut(`${unsafe[hazard]}, which is not done to ${servers[kind]}`)
  }
  return undefined
}
