import { type Clock, type Context, Duration, Effect, Fiber, Semaphore } from "effect"
import type { ApiVersion } from "../DataSource.ts"
import type { StoredFile } from "../FileStore.ts"
import { header, type Received, target } from "../internal/Http.ts"
import type { Job } from "../internal/Jobs.ts"
import { versionOfPath } from "../internal/Judge.ts"
import { match } from "../internal/Router.ts"
import { fromMillis, type Micros, parseRfc3339 } from "../internal/Time.ts"
import type { World } from "../internal/World.ts"
import type { Persona } from "../Personas.ts"
import type { FaultPlace, Listening, Moment } from "./Fault.ts"
import type { ActiveFault, Faults } from "./Faults.ts"
import type { FaultsError } from "./FaultsError.ts"
import { type BoundInstruction, bindFaults, type FaultInstruction } from "./Instruction.ts"
import { millisOf } from "./Option.ts"
import { type Hit, makePassage, type Passage } from "./Passage.ts"

/** The faults of a sandbox, from its own side. */
export interface FaultEngine {
  readonly faults: Faults
  /** Finds the faults that a request meets, and says the names of those that strike when they do. */
  readonly begin: (world: World, received: Received, now: Micros, struck: (fault: string) => void) => Passage
}

/** An instruction at work. */
interface Tally {
  readonly id: number
  readonly bound: BoundInstruction
  readonly since: Micros
  readonly written: Map<string, StoredFile>
  seen: number
  /** Requests that it took for its own; those that it did not change after all are given back. */
  claimed: number
  struck: number
}

/** What there is to know about a request before it is judged. */
interface Arrival {
  readonly world: World
  readonly received: Received
  readonly now: Micros
  readonly job: Job | undefined
  readonly version: ApiVersion
  readonly persona: string | undefined
  readonly type: string | undefined
  readonly struck: (fault: string) => void
}

const isErrorFile = (path: string): boolean => /(?:-error|\/warnings-and-info)\.ndjson$/.test(path)

/** A kick-off also where BCDA takes it for none: with another dollar sign, without one, by POST. */
const meant = ({ method, path }: Received): readonly [method: string, path: string] => {
  const written = path.replace(/\/(?:%24)?export$/, "/$export")
  return [method === "POST" && written.endsWith("/$export") ? "GET" : method, written]
}

/** The place of a request. Faults give files strange names and paths, so that the router alone cannot tell. */
const placeOf = ({ behaviour }: World, received: Received): FaultPlace => {
  const { path } = received
  const { area } = match(...meant(received), behaviour)
  if (area === "file" || (area === "other" && path.startsWith("/data/")))
    return isErrorFile(path) ? "error-file" : "file"
  return area
}

const jobOf = (world: World, path: string): Job | undefined => {
  const [, id] = /^\/(?:data|api\/v\d\/jobs)\/(\d+)/.exec(path) ?? []
  return id === undefined ? undefined : world.jobs.find(Number(id))
}

const typeOf = (job: Job | undefined, path: string): string | undefined =>
  job?.files.find(({ name }) => path.includes(name))?.type

/** Whose request it is, as far as its credentials can be read. */
const personaOf = ({ personas, tokens }: World, received: Received, now: Micros): Persona | undefined => {
  const [, scheme = "", credentials = ""] = /^(\w+) (\S+)$/.exec(header(received, "authorization")) ?? []
  if (scheme === "Bearer") {
    const state = tokens.check(credentials, now)
    return state._tag === "Active" ? personas.find(({ cmsId }) => cmsId === state.cmsId) : undefined
  }
  return personas.find(({ clientId, clientSecret }) => credentials === btoa(`${clientId}:${clientSecret}`))
}

const arrivalOf = (world: World, received: Received, now: Micros, struck: Arrival["struck"]): Arrival => {
  const job = jobOf(world, received.path)
  return {
    world,
    received,
    now,
    job,
    version: job === undefined || received.path.startsWith("/api/") ? versionOfPath(received.path) : job.version,
    persona: personaOf(world, received, now)?.id,
    type: typeOf(job, received.path),
    struck
  }
}

/** A moment of a condition: an instant, or so long after the instruction was set. */
const momentOf = (words: string, since: Micros): Micros =>
  parseRfc3339(words) ?? since + fromMillis(millisOf(words) ?? 0)

const concerns = ({ bound: { when }, since }: Tally, { now, persona, received, type, version }: Arrival): boolean =>
  (when.version === undefined || when.version === version) &&
  (when.persona === undefined || when.persona === persona) &&
  (when.path === undefined || target(received).includes(when.path)) &&
  (when.type === undefined || when.type === type) &&
  (when.from === undefined || now >= momentOf(when.from, since)) &&
  (when.until === undefined || now < momentOf(when.until, since))

