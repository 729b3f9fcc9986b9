import { decodeFaults, type FaultInstruction } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { exportHeaders, type Kit, makeKit } from "../Support.ts"

const metadata = "/api/v3/metadata"

const statuses = (kit: Kit, paths: ReadonlyArray<string>) =>
  Effect.forEach(paths, (path) => Effect.map(kit.send(path), ({ status }) => status))

const times = (count: number, path = metadata): ReadonlyArray<string> => Array.from({ length: count }, () => path)

const unavailable: FaultInstruction = { fault: "unavailable", where: "metadata" }

describe("an instruction", () => {
  it.effect("strikes its place and no other, every time, and is counted", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ faults: [unavailable] })
      assert.deepStrictEqual(yield* statuses(kit, [metadata, "/_version", metadata]), [503, 200, 503])
      const [active] = yield* kit.sandbox.faults.list
      assert.deepStrictEqual([active?.seen, active?.struck], [2, 2])
    })
  )

  it.effect.each<[name: string, instruction: Partial<FaultInstruction>, expected: ReadonlyArray<number>]>([
    ["times", { times: 2 }, [503, 503, 200, 200, 200, 200]],
    ["nth", { when: { nth: 2 } }, [200, 503, 200, 200, 200, 200]],
    ["several nth", { when: { nth: [1, 4] } }, [503, 200, 200, 503, 200, 200]],
    ["every", { when: { every: 3 } }, [200, 200, 503, 200, 200, 503]],
    ["after", { when: { after: 4 } }, [200, 200, 200, 200, 503, 503]],
    ["after and times", { when: { after: 1 }, times: 1 }, [200, 503, 200, 200, 200, 200]]
  ])("knows its turn: %s", ([, instruction, expected]) =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ faults: [{ ...unavailable, ...instruction }] })
      assert.deepStrictEqual(yield* statuses(kit, times(6)), expected)
    })
  )

  it.effect("knows its time, on the sandbox's clock", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ faults: [{ ...unavailable, when: { from: "1 minute", until: "2 minutes" } }] })
      const look = statuses(kit, [metadata])
      assert.deepStrictEqual(yield* look, [200])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* look, [503])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* look, [200])
      yield* kit.sandbox.faults.set([{ ...unavailable, when: { from: "2026-10-06T10:05:00Z" } }])
      assert.deepStrictEqual(yield* look, [200])
      yield* TestClock.adjust("3 minutes")
      assert.deepStrictEqual(yield* look, [503])
    })
  )

  it.effect("knows its version, persona and path", () =>
    Effect.gen(function* () {
      const look = Effect.fnUntraced(function* (when: FaultInstruction["when"]) {
        const kit = yield* makeKit({ faults: [{ fault: "unavailable", where: "jobs", when: when ?? {} }] })
        const [small, reach] = [yield* kit.bearer("small"), yield* kit.bearer("reach-small")]
        const send = (version: string, authorization: string) =>
          Effect.map(kit.send(`/api/${version}/jobs`, exportHeaders(authorization)), ({ status }) => status)
        return [yield* send("v2", small), yield* send("v3", small), yield* send("v3", reach)]
      })
      assert.deepStrictEqual(yield* look({}), [503, 503, 503])
      assert.deepStrictEqual(yield* look({ version: "v3" }), [404, 503, 503])
      assert.deepStrictEqual(yield* look({ persona: "reach-small" }), [404, 404, 503])
      assert.deepStrictEqual(yield* look({ path: "/v2/" }), [503, 404, 404])
    })
  )
})

describe("faults at run time", () => {
  it.effect("are set, added, removed and cleared; ids are never used twice", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const { faults } = kit.sandbox
      const [first] = yield* faults.set([unavailable])
      yield* faults.add([{ fault: "unavailable", where: "any", when: { nth: 9 } }])
      assert.deepStrictEqual(
        (yield* faults.list).map(({ id, struck }) => [id, struck]),
        [
          [1, 0],
          [2, 0]
        ]
      )
      assert.isTrue(yield* faults.remove(first?.id ?? 0))
      assert.isFalse(yield* faults.remove(first?.id ?? 0))
      assert.deepStrictEqual(yield* statuses(kit, [metadata]), [200])
      assert.lengthOf(yield* faults.clear, 1)
      assert.deepStrictEqual(yield* faults.list, [])
      assert.strictEqual((yield* faults.set([unavailable]))[0]?.id, 3)
    })
  )

  it.effect("stay as they are when new ones cannot be read", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ faults: [unavailable] })
      const error = yield* Effect.flip(kit.sandbox.faults.set([{ fault: "unavailable", where: "any", bytes: 3 }]))
      assert.include(error.message, 'faults[0]: unavailable has no option "bytes"')
      assert.deepStrictEqual(yield* statuses(kit, [metadata]), [503])
    })
  )
})

describe("reading instructions", () => {
  it.effect.each<[json: unknown, message: string]>([
    [{}, "faults: this is no list of instructions"],
    [["cut"], "faults[0]: an instruction is an object"],
    [[{ where: "file" }], 'faults[0]: the name of the fault is missing: "fault"'],
    [[{ fault: "cut" }, { fault: "cutt" }], 'faults[1]: there is no fault "cutt"'],
    [[{ fault: "cut", where: "kick-off" }], 'faults[0]: cut does not strike at "kick-off" but at "file"'],
    [[{ fault: "cut", where: "nowhere" }], 'faults[0]: "where" of cut:'],
    [[{ fault: "cut", times: 0 }], 'faults[0]: "times" of cut:'],
    [[{ fault: "cut", when: { nht: 2 } }], 'faults[0]: "when.nht" of cut:'],
    [[{ fault: "cut", when: { from: "soon" } }], 'faults[0]: "when.from" of cut:'],
    [[{ fault: "cut", byte: 2 }], 'faults[0]: cut has no option "byte"; it has "bytes"'],
    [[{ fault: "cut", bytes: -1 }], 'faults[0]: "bytes" of cut:']
  ])("says what is wrong with %j", ([json, message]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(decodeFaults(json))
      assert.strictEqual(error._tag, "FaultsError")
      assert.include(error.message, message)
    })
  )

  it.effect("names what was meant", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(decodeFaults([{ fault: "unavailble" }]))
      assert.match(error.message, /near it are "unavailable"/)
    })
  )
})
