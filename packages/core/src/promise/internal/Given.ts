/** Makes the classes of the main entry from what users of promises give: plain data, possibly read back from JSON. */
import { SchemaIssue } from "effect"
import { type AnyCredentials, Credentials, KeyCredentials } from "../../Credentials.ts"
import { TargetError } from "../../Errors.ts"
import { ExportRequest } from "../../ExportRequest.ts"
import { JobRef as CoreJobRef } from "../../JobRef.ts"
import { InvalidRequest } from "../../Reasons.ts"
import { Target as CoreTarget } from "../../Target.ts"
import type { AnyClientCredentials, JobRef, RequestOptions } from "../Options.ts"
import type { Target } from "../Target.ts"
import { requestError, targetError } from "./PlainErrors.ts"

/** Makes something of data that may be anything in a program without types. Schemas' words, which repeat no values, become an error. */
export const valid = <A>(make: () => A, errorOf: (detail: string) => Error): A => {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof Error) || !SchemaIssue.isIssue(error.cause)) throw error
    throw errorOf(words(error.cause))
  }
}

const words = SchemaIssue.makeFormatterDefault()

export const requestOf = ({
  scope = "all",
  types,
  since,
  typeFilter,
  parameters
}: RequestOptions = {}): ExportRequest =>
  valid(
    () => new ExportRequest({ scope, types, since, typeFilter, parameters }),
    (detail) => requestError(new InvalidRequest({ detail }))
  )

/** A request without the fields it does not have. */
export const plainRequest = ({ scope, types, since, typeFilter, parameters }: ExportRequest): RequestOptions => ({
  scope,
  ...(types !== undefined && { types }),
  ...(since !== undefined && { since }),
  ...(typeFilter !== undefined && { typeFilter }),
  ...(parameters !== undefined && { parameters })
})

export const coreTarget = (target: Target): CoreTarget =>
  target instanceof CoreTarget
    ? target
    : valid(
        () => new CoreTarget(target),
        (detail) => targetError(new TargetError({ detail }))
      )

export const coreJob = (job: JobRef): CoreJobRef =>
  job instanceof CoreJobRef
    ? job
    : valid(
        () => new CoreJobRef(job),
        (detail) => new TypeError(`This is no reference to a job: ${detail}`)
      )

export const coreCredentials = (given: AnyClientCredentials): AnyCredentials =>
  "key" in given
    ? KeyCredentials.of(given.clientId, given.key, { kid: given.kid })
    : Credentials.of(given.clientId, given.clientSecret)
