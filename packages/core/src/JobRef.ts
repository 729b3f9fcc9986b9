import { Schema } from "effect"
import { Dialect, type Target } from "./Target.ts"

/** An export job on the server: all that is needed to follow, download or cancel it, also from another process. */
export class JobRef extends Schema.Class<JobRef>("JobRef")({
  /** BCDA's number of the job; on other servers the part of the status URL that looks most like a name for it, for messages. */
  jobId: Schema.String,
  /** Where its state is, as the server said. */
  statusUrl: Schema.String,
  /** The kick-off URL. Absent when the reference was made from a job id alone. */
  requestUrl: Schema.optionalKey(Schema.String),
  /** When it was started, ISO 8601: by this client's clock, or by the server's if it was found. Absent when made from a job id alone. */
  kickedOffAt: Schema.optionalKey(Schema.String),
  /** True when the job was found running or done, and not started by the call that gave this reference. */
  adopted: Schema.optionalKey(Schema.Boolean),
  apiVersion: Dialect
}) {}

/** A name for a job that is known by its status URL: the last part of the path or query that is no operation. */
export const jobIdOf = (statusUrl: string): string => {
  if (!URL.canParse(statusUrl)) return statusUrl
  const { pathname, searchParams } = new URL(statusUrl)
  const parts = [...pathname.split("/"), ...searchParams.values()].filter(
    (part) => part !== "" && !part.startsWith("$")
  )
  return parts.at(-1) ?? pathname
}

/** A job of a target that is known by its id, or by the URL of its status. */
export const jobRefOf = (id: string, target: Target): JobRef =>
  /^https?:\/\//.test(id)
    ? new JobRef({ jobId: jobIdOf(id), statusUrl: id, apiVersion: target.apiVersion })
    : new JobRef({
        jobId: id,
        statusUrl: target.api(`jobs/${encodeURIComponent(id)}`),
        apiVersion: target.apiVersion
      })
