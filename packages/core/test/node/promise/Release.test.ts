import { getEventListeners } from "node:events"
import { readdirSync } from "node:fs"
import { setImmediate as turn } from "node:timers/promises"
import { connect, Sinks } from "@bcda-kit/core/promise"
import { assert, describe, it } from "@effect/vitest"
import { bulky, cut, quick } from "../support/FakeBcda.ts"
import { all, credentials, rejection, withServer } from "../support/Promising.ts"
import { settled } from "../support/Waiting.ts"

const file = { type: "Patient", name: "p.ndjson", content: bulky("Patient", 100) }

/** What this process holds on to. */
const held = () => {
  return {
    resources: process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate").length,
    descriptors: process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  }
}

describe("calls that end early", () => {
  it.live("leave no socket, descriptor, timer or listener, and none on a signal that lives on", () =>
    withServer(
      async (fake, directory) => {
        const warned: Array<string> = []
        const onWarning = ({ message }: Error) => void warned.push(message)
        process.on("warning", onWarning)
        const { signal } = new AbortController()
        await using bcda = connect({ target: fake.baseUrl, credentials, policy: quick })
        const url = `${fake.baseUrl}/data/7/${file.name}`
        const job = await bcda.kickOff()
        const round = async (n: number) => {
          for await (const event of bcda.exportEvents({ directory: `${directory}-${n}`, adopt: job, signal })) {
            if (event._tag === "FileStarted") break
          }
          for await (const _ of await bcda.open(url, { signal })) break
          await (await bcda.open(url, { signal })).close()
          for await (const _ of bcda.resources({ adopt: job, signal })) break
          const { sink } = Sinks.memory()
          await rejection(
            bcda.exportToSink({ sink, adopt: job, signal, onEvent: () => Promise.reject(new Error("enough")) })
          )
          fake.pending = 3
          for await (const _ of bcda.follow(job, { signal })) break
          fake.pending = 0
          fake.faults.set(file.name, cut(0.5))
          await rejection(all(await bcda.open(url, { signal })))
          fake.faults.clear()
          const abort = new AbortController()
          const reading = all(bcda.exportEvents({ directory: `${directory}-${n}`, signal: abort.signal }))
          abort.abort()
          await rejection(reading)
          await bcda.jobs({}, { signal })
        }
        for (let n = 0; n < 5; n++) await round(n)
        await settled(() => process.getActiveResourcesInfo().length)
        const before = held()
        for (let n = 5; n < 45; n++) await round(n)
        process.off("warning", onWarning)
        // The server's side of a connection closes some turns later; what leaks never goes.
        const isMore = () => held().resources > before.resources || held().descriptors > before.descriptors
        for (let turns = 0; turns < 100_000 && isMore(); turns++) await turn()
        const after = held()
        assert.isAtMost(after.resources, before.resources)
        assert.isAtMost(after.descriptors, before.descriptors)
        assert.isAtMost(after.listeners, before.listeners)
        assert.lengthOf(getEventListeners(signal, "abort"), 0)
        assert.deepStrictEqual(warned, [])
      },
      [file]
    )
  )
})
