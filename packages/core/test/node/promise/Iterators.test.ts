import { once } from "node:events"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { connect, type JobRef, JobsError } from "@bcda-kit/core/promise"
import { assert, describe, it } from "@effect/vitest"
import { cut, type FakeBcda, quick, stall } from "../support/FakeBcda.ts"
import { all, credentials, patients, rejection, withServer } from "../support/Promising.ts"
import { settled, until } from "../support/Waiting.ts"

const connected = (fake: FakeBcda) => connect({ target: fake.baseUrl, credentials, policy: quick })

const kickOffs = (fake: FakeBcda) => fake.requests.filter((request) => request.endsWith("/$export")).length

/** Sends half of the file and then nothing more; resolves when its connection is closed. */
const standing = (fake: FakeBcda): Promise<unknown> =>
  new Promise((closed) => {
    fake.faults.set(patients.name, (response, wire, nth) => {
      if (nth === 1) void once(response, "close").then(closed)
      return stall(0.5, 1)(response, wire, nth)
    })
  })

describe("the events of an export", () => {
  it.live("come in order, and the last has the receipt", () =>
    withServer(async (fake, directory) => {
      await using bcda = connected(fake)
      const events = await all(bcda.exportEvents({ directory }))
      assert.deepStrictEqual(
        events.map(({ _tag }) => _tag),
        ["KickedOff", "ManifestReceived", "FileStarted", "FileDone", "Finished"]
      )
      const last = events.at(-1)
      assert.isTrue(last?._tag === "Finished" && last.receipt.complete)
    })
  )

  it.live("start nothing before they are asked for", () =>
    withServer(async (fake, directory) => {
      await using bcda = connected(fake)
      const events = bcda.exportEvents({ directory })
      assert.deepStrictEqual(await bcda.jobs(), [])
      await events.return()
      assert.deepStrictEqual(await events.next(), { done: true, value: undefined })
      assert.strictEqual(kickOffs(fake), 0)
      assert.isFalse(existsSync(directory))
    })
  )

  it.live("end with the loop: connections are closed, the lock is gone, and the same export goes on", () =>
    withServer(async (fake, directory) => {
      await using bcda = connected(fake)
      const closed = standing(fake)
      for await (const event of bcda.exportEvents({ directory })) {
        if (event._tag !== "FileStarted") continue
        await until(() => fake.asked(patients.name) > 0)
        break
      }
      assert.isFalse(existsSync(join(directory, ".lock")), "the loop is left when the export has ended")
      await closed
      assert.isTrue((await bcda.export({ directory })).complete)
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.live("end while the next one is awaited, when they are returned", () =>
    withServer(async (fake, directory) => {
      await using bcda = connected(fake)
      const closed = standing(fake)
      const events = bcda.exportEvents({ directory })
      while ((await events.next()).value?._tag !== "FileStarted");
      let pending = events.next()
      await until(() => fake.asked(patients.name) > 0)
      // What had been sent until then may still be told.
      await until(() => existsSync(join(directory, "Patient/p.ndjson.part")))
      const returned = events.return()
      while ((await pending).done !== true) pending = events.next()
      await returned
      await closed
      assert.isFalse(existsSync(join(directory, ".lock")))
    })
  )

  it.live("end at once when the signal aborts, also for a reader that is busy", () =>
    withServer(async (fake, directory) => {
      await using bcda = connected(fake)
      const closed = standing(fake)
      const abort = new AbortController()
      const reason = new Error("enough")
      const events = bcda.exportEvents({ directory, signal: abort.signal })
      await events.next()
      await until(() => fake.asked(patients.name) > 0)
      abort.abort(reason)
      await closed
      await until(() => !existsSync(join(directory, ".lock")))
      assert.strictEqual(await rejection(events.next()), reason)
      assert.isTrue((await events.next()).done)
      const before = fake.requests.length
      assert.strictEqual(await rejection(bcda.exportEvents({ directory, signal: abort.signal }).next()), reason)
      assert.strictEqual(fake.requests.length, before, "a signal that has aborted lets nothing be sent")
    })
  )

  it.live("give nothing after an abort, also nothing that is there already", () =>
    withServer(
      async (fake, directory) => {
        await using bcda = connected(fake)
        const abort = new AbortController()
        const events = bcda.exportEvents({ directory, signal: abort.signal })
        await events.next()
        await stillness(fake)
        assert.isFalse((await events.next()).done)
        abort.abort()
        assert.deepInclude(await rejection(events.next()), { name: "AbortError" })
      },
      Array.from({ length: 20 }, (_, n) => ({ ...patients, name: `${n}.ndjson` }))
    )
  )

  it.live("wait for a slow reader, and so does the export", () =>
    withServer(
      async (fake, directory) => {
        await using bcda = connected(fake)
        const events = bcda.exportEvents({ directory, concurrency: 1 })
        await events.next()
        await until(() => fake.requests.length > 0)
        const { length: sent } = await stillness(fake)
        assert.isBelow(sent, 100, "of 300 files")
        const rest = await all(events)
        assert.strictEqual(rest.at(-1)?._tag, "Finished")
      },
      Array.from({ length: 300 }, (_, n) => ({ ...patients, name: `${n}.ndjson` }))
    )
  )

  it.live("throw what went wrong, after what went well", () =>
    withServer(async (fake, directory) => {
      await using bcda = connected(fake)
      fake.faults.set(patients.name, cut(0.5))
      const seen: Array<string> = []
      const read = async () => {
        for await (const event of bcda.exportEvents({ directory })) seen.push(event._tag)
      }
      const error = await rejection(read())
      assert.deepInclude(error, { name: "ExportError" })
      assert.strictEqual(seen[0], "KickedOff")
      assert.include(seen, "FileRetry")
    })
  )

  it.live("leave the error of a loop's body as it is", () =>
    withServer(async (fake, directory) => {
      await using bcda = connected(fake)
      const mine = new Error("mine")
      const read = async () => {
        for await (const _ of bcda.exportEvents({ directory })) throw mine
      }
      assert.strictEqual(await rejection(read()), mine)
      assert.isFalse(existsSync(join(directory, ".lock")))
    })
  )

  it.live("end with the client", () =>
    withServer(async (fake, directory) => {
      const bcda = connected(fake)
      const closed = standing(fake)
      const events = bcda.exportEvents({ directory })
      await events.next()
      await until(() => fake.asked(patients.name) > 0)
      const status = rejection(
        bcda.export({ directory: `${directory}-2`, onEvent: () => new Promise(() => undefined) })
      )
      await bcda.close()
      await closed
      assert.deepInclude(await rejection(all(events)), { name: "AbortError" })
      assert.deepInclude(await status, { name: "AbortError" })
      assert.deepInclude(await rejection(bcda.jobs()), { name: "AbortError" })
      assert.deepInclude(await rejection(bcda.exportEvents({ directory }).next()), { name: "AbortError" })
      await bcda.close()
    })
  )
})

/** Waits until a server is asked for nothing more. */
const stillness = async (fake: FakeBcda): Promise<ReadonlyArray<string>> => {
  await settled(() => fake.requests.length)
  return fake.requests
}

describe("jobs", () => {
  it.live("are followed state by state, by reference or id, also one that was stored", () =>
    withServer(async (fake) => {
      await using bcda = connected(fake)
      const job: JobRef = JSON.parse(JSON.stringify(await bcda.kickOff()))
      fake.pending = 2
      const states = await all(bcda.follow(job))
      assert.deepStrictEqual(
        states.map(({ _tag }) => _tag),
        ["InProgress", "InProgress", "Completed"]
      )
      assert.deepStrictEqual(states[0], { _tag: "InProgress", percent: 50 })
      const [state] = await all(bcda.follow(job.jobId))
      assert.isTrue(state?._tag === "Completed" && state.manifest.output.length === 1)
      assert.deepStrictEqual({ ...bcda.job("7") }, { jobId: "7", statusUrl: job.statusUrl, apiVersion: "v3" })
      fake.jobAnswer = (response) => response.writeHead(410).end()
      assert.deepInclude(await rejection(all(bcda.follow(job))), { name: "FollowError" })
    })
  )

  it.live("are looked at no more once the loop is left", () =>
    withServer(async (fake) => {
      await using bcda = connected(fake)
      fake.pending = 1000
      let looks = 0
      for await (const _ of bcda.follow(await bcda.kickOff())) if (++looks === 3) break
      const { length } = fake.requests
      const after = await stillness(fake)
      assert.lengthOf(after, length)
      assert.isBelow(length, 10)
    })
  )

  it.live("are adopted from a stored reference", () =>
    withServer(async (fake, directory) => {
      await using bcda = connected(fake)
      const job: JobRef = JSON.parse(JSON.stringify(await bcda.kickOff()))
      const [first] = await all(bcda.exportEvents({ directory, adopt: job }))
      assert.strictEqual(first?._tag, "Adopted")
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.live("are cancelled with an interrupted export, if that is wanted when it is", () =>
    withServer(async (fake, directory) => {
      await using bcda = connected(fake)
      fake.pending = 1000
      for (const wanted of [false, true]) {
        const cancelOnInterrupt = async () => wanted
        for await (const { _tag } of bcda.exportEvents({ directory, cancelOnInterrupt })) {
          if (_tag === "Waiting") break
        }
        assert.strictEqual(fake.jobs[0]?.status, wanted ? "cancelled" : "in-progress")
      }
    })
  )

  it.live("have no list where none is offered", () =>
    withServer(async (fake) => {
      await using plain = connect({ target: fake.baseUrl, auth: "none", apiVersion: "fhir" })
      const error = await rejection(plain.jobs())
      assert.instanceOf(error, JobsError)
      assert.strictEqual(error.reason._tag, "NotOffered")
    })
  )
})

describe("exports of what is new", () => {
  it.live("tell what they do", () =>
    withServer(async (fake, directory) => {
      await using bcda = connected(fake)
      const tags = async () => (await all(bcda.exportSinceLastEvents({ directory }))).map(({ _tag }) => _tag)
      assert.includeMembers(await tags(), ["RunBegun", "KickedOff", "WatermarkMoved", "Finished"])
      const timestamp = `${new Date().getUTCFullYear()}-01-01T00:00:00Z`
      fake.attribution = { ingestion_dates: [{ type: "last_attribution_update", timestamp }] }
      assert.deepStrictEqual(await tags(), ["Skipped"])
    })
  )
})
