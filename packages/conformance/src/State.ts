/**
 * What one night leaves for the next ones: jobs to look at again when they are 23 hours and days old, and the token to show again when it is
 * dead. Two files in a directory that runs on one target share:
 *
 * - `state.json`: jobs, their addresses, and what was looked at already.
 * - `secrets.json`: the last token. Never in evidence, in a report or in a log; delete it and only the check on dead tokens waits longer.
 *
 * Both are for their owner alone (0600), since the address of a file may be all that it takes to get it. Each is written whole beside its
 * old self and then renamed, at the moment there is something to remember: a run that dies loses nothing that it had learned.
 */
import { mkdir, open, readFile, rename } from "node:fs/promises"
import { join } from "node:path"
import { DateTime, Duration, Effect, type Redacted, Schema } from "effect"
import { JudgeError, OutputUnwritable, StateUnreadable } from "./Errors.ts"
import type { TargetDescriptor } from "./TargetDescriptor.ts"

export const stateFile = "state.json"
export const secretsFile = "secrets.json"

const Instant = Schema.DateTimeUtcFromString

/** A finished job of an earlier run. */
export const RememberedJob = Schema.Struct({
  /** When the run saw that it was done. */
  finishedAt: Instant,
  statusUrl: Schema.String,
  /** Of its first file; absent when it had none. */
  fileUrl: Schema.optionalKey(Schema.String),
  /** Ids of the steps that have looked at it since. */
  looks: Schema.Array(Schema.String)
})
export type RememberedJob = typeof RememberedJob.Type

/** `state.json`. */
export const NightState = Schema.Struct({
  /** The format of the file; a reader refuses a number it does not know. */
  format: Schema.Literal(1),
  /** Whose jobs they are: another target has a directory of its own. */
  target: Schema.Struct({ baseUrl: Schema.String, apiVersion: Schema.String }),
  jobs: Schema.Array(RememberedJob)
})
export type NightState = typeof NightState.Type

const Secrets = Schema.Struct({
  format: Schema.Literal(1),
  token: Schema.RedactedFromValue(Schema.String),
  /** When its life is over. */
  expiresAt: Instant
})

/** How old a job has to be for a step to look at it, counted from its end. */
export interface Age {
  readonly atLeast: Duration.Duration
  /** Default: no matter how old. */
  readonly below?: Duration.Duration | undefined
}

/** What is older than this is of no use to any step. */
const longest = Duration.days(14)

const oldAt = ({ finishedAt }: RememberedJob, age: Duration.Duration): DateTime.Utc =>
  DateTime.addDuration(finishedAt, age)

/** The job that a step can look at now, or why there is none, with the instant when there will be one. Pure. */
export const dueJob = (
  jobs: ReadonlyArray<RememberedJob>,
  step: string,
  { atLeast, below }: Age,
  now: DateTime.Utc
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
  return { because: "no earlier run with this state has left a job to look at" }
}

