import { EventEmitter } from "node:events"
import { type RunningSandbox, startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { afterAll, beforeAll } from "vitest"
import { secondCtrlC } from "../src/Interrupts.ts"
import { start, temporary } from "./support/Bcda.ts"
import { claims } from "./support/Claims.ts"
import { startProxy } from "./support/Proxy.ts"

describe("the question at Ctrl-C", () => {
  const ask = Effect.fnUntraced(function* (...before: ReadonlyArray<"SIGINT" | "SIGTERM">) {
    const signals = new EventEmitter()
    const question = yield* secondCtrlC(signals)
    for (const signal of before) signals.emit(signal)
    const fiber = yield* Effect.forkChild(question, { startImmediately: true })
    yield* TestClock.adjust("4999 millis")
    return { signals, fiber }
  })

  it.effect("waits for 5 s, and then it is a no", () =>
    Effect.gen(function* () {
      const { fiber, signals } = yield* ask("SIGINT")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.isFalse(yield* Fiber.join(fiber))
      signals.emit("SIGINT")
    })
  )

  it.effect("is a yes at the last moment", () =>
    Effect.gen(function* () {
      const { fiber, signals } = yield* ask("SIGINT")
      signals.emit("SIGINT")
      assert.isTrue(yield* Fiber.join(fiber))
    })
  )

  it.effect("is a yes if the second came before it was asked", () =>
    Effect.gen(function* () {
      assert.isTrue(yield* Fiber.join((yield* ask("SIGINT", "SIGINT")).fiber))
    })
  )

  it.effect("is not asked of a program", () =>
    Effect.gen(function* () {
      assert.isFalse(yield* Fiber.join((yield* ask("SIGTERM")).fiber))
    })
  )

  it.effect("is not asked where nobody pressed anything", () =>
    Effect.gen(function* () {
      assert.isFalse(yield* Fiber.join((yield* ask()).fiber))
    })
  )

  it.effect("leaves no listener behind", () =>
    Effect.gen(function* () {
      const signals = new EventEmitter()
      yield* Effect.scoped(secondCtrlC(signals))
      assert.deepStrictEqual(signals.eventNames(), [])
    })
  )
})

describe.concurrent("bcda export, interrupted while its job runs", () => {
  let sandbox: RunningSandbox
  let env: Record<string, string>
  beforeAll(async () => {
    sandbox = await startSandbox({ data: claims, pace: { pendingMillis: 600_000 } })
    const [first] = sandbox.credentials
    env = { BCDA_CLIENT_ID: first?.clientId ?? "", BCDA_CLIENT_SECRET: first?.clientSecret ?? "" }
  })
  afterAll(() => sandbox.close())

  const question = "Ctrl-C again within 5 s"
  const begin = async (...more: ReadonlyArray<string>) => {
    const out = temporary()
    const proxy = await startProxy(sandbox)
    const running = start(["export", "--target", proxy.baseUrl, "--out", out.path, ...more], {
      env: { ...env, NODE_OPTIONS: `--import=${import.meta.resolve("./support/NoHurry.mjs")}` }
    })
    await running.printed("waiting: pending")
    return {
      running,
      deletes: () => proxy.seen.filter((line) => line.startsWith("DELETE ")).length,
      [Symbol.asyncDispose]: async () => {
        out[Symbol.dispose]()
        await proxy[Symbol.asyncDispose]()
      }
    }
  }

  it("cancels the job on a second Ctrl-C", async () => {
    await using one = await begin()
    one.running.child.kill("SIGINT")
    await one.running.printed(question)
    one.running.child.kill("SIGINT")
    const { code, stderr, stdout } = await one.running.ran
    assert.deepStrictEqual({ code, stdout }, { code: 130, stdout: "" })
    assert.match(stderr, /job \d+ is cancelled\ninterrupted; run the same command again, it starts another job\n$/)
    assert.strictEqual(one.deletes(), 1)
  })

  it("leaves the job alone when no second comes", async () => {
    await using one = await begin()
    one.running.child.kill("SIGINT")
    await one.running.printed(question)
    // Ends the waiting; a test must not sit out the 5 s.
    one.running.child.kill("SIGTERM")
    const { code, stderr } = await one.running.ran
    assert.strictEqual(code, 130)
    assert.match(stderr, /interrupted; run the same command again, it continues\n$/)
    assert.strictEqual(one.deletes(), 0)
  })

  it("cancels at once with --cancel-on-interrupt", async () => {
    await using one = await begin("--cancel-on-interrupt")
    one.running.child.kill("SIGINT")
    const { code, stderr } = await one.running.ran
    assert.strictEqual(code, 130)
    assert.notInclude(stderr, question)
    assert.match(stderr, /is cancelled\n/)
    assert.strictEqual(one.deletes(), 1)
  })

  it("cancels also the job that the server has started, and not told of yet", async () => {
    using out = temporary()
    await using proxy = await startProxy(sandbox)
    const running = start(["export", "--target", proxy.baseUrl, "--out", out.path, "--cancel-on-interrupt"], { env })
    proxy.hook = (incoming) => {
      if (incoming.url?.includes("$export") !== true) return false
      // The server gets it, and its answer goes nowhere.
      const { accept = "", authorization = "", prefer = "" } = incoming.headers
      const headers = { accept, authorization, prefer: String(prefer) }
      void fetch(`${sandbox.baseUrl}${incoming.url}`, { headers }).then(() => running.child.kill("SIGINT"))
      return true
    }
    const { code, stderr } = await running.ran
    assert.strictEqual(code, 130, stderr)
    assert.match(stderr, /job \d+ is cancelled\n/)
    assert.strictEqual(proxy.seen.filter((line) => line.startsWith("DELETE ")).length, 1)
  })

  it("asks nobody on SIGTERM", async () => {
    await using one = await begin("--since", "auto")
    one.running.child.kill("SIGTERM")
    const { code, stderr } = await one.running.ran
    assert.strictEqual(code, 130)
    assert.notInclude(stderr, question)
    assert.strictEqual(one.deletes(), 0)
  })
})
