import { Result } from "effect"
import { ExportRequest } from "../ExportRequest.ts"
import type { JobRef } from "../JobRef.ts"
import type { Manifest } from "../Manifest.ts"
import type { Limits } from "../Policy.ts"
import { type LimitExceeded, Malformed, type UnsafeName } from "../Reasons.ts"
import type { Target } from "../Target.ts"
import { type PlannedFile, planFiles } from "./filePlan.ts"
import { identityOf } from "./requestUrls.ts"

/** What a manifest must be the answer to. */
export interface Wanted {
  readonly job: JobRef
  readonly request: ExportRequest
  readonly target: Target
  readonly limits: Limits
}

/** BCDA repeats the job's number and its request in the manifest. Gives what is wrong with it, if it is that of another job. */
export const strangeIn = (manifest: Manifest, { job, request, target }: Wanted): string | undefined => {
  if (!target.isBcda) return undefined
  if (manifest.JobID !== undefined && String(manifest.JobID) !== job.jobId) {
    return `the manifest of job ${job.jobId} says that it is another job's`
  }
  const answered = identityOf(manifest.request)
  return answered === undefined || answered === identityOf(ExportRequest.toUrl(request, target))
    ? undefined
    : "the manifest answers another request than was made"
}

/**
 * The files of a manifest, if it is one to go by. To be asked before it is noted: a directory keeps the manifest that it has noted, so that one
 * that cannot be used would end every later run too.
 */
export const filesOf = (
  manifest: Manifest,
  wanted: Wanted
): Result.Result<ReadonlyArray<PlannedFile>, UnsafeName | Malformed | LimitExceeded> => {
  const detail = strangeIn(manifest, wanted)
  return detail === undefined ? planFiles(manifest, wanted.limits.files) : Result.fail(new Malformed({ detail }))
}

const inSection = (files: ReadonlyArray<PlannedFile>, section: string): number =>
  files.filter((file) => file.section === section).length

/**
 * Whether a later manifest of a job can take an earlier one's place: something of it is new, nothing gets lost that the earlier one lists, and what is
 * on disk stays where it is.
 */
export const canReplace = (
  before: ReadonlyArray<PlannedFile>,
  after: ReadonlyArray<PlannedFile>,
  isSaved: (url: string) => boolean
): boolean => {
  const later = new Map(after.map((file) => [file.url, file]))
  const isThere = ({ url, path }: PlannedFile) => later.get(url)?.path === path
  return (
    !(before.length === after.length && before.every(isThere)) &&
    before.every((file) => !isSaved(file.url) || isThere(file)) &&
    before.every(({ section }) => inSection(after, section) >= inSection(before, section))
  )
}
