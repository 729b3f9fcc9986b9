import { batches, type DataSource, type SubJob } from "../DataSource.ts"
import { lines, type Wanted } from "./Lines.ts"
import { startOf } from "./Places.ts"
import { seedOf } from "./Random.ts"

/** How to make people and their claims. */
export interface GeneratedOptions {
  /** Default 1. The same seed always gives the same bytes; `7` and `"7"` are the same seed. */
  readonly seed?: number | string
  /**
   * How many claims a person has, against CMS's published synthetic people. Default 0.1: about 15 claims (v1, v2) a person, so that 100
   * people export in about a second. 1 gives CMS's numbers, ten times the bytes.
   */
  readonly claimsPerPerson?: number
}

const nobody: ReadonlySet<number> = new Set()

const placesBetween = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from }, (_, index) => from + index)

/**
 * Made-up people, coverages and claims in the shape of CMS's, without end and without memory: every line is computed when it is asked for
 * from the seed and its place alone.
 *
 * Claims are laid out from 2014 to 2035 and appear as they are loaded, so the data grows with `Selection.until`; before 2020 (v1, v2) or
 * 26 March 2026 (v3) there is nothing. A sandbox whose clock starts at 1970 has empty files.
 *
 * @example
 * const source = generated({ seed: "my test" })
 */
export const generated = (options: GeneratedOptions = {}): DataSource => {
  const seed = seedOf(options.seed ?? 1)
  const scale = options.claimsPerPerson ?? 0.1
  return {
    plan: (selection) =>
      selection.types.flatMap((type) => {
        const { failing, members, people, unknown } = selection.population
        const wanted: Wanted = {
          seed,
          scale,
          version: selection.version,
          type,
          since: selection.since?.getTime(),
          until: selection.until.getTime(),
          filter: selection.filter,
          start: startOf(selection.population, selection.group),
          unknown: unknown ?? nobody,
          failing: new Set(failing?.[type])
        }
        return batches(people, selection.batchSizes[type]).map(
          ({ from, to }): SubJob => ({
            type,
            people: to - from,
            lines: () => lines(wanted, members?.slice(from, to) ?? placesBetween(from, to))
          })
        )
      })
  }
}
