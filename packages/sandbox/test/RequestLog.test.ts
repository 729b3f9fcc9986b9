import { type LogEntry, small } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { TestClock, TestConsole } from "effect/testing"
import { basic, complete, exportHeaders, type Kit, makeKit, memberOf, origin, persona, startOfTest } from "./Support.ts"

const only = (entries: ReadonlyArray<LogEntry>): LogEntry => {
  assert.lengthOf(entries, 1)
  const [entry] = entries
  if (entry === undefined) throw new Error("no entry")
  return entry
}

/** The value of a header line. */
const line = ({ headers }: Pick<LogEntry, "headers">, name: string) => headers.find(([key]) => key === name)?.[1]

/** A made-up identifier of Medicare's shape. */
const mbi = "1S00E00AA00"

const authorized = (authorization: string) => ({ authorization })

/** Exports one type and gives the path of its file. */
const exportOne = Effect.fnUntraced(function* (kit: Kit, bearer: string) {
  const job = yield* kit.start("/api/v3/Patient/$export?_type=Patient", bearer)
  yield* complete(kit)
  const { text } = yield* kit.send(job, authorized(bearer))
  const [file] = [memberOf(text, "output")].flat()
  return new URL(String(memberOf(JSON.stringify(file), "url"))).pathname
})

