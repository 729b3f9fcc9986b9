import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { memoryFileStore } from "@bcda-kit/sandbox"
import { type RunningSandbox, type ServeOptions, serve } from "@bcda-kit/sandbox/node"
import { Clock, Effect, Exit, Scope } from "effect"
import { patientClock } from "../../../src/prove/PatientClock.ts"
import { batchSizes, claims, limited, persona } from "./Claims.ts"

/** A place in this world where nobody should send a token. */
export interface Elsewhere {
  readonly origin: string
  /** `Authorization` of every request that came. */
  readonly seen: Array<string | undefined>
}

/** One sandbox, one foreign server and one clock for many cells, one after the other. */
export interface World extends AsyncDisposable {
  readonly clock: Clock.Clock
  readonly running: RunningSandbox
  readonly elsewhere: Elsewhere
  /** A name for a directory that does not exist yet. */
  readonly directory: () => string
}

/** A Tuesday morning, an hour before BCDA's clean-up. */
const start = Date.UTC(2026, 9, 6, 10, 0, 0)

/** Jobs take a while, so that there are polls before the one that brings the manifest. */
const pace = { pendingMillis: 20_000, perSubJobMillis: 500 }

const startElsewhere = Effect.acquireRelease(
  Effect.promise(async () => {
    const seen: Array<string | undefined> = []
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    return { server, origin: `http://127.0.0.1:${port}`, seen }
  }),
  ({ server }) =>
    Effect.promise(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
)

export interface WorldOptions {
  /** Of another world, to go on with. */
  readonly clock?: Clock.Clock
  readonly serve?: Pick<ServeOptions, "faults" | "port" | "tls">
}

/** A clock that stands where worlds begin. */
export const clockOfWorlds = (): Clock.Clock => patientClock(start)

export const makeWorld = async ({ clock = clockOfWorlds(), serve: more }: WorldOptions = {}): Promise<World> => {
  const scope = Scope.makeUnsafe()
  const parent = await mkdtemp(join(tmpdir(), "bcda matrix "))
  let directories = 0
  const { elsewhere, running } = await Effect.all({
    running: serve({
      data: claims,
      personas: [persona, limited],
      behaviour: { batchSizes },
      pace,
      store: memoryFileStore(),
      ...more
    }),
    elsewhere: startElsewhere
  }).pipe(Scope.provide(scope), Effect.provideService(Clock.Clock, clock), Effect.runPromise)
  return {
    clock,
    running,
    elsewhere,
    directory: () => join(parent, String(++directories)),
    [Symbol.asyncDispose]: async () => {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      await rm(parent, { recursive: true, force: true })
    }
  }
}
