/** What of the credentials can be told from here. */
import { BcdaClient, type Credentials, type KeyCredentials, Target } from "@bcda-kit/core"
import { Effect, Result } from "effect"
import * as Connection from "../Connection.ts"
import { type Finding, fail, ok, skip, warn } from "../Diagnosis.ts"
import { ExitCode } from "../ExitCode.ts"
import { count } from "../Output.ts"
import { hasty } from "./Network.ts"

/** BCDA's credentials end so many days after they were made. */
const lifetime = 90
/** Two weeks before that is time to make new ones. */
const warnedBefore = 14
const day = 86_400_000

/** How old BCDA's credentials are, if the configuration says when they were made; the server never does. */
export const ageFinding = (made: string | undefined, now: number): Finding => {
  if (made === undefined) {
    return skip("age", "not known; credentialsMade of a target in the configuration tells when they were made")
  }
  const days = Math.floor((now - Date.parse(made)) / day)
  const left = lifetime - days
  const why = `they were made on ${made}, and BCDA's end ${lifetime} days later`
  const next = "Make new ones in BCDA's portal, put them where the old ones are, and correct credentialsMade."
  if (days < 0) {
    const odd = "credentialsMade is to be the day when they were made"
    return warn("age", "The credentials are from the future", `${made} is still to come`, `${odd}; correct it.`)
  }
  if (left <= 0) {
    const ended = left === 0 ? "end today" : `have ended ${count(-left, "day")} ago`
    return fail("age", `The credentials ${ended}`, why, next, ExitCode.usage)
  }
  if (left <= warnedBefore) return warn("age", `The credentials end in ${count(left, "day")}`, why, next)
  return ok("age", `${count(days, "day")} old, good for ${count(left, "day")} more`)
}

/** CMS's other environment, which looks the same and takes other credentials. */
export const rivalOf = ({ apiVersion, baseUrl }: Target): Target | undefined => {
  if (apiVersion === "fhir") return undefined
  const [sandbox, production] = [Target.sandbox(apiVersion), Target.production(apiVersion)]
  if (baseUrl === sandbox.baseUrl) return production
  return baseUrl === production.baseUrl ? sandbox : undefined
}

/** Whether credentials that the target refused are those of the rival, which is asked for a token. Nothing, if it cannot be told. */
export const elsewhere = Effect.fnUntraced(function* (
  target: Target,
  rival: Target,
  credentials: Credentials | KeyCredentials
) {
  const given = yield* Effect.flatMap(BcdaClient, ({ token }) => token).pipe(
    Effect.provide(Connection.client({ target: rival, credentials, policy: hasty })),
    Effect.result
  )
  if (Result.isFailure(given)) return undefined
  return fail(
    "token",
    `These are ${rival.name}'s credentials`,
    `${target.name} refuses them, and ${rival.name} gives a token for them`,
    `Use --target ${rival.name}, or the credentials of ${target.name}.`,
    ExitCode.usage
  )
})
