import { readdirSync, readFileSync } from "node:fs"
import { type FaultDescription, type FaultPlace, faultCatalogue } from "@bcda-kit/sandbox"
import { assert, describe, expect, it } from "vitest"
import { named, rowsOf } from "./expected/index.ts"
import type { Spot } from "./support/Expected.ts"
import { cellsOf, parts, spotsOf } from "./support/Matrix.ts"
import { page } from "./support/Page.ts"

const spoken = ({ name }: FaultDescription): ReadonlyArray<Spot> =>
  rowsOf(name).flatMap((row) => [...spotsOf(row.at), ...spotsOf(row.unmet)])

describe("the matrix", () => {
  it("is printed in docs/fault-matrix.md", () => expect(page()).toMatchFileSnapshot("../../../../docs/fault-matrix.md"))

  it.for(faultCatalogue)("says what comes of $name at every place", (entry) => {
    const spots = spoken(entry)
    const missing: ReadonlyArray<FaultPlace> = spots.includes("together")
      ? []
      : entry.where.filter((place) => !spots.includes(place))
    assert.deepStrictEqual(missing, [], "without a row")
    const strange = spots.filter((spot) => spot !== "together" && !entry.where.includes(spot))
    assert.deepStrictEqual(strange, [], "where it cannot strike")
  })

  it("names no fault that is not there", () => {
    const names: ReadonlyArray<string> = faultCatalogue.map(({ name }) => name)
    assert.deepStrictEqual(
      named.filter((name) => !names.includes(name)),
      []
    )
  })

  it("says nothing twice", () => {
    const names = faultCatalogue.flatMap(cellsOf).map(({ name }) => name)
    assert.deepStrictEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      []
    )
  })

  it("has every group in one file of tests, which runs it", () => {
    const groups = [...new Set(faultCatalogue.map(({ group }) => group))]
    assert.sameMembers(Object.values(parts).flat(), groups)
    const files = readdirSync(import.meta.dirname)
    for (const part of Object.keys(parts)) {
      assert.include(files, `${part}.test.ts`)
      assert.include(readFileSync(new URL(`${part}.test.ts`, import.meta.url), "utf8"), `runPart("${part}")`)
    }
  })
})
