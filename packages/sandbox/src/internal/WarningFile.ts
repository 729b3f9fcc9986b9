import type { StoredFile } from "../FileStore.ts"
import { goJson, utf8 } from "./Http.ts"
import { type Job, type JobFile, jobStateAt } from "./Jobs.ts"
import type { Micros } from "./Time.ts"
import type { World } from "./World.ts"

const bytes = utf8(
  `${goJson({
    resourceType: "OperationOutcome",
    issue: [
      {
        severity: "warning",
        code: "processing",
        details: { text: "Default System-Type behavior includes only claims from NCH and DDPS in this export." }
      }
    ]
  })}\n`
)

const content: StoredFile["stored"] = async function* (range) {
  yield bytes.subarray(range?.start ?? 0, range?.end)
}

/** BCDA's remark on a v3 export that names no System-Type: one line, stored uncompressed, the same for every job. */
export const warningFile: JobFile = {
  type: "OperationOutcome",
  name: "warnings-and-info.ndjson",
  kind: "warning",
  stored: { encoding: "identity", bytes: bytes.byteLength, stored: content, content: () => content() }
}

/**
 * When a job's warning was written: when its sub-jobs were queued, which is when it starts; undefined when that never
 * happened. Unlike other files it is at its place at once, and can be had whatever becomes of the job.
 */
export const warnedAt = ({ cancelLostAt, cancelledAt, startsAt, warning }: Job): Micros | undefined => {
  const cancelled = cancelledAt !== undefined && cancelLostAt === undefined && cancelledAt < (startsAt ?? 0)
  return warning && !cancelled ? startsAt : undefined
}

/** Whether the clean-up has come for a job's files. */
export const isCleared = (job: Job, now: Micros, { behaviour }: World): boolean =>
  ["Archived", "Expired", "CancelledExpired", "FailedExpired"].includes(jobStateAt(job, now, behaviour).status)
