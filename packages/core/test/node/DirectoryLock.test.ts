import { spawn, spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { readdir, writeFile } from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Result, Scope } from "effect"
import { TestClock } from "effect/testing"
import { lockDirectory } from "../../src/node/internal/DirectoryLock.ts"
import { tempDirectory } from "./support/TempDirectory.ts"
import { settled, until } from "./support/Waiting.ts"

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

  describe("of a process whose number means nothing here, as of another container", () => {
    const setUp = Effect.gen(function* () {
      const directory = yield* tempDirectory
      const lock = join(directory, ".lock")
      const numbering = "another boot pid:[1]"
      writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname(), numbering, id: randomUUID() }))
      /** Takes the lock while time passes; `each` second something may happen. Gives how it ended, and how long that took. */
      const take = Effect.fnUntraced(function* (each: (second: number) => void) {
        const fiber = yield* lockDirectory(directory).pipe(Effect.scoped, Effect.result, Effect.forkChild)
        let seconds = 0
        for (; fiber.pollUnsafe() === undefined; seconds++) {
          yield* Effect.promise(() => settled(() => Number(fiber.pollUnsafe() === undefined)))
          each(seconds)
          yield* TestClock.adjust("1 second")
        }
        return { result: yield* Fiber.join(fiber), seconds }
      })
      return { directory, lock, take }
    })

    it.effect("is taken over after half a minute without a sign of life", () =>
      Effect.gen(function* () {
        const { directory, take } = yield* setUp
        const { result, seconds } = yield* take(() => undefined)
        assert.isTrue(Result.isSuccess(result))
        assert.isAtLeast(seconds, 30)
        assert.isBelow(seconds, 50, "it is waited for once")
        assert.deepStrictEqual(readdirSync(directory), [])
      })
    )

    it.effect("is left alone at the first sign of life", () =>
      Effect.gen(function* () {
        const { lock, take } = yield* setUp
        const { result } = yield* take((second) => second === 15 && utimesSync(lock, second, second))
        assert.isTrue(Result.isFailure(result) && /another container on/.test(JSON.stringify(result.failure)))
        assert.isTrue(existsSync(lock))
      })
    )

    it.effect("is had as soon as it is released", () =>
      Effect.gen(function* () {
        const { lock, take } = yield* setUp
        const { result, seconds } = yield* take((second) => second === 5 && rmSync(lock))
        assert.isTrue(Result.isSuccess(result))
        assert.isBelow(seconds, 20)
      })
    )

    it.effect("is not waited for by who is interrupted, and nothing is left behind", () =>
      Effect.gen(function* () {
        const { directory } = yield* setUp
        const fiber = yield* Effect.forkChild(Effect.scoped(lockDirectory(directory)), { startImmediately: true })
        yield* TestClock.adjust("4 seconds")
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(readdirSync(directory), [".lock"])
      })
    )

    it.effect("gives a sign of life every two seconds", () =>
      Effect.gen(function* () {
        const directory = yield* tempDirectory
        yield* lockDirectory(directory, yield* Clock.Clock)
        const times = new Set<number>()
        const look = () => times.add(statSync(join(directory, ".lock")).mtimeMs).size
        for (const size of [1, 2, 3]) {
          yield* Effect.promise(() => until(() => look() >= size))
          yield* TestClock.adjust("2 seconds")
        }
      })
    )
  })

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
