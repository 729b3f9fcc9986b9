import { Effect } from "effect"
import type { StoredFile } from "../FileStore.ts"
import type { Received, Reply } from "../internal/Http.ts"
import type { Job } from "../internal/Jobs.ts"
import type { Trouble } from "../internal/Trouble.ts"
import { watched } from "../internal/Watched.ts"
import type { World } from "../internal/World.ts"
import { chunksOf } from "./Body.ts"
import type { Changes, FaultPlace, Moment, WriteFile } from "./Fault.ts"

/** A fault that was found to strike a request; whether it does is seen when its change has something to change. */
export interface Hit {
  readonly changes: Changes
  readonly moment: Moment
  /** Key under which its changed files are kept. */
  readonly id: number
  readonly written: Map<string, StoredFile>
  /** It changed something. */
  readonly strike: () => void
  /** Nothing will come of it any more, if nothing has. */
  readonly release: () => void
  /** Whether the change will say itself when it acts. */
  readonly isPending: () => boolean
}

/** The troubles of one request; a fault strikes when BCDA asks for its trouble. */
class MetTroubles extends Set<Trouble> {
  readonly #hits: ReadonlyArray<Hit>

  constructor(hits: ReadonlyArray<Hit>) {
    super(hits.flatMap(({ changes }) => changes.troubles ?? []))
    this.#hits = hits
  }

  override has(trouble: Trouble): boolean {
    for (const hit of this.#hits) if (hit.changes.troubles?.includes(trouble) === true) hit.strike()
    return super.has(trouble)
  }
}

/** One request's way through the faults that were found for it. */
export interface Passage {
  readonly received: Received
  readonly world: World
  readonly troubles: ReadonlySet<Trouble>
  readonly before: Effect.Effect<void>
  /** The answer of somebody in front of BCDA. */
  readonly instead: Reply | undefined
  /** The bytes of a file as this request gets them. */
  readonly stored: (job: Job, name: string, file: StoredFile) => Effect.Effect<StoredFile>
  /** The answer as it is changed before its length is known. */
  readonly answered: (reply: Reply) => Effect.Effect<Reply>
  /** The answer as it is changed on the wire. */
  readonly sent: (reply: Reply) => Reply
}

export interface PassageParts {
  readonly received: Received
  readonly world: World
  readonly hits: ReadonlyArray<Hit>
  /** The faults that strike at this place, asked for when it is known only from the answer. */
  readonly late: (place: FaultPlace) => ReadonlyArray<Hit>
  /** One changed file is written at a time, so that nobody writes the same one twice. */
  readonly oneAtATime: <A>(work: Effect.Effect<A>) => Effect.Effect<A>
}

/** Lets changes act in order, and takes those for struck that gave something else than they got. */
const through = <A>(hits: ReadonlyArray<Hit>, start: A, change: (value: A, hit: Hit) => A): A =>
  hits.reduce((value, hit) => {
    const changed = change(value, hit)
    if (changed !== value && !hit.isPending()) hit.strike()
    return changed
  }, start)

const insteadOf = (hits: ReadonlyArray<Hit>): Reply | undefined => {
  for (const hit of hits) {
    const reply = hit.changes.instead?.(hit.moment)
    if (reply !== undefined) {
      if (!hit.isPending()) hit.strike()
      return reply
    }
  }
  return undefined
}

/** A poll that is answered with a manifest. */
const isManifest = ({ body, headers }: Reply): boolean =>
  body instanceof Uint8Array && headers.some(([name, value]) => name === "Content-Type" && value === "application/json")

const changeStored = (
  { moment, world, written, ...hit }: Hit & { readonly world: World },
  job: Job,
  name: string,
  file: StoredFile
): Effect.Effect<StoredFile> => {
  const change = hit.changes.file
  if (change === undefined) return Effect.succeed(file)
  const key = `${job.id}/${name}`
  const write: WriteFile = (encoding, content) =>
    world.store.write(job.id, `fault-${hit.id}-${name}`, encoding, content)
  return Effect.suspend(() => {
    const known = written.get(key)
    return known === undefined ? change(file, write, moment) : Effect.succeed(known)
  }).pipe(
    Effect.orDie,
    Effect.tap((changed) =>
      Effect.sync(() => {
        written.set(key, changed)
        hit.strike()
      })
    )
  )
}

export const makePassage = ({ hits, late, oneAtATime, received, world }: PassageParts): Passage => {
  const judgedBy = through(hits, world, (value, { changes, moment }) => changes.world?.(value, moment) ?? value)
  const judged = through(hits, received, (value, { changes, moment }) => changes.request?.(value, moment) ?? value)
  let all = hits

  const answered = Effect.fnUntraced(function* (reply: Reply, status: boolean) {
    const more = status && isManifest(reply) ? late("manifest") : []
    // In the order in which they were set, wherever they were found.
    all = [...hits, ...more].toSorted((a, b) => a.id - b.id)
    let changed = insteadOf(more) ?? reply
    for (const hit of all) {
      const next = hit.changes.reply?.(changed, hit.moment) ?? changed
      const settled = Effect.isEffect(next) ? yield* next : next
      if (settled !== changed && !hit.isPending()) hit.strike()
      changed = settled
    }
    return changed
  })

  const sent = (reply: Reply): Reply => {
    const changed = through(all, reply, (value, { changes, moment }) => changes.wire?.(value, moment) ?? value)
    const waiting = all.filter((hit) => hit.isPending())
    for (const hit of all) if (!hit.isPending()) hit.release()
    if (waiting.length === 0) return changed
    return {
      ...changed,
      body: watched(
        chunksOf(changed.body),
        () => undefined,
        () => {
          for (const hit of waiting) hit.release()
        }
      )
    }
  }

  return {
    received: judged,
    world: judgedBy,
    troubles: new MetTroubles(hits),
    before: Effect.forEach(hits, ({ changes, moment }) => changes.before?.(moment) ?? Effect.void, { discard: true }),
    instead: insteadOf(hits),
    stored: (job, name, file) =>
      hits.some(({ changes }) => changes.file !== undefined)
        ? oneAtATime(
            Effect.reduce(
              hits,
              () => file,
              (current, hit) => changeStored({ ...hit, world }, job, name, current)
            )
          )
        : Effect.succeed(file),
    answered: (reply) => answered(reply, /\/jobs\/[^/]+$/.test(received.path) && received.method === "GET"),
    sent
  }
}
