/** Which server, as plain data. */
import { Result } from "effect"
import { TargetError } from "../Errors.ts"
import { Target as CoreTarget, type TargetOptions } from "../Target.ts"
import { targetError } from "./internal/PlainErrors.ts"

export type { ApiVersion, AuthKind, Dialect, TargetOptions } from "../Target.ts"

type Data = (typeof CoreTarget)["Encoded"]

/** A server, what to speak with it, and how to get its tokens: plain data, which can be stored. `makeTarget` makes and checks one. */
export interface Target extends Data {}

/**
 * The target that a name or a URL stands for: `"sandbox"` is CMS's public one, `"production"` CMS's, anything else the base URL of a server.
 * CMS's take no option but `apiVersion`. Throws `TargetError` for what cannot be a server's URL.
 */
export const makeTarget = (
  nameOrUrl: "sandbox" | "production" | (string & {}),
  options: TargetOptions = {}
): Target => {
  if (nameOrUrl !== "sandbox" && nameOrUrl !== "production") {
    const made = CoreTarget.fromUrl(nameOrUrl, options)
    if (Result.isFailure(made)) throw targetError(made.failure)
    return made.success
  }
  const { apiVersion, ...others } = options
  if (apiVersion === "fhir") throw unusable(`${nameOrUrl} is a BCDA, and its API versions are v1, v2 and v3`)
  takesNo(nameOrUrl, others)
  return nameOrUrl === "sandbox" ? CoreTarget.sandbox(apiVersion) : CoreTarget.production(apiVersion)
}

/** The target that `connect` is given. One that is made already has its options in it. */
export const givenTarget = (target: Target | string, options: TargetOptions): Target => {
  if (typeof target === "string") return makeTarget(target, options)
  takesNo("a target that is made already", options)
  return target
}

const takesNo = (what: string, options: object): void => {
  const surplus = Object.entries(options).find(([, value]) => value !== undefined)?.[0]
  if (surplus !== undefined) throw unusable(`${what} takes no ${surplus}; give its URL with it`)
}

const unusable = (detail: string) => targetError(new TargetError({ detail }))
