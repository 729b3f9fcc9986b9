import { spawn, spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { existsSync, readdirSync, writeFileSync } from "node:fs"
import { readdir, writeFile } from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { lockDirectory } from "../../src/node/internal/DirectoryLock.ts"
import { tempDirectory } from "./support/TempDirectory.ts"

const lockOf = (pid: number, host = hostname(), started?: number) =>
  JSON.stringify({ pid, host, started, id: randomUUID() })

/** The number of a process that is no more. */
const deadPid = () => spawnSync(process.execPath, ["-e", "0"]).pid

describe("lockDirectory", () => {
  it.live("lets one in at a time, and nothing is left behind", () =>
    Effect.gen(function* () {
      const directory = yield* tempDirectory
      const scope = yield* Scope.make()
      yield* lockDirectory(directory).pipe(Scope.provide(scope))
      const error = yield* Effect.flip(Effect.scoped(lockDirectory(directory)))
      assert.deepInclude(error, { _tag: "DirectoryBusy", holder: "this process", lock: join(directory, ".lock") })
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(readdirSync(directory), [])
      yield* Effect.scoped(lockDirectory(directory))
    })
  )

  it.live("refuses when another process holds it, by its number", () =>
    Effect.gen(function* () {
      const directory = yield* tempDirectory
      const other = yield* Effect.acquireRelease(
        Effect.sync(() => spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"])),
        (other) => Effect.sync(() => other.kill("SIGKILL"))
      )
      writeFileSync(join(directory, ".lock"), lockOf(other.pid ?? 0))
      const error = yield* Effect.flip(Effect.scoped(lockDirectory(directory)))
      assert.deepInclude(error, { _tag: "DirectoryBusy", holder: `process ${other.pid}` })
      assert.isTrue(existsSync(join(directory, ".lock")))
    })
  )

  it.live("refuses when another machine holds it: nobody here can tell whether it still lives", () =>
    Effect.gen(function* () {
      const directory = yield* tempDirectory
      writeFileSync(join(directory, ".lock"), lockOf(deadPid(), "elsewhere"))
      const error = yield* Effect.flip(Effect.scoped(lockDirectory(directory)))
      assert.strictEqual(error._tag, "DirectoryBusy")
    })
  )

  const abandoned: ReadonlyArray<readonly [string, () => string]> = [
    ["a process that is no more", () => lockOf(deadPid())],
    ["an earlier process with this one's number", () => lockOf(process.pid)],
    ["an earlier process with this one's number, in its own words", () => lockOf(process.pid, hostname(), 1)],
    ["nobody legible", () => ""]
  ]
  for (const [name, content] of abandoned) {
    it.live(`takes over from ${name}`, () =>
      Effect.gen(function* () {
        const directory = yield* tempDirectory
        writeFileSync(join(directory, ".lock"), content())
        yield* Effect.scoped(lockDirectory(directory))
        assert.deepStrictEqual(readdirSync(directory), [])
      })
    )
  }

  it.live("is never held by two, however many come and go", () =>
    Effect.gen(function* () {
      const directory = yield* tempDirectory
      let inside = 0
      let entries = 0
      const abandonedBy = deadPid()
      // As a process that was killed would, where there is no lock at the moment.
      const leaveOne = Effect.promise(() =>
        writeFile(join(directory, ".lock"), lockOf(abandonedBy, hostname(), entries), { flag: "wx" }).catch(
          () => undefined
        )
      )
      const visit = Effect.gen(function* () {
        yield* lockDirectory(directory)
        assert.strictEqual(++inside, 1)
        entries++
        yield* Effect.promise(() => readdir(directory))
        inside--
      }).pipe(Effect.scoped, Effect.ignore, Effect.andThen(leaveOne))
      yield* Effect.forEach(Array.from({ length: 1500 }), () => visit, { concurrency: 60, discard: true })
      assert.isAbove(entries, 1)
    })
  )

  it.live("lets one in of many that find an abandoned lock at once", () =>
    Effect.gen(function* () {
      for (let round = 0; round < 25; round++) {
        const directory = yield* tempDirectory
        writeFileSync(join(directory, ".lock"), lockOf(deadPid()))
        const scope = yield* Scope.make()
        const results = yield* Effect.forEach(
          Array.from({ length: 8 }),
          () => Effect.exit(lockDirectory(directory).pipe(Scope.provide(scope))),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(results.filter(Exit.isSuccess), 1)
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(readdirSync(directory), [])
      }
    })
  )
})
