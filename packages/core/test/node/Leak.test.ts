import { readdirSync } from "node:fs"
import { join } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { saveFile } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { cut, fakeBcda, lines, status } from "./support/FakeBcda.ts"
import { tempDirectory } from "./support/TempDirectory.ts"
import { settled } from "./support/Waiting.ts"

setFlagsFromString("--expose-gc")
const collectGarbage: unknown = runInNewContext("gc")

/** What a process holds on to. */
const held = Effect.promise(async () => {
  // Sockets close a turn or two after the last byte.
  await settled(() => process.getActiveResourcesInfo().length)
  // One collection lets go of what another frees: the memory of an inflater, for one.
  let memory = Number.POSITIVE_INFINITY
  for (let round = 0; round < 8; round++) {
    if (typeof collectGarbage === "function") collectGarbage()
    await settled(() => 0)
    const { heapUsed, external, arrayBuffers } = process.memoryUsage()
    memory = Math.min(memory, heapUsed + external + arrayBuffers)
  }
  return {
    memory,
    resources: process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate").length,
    descriptors: process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  }
})

describe("a thousand downloads", () => {
  it.live(
    "hold on to nothing: no socket, descriptor, listener or memory, whether they end well or not",
    () =>
      Effect.gen(function* () {
        const content = lines("Patient", 200)
        const files = ["good", "cut", "plain", "lost"].map((name) => ({
          type: "Patient",
          name,
          content,
          plain: name === "plain"
        }))
        const fake = yield* fakeBcda(files)
        let cuts = 0
        fake.faults.set("cut", (...answer) => cuts++ % 2 === 0 && cut(0.5)(...answer))
        fake.faults.set("lost", status(404))
        const directory = yield* tempDirectory
        const warned: Array<string> = []
        const onWarning = ({ message }: Error) => void warned.push(message)
        process.on("warning", onWarning)
        yield* Effect.addFinalizer(() => Effect.sync(() => process.off("warning", onWarning)))

        const downloads = (count: number) =>
          Effect.forEach(
            Array.from({ length: count }, (_, n) => n),
            (n) =>
              Effect.exit(
                saveFile({
                  url: `${fake.baseUrl}/data/7/${files[n % 4]?.name}`,
                  type: "Patient",
                  part: join(directory, `p${n % 20}.part`),
                  name: "p.ndjson",
                  gzip: n % 8 < 4 ? "decode" : "keep"
                })
              ),
            { concurrency: 4, discard: true }
          )
        yield* Effect.gen(function* () {
          yield* downloads(200)
          const before = yield* held
          yield* downloads(1000)
          const after = yield* held
          assert.isAbove(cuts, 450, "of 300 downloads of that file, most broke off once")
          assert.isAtMost(after.resources, before.resources)
          assert.isAtMost(after.descriptors, before.descriptors)
          assert.isAtMost(after.listeners, before.listeners)
          assert.isBelow(after.memory / before.memory, 1.25, `${before.memory} and then ${after.memory} bytes`)
        }).pipe(Effect.provide(fake.client({ budget: { requests: 100_000 } })))
        assert.deepStrictEqual(warned, [], "node warns of too many listeners")
      }),
    120_000
  )
})
