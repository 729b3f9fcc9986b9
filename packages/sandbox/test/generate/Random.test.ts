import { assert, describe, it } from "@effect/vitest"
import { hashText, scramble, seedOf, stream, weighted } from "../../src/generate/Random.ts"

const first = (seed: number, person: number, purpose: string, ordinal: number) =>
  stream(seed, person, hashText(purpose), ordinal).next()

describe("Random", () => {
  it("gives the numbers it always gave, on every engine", () => {
    const draw = stream(seedOf(1), 2, hashText("claim"), 3)
    assert.deepStrictEqual([draw.next(), draw.next(), draw.next()], [1187120823, 3144610414, 1275331746])
  })

  it("takes 7 and '7' for the same seed, and tells others apart", () => {
    assert.strictEqual(seedOf(7), seedOf("7"))
    assert.notStrictEqual(seedOf(7), seedOf(8))
  })

  it("has a stream of its own for every person, purpose and ordinal", () => {
    const seen = new Set<number>()
    for (let person = 0; person < 100; person++)
      for (const purpose of ["slot", "claim"])
        for (let ordinal = 0; ordinal < 50; ordinal++) seen.add(first(1, person, purpose, ordinal))
    // 10,000 draws from 2^32: two or more that meet would be news.
    assert.isAbove(seen.size, 9_995)
  })

  it("does not care what was drawn before", () => {
    const purpose = hashText("claim")
    const alone = stream(1, 5, purpose, 9).next()
    stream(1, 4, purpose, 9).next()
    stream(1, 5, purpose, 8).next()
    assert.strictEqual(stream(1, 5, purpose, 9).next(), alone)
  })

  it("keeps within bounds and near its weights", () => {
    const draw = stream(1, 1, 1, 1)
    const choices = weighted([
      ["rare", 1],
      ["often", 3]
    ])
    let often = 0
    for (let i = 0; i < 4000; i++) {
      const value = draw.between(3, 5)
      assert.isTrue(value >= 3 && value <= 5 && Number.isInteger(value))
      if (draw.choose(choices) === "often") often++
    }
    assert.closeTo(often / 4000, 0.75, 0.03)
  })

  it("shuffles without meeting: no two numbers become one", () => {
    const seen = new Set<number>()
    // The low numbers, and numbers of high bits alone.
    for (let i = 0; i < 65_536; i++) seen.add(scramble(i, 12_345)).add(scramble(((i << 16) | 65_535) >>> 0, 12_345))
    assert.strictEqual(seen.size, 2 * 65_536 - 1)
  })
})
