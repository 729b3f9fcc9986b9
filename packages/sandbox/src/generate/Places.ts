import type { Population, Selection } from "../DataSource.ts"
import { PEOPLE_PER_LIST } from "./Ids.ts"
import { hashText } from "./Random.ts"

/**
 * Which people are whose. The people of a seed stand in one long row, and each organization has a stretch of it, so that nobody belongs to two
 * by accident. Stretches are 16,384 people long; longer lists run into the next organization's people.
 */

/** Organizations with a fixed place, so that their people stay the same whoever else there is. */
const FIXED: Readonly<Record<string, number>> = {
  small: 0,
  "reach-small": 1,
  large: 2,
  "reach-large": 3,
  denylisted: 4,
  outdated: 5,
  "new-members": 6,
  other: 7,
  guide: 8,
  iota: 9,
  duplicates: 10,
  "partial-errors": 11
}
const FREE = 12
const LISTS = 32

/** The place of an organization that nobody gave one. */
const placeOf = (persona: string): number => FIXED[persona] ?? FREE + (hashText(persona) % (LISTS - FREE))

/** A place for each organization, and no place twice, for up to 20 organizations without a fixed one. */
export const placesOf = (personas: ReadonlyArray<string>): ReadonlyMap<string, number> => {
  const places = new Map<string, number>()
  const taken = new Set<number>()
  // Sorted, so that the order in which they are listed does not matter.
  for (const persona of personas.toSorted()) {
    let place = placeOf(persona)
    for (let tries = FREE; tries < LISTS && taken.has(place); tries++) {
      place = FREE + ((place - FREE + 1) % (LISTS - FREE))
    }
    places.set(persona, place)
    taken.add(place)
  }
  return places
}

/** Where an organization's people start. Last year's list (`runout`) is made of other people than this year's. */
export const startOf = ({ persona, place }: Population, group: Selection["group"]): number =>
  ((place ?? placeOf(persona)) + (group === "runout" ? LISTS : 0)) * PEOPLE_PER_LIST
