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
import { DateTime, Effect, Schema } from "effect"
import { JudgeError, OutputUnwritable, StateUnreadable } from "./Errors.ts"
import { isOfUse, memoryOf, RememberedJob } from "./Memory.ts"
import type { TargetDescriptor } from "./TargetDescriptor.ts"

/** What later nights need of earlier ones: the jobs to look at again. */
export const stateFile = "state.json"
/** The last token, to be shown again when it is dead. Hazard: never publish it. */
export const secretsFile = "secrets.json"

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
  expiresAt: Schema.DateTimeUtcFromString
})

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
  // Of the run before: the token of this run takes its place in the file as soon as there is one.
  const before = yield* load(secretsPath, Secrets)

  const save = Effect.fnUntraced(function* (changed: ReadonlyArray<RememberedJob>) {
    const now = yield* DateTime.now
    const jobs = changed.filter((job) => isOfUse(job, now))
    const state: NightState = { format: 1, target: { baseUrl, apiVersion }, jobs }
    yield* replace(statePath, `${JSON.stringify(Schema.encodeSync(NightState)(state), undefined, 2)}\n`)
  })
  yield* save(found?.jobs ?? [])

  return memoryOf({
    now: DateTime.now,
    jobs: found?.jobs ?? [],
    token: () => before,
    none: {
      job: "no earlier run with this state has left a job to look at",
      token: "no earlier run with this state has left a token"
    },
    keepJobs: save,
    keepToken: (issued) =>
      replace(secretsPath, `${JSON.stringify(Schema.encodeSync(Secrets)({ format: 1, ...issued }))}\n`)
  })
})
