import { Cause, Clock, Context, Effect, FiberSet, Logger, type Scope, Semaphore } from "effect"
import { type Behaviour, bcdaBehaviour, defaultPace, type Pace } from "./Behaviour.ts"
import { movableClock, type SandboxClock } from "./Clock.ts"
import type { ApiVersion, DataSource } from "./DataSource.ts"
import { describeFailure, type FileStore, memoryFileStore } from "./FileStore.ts"
import { makeFaultEngine } from "./faults/Engine.ts"
import type { Faults } from "./faults/Faults.ts"
import type { FaultInstruction } from "./faults/Instruction.ts"
import { generated } from "./generate/index.ts"
import { placesOf } from "./generate/Places.ts"
import { answer } from "./internal/Answer.ts"
import { fromRequest, type Received, type Reply, toResponse } from "./internal/Http.ts"
import { type Job, type JobStatus, jobStateAt, makeJobs } from "./internal/Jobs.ts"
import { abandon, sweep } from "./internal/JobWorker.ts"
import { makeRecorder, remarking } from "./internal/Recorder.ts"
import { withoutMbis } from "./internal/Redact.ts"
import { microsOf, toDate } from "./internal/Time.ts"
import { makeTokenLimit } from "./internal/TokenLimit.ts"
import { makeTokens } from "./internal/Tokens.ts"
import type { World } from "./internal/World.ts"
import { defaultPersonas, type Persona } from "./Personas.ts"
import type { RequestLog } from "./RequestLog.ts"

/** What a sandbox can be told; nothing is needed. */
export interface SandboxOptions {
  /** Decides the generated claims: the same seed means the same people and claims. Default 1. Ignored with `data`. */
  readonly seed?: number | string
  /** Number of people of the first persona, instead of its own. Files per type follow from it. */
  readonly enrollees?: number
  /** Where claims come from. Default: the generator. */
  readonly data?: DataSource
  /** How long jobs take. Default: half a second of Pending, a tenth of a second per file. */
  readonly pace?: Partial<Pace>
  /** Where files lie. Default: in memory, gzipped. */
  readonly store?: FileStore
  /** Who may use the sandbox. Default: {@link defaultPersonas}. */
  readonly personas?: ReadonlyArray<Persona>
  /** BCDA's settings. Default: what BCDA's code defaults to. */
  readonly behaviour?: Partial<Behaviour>
  /**
   * What goes wrong from the start. Default: nothing. An instruction that cannot be read is a defect here; read what
   * somebody wrote with `decodeFaults` first.
   */
  readonly faults?: ReadonlyArray<FaultInstruction>
  /** How many exchanges the request log keeps. Default 1000; 0 keeps none. */
  readonly logSize?: number
}

/** A client id and secret to use; printed freely, because they protect nothing. */
export interface SandboxCredentials {
  readonly persona: string
  readonly clientId: string
  readonly clientSecret: string
}

/** A job as it stands, for people to look at. */
export interface JobView {
  readonly id: number
  /** Whose it is. */
  readonly persona: string
  readonly version: ApiVersion
  /** URL of the kick-off. */
  readonly request: string
  /** ISO 8601, UTC, on the sandbox's clock. */
  readonly createdAt: string
  /** One of BCDA's nine states. */
  readonly status: JobStatus
  /** Whether all its files are there; false while they are being written, and once they are gone. */
  readonly files: boolean
}

/**
 * A BCDA in a box: requests in, responses out, jobs in between. It has no socket of its own; `@bcda-kit/sandbox/node`
 * gives it one and `@bcda-kit/sandbox/msw` puts it behind `fetch`.
 */
export interface Sandbox {
  /** Answers a request. Never fails: errors are answers too. */
  readonly handle: (request: Request) => Effect.Effect<Response>
  /** The same for callers without Effect. */
  readonly fetch: (request: Request) => Promise<Response>
  /** Answers a request given raw, as a server sees it; `Request` cannot carry every path and header line. */
  readonly answer: (received: Received) => Effect.Effect<Reply>
  readonly credentials: ReadonlyArray<SandboxCredentials>
  /** What goes wrong, to be set and looked at while the sandbox runs. */
  readonly faults: Faults
  /** The time, to be moved forward or stopped. */
  readonly clock: SandboxClock
  /** What clients really sent, and what they were answered. */
  readonly log: RequestLog
  /** All jobs, as they stand now. */
  readonly jobs: () => ReadonlyArray<JobView>
  /** Waits until no file is being written. Before the clock is moved: wait for this, or a job's files come too late for it. */
  readonly idle: Effect.Effect<void>
  /**
   * As it was at the start, but for the time, which goes on from where it stands: no faults, jobs, files or tokens, an empty
   * log, a running clock.
   */
  readonly reset: Effect.Effect<void>
}

