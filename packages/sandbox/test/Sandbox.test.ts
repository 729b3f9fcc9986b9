import { type FileStore, makeSandbox, memoryFileStore, small } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { basic, bearerIn, exportHeaders, makeKit, memberOf, startOfTest } from "./Support.ts"

const text = (response: Response) => Effect.promise(() => response.text())

/** Bodies of all files of a small export with the sandbox's own claims. */
const exported = (seed: number | undefined, path: string) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(startOfTest)
    const sandbox = yield* makeSandbox({ enrollees: 4, ...(seed === undefined ? {} : { seed }) })
    const send = (url: string, headers: Record<string, string>, method = "GET") =>
      Effect.promise(() => sandbox.fetch(new Request(url, { method, headers })))
    const login = { authorization: basic(small.clientId, small.clientSecret) }
    const token = yield* text(yield* send("https://bcda.test/auth/token", login, "POST"))
    const headers = exportHeaders(bearerIn(token))
    const kickOff = yield* send(`https://bcda.test${path}`, headers)
    yield* sandbox.idle
    yield* TestClock.adjust("1 minute")
    const manifest = yield* text(yield* send(kickOff.headers.get("content-location") ?? "", headers))
    const files: Record<string, string> = {}
    for (const [, type = "", url = ""] of manifest.matchAll(/"type":"(\w+)","url":"([^"]*)"/g)) {
      files[type] = yield* text(yield* send(url, headers))
    }
    return files
  })

describe("makeSandbox", () => {
  it.effect.each(["v1", "v2", "v3"])(
    "%s has claims of its own: NDJSON of the right type, one newline per line",
    (version) =>
      Effect.gen(function* () {
        const files = yield* exported(undefined, `/api/${version}/Group/all/$export`)
        assert.includeMembers(Object.keys(files), ["Patient", "Coverage", "ExplanationOfBenefit"])
        for (const [type, text] of Object.entries(files)) {
          assert.isTrue(text.endsWith("}\n"))
          for (const line of text.slice(0, -1).split("\n")) assert.strictEqual(memberOf(line, "resourceType"), type)
        }
        assert.lengthOf((files["Patient"] ?? "").trimEnd().split("\n"), 4)
      })
  )

  it.effect("the same seed gives the same claims, another one others", () =>
    Effect.gen(function* () {
      const path = "/api/v2/Patient/$export?_type=Patient"
      const first = yield* exported(7, path)
      assert.deepStrictEqual(yield* exported(7, path), first)
      assert.notDeepEqual(yield* exported(8, path), first)
    })
  )
})

describe("time, moved", () => {
  it.effect("takes a job from its kick-off to its end, with tokens and files, in no time", () =>
    Effect.gen(function* () {
      const store = memoryFileStore()
      const removed: Array<number> = []
      const watched: FileStore = {
        ...store,
        remove: (job) =>
          Effect.andThen(
            Effect.sync(() => removed.push(job)),
            store.remove(job)
          )
      }
      const kit = yield* makeKit({ store: watched })
      const { clock, idle } = kit.sandbox
      const bearer = yield* kit.bearer()
      const job = yield* kit.start("/api/v3/Patient/$export?_type=Patient", bearer)
      const status = Effect.gen(function* () {
        const authorization = yield* kit.bearer()
        return (yield* kit.send(job, { authorization })).status
      })
      yield* idle
      assert.strictEqual(yield* status, 202)
      yield* clock.advance("1 minute")
      assert.strictEqual(yield* status, 200)
      yield* clock.advance("20 minutes")
      assert.strictEqual((yield* kit.send(job, { authorization: bearer })).status, 401)
      yield* clock.set("2026-10-07T10:00:30Z")
      assert.strictEqual(yield* status, 410)
      assert.deepStrictEqual(removed, [])
      // The clean-up at 11:00 archives it, and its files go with the move, not with the next request.
      yield* clock.set("2026-10-07T11:00:00Z")
      assert.deepStrictEqual(removed, [1])
      assert.strictEqual(yield* status, 404)
      const { headers } = yield* kit.send("/_version")
      assert.strictEqual(headers.get("date"), "Wed, 07 Oct 2026 11:00:00 GMT")
    })
  )

  it.effect("stands still when it is frozen", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const bearer = yield* kit.bearer()
      const job = yield* kit.start("/api/v3/Patient/$export?_type=Patient", bearer)
      yield* kit.sandbox.idle
      yield* kit.sandbox.clock.freeze
      yield* TestClock.adjust("10 hours")
      assert.strictEqual((yield* kit.send(job, { authorization: bearer })).status, 202)
      yield* kit.sandbox.clock.run
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* kit.send(job, { authorization: bearer })).status, 200)
    })
  )
})

describe("reset", () => {
  it.effect("forgets everything but the time", () =>
    Effect.gen(function* () {
      const store = memoryFileStore()
      const removed: Array<number> = []
      const kit = yield* makeKit({
        store: {
          ...store,
          remove: (job) =>
            Effect.andThen(
              Effect.sync(() => removed.push(job)),
              store.remove(job)
            )
        }
      })
      const { sandbox } = kit
      const bearer = yield* kit.bearer()
      const job = yield* kit.start("/api/v3/Patient/$export?_type=Patient", bearer)
      yield* sandbox.idle
      yield* sandbox.faults.set([{ fault: "unavailable", where: "metadata" }])
      yield* sandbox.clock.advance("1 hour")
      yield* sandbox.clock.freeze
      yield* sandbox.reset
      assert.deepStrictEqual(removed, [1])
      assert.deepStrictEqual(yield* sandbox.faults.list, [])
      assert.deepStrictEqual(sandbox.log.entries(), [])
      assert.isFalse(sandbox.clock.frozen())
      assert.strictEqual(sandbox.clock.now(), startOfTest + 3_600_000)
      assert.strictEqual((yield* kit.send("/api/v3/metadata")).status, 200)
      assert.strictEqual((yield* kit.send("/auth/welcome", { authorization: bearer })).status, 401)
      const again = yield* kit.bearer()
      assert.strictEqual((yield* kit.send(job, { authorization: again })).status, 404)
      assert.strictEqual(yield* kit.start("/api/v3/Patient/$export?_type=Patient", again), job)
    })
  )
})
