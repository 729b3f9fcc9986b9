/** What the tests of `since: "auto"` have in common: runs against one server, and a look at the watermark. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { PolicyOptions } from "@bcda-kit/core"
import { exportSinceLastEvents, type SinceLastEvent, type SinceLastOptions } from "@bcda-kit/core/node"
import { Clock, Effect, Stream } from "effect"
import { patients, request } from "./Exporting.ts"
import { type FakeFile, fakeBcda } from "./FakeBcda.ts"
import { tempDirectory } from "./TempDirectory.ts"

export const first = "2026-02-01T20:20:20.123456Z"
export const later = "2026-02-01T20:20:20.123457Z"

type Named<Tag extends SinceLastEvent["_tag"]> = Extract<SinceLastEvent, { readonly _tag: Tag }>

/** The event of that kind, which must be there once. */
export const only = <Tag extends SinceLastEvent["_tag"]>(events: Iterable<SinceLastEvent>, tag: Tag): Named<Tag> => {
  const found = [...events].filter((event): event is Named<Tag> => event._tag === tag)
  const [one] = found
  if (one === undefined || found.length > 1) throw new Error(`${found.length} events ${tag}`)
  return one
}

export const outline = (events: Iterable<SinceLastEvent>) =>
  [...events].map(({ _tag }) => _tag).filter((tag) => !/^(File|Waiting|OutcomesRead)/.test(tag))

/** A clock that is off by some milliseconds. */
const shifted = (by: number) =>
  Effect.gen(function* () {
    const real = yield* Clock.Clock
    const clock: Clock.Clock = {
      currentTimeMillisUnsafe: () => real.currentTimeMillisUnsafe() + by,
      currentTimeMillis: Effect.map(real.currentTimeMillis, (now) => now + by),
      currentTimeNanosUnsafe: () => real.currentTimeNanosUnsafe() + BigInt(by) * 1_000_000n,
      currentTimeNanos: Effect.map(real.currentTimeNanos, (now) => now + BigInt(by) * 1_000_000n),
      monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: real.monotonicTimeNanos,
      sleep: (duration) => real.sleep(duration)
    }
    return clock
  })

export const setUpSince = Effect.fnUntraced(function* (files: ReadonlyArray<FakeFile> = [patients]) {
  const fake = yield* fakeBcda(files)
  const directory = join(yield* tempDirectory, "claims")
  const sinces: Array<string | null> = []
  fake.kickOffAnswer = (_, { url }) => {
    sinces.push(new URL(url).searchParams.get("_since"))
    return false
  }
  const stream = (more: Partial<SinceLastOptions> = {}) => exportSinceLastEvents({ request, directory, ...more })
  const run = (more?: Partial<SinceLastOptions>, policy?: PolicyOptions) =>
    stream(more).pipe(Stream.runCollect, Effect.provide(fake.client(policy)))
  const folder = () => join(directory, "watermarks", readdirSync(join(directory, "watermarks"))[0] ?? "")
  const path = () => join(folder(), "watermark.json")
  return {
    fake,
    directory,
    stream,
    run,
    /** A run by a clock that is ahead of the real one by some milliseconds. */
    runAt: (ahead: number, more?: Partial<SinceLastOptions>) =>
      Effect.flatMap(shifted(ahead), (clock) => Effect.provideService(run(more), Clock.Clock, clock)),
    reason: (more?: Partial<SinceLastOptions>) => Effect.map(Effect.flip(run(more)), ({ reason }) => reason),
    /** `_since` of every kick-off. */
    sinces,
    /** Of the only watermark. */
    folder,
    path,
    text: () => readFileSync(path(), "utf8"),
    put: (text: string) => writeFileSync(path(), text),
    mode: () => statSync(path()).mode & 0o777,
    state: () => JSON.parse(readFileSync(path(), "utf8")),
    runs: () => readdirSync(directory).filter((name) => name !== "watermarks")
  }
})