/** The memory of a run: read when it begins, written whenever there is something to remember. */
export interface Memory {
  readonly due: (step: string, age: Age) => Effect.Effect<ReturnType<typeof dueJob>>
  readonly finished: (job: Pick<RememberedJob, "fileUrl" | "statusUrl">) => Effect.Effect<void, JudgeError>
  readonly looked: (job: RememberedJob, step: string) => Effect.Effect<void, JudgeError>
  /** A token of an earlier run whose life is over, or why there is none. */
  readonly deadToken: Effect.Effect<{ readonly token: Redacted.Redacted } | { readonly because: string }>
  readonly issued: (token: Redacted.Redacted, life: Duration.Duration) => Effect.Effect<void, JudgeError>
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown"

/** Writes a file whole or not at all. */
const replace = (path: string, text: string): Effect.Effect<void, JudgeError> =>
  Effect.tryPromise({
    try: async () => {
      const beside = `${path}.new`
      const file = await open(beside, "w", 0o600)
      try {
        await file.chmod(0o600)
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(beside, path)
    },
    catch: (error) => new JudgeError({ reason: new OutputUnwritable({ path, code: codeOf(error) }) })
  })

/** Reads a file of the state; undefined when there is none yet. */
const load = Effect.fnUntraced(function* <A>(path: string, schema: Schema.Decoder<A>) {
  const unreadable = (detail: string) => new JudgeError({ reason: new StateUnreadable({ path, detail }) })
  const text = yield* Effect.tryPromise({
    try: () =>
      readFile(path, "utf8").catch((error: unknown) =>
        codeOf(error) === "ENOENT" ? undefined : Promise.reject(error)
      ),
    catch: (error) => unreadable(codeOf(error))
  })
  if (text === undefined) return undefined
  return yield* Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text).pipe(
    Effect.mapError(() => unreadable("it is not what this version writes"))
  )
})

/**
 * Opens the state in a directory, which is made if it is not there. Fails when it cannot be read, is another target's, or cannot be written:
 * a state that was lost on the way would keep the checks on expiry waiting for ever.
 */
export const openState = Effect.fnUntraced(function* (directory: string, descriptor: TargetDescriptor) {
  const [statePath, secretsPath] = [join(directory, stateFile), join(directory, secretsFile)]
  const { apiVersion, baseUrl } = descriptor
  yield* Effect.tryPromise({
    try: () => mkdir(directory, { recursive: true, mode: 0o700 }),
    catch: (error) => new JudgeError({ reason: new OutputUnwritable({ path: directory, code: codeOf(error) }) })
  })
  const found = yield* load(statePath, NightState)
  if (found !== undefined && (found.target.baseUrl !== baseUrl || found.target.apiVersion !== apiVersion)) {
    const detail = `it is of ${found.target.baseUrl}, ${found.target.apiVersion}`
    return yield* new JudgeError({ reason: new StateUnreadable({ path: statePath, detail }) })
  }
  let jobs: ReadonlyArray<RememberedJob> = found?.jobs ?? []
  // Of the run before: the token of this run takes its place in the file as soon as there is one.
  const before = yield* load(secretsPath, Secrets)

  const save = Effect.fnUntraced(function* (changed: ReadonlyArray<RememberedJob>) {
    const now = yield* DateTime.now
    jobs = changed.filter((job) => DateTime.isLessThan(now, oldAt(job, longest)))
    const state: NightState = { format: 1, target: { baseUrl, apiVersion }, jobs }
    yield* replace(statePath, `${JSON.stringify(Schema.encodeSync(NightState)(state), undefined, 2)}\n`)
  })
  yield* save(jobs)

  const memory: Memory = {
    due: (step, age) => Effect.map(DateTime.now, (now) => dueJob(jobs, step, age, now)),
    finished: Effect.fnUntraced(function* (job) {
      if (jobs.some(({ statusUrl }) => statusUrl === job.statusUrl)) return
      yield* save([...jobs, { ...job, finishedAt: yield* DateTime.now, looks: [] }])
    }),
    looked: (job, step) =>
      save(jobs.map((one) => (one.statusUrl === job.statusUrl ? { ...one, looks: [...one.looks, step] } : one))),
    deadToken: Effect.map(DateTime.now, (now) => {
      if (before === undefined) return { because: "no earlier run with this state has left a token" }
      return DateTime.isLessThan(now, before.expiresAt)
        ? { because: `not due before ${DateTime.formatIso(before.expiresAt)}` }
        : { token: before.token }
    }),
    issued: Effect.fnUntraced(function* (token, life) {
      const secrets = { format: 1 as const, token, expiresAt: DateTime.addDuration(yield* DateTime.now, life) }
      yield* replace(secretsPath, `${JSON.stringify(Schema.encodeSync(Secrets)(secrets))}\n`)
    })
  }
  return memory
})