/** Whether it is this request's turn, by its number. */
const isDue = ({ bound: { when }, seen }: Tally): boolean =>
  (when.nth === undefined || [when.nth].flat().includes(seen)) &&
  (when.every === undefined || seen % when.every === 0) &&
  (when.after === undefined || seen > when.after)

const activeOf = ({ bound: { instruction }, id, seen, struck }: Tally): ActiveFault => ({
  id,
  instruction,
  seen,
  struck
})

/** Waits on the sandbox's clock until the time has come or the reader has left. */
const waiting =
  (clock: Clock.Clock, context: Context.Context<never>): Moment["wait"] =>
  async (millis, left) => {
    if (left.aborted) return
    const sleep = millis === undefined ? Effect.never : clock.sleep(Duration.millis(millis))
    const fiber = Effect.runForkWith(context)(sleep)
    const end = () => fiber.interruptUnsafe()
    left.addEventListener("abort", end)
    await Effect.runPromise(Fiber.await(fiber))
    left.removeEventListener("abort", end)
  }

const makeHit = (tally: Tally, place: FaultPlace, arrival: Arrival, wait: Moment["wait"]): Hit => {
  const { job, now, received, world } = arrival
  let state: "claimed" | "pending" | "struck" | "released" = "claimed"
  const strike = () => {
    if (state === "claimed" || state === "pending") {
      state = "struck"
      tally.struck++
      arrival.struck(tally.bound.instruction.fault)
    }
  }
  const later = () => {
    if (state === "claimed") state = "pending"
    return strike
  }
  return {
    changes: tally.bound.changes,
    id: tally.id,
    written: tally.written,
    moment: { place, received, world, now, seen: tally.seen + 1, job, later, wait },
    strike,
    release: () => {
      if (state === "claimed" || state === "pending") {
        state = "released"
        tally.claimed--
      }
    },
    isPending: () => state === "pending"
  }
}

export const makeFaultEngine = (
  clock: Clock.Clock,
  context: Context.Context<never>,
  now: () => Micros
): FaultEngine => {
  let tallies: ReadonlyArray<Tally> = []
  let last = 0
  const wait = waiting(clock, context)
  const gate = Semaphore.makeUnsafe(1)

  const tallied = (instructions: ReadonlyArray<FaultInstruction>): Effect.Effect<ReadonlyArray<Tally>, FaultsError> =>
    Effect.suspend(() => Effect.fromResult(bindFaults(instructions))).pipe(
      Effect.map((all) =>
        all.map((bound) => ({ id: ++last, bound, since: now(), written: new Map(), seen: 0, claimed: 0, struck: 0 }))
      )
    )

  const list = Effect.sync(() => tallies.map(activeOf))

  /** Counts a request for faults of its place, and takes those whose turn it is. */
  const find = (place: FaultPlace, arrival: Arrival, among: ReadonlyArray<Tally>): ReadonlyArray<Hit> =>
    among.flatMap((tally) => {
      if (!concerns(tally, arrival)) return []
      const hit = makeHit(tally, place, arrival, wait)
      if (hit.changes.concerns?.(hit.moment) === false) return []
      tally.seen++
      if (!isDue(tally) || tally.claimed >= tally.bound.times) return []
      tally.claimed++
      return [hit]
    })

  const begin: FaultEngine["begin"] = (world, received, now, struck) => {
    const arrival = arrivalOf(world, received, now, struck)
    const place = placeOf(world, received)
    const here = tallies.filter(({ bound: { where } }) => where.includes(place) || where.includes("any"))
    // What was found by the request is not found a second time by its answer.
    const rest = tallies.filter((tally) => !here.includes(tally))
    return makePassage({
      received,
      world,
      hits: find(place, arrival, here),
      late: (other) =>
        find(
          other,
          arrival,
          rest.filter(({ bound: { where } }) => where.includes(other))
        ),
      oneAtATime: (work) => gate.withPermit(work)
    })
  }

  return {
    begin,
    faults: {
      set: (instructions) =>
        Effect.map(tallied(instructions), (made) => {
          tallies = made
          return made.map(activeOf)
        }),
      add: (instructions) =>
        Effect.map(tallied(instructions), (made) => {
          tallies = [...tallies, ...made]
          return made.map(activeOf)
        }),
      remove: (id) =>
        Effect.sync(() => {
          const before = tallies.length
          tallies = tallies.filter((tally) => tally.id !== id)
          return tallies.length < before
        }),
      clear: Effect.sync(() => {
        const ended = tallies.map(activeOf)
        tallies = []
        return ended
      }),
      list,
      get listening() {
        return tallies.reduce<Listening>((all, { bound }) => ({ ...all, ...bound.changes.listen }), {})
      },
      met: () => {
        for (const tally of tallies) if (tally.bound.changes.listen !== undefined) tally.struck++
      }
    }
  }
}
