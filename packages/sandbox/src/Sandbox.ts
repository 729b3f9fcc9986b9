import { Clock, Effect, FiberSet, type Scope, Semaphore } from "effect"
import { type Behaviour, bcdaBehaviour, defaultPace, type Pace } from "./Behaviour.ts"
import type { DataSource } from "./DataSource.ts"
import { type FileStore, memoryFileStore } from "./FileStore.ts"
import { makeFaultEngine } from "./faults/Engine.ts"
import type { Faults } from "./faults/Faults.ts"
import type { FaultInstruction } from "./faults/Instruction.ts"
import { generated } from "./generate/index.ts"
import { placesOf } from "./generate/Places.ts"
import { answer } from "./internal/Answer.ts"
import { fromRequest, type Received, type Reply, toResponse } from "./internal/Http.ts"
import { makeJobs } from "./internal/Jobs.ts"
import { microsOf } from "./internal/Time.ts"
import { makeTokenLimit } from "./internal/TokenLimit.ts"
import { makeTokens } from "./internal/Tokens.ts"
import type { World } from "./internal/World.ts"
import { defaultPersonas, type Persona } from "./Personas.ts"

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
}

/** A client id and secret to use; printed freely, because they protect nothing. */
export interface SandboxCredentials {
  readonly persona: string
  readonly clientId: string
  readonly clientSecret: string
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
  /** Waits until no file is being written. With the TestClock: wait for this, then move the clock. */
  readonly idle: Effect.Effect<void>
}

/**
 * Makes a sandbox. It lives as long as the surrounding scope, and all its times come from the Effect clock of the place
 * where it is made: under a TestClock nothing expires, completes or is cleaned up until the test moves the clock.
 *
 * @example
 * const sandbox = yield* makeSandbox({ seed: 7 })
 * const response = yield* sandbox.handle(new Request("https://sandbox.example/api/v3/metadata"))
 */
export const makeSandbox = Effect.fn("makeSandbox")(function* (
  options: SandboxOptions = {}
): Effect.fn.Return<Sandbox, never, Scope.Scope> {
  const clock = yield* Clock.Clock
  const fibers = yield* FiberSet.make<void>()
  const behaviour: Behaviour = { ...bcdaBehaviour, ...options.behaviour }
  const personas = withEnrollees(options.personas ?? defaultPersonas, options.enrollees)
  const world: World = {
    behaviour,
    pace: { ...defaultPace, ...options.pace },
    personas,
    places: placesOf(personas.map(({ id }) => id)),
    data: options.data ?? generated({ seed: options.seed ?? 1 }),
    store: options.store ?? memoryFileStore(),
    tokens: makeTokens(behaviour.tokenSeconds),
    tokenLimit: makeTokenLimit(behaviour),
    jobs: makeJobs(),
    workers: Semaphore.makeUnsafe(behaviour.workers),
    now: microsOf(clock),
    background: (work) => FiberSet.run(fibers, work)
  }
  const context = yield* Effect.context()
  const engine = makeFaultEngine(clock, context, world.now)
  yield* Effect.orDie(engine.faults.set(options.faults ?? []))
  const handle = (request: Request) => Effect.map(answer(world, engine, fromRequest(request)), toResponse)
  return {
    handle,
    fetch: (request) => Effect.runPromiseWith(context)(handle(request)),
    answer: (received) => answer(world, engine, received),
    credentials: personas.map(({ clientId, clientSecret, id }) => ({ persona: id, clientId, clientSecret })),
    faults: engine.faults,
    idle: FiberSet.awaitEmpty(fibers)
  }
})

const withEnrollees = (personas: ReadonlyArray<Persona>, enrollees: number | undefined): ReadonlyArray<Persona> =>
  enrollees === undefined
    ? personas
    : personas.map((persona, index) => (index === 0 ? { ...persona, people: enrollees } : persona))
