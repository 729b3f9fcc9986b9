import { type FaultDescription, type FaultPlace, faultCatalogue, faultPlaces } from "@bcda-kit/sandbox"
import type { Clock } from "effect"
import { rowsOf } from "../expected/index.ts"
import type { Cell } from "./Cell.ts"
import type { Expected, Outcome, Row, Spot } from "./Expected.ts"
import { clockOfWorlds, makeWorld, type World } from "./World.ts"

/** A cell and what is to come of it. */
export interface Planned {
  readonly name: string
  readonly cell: Cell
  readonly outcome: Outcome
  readonly unseen: string | undefined
  /** The client must not meet the fault. */
  readonly isUnmet: boolean
}

/** The places at which a row of an entry says something. */
export const spotsOf = (of: Row["at"] | Row["unmet"]): ReadonlyArray<Spot> =>
  (["together", ...faultPlaces] as const).filter((spot) => of?.[spot] !== undefined)

const bothOf = (expected: Expected): readonly [once: Outcome, always: Outcome] =>
  typeof expected === "string" ? [expected, expected] : expected

/** How a row is met: once and always, but for what lasts by its nature or is compared with what is served for as long as it lasts. */
const timesOf = ({ everywhere, kind }: FaultDescription, expected: Expected): ReadonlyArray<"once" | "always"> =>
  typeof expected === "string" && (everywhere || kind === "variant" || expected === "as served")
    ? ["always"]
    : ["once", "always"]

const healthyEnd = (spot: Spot): Outcome =>
  spot === "cancel" ? "cancelled" : spot === "attribution" || spot === "metadata" ? "answered" : "complete"

const whereOf = ({ where }: FaultDescription, spot: Spot): FaultPlace | ReadonlyArray<FaultPlace> =>
  spot === "together" ? where : spot

const cellsOfRow = (entry: FaultDescription, row: Row, which: string): ReadonlyArray<Planned> => {
  const { at, before, given, options, prologue, setup, unmet, unseen } = row
  const cell = (spot: Spot, often: Cell["often"]): Cell => ({
    fault: entry.name,
    where: whereOf(entry, spot),
    often,
    ...(options === undefined ? {} : { options }),
    ...(before === undefined ? {} : { before }),
    ...(prologue === undefined ? {} : { prologue }),
    ...(setup === undefined ? {} : { setup })
  })
  const met = spotsOf(at).flatMap((spot) => {
    const expected = at?.[spot] ?? healthyEnd(spot)
    const [once, always] = bothOf(expected)
    return timesOf(entry, expected).map((often) => ({
      name: `${entry.name} ${which}at ${spot}, ${often}${given === undefined ? "" : `, given ${given}`}`,
      cell: cell(spot, often),
      outcome: often === "once" ? once : always,
      unseen,
      isUnmet: false
    }))
  })
  const never = spotsOf(unmet)
    .filter((spot) => spot !== "other")
    .map((spot) => ({
      name: `${entry.name} is not met at ${spot}`,
      cell: { fault: entry.name, where: whereOf(entry, spot), often: "always" as const },
      outcome: healthyEnd(spot),
      unseen: undefined,
      isUnmet: true
    }))
  return [...met, ...never]
}

/** Faults that only a server that is started with them has. */
export const listening: ReadonlyArray<string> = ["tls-1.1", "http2"]

/** All cells of one entry; those that concern a file also with the file kept as it came. */
const cellsOf = (entry: FaultDescription): ReadonlyArray<Planned> =>
  rowsOf(entry.name)
    .flatMap((row, index) => cellsOfRow(entry, row, index === 0 ? "" : `(${index + 1}) `))
    .flatMap((planned) =>
      planned.cell.where === "file" && !planned.isUnmet
        ? [
            planned,
            {
              ...planned,
              name: `${planned.name}, kept compressed`,
              cell: { ...planned.cell, setup: { ...planned.cell.setup, gzip: "keep" as const } }
            }
          ]
        : [planned]
    )

export const groups: ReadonlyArray<string> = [...new Set(faultCatalogue.map(({ group }) => group))]

/** The cells of some groups of the catalogue. */
export const cellsOfGroups = (...wanted: ReadonlyArray<string>): ReadonlyArray<Planned> =>
  faultCatalogue
    .filter(({ group, name }) => wanted.includes(group) && !listening.includes(name))
    .flatMap((entry) => cellsOf(entry))

/** Worlds that run beside each other, as many as are asked for at a time, all by one clock. */
export const makeWorlds = () => {
  const clock: Clock.Clock = clockOfWorlds()
  const all: Array<World> = []
  const free: Array<World> = []
  return {
    use: async <A>(work: (world: World) => Promise<A>): Promise<A> => {
      const world = free.pop() ?? (await makeWorld({ clock }))
      if (!all.includes(world)) all.push(world)
      try {
        return await work(world)
      } finally {
        free.push(world)
      }
    },
    close: async () => {
      await Promise.all(all.map((world) => world[Symbol.asyncDispose]()))
    }
  }
}