describe("the request log", () => {
  it.effect("holds what was sent and what was answered", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      yield* TestClock.adjust("90 seconds")
      const path = "/api/v3/Patient/$export?_type=Patient&_since=2020-01-01T00:00:00%2B02:00"
      const { text } = yield* kit.send(path, { accept: "application/fhir+json", "x-client": "mine" })
      assert.deepStrictEqual(kit.sandbox.log.entries(), [
        {
          sequence: 1,
          at: new Date(startOfTest + 90_000).toISOString(),
          method: "GET",
          target: path,
          scheme: "https",
          area: "kick-off",
          headers: [
            ["accept", "application/fhir+json"],
            ["x-client", "mine"]
          ],
          answerHeaders: only(kit.sandbox.log.entries()).answerHeaders,
          bytes: text.length,
          ended: "complete",
          faults: [],
          status: 401
        }
      ])
      assert.strictEqual(line({ headers: only(kit.sandbox.log.entries()).answerHeaders }, "Connection"), "close")
    })
  )

  it.effect("tells tokens apart without holding one", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const [first, second] = [yield* kit.bearer(), yield* kit.bearer()]
      yield* kit.send("/auth/welcome", authorized(second))
      yield* kit.send("/auth/welcome", authorized(first))
      yield* kit.send("/auth/welcome", authorized(second))
      const forged = `${second.slice(0, -4)}AAAA`
      yield* kit.send("/auth/welcome", authorized(forged))
      yield* kit.send("/auth/welcome", authorized("Bearer not a token"))
      const { log } = kit.sandbox
      assert.deepStrictEqual(
        log.entries({ area: "token" }).map(({ issued }) => issued),
        ["token#1", "token#2"]
      )
      assert.deepStrictEqual(
        log.entries({ target: "/auth/welcome" }).map(({ token }) => token),
        ["token#2", "token#1", "token#2", "unknown-token#1", undefined]
      )
      assert.lengthOf(log.entries({ token: "token#2" }), 2)
      assert.deepStrictEqual(
        log.entries({ target: "/auth/welcome" }).map((entry) => line(entry, "authorization")),
        [
          "Bearer token#2",
          "Bearer token#1",
          "Bearer token#2",
          "Bearer unknown-token#1",
          "Bearer unknown-token#2 unknown-token#3 unknown-token#4"
        ]
      )
      const kept = JSON.stringify(log.entries())
      for (const secret of [first, second, forged]) assert.notInclude(kept, secret.slice(7, 60))
    })
  )

  it.effect("tells secrets apart without holding one, wherever they stand", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const { sandbox } = kit
      const post = (authorization: string, body?: string) =>
        sandbox.handle(
          new Request(`${origin}/auth/token`, {
            method: "POST",
            headers: { authorization, cookie: "a=hidden" },
            ...(body === undefined ? {} : { body })
          })
        )
      yield* post(basic(small.clientId, small.clientSecret))
      yield* post(basic(small.clientId, "hidden-wrong"))
      yield* post(basic("hidden-client", small.clientSecret))
      yield* post("Basic hidden")
      yield* post("hidden-without-a-scheme")
      yield* post(
        "basic  aGlkZGVuOmhpZGRlbg==",
        `grant_type=client_credentials&client_secret=hidden&x=${small.clientSecret}`
      )
      yield* post("Bearer x", '{"client_secret": "hidden", "scope":"system/*.read"}')
      yield* kit.send("/api/v3/metadata?access_token=hidden&page=2")
      assert.deepStrictEqual(
        sandbox.log.entries({ area: "token" }).map((entry) => line(entry, "authorization")),
        [
          "Basic sandbox-small:secret#1",
          "Basic sandbox-small:secret#3",
          "Basic client#1:secret#1",
          "Basic secret#4",
          "secret#5",
          "basic  client#2:secret#4",
          "Bearer unknown-token#1"
        ]
      )
      const bodies = sandbox.log.entries({ area: "token" }).flatMap(({ body }) => body ?? [])
      assert.deepStrictEqual(bodies, [
        "grant_type=client_credentials&client_secret=secret#4&x=secret#1",
        '{"client_secret": "secret#4", "scope":"system/*.read"}'
      ])
      assert.deepStrictEqual(
        sandbox.log.entries({ area: "metadata" }).map(({ target }) => target),
        ["/api/v3/metadata?access_token=secret#4&page=2"]
      )
      const kept = JSON.stringify(sandbox.log.entries())
      for (const secret of ["hidden", "aGlkZGVu", small.clientSecret]) assert.notInclude(kept, secret)
    })
  )

  it.effect("holds no beneficiary identifier, however it is written", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const dashed = "1s00-e00-aa00"
      yield* kit.send(`/api/v3/Patient/$export?patient=${mbi}&q=a%7C${mbi},${dashed}`, { "x-patient": mbi })
      yield* kit.send(`/api/v3/Patient/${mbi}`)
      const kept = JSON.stringify(kit.sandbox.log.entries())
      for (const found of [mbi, mbi.toLowerCase(), dashed]) assert.notInclude(kept, found)
      assert.include(kept, "patient=mbi&q=a%7Cmbi,mbi")
    })
  )

  it.effect("counts the bytes that were taken, and says how it ended", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ personas: [persona({ people: 100 })] })
      const bearer = yield* kit.bearer()
      const path = yield* exportOne(kit, bearer)
      const { log } = kit.sandbox
      log.clear()
      const whole = yield* kit.send(path, authorized(bearer))
      assert.isAbove(whole.text.length, 50)
      assert.containSubset(log.entries(), [{ area: "file", status: 200, bytes: whole.text.length, ended: "complete" }])
      log.clear()
      const response = yield* kit.response(path, authorized(bearer))
      assert.containSubset(log.entries(), [{ bytes: 0, ended: "open" }])
      yield* Effect.promise(() => response.body?.cancel() ?? Promise.resolve())
      assert.containSubset(log.entries(), [{ ended: "left" }])
      log.clear()
      yield* kit.sandbox.faults.add([{ fault: "cut", where: "file", bytes: 10 }])
      const cut = yield* Effect.promise(async () =>
        kit.sandbox.fetch(new Request(`${origin}${path}`, { headers: { authorization: bearer } }))
      )
      yield* Effect.promise(() =>
        cut.text().then(
          () => "",
          () => ""
        )
      )
      assert.containSubset(log.entries({ fault: "cut" }), [
        { status: 200, bytes: 10, ended: "closed", faults: ["cut"] }
      ])
      assert.lengthOf(log.entries({ fault: "unavailable" }), 0)
    })
  )

  it.effect("selects", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const bearer = yield* kit.bearer()
      yield* kit.send("/api/v3/Patient/$export?_type=Patient", exportHeaders(bearer))
      yield* kit.send("/api/v2/Patient/$export", exportHeaders(bearer), "POST")
      yield* kit.send("/api/v2/nothing")
      const sequences = (filter?: Parameters<typeof kit.sandbox.log.entries>[0]) =>
        kit.sandbox.log.entries(filter).map(({ sequence }) => sequence)
      assert.deepStrictEqual(sequences(), [1, 2, 3, 4])
      assert.deepStrictEqual(sequences({ area: "kick-off" }), [2])
      assert.deepStrictEqual(sequences({ method: "POST" }), [1, 3])
      assert.deepStrictEqual(sequences({ status: 404 }), [4])
      assert.deepStrictEqual(sequences({ target: /v2\/\w+$/ }), [4])
      assert.deepStrictEqual(sequences({ target: "v2", after: 3 }), [4])
      assert.deepStrictEqual(sequences({ token: "token#1", method: "GET" }), [2])
      assert.deepStrictEqual(sequences({ ended: "open" }), [])
    })
  )

  it.effect("keeps the newest ones and says how many it dropped", () =>
    Effect.gen(function* () {
      const { send, sandbox } = yield* makeKit({ logSize: 2 })
      for (const path of ["/a", "/b", "/c"]) yield* send(path)
      assert.deepStrictEqual(
        sandbox.log.entries().map(({ sequence, target }) => [sequence, target]),
        [
          [2, "/b"],
          [3, "/c"]
        ]
      )
      assert.strictEqual(sandbox.log.dropped(), 1)
      sandbox.log.clear()
      assert.deepStrictEqual([sandbox.log.entries(), sandbox.log.dropped()], [[], 0])
      yield* send("/d")
      assert.strictEqual(only(sandbox.log.entries()).sequence, 4)
    })
  )

  it.effect("gives copies", () =>
    Effect.gen(function* () {
      const { sandbox, send } = yield* makeKit()
      yield* send("/a")
      const entry = only(sandbox.log.entries())
      Object.assign(entry, { target: "/other" })
      assert.strictEqual(only(sandbox.log.entries()).target, "/a")
    })
  )
})

const failing = {
  plan: () => [
    {
      type: "Patient" as const,
      people: 1,
      lines: (): ReadonlyArray<string> => {
        throw new Error(`cannot read ${mbi}`)
      }
    }
  ]
}

describe("what the sandbox itself has to say", () => {
  it.effect("is a remark without identifiers, and not on standard output", () =>
    Effect.gen(function* () {
      const elsewhere: Array<unknown> = []
      const mine = Logger.make(({ message }) => elsewhere.push(message))
      const kit = yield* makeKit({ data: failing }).pipe(
        Effect.provideService(Logger.CurrentLoggers, new Set([Logger.defaultLogger, mine]))
      )
      yield* kit.start("/api/v3/Patient/$export?_type=Patient", yield* kit.bearer())
      yield* complete(kit)
      assert.deepStrictEqual([yield* TestConsole.logLines, yield* TestConsole.errorLines], [[], []])
      const [remark] = kit.sandbox.log.remarks()
      assert.containSubset(remark, { level: "Warn", at: new Date(startOfTest).toISOString() })
      assert.include(remark?.text, "job 1 failed")
      assert.include(remark?.text, "cannot read mbi")
      assert.deepStrictEqual(elsewhere, [[remark?.text]])
    })
  )
})
