import { batches, type DataSource, type Population, type Selection, type SubJob } from "../DataSource.ts"
import { PEOPLE_PER_LIST } from "./Ids.ts"
import { lines, type Wanted } from "./Lines.ts"
import { hashText, seedOf } from "./Random.ts"

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

/** Organizations with a fixed place among all people; any other key has one by its hash. */
const PLACES: Readonly<Record<string, number>> = { small: 0, "reach-small": 1, large: 2, "reach-large": 3 }
const LISTS = 32

/**
 * Where an organization's people start. Last year's list (`runout`) is made of other people than this year's. Organizations of more than
 * 16,384 people run into the ids of their neighbours, which only matters to somebody who exports both.
 */
const startOf = (population: Population, group: Selection["group"]): number => {
  const place = PLACES[population.persona] ?? 4 + (hashText(population.persona) % (LISTS - 4))
  return (place + (group === "runout" ? LISTS : 0)) * PEOPLE_PER_LIST
}

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
        const start = startOf(selection.population, selection.group)
        const wanted: Wanted = {
          seed,
          scale,
          version: selection.version,
          type,
          since: selection.since?.getTime(),
          until: selection.until.getTime(),
          filter: selection.filter
        }
        return batches(selection.population.people, selection.batchSizes[type]).map(
          ({ from, to }): SubJob => ({
            type,
            people: to - from,
            lines: () => lines(wanted, start + from, start + to)
          })
        )
      })
  }
}
