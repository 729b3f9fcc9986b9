import { type FaultDescription, type FaultPlace, faultCatalogue, faultPlaces } from "@bcda-kit/sandbox"
import { rowsOf } from "../expected/index.ts"
import type { Cell } from "./Cell.ts"
import { type Expected, type Often, type Outcome, outcomesOf, type Row, type Spot } from "./Expected.ts"
import { makeWorld, type World } from "./World.ts"

/** The files of tests, and the groups of the catalogue that each of them runs. */
export const parts = {
  Asking: ["The token endpoint", "Bearer checks", "Starting a job"],
  Following: ["Following a job", "The manifest", "Addresses and names of files"],
  Sending: ["How files are sent"],
  Files: ["What is in files"],
  Endless: ["Answers without an end"],
  Connections: ["Connections"],
  Front: ["In front of BCDA"],
  Troubles: ["Trouble inside BCDA"],
  Aside: [
    "Cancelling a job",
    "Job list and attribution status",
    "Metadata",
    "Groups and the SMART configuration",
    "Manners of HTTP and JSON"
  ]
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

/** Faults that only a server that is started with them has. */
export const listening: ReadonlyArray<string> = ["tls-1.1", "http2"]

/**
 * How a row is met: once and always, but for what lasts by its nature or is compared with what is served for as long as it lasts; and a few
 * times where it makes a difference whether it lasts.
 */
export const timesOf = ({ everywhere, kind, name }: FaultDescription, expected: Expected): ReadonlyArray<Often> => {
  if (typeof expected !== "string") return ["once", "thrice", "always"]
  const isLasting = everywhere || kind === "variant" || expected === "as served" || listening.includes(name)
  return isLasting ? ["always"] : ["once", "always"]
}

/** The older versions take turns, from place to place and from fault to fault. */
const turns = ["v1", "v2"] as const
const turnOf = ({ name }: FaultDescription, at: number) =>
  turns[(faultCatalogue.findIndex((entry) => entry.name === name) + at) % turns.length] ?? "v2"

const healthyEnd = (spot: Spot): Outcome =>
  spot === "cancel" ? "cancelled" : spot === "attribution" || spot === "metadata" ? "answered" : "complete"

const whereOf = ({ where }: FaultDescription, spot: Spot): FaultPlace | ReadonlyArray<FaultPlace> =>
  spot === "together" ? where : spot

/**
 * On v3 the first error file is stored plain and compressed as it goes, and the parts that BCDA gives of such a one do not fit. How many tries
 * that takes is a matter of how much of them arrives before the connection ends; once is always few enough, and three times is not.
 */
const settled = (cell: Cell): Cell =>
  cell.where === "error-file" ? { ...cell, setup: { version: "v2", ...cell.setup } } : cell

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
  const name = (spot: Spot, how: string) =>
    `${entry.name} ${which}at ${spot}, ${how}${given === undefined ? "" : `, given ${given}`}`
  const met = spotsOf(at).flatMap((spot, index) => {
    const expected = at?.[spot] ?? healthyEnd(spot)
    const outcomes = outcomesOf(expected)
    const planned = timesOf(entry, expected).map((often) => ({
      name: name(spot, often),
      cell: often === "thrice" ? settled(cell(spot, often)) : cell(spot, often),
      outcome: outcomes[often],
      unseen,
      isUnmet: false
    }))
    if (setup?.version !== undefined || listening.includes(entry.name)) return planned
    const version = turnOf(entry, index)
    const older = { ...cell(spot, "always"), setup: { ...setup, version } }
    return [
      ...planned,
      { name: name(spot, `always on ${version}`), cell: older, outcome: outcomes.always, unseen, isUnmet: false }
    ]
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

const isUsual = ({ cell }: Planned): boolean => cell.often !== "thrice" && cell.setup?.version === undefined

/** All cells of one entry; those that concern a file also with the file kept as it came. */
export const cellsOf = (entry: FaultDescription): ReadonlyArray<Planned> =>
  rowsOf(entry.name)
    .flatMap((row, index) => cellsOfRow(entry, row, index === 0 ? "" : `(${index + 1}) `))
    .flatMap((planned) =>
      planned.cell.where === "file" && !planned.isUnmet && isUsual(planned)
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

/** Worlds that run beside each other, as many as are asked for at a time. */
export const makeWorlds = () => {
  const all: Array<World> = []
  const free: Array<World> = []
  return {
    use: async <A>(work: (world: World) => Promise<A>): Promise<A> => {
      const world = free.pop() ?? (await makeWorld())
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
