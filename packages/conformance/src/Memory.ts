/**
 * What a run knows of things that grow old: its jobs and its token, or those of earlier nights. `State` keeps it in files between nights.
 */
import { DateTime, Duration, Effect, type Redacted, Schema } from "effect"
import type { JudgeError } from "./Errors.ts"

/** A finished job. */
export const RememberedJob = Schema.Struct({
  /** When the run saw that it was done. */
  finishedAt: Schema.DateTimeUtcFromString,
  statusUrl: Schema.String,
  /** Of its first file; absent when it had none. */
  fileUrl: Schema.optionalKey(Schema.String),
  /** By its manifest its files are had without a token. */
  openFiles: Schema.optionalKey(Schema.Literal(true)),
  /** Ids of the steps that have looked at it since. */
  looks: Schema.Array(Schema.String)
})
export type RememberedJob = typeof RememberedJob.Type

/** How old a job has to be for a step to look at it, counted from its end. */
export interface Age {
  readonly atLeast: Duration.Duration
  /** Default: no matter how old. */
  readonly below?: Duration.Duration | undefined
}

/** What is older than this is of no use to any step. */
const longest = Duration.days(14)

export const isOfUse = (job: RememberedJob, now: DateTime.Utc): boolean => DateTime.isLessThan(now, oldAt(job, longest))

const oldAt = ({ finishedAt }: RememberedJob, age: Duration.Duration): DateTime.Utc =>
  DateTime.addDuration(finishedAt, age)

/** The job that a step can look at now, or why there is none, with the instant when there will be one; `none` if there never was. Pure. */
export const dueJob = (
  jobs: ReadonlyArray<RememberedJob>,
  step: string,
  { atLeast, below }: Age,
  now: DateTime.Utc,
  none: string
): { readonly job: RememberedJob } | { readonly because: string } => {
  const unseen = jobs.filter(({ looks }) => !looks.includes(step))
  const isOver = (job: RememberedJob) => below !== undefined && DateTime.isGreaterThanOrEqualTo(now, oldAt(job, below))
  const isDue = (job: RememberedJob) => DateTime.isGreaterThanOrEqualTo(now, oldAt(job, atLeast))
  const job = unseen.find((one) => isDue(one) && !isOver(one))
  if (job !== undefined) return { job }
  const [next] = unseen.filter((one) => !isDue(one)).map((one) => oldAt(one, atLeast))
  if (next !== undefined) return { because: `not due before ${DateTime.formatIso(next)}` }
  if (unseen.length > 0 && below !== undefined) {
    const age = `${Duration.format(atLeast)} and ${Duration.format(below)}`
    return { because: `the moment has passed: no run came when an earlier run's job was between ${age} old` }
  }
  return { because: none }
}

/** What a run knows of things that grow old: jobs that were done, and a token. */
export interface Memory {
  readonly due: (step: string, age: Age) => Effect.Effect<ReturnType<typeof dueJob>>
  readonly finished: (job: Omit<RememberedJob, "finishedAt" | "looks">) => Effect.Effect<void, JudgeError>
  readonly looked: (job: RememberedJob, step: string) => Effect.Effect<void, JudgeError>
  /** A token whose life is over, or why there is none. */
  readonly deadToken: Effect.Effect<{ readonly token: Redacted.Redacted } | { readonly because: string }>
  readonly issued: (token: Redacted.Redacted, life: Duration.Duration) => Effect.Effect<void, JudgeError>
}

/** A token, and when its life is over. */
export interface IssuedToken {
  readonly token: Redacted.Redacted
  readonly expiresAt: DateTime.Utc
}

/** What a memory begins with, and where it keeps what comes. */
export interface Keeping {
  /** The time by which things grow old. */
  readonly now: Effect.Effect<DateTime.Utc>
  readonly jobs: ReadonlyArray<RememberedJob>
  /** The token that is shown once it is dead. */
  readonly token: () => IssuedToken | undefined
  /** Why there is no job at all, or no token. */
  readonly none: { readonly job: string; readonly token: string }
  readonly keepJobs: (jobs: ReadonlyArray<RememberedJob>) => Effect.Effect<void, JudgeError>
  readonly keepToken: (issued: IssuedToken) => Effect.Effect<void, JudgeError>
}

export const memoryOf = ({ keepJobs, keepToken, none, now, token, ...given }: Keeping): Memory => {
  let { jobs } = given
  const change = Effect.fnUntraced(function* (changed: ReadonlyArray<RememberedJob>) {
    jobs = changed
    yield* keepJobs(jobs)
  })
  return {
    due: (step, age) => Effect.map(now, (time) => dueJob(jobs, step, age, time, none.job)),
    finished: Effect.fnUntraced(function* (job) {
      if (jobs.some(({ statusUrl }) => statusUrl === job.statusUrl)) return
      yield* change([...jobs, { ...job, finishedAt: yield* now, looks: [] }])
    }),
    looked: (job, step) =>
      change(jobs.map((one) => (one.statusUrl === job.statusUrl ? { ...one, looks: [...one.looks, step] } : one))),
    deadToken: Effect.map(now, (time) => {
      const known = token()
      if (known === undefined) return { because: none.token }
      return DateTime.isLessThan(time, known.expiresAt)
        ? { because: `not due before ${DateTime.formatIso(known.expiresAt)}` }
        : { token: known.token }
    }),
    issued: (issued, life) =>
      Effect.flatMap(now, (time) => keepToken({ token: issued, expiresAt: DateTime.addDuration(time, life) }))
  }
}

/** The memory of a run that moves the server's clock, of itself alone: nothing is written. `serverTime` is the time there. */
export const memoryOfRun = (serverTime: Effect.Effect<DateTime.Utc>): Memory => {
  let first: IssuedToken | undefined
  return memoryOf({
    now: serverTime,
    jobs: [],
    token: () => first,
    none: { job: "no job of this run was done", token: "the run got no token whose life is known" },
    keepJobs: () => Effect.void,
    keepToken: (issued) =>
      Effect.sync(() => {
        first ??= issued
      })
  })
}
