import { existsSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { patients } from "./support/Exporting.ts"
import { runChild } from "./support/Killing.ts"
import { first, later, setUpSince } from "./support/SinceLast.ts"
import { filesIn, tempDirectory } from "./support/TempDirectory.ts"

/** Kills a run at its `n`th step after the receipt, and lets another follow; says what was there of the watermark, or that none died. */
const killedAfterReceipt = Effect.fnUntraced(function* (when: string, n: number, cache: string) {
  const { directory, fake, run, runs, sinces, state } = yield* setUpSince()
  const dieAt = `${when}:${n}:receipt.json`
  const output = yield* runChild(fake, directory, { cache, dieAt, sinceLast: true })
  if (output !== undefined) return "survived"
  const [begun = ""] = runs()
  assert.isTrue(existsSync(join(directory, begun, "receipt.json")), dieAt)
  const { watermark } = state()
  fake.transactionTime = later
  const events = yield* run()
  const moves = events.flatMap((event) => (event._tag === "WatermarkMoved" ? [[event.from, event.to]] : []))
  const due = watermark === undefined ? [[undefined, first]] : []
  assert.deepStrictEqual(moves, [...due, [first, later]], dieAt)
  assert.deepStrictEqual(sinces, [null, first], dieAt)
  assert.strictEqual(fake.asked(patients.name), 2, `${dieAt}: once for each run`)
  assert.strictEqual(state().watermark.transactionTime, later, dieAt)
  const left = [...(yield* filesIn(directory)).keys()].filter((path) => /\.lock|\.part/.test(path))
  assert.deepStrictEqual(left, [], dieAt)
  return watermark === undefined ? "not moved" : "moved"
})

describe("a process that is killed between its receipt and its watermark", () => {
  it.live(
    "is made up for by the next, which moves the watermark and fetches what is new",
    () =>
      Effect.gen(function* () {
        const cache = yield* tempDirectory
        const found = new Set<string>()
        for (let n = 1; !found.has("survived"); n++) {
          const outcomes = yield* Effect.forEach(["before", "torn"], (when) => killedAfterReceipt(when, n, cache), {
            concurrency: 2
          })
          for (const outcome of outcomes) found.add(outcome)
        }
        assert.sameMembers([...found], ["not moved", "moved", "survived"])
      }),
    120_000
  )
})
