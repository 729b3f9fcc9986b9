import type { Effect, Fiber, Semaphore } from "effect"
import type { Behaviour, Pace } from "../Behaviour.ts"
import type { ApiVersion, DataSource } from "../DataSource.ts"
import type { FileStore, StoredFile } from "../FileStore.ts"
import type { Persona } from "../Personas.ts"
import type { Received, Refusal, Reply } from "./Http.ts"
import type { Job, Jobs } from "./Jobs.ts"
import type { Query } from "./Query.ts"
import type { Micros } from "./Time.ts"
import type { TokenLimit } from "./TokenLimit.ts"
import type { Tokens } from "./Tokens.ts"
import type { Trouble } from "./Trouble.ts"

/** Everything that one sandbox knows and owns. */
export interface World {
  readonly behaviour: Behaviour
  readonly pace: Pace
  readonly personas: ReadonlyArray<Persona>
  /** Where each persona's people stand among all made-up ones, by the persona's key. */
  readonly places: ReadonlyMap<string, number>
  readonly data: DataSource
  readonly store: FileStore
  readonly tokens: Tokens
  readonly tokenLimit: TokenLimit
  readonly jobs: Jobs
  /** One permit per worker. */
  readonly workers: Semaphore.Semaphore
  /** The sandbox's clock; all times come from here. */
  readonly now: () => Micros
  /** Starts work that outlives the request. It ends with the sandbox. */
  readonly background: (work: Effect.Effect<void>) => Effect.Effect<Fiber.Fiber<void>>
}

/** One request on its way to an answer. */
export interface Exchange {
  readonly world: World
  readonly received: Received
  readonly query: Query
  /** Version of the path; unversioned paths answer in v1's shapes. */
  readonly version: ApiVersion
  /** Values of the route's `{…}` segments, raw. */
  readonly params: Readonly<Record<string, string>>
  /** Whose token came with the request, if one did; bad tokens never get this far. */
  readonly caller: Persona | undefined
  /** When the request arrived. */
  readonly now: Micros
  /** What goes wrong inside BCDA during this request. */
  readonly troubles: ReadonlySet<Trouble>
  /** The bytes of a job's file as this request gets them: the store's, unless a fault changes them. */
  readonly stored: (job: Job, name: string, file: StoredFile) => Effect.Effect<StoredFile>
}

export type Handler = (exchange: Exchange) => Effect.Effect<Reply, Refusal>
