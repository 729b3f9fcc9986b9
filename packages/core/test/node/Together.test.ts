import { assert, describe, it } from "@effect/vitest"
import { together } from "../../src/node/internal/Together.ts"

/** Runs that end when they are told to. */
const held = () => {
  const runs: Array<ReadonlyArray<number>> = []
  const ends: Array<{ readonly resolve: () => void; readonly reject: (error: Error) => void }> = []
  const add = together(
    (asked: ReadonlyArray<number>) =>
      new Promise<void>((resolve, reject) => {
        runs.push([...asked])
        ends.push({ resolve, reject })
      })
  )
  return { runs, ends, add }
}

/** Long enough for every promise that can go on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

describe("one run for all who asked before it", () => {
  it("takes those who ask meanwhile together, in their order, once the run is over", async () => {
    const { add, ends, runs } = held()
    const done: Array<number> = []
    const ask = (item: number) => add(item).then(() => done.push(item))
    const first = ask(1)
    await settled()
    const others = [ask(2), ask(3)]
    await settled()
    assert.deepStrictEqual(runs, [[1]])
    assert.deepStrictEqual(done, [])
    ends[0]?.resolve()
    await first
    await settled()
    assert.deepStrictEqual(runs, [[1], [2, 3]])
    assert.deepStrictEqual(done, [1], "nobody is told before a run that began after he asked")
    ends[1]?.resolve()
    await Promise.all(others)
    assert.deepStrictEqual(done, [1, 2, 3])
  })

  it("tells a failure to those whom the run was for, and to nobody else", async () => {
    const { add, ends, runs } = held()
    const outcome = (item: number) =>
      add(item).then(
        () => "done",
        (error: Error) => error.message
      )
    const first = outcome(1)
    await settled()
    const second = outcome(2)
    ends[0]?.reject(new Error("no room"))
    assert.strictEqual(await first, "no room")
    await settled()
    ends[1]?.resolve()
    assert.strictEqual(await second, "done")
    assert.deepStrictEqual(runs, [[1], [2]])
  })
})
