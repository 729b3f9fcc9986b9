import type { Fiber } from "effect"
import type { Behaviour } from "../Behaviour.ts"
import { isFixed } from "../Bugs.ts"
import type { ApiVersion } from "../DataSource.ts"
import type { StoredFile } from "../FileStore.ts"
import type { Persona } from "../Personas.ts"
import { cleanUpAtOrAfter, hour, type Micros } from "./Time.ts"

/** BCDA's nine job states, spelled as `_status` wants them. */
export const jobStatuses = [
  "Archived",
  "Cancelled",
  "CancelledExpired",
  "Completed",
  "Expired",
  "Failed",
  "FailedExpired",
  "In Progress",
  "Pending"
] as const
export type JobStatus = (typeof jobStatuses)[number]

/** A file that a job has promised, whether its bytes (still) exist or not. */
export interface JobFile {
  readonly type: string
  readonly name: string
  /** Warnings and errors are in the manifest's `error`, data in its `output`, unlisted errors in neither. */
  readonly kind: "data" | "warning" | "error" | "unlisted-error"
  readonly stored: StoredFile | undefined
}

/** One export job: what was asked, and the few moments from which its state at any time follows. */
export interface Job {
  readonly id: number
  readonly persona: Persona
  readonly version: ApiVersion
  /** URL of the kick-off as the client wrote it. */
  readonly requestUrl: string
  readonly createdAt: Micros
  /** The manifest's `transactionTime`. */
  readonly transactionTime: Micros
  /** When the first sub-job starts; undefined for a job that never leaves Pending. */
  readonly startsAt: Micros | undefined
  /** When the last sub-job is done, if writing the files keeps up. */
  readonly dueAt: Micros
  readonly subJobs: number
  /** Whether the job has the v3 warning about the default System-Type. */
  readonly warning: boolean
  /** Preparing it failed at `from` and succeeded at `until`: Failed in between, Pending from then to its start. */
  readonly failedFirst?: { readonly from: Micros; readonly until: Micros }
  /** One of its sub-jobs is lost, so that nobody writes its files: it starts, and never ends. */
  readonly endless?: true
  files: ReadonlyArray<JobFile>
  /** When all files were whole. */
  writtenAt?: Micros
  failedAt?: Micros
  cancelledAt?: Micros
  /** When preparing the job overwrote its cancel. */
  cancelLostAt?: Micros
  /** The files were removed for good. */
  swept?: true
  writer?: Fiber.Fiber<void>
}

/** A state and when the job's row was last touched. */
export interface JobState {
  readonly status: JobStatus
  readonly at: Micros
}

const ended = (job: Job, now: Micros): JobState | undefined => {
  const { cancelLostAt, cancelledAt, failedAt, failedFirst, startsAt, writtenAt } = job
  if (cancelledAt !== undefined && (cancelLostAt === undefined || now < cancelLostAt)) {
    return { status: "Cancelled", at: cancelledAt }
  }
  if (failedFirst !== undefined && now >= failedFirst.from && now < failedFirst.until) {
    return { status: "Failed", at: failedFirst.from }
  }
  if (startsAt === undefined) return undefined
  if (failedAt !== undefined) {
    const at = Math.max(failedAt, startsAt)
    if (now >= at) return { status: "Failed", at }
  } else if (writtenAt !== undefined) {
    const at = Math.max(writtenAt, job.dueAt)
    if (now >= at) return { status: "Completed", at }
  }
  return undefined
}

/** When a job that has not ended was last written to: at its start, or when its row was made, or made again. */
const running = ({ cancelLostAt, createdAt, failedFirst, startsAt }: Job, now: Micros): JobState => {
  if (startsAt !== undefined && now >= startsAt) return { status: "In Progress", at: startsAt }
  const rewritten = [cancelLostAt, failedFirst?.until].filter((at) => at !== undefined && now >= at)
  return { status: "Pending", at: rewritten[0] ?? createdAt }
}

/**
 * A job's state at a moment. Nothing ticks: a job that completes at noon and is asked about two days later has been
 * archived at 23:00 on the day after, because that is when the clean-up would have run.
 */
export const jobStateAt = (job: Job, now: Micros, behaviour: Behaviour): JobState => {
  const end = ended(job, now)
  if (end === undefined) return running(job, now)
  const nextRun = (at: Micros) => cleanUpAtOrAfter(at + behaviour.archiveHours * hour, behaviour.cleanUpHours)
  const first = nextRun(end.at)
  if (now < first) return end
  if (end.status === "Cancelled") return { status: "CancelledExpired", at: first }
  if (end.status === "Failed") return { status: "FailedExpired", at: first }
  const second = nextRun(first)
  return now < second ? { status: "Archived", at: first } : { status: "Expired", at: second }
}

/** Sub-jobs that are done by now, as far as the pace goes; of an endless job never all. */
const subJobsDone = ({ dueAt, endless, startsAt = 0, subJobs }: Job, now: Micros): number => {
  const each = (dueAt - startsAt) / subJobs
  const done = each === 0 ? subJobs : Math.floor((now - startsAt) / each)
  return Math.min(done, endless === true ? subJobs - 1 : subJobs)
}

/** Whether one of the first sub-jobs left a file. A blank one counts as done, but not for the progress. */
const hasResult = ({ files, writtenAt }: Job, done: number): boolean => {
  if (writtenAt === undefined) return done > 0
  let subJob = 0
  return files.some(({ kind, stored }) => {
    if (kind === "data") subJob++
    return stored !== undefined && subJob > 0 && subJob <= done
  })
}

/**
 * BCDA's progress text. Its percentage never climbs (bug): BCDA counts all finished sub-jobs as one, so it says 0 until
 * the first with a file is done and then `100 / sub-jobs` until the job completes. A warning file counts as that one from
 * the start.
 */
export const progress = (job: Job, state: JobState, now: Micros, behaviour: Behaviour): string => {
  if (state.status === "Pending") return "Pending"
  if (job.subJobs === 0) return "In Progress"
  const done = subJobsDone(job, now)
  const counted = isFixed(behaviour.bugs, "frozen-progress") ? done : job.warning || hasResult(job, done) ? 1 : 0
  // The sum as Go does it, so that 29 of 100 are 28 %.
  return `In Progress (${Math.trunc((counted / job.subJobs) * 100)}%)`
}

/** All jobs of a sandbox; ids count up from 1. */
export interface Jobs {
  readonly add: (make: (id: number) => Job) => Job
  readonly find: (id: number) => Job | undefined
  readonly all: () => Iterable<Job>
}

export const makeJobs = (): Jobs => {
  const jobs = new Map<number, Job>()
  return {
    add: (make) => {
      const job = make(jobs.size + 1)
      jobs.set(job.id, job)
      return job
    },
    find: (id) => jobs.get(id),
    all: () => jobs.values()
  }
}
