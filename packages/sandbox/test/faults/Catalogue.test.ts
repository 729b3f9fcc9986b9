import { type FaultInstruction, type FaultPlace, faultCatalogue } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { rows, type Shown, wired } from "./Rows.ts"
import { type Sight, type Tour, tour } from "./Tour.ts"

/** The status a sight begins with, as the only number it can be mistaken for is another status. */
const has = ({ seen }: Sight, shown: Shown): boolean => {
  if (typeof shown === "number") return seen.startsWith(String(shown)) && !/^\d/.test(seen.slice(3))
  return typeof shown === "string" ? seen.includes(shown) : !seen.includes(shown.gone)
}

const nothing: Sight = { places: [], seen: "" }

/** Steps that look different. */
const changed = (before: Tour, after: Tour): ReadonlyMap<string, ReadonlyArray<FaultPlace>> =>
  new Map(
    [...new Set([...before.keys(), ...after.keys()])]
      .filter((step) => before.get(step)?.seen !== after.get(step)?.seen)
      .map((step) => [step, (after.get(step) ?? before.get(step) ?? nothing).places])
  )

/** BCDA itself answers these two in the same way. */
const twins: ReadonlyArray<string> = ["constraints-lookup", "job-insert"]

const toured = faultCatalogue.filter((entry): entry is typeof entry & { name: keyof typeof rows } => entry.name in rows)
const tours = new Map<string, Tour>()
const differences = new Map<string, string>()

const tourOf = Effect.fnUntraced(function* (instructions: ReadonlyArray<FaultInstruction>) {
  const key = instructions.map(({ fault }) => fault).join(" ")
  const known = tours.get(key)
  if (known !== undefined) return known
  const { sights } = yield* tour(instructions)
  tours.set(key, sights)
  return sights
})

describe("every entry of the catalogue", () => {
  it("has a row here or a test of its own", () => {
    const names = faultCatalogue.map(({ name }) => name)
    assert.sameMembers(names, [...Object.keys(rows), ...wired])
    assert.lengthOf(names, new Set(names).size)
  })

  it.effect.each(toured)("$name: $title", ({ everywhere, group, name, todayUnless, where }) =>
    Effect.gen(function* () {
      const under: ReadonlyArray<FaultInstruction> = todayUnless === undefined ? [] : [{ fault: todayUnless }]
      const healthy = yield* tourOf(under)
      const [step, shown, options] = rows[name]
      // At all its places at once: what it does at one of them is not what it does at another.
      const named = where.filter((place) => place !== "any")
      const places: ReadonlyArray<FaultPlace> = named.length === 0 ? where : named
      const { sights, struck } = yield* tour([...under, { ...options, fault: name, where: places }])
      const differs = changed(healthy, sights)

      // It changes what it says, and that is not so without it.
      assert.isTrue(has(sights.get(step) ?? nothing, shown), `${step}:\n${sights.get(step)?.seen}`)
      assert.isFalse(has(healthy.get(step) ?? nothing, shown), `also without the fault:\n${healthy.get(step)?.seen}`)

      // It strikes at every place that it names, and nowhere else. Files with made-up addresses are what they were.
      const struckAt = (place: FaultPlace) => place === "any" || [...differs.values()].some((at) => at.includes(place))
      const untouched = places.filter((place) => !struckAt(place))
      if (everywhere && group === "Addresses and names of files") {
        assert.strictEqual(sights.get("file as it is listed")?.seen, healthy.get("file as it is listed")?.seen)
      } else assert.deepStrictEqual(untouched, [])
      const elsewhere = [...differs].filter(([, at]) => !at.some((place) => places.includes(place)))
      if (!places.includes("any")) assert.deepStrictEqual(elsewhere, [])
      assert.isAtLeast(struck, 1)

      // No other fault looks the same.
      const all = JSON.stringify([...differs.keys()].map((changedStep) => [changedStep, sights.get(changedStep)?.seen]))
      const like = [...differences].find(([, difference]) => difference === all)?.[0]
      if (!twins.includes(name)) assert.isUndefined(like)
      differences.set(name, all)
    })
  )
})
