/** What tests written as by users of promises have in common. */
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { type FakeBcda, type FakeFile, fakeBcda, lines } from "./FakeBcda.ts"
import { tempDirectory } from "./TempDirectory.ts"

export const credentials = { clientId: "an-id", clientSecret: "a-secret" }

export const patients: FakeFile = { type: "Patient", name: "p.ndjson", content: lines("Patient", 50) }

/** Runs a test with a server and a directory of its own. */
export const withServer = (
  test: (fake: FakeBcda, directory: string) => Promise<void>,
  files: ReadonlyArray<FakeFile> = [patients]
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const fake = yield* fakeBcda(files)
    const directory = join(yield* tempDirectory, "export")
    yield* Effect.promise(() => test(fake, directory))
  })

/** What a promise rejects with, which it must. */
export const rejection = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => assert.fail("expected a rejection"),
    (error: unknown) => error
  )

/** Everything that an iterator gives. */
export const all = async <A>(items: AsyncIterable<A>): Promise<ReadonlyArray<A>> => {
  const list: Array<A> = []
  for await (const item of items) list.push(item)
  return list
}
