import { defaultPersonas } from "@bcda-kit/sandbox"
import { assert, describe, it } from "vitest"
import { placesOf } from "../../src/generate/Places.ts"

const fixed = defaultPersonas.filter(({ people }) => people > 0).map(({ id }) => id)
const strangers = Array.from({ length: 20 }, (_, index) => `organization ${index}`)

describe("places of organizations", () => {
  it("are one for each, for up to twenty unknown ones", () => {
    const places = placesOf([...fixed, ...strangers])
    assert.strictEqual(new Set(places.values()).size, fixed.length + strangers.length)
    assert.isBelow(Math.max(...places.values()), 32)
  })

  it("do not depend on the order, nor, for known ones, on who else is there", () => {
    const places = placesOf([...fixed, ...strangers])
    const backwards = placesOf([...strangers, ...fixed].toReversed())
    assert.deepStrictEqual(Object.fromEntries(backwards), Object.fromEntries(places))
    for (const id of fixed) assert.strictEqual(placesOf([id]).get(id), places.get(id))
    assert.strictEqual(places.get("small"), 0)
  })
})
