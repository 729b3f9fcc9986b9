import { type FaultInstruction, type FaultName, faultCatalogue } from "@bcda-kit/sandbox"
import type { Cell } from "./Cell.ts"
import type { World } from "./World.ts"

/** Faults that lead to another host: to the foreign server of the world, unless told where. */
const leading = new Set<FaultName>(
  faultCatalogue
    .filter(({ options }) => options.some((option) => option.name === "origin" && option.default !== ""))
    .map(({ name }) => name)
)

const times = { once: { times: 1 }, thrice: { times: 3 }, always: {} } as const

/** What the sandbox of a world is told to do wrong in a cell; the cell's own fault comes last. */
export const instructionsOf = ({ elsewhere }: World, cell: Cell): ReadonlyArray<FaultInstruction> => {
  const { before = [], fault, often, options, where } = cell
  return [...before, { ...options, fault, where, ...times[often] }].map((one) =>
    leading.has(one.fault) ? { origin: elsewhere.origin, ...one } : one
  )
}