/** What clients have brought about so far. */
const fresh = (behaviour: Behaviour) => ({
  tokens: makeTokens(behaviour.tokenSeconds),
  tokenLimit: makeTokenLimit(behaviour),
  jobs: makeJobs()
})

/**
 * Makes a sandbox. It lives as long as the surrounding scope, and its clock runs with the Effect clock of the place where
 * it is made: under a TestClock nothing expires, completes or is cleaned up until the test moves one of the two.
 *
 * What its own code logs becomes remarks of the request log, and goes to the loggers of the place where it is made, except
 * for Effect's default one: a library leaves standard output alone.
 *
 * @example
 * const sandbox = yield* makeSandbox({ seed: 7 })
 * const response = yield* sandbox.handle(new Request("https://sandbox.example/api/v3/metadata"))
 */
export const makeSandbox = Effect.fn("makeSandbox")(function* (
  options: SandboxOptions = {}
): Effect.fn.Return<Sandbox, never, Scope.Scope> {
  const fibers = yield* FiberSet.make<void>()
  const behaviour: Behaviour = { ...bcdaBehaviour, ...options.behaviour }
  const personas = withEnrollees(options.personas ?? defaultPersonas, options.enrollees)
  let state = fresh(behaviour)
  // The clean-up is told of each move, and needs the world, which needs the clock.
  const time = movableClock(
    yield* Clock.Clock,
    Effect.suspend(() => sweep(world))
  )
  const recorder = makeRecorder({ size: options.logSize ?? 1000, personas, routing: behaviour, now: time.now })
  const context = (yield* Effect.context()).pipe(
    Context.add(Clock.Clock, time.clock),
    Context.add(Logger.CurrentLoggers, remarking(recorder, yield* Logger.CurrentLoggers))
  )
  const world: World = {
    behaviour,
    pace: { ...defaultPace, ...options.pace },
    personas,
    places: placesOf(personas.map(({ id }) => id)),
    data: options.data ?? generated({ seed: options.seed ?? 1 }),
    store: options.store ?? memoryFileStore(),
    get tokens() {
      return state.tokens
    },
    get tokenLimit() {
      return state.tokenLimit
    },
    get jobs() {
      return state.jobs
    },
    workers: Semaphore.makeUnsafe(behaviour.workers),
    now: microsOf(time.clock),
    background: (work) => FiberSet.run(fibers, Effect.provide(work, context))
  }
  const engine = makeFaultEngine(time.clock, context, world.now)
  yield* Effect.orDie(engine.faults.set(options.faults ?? []))
  const answered = (received: Received): Effect.Effect<Reply> =>
    Effect.suspend(() => {
      const recording = recorder.received(received)
      return answer(world, engine, received, recording.struck).pipe(
        Effect.map(recording.answered),
        Effect.onError((cause) =>
          Effect.sync(() => {
            const left = Cause.hasInterruptsOnly(cause)
            recording.ended(left ? "left" : "failed")
            if (!left) recorder.remark("Error", `no answer: ${describeFailure(Cause.squash(cause))}`)
          })
        ),
        Effect.provide(context)
      )
    })
  const handle = (request: Request) => {
    const received = fromRequest(request)
    const { body } = received
    // It is in the log by the time the answer is there; a `Request` has it at hand.
    const read = body === undefined ? Effect.void : Effect.promise(() => Promise.allSettled([body]))
    return answered(received).pipe(
      Effect.tap(() => read),
      Effect.map(toResponse)
    )
  }
  return {
    handle,
    fetch: (request) => Effect.runPromiseWith(context)(handle(request), { signal: request.signal }),
    answer: answered,
    credentials: personas.map(({ clientId, clientSecret, id }) => ({ persona: id, clientId, clientSecret })),
    faults: engine.faults,
    clock: time,
    log: recorder.log,
    jobs: () => Array.from(world.jobs.all(), (job) => viewOf(world, job)),
    idle: FiberSet.awaitEmpty(fibers),
    reset: Effect.gen(function* () {
      yield* engine.faults.clear
      yield* Effect.forEach([...world.jobs.all()], (job) => abandon(world, job), { discard: true })
      state = fresh(behaviour)
      recorder.log.clear()
      yield* time.run
    }).pipe(Effect.provide(context))
  }
})

const viewOf = ({ behaviour, now }: World, job: Job): JobView => ({
  id: job.id,
  persona: job.persona.id,
  version: job.version,
  request: withoutMbis(job.requestUrl),
  createdAt: toDate(job.createdAt).toISOString(),
  status: jobStateAt(job, now(), behaviour).status,
  files: job.writtenAt !== undefined && job.swept !== true
})

const withEnrollees = (personas: ReadonlyArray<Persona>, enrollees: number | undefined): ReadonlyArray<Persona> =>
  enrollees === undefined
    ? personas
    : personas.map((persona, index) => (index === 0 ? { ...persona, people: enrollees } : persona))
