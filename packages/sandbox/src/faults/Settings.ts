import type { Behaviour } from "../Behaviour.ts"
import { type Bug, type BugState, bugs, isFixed } from "../Bugs.ts"
import type { World } from "../internal/World.ts"

/** BCDA with other settings, for the requests that a fault strikes. */
export const withBehaviour =
  (settings: Partial<Behaviour>) =>
  (world: World): World => ({ ...world, behaviour: { ...world.behaviour, ...settings } })

const stateOf = (switches: Behaviour["bugs"], bug: Bug): readonly [Bug, BugState] => [
  bug,
  isFixed(switches, bug) ? "fixed" : "today"
]

/** BCDA with some bugs as they are today, or mended; all others stay as they are. */
export const withBugs =
  (state: BugState, ...chosen: ReadonlyArray<Bug>) =>
  (world: World): World => {
    const now = world.behaviour.bugs
    const all = bugs.map((bug) => (chosen.includes(bug) ? ([bug, state] as const) : stateOf(now, bug)))
    return withBehaviour({ bugs: Object.fromEntries(all) })(world)
  }
