import { type FaultDescription, type FaultPlace, faultCatalogue, faultPlaces } from "@bcda-kit/sandbox"
import type { Clock } from "effect"
import { rowsOf } from "../expected/index.ts"
import type { Cell } from "./Cell.ts"
import { type Expected, type Often, type Outcome, outcomesOf, type Row, type Spot } from "./Expected.ts"
import { clockOfWorlds, makeWorld, type World } from "./World.ts"

/** The files of tests, and the groups of the catalogue that each of them runs. */
export const parts = {
  Asking: ["The token endpoint", "Bearer checks", "Starting a job"],
  Following: ["Following a job", "The manifest", "Addresses and names of files"],
  Files: ["How files are sent", "What is in files", "Answers without an end"],
  Connections: ["Connections"],
  Around: ["In front of BCDA", "Trouble inside BCDA"],
  Aside: ["Cancelling a job", "Job list and attribution status", "Metadata", "Manners of HTTP and JSON"]
} as const satisfies Readonly<Record<string, ReadonlyArray<string>>>
export type Part = keyof typeof parts

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

/** How a row is met: once and always, but for what lasts by its nature or is compared with what is served for as long as it lasts. */
export const timesOf = ({ everywhere, kind }: FaultDescription, expected: Expected): ReadonlyArray<Often> =>
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
    const outcomes = outcomesOf(expected)
    return timesOf(entry, expected).map((often) => ({
      name: `${entry.name} ${which}at ${spot}, ${often}${given === undefined ? "" : `, given ${given}`}`,
      cell: cell(spot, often),
      outcome: outcomes[often],
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
export const cellsOf = (entry: FaultDescription): ReadonlyArray<Planned> =>
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

/** The cells of one file of tests. */
export const cellsOfPart = (part: Part): ReadonlyArray<Planned> => {
  const wanted: ReadonlyArray<string> = parts[part]
  return faultCatalogue
    .filter(({ group, name }) => wanted.includes(group) && !listening.includes(name))
    .flatMap((entry) => cellsOf(entry))
}

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
