import { type FaultName, groups, isFaultName } from "./catalogue/index.ts"
import type { Fault, FaultKind, FaultOption, FaultPlace } from "./Fault.ts"

export type { FaultName } from "./catalogue/index.ts"
export { type FaultKind, type FaultOption, type FaultPlace, faultPlaces, type Listening } from "./Fault.ts"
export type { ActiveFault, Faults } from "./Faults.ts"
export { FaultsError } from "./FaultsError.ts"
export { decodeFaults, type FaultInstruction, FaultTiming, faultsJsonSchema } from "./Instruction.ts"

/** An entry of the catalogue, as plain data. */
export interface FaultDescription {
  readonly name: FaultName
  /** What it is about, for lists that people read. */
  readonly group: string
  /** A fault breaks what clients may rely on; a variant is another server's way of doing it right. */
  readonly kind: FaultKind
  readonly title: string
  /** Places it can strike; the first is the default. */
  readonly where: readonly [FaultPlace, ...ReadonlyArray<FaultPlace>]
  /** It strikes at all its places unless told otherwise. */
  readonly everywhere: boolean
  /** Set when BCDA does this today: the entry that makes it do the other thing, on top of which this one can be seen. */
  readonly todayUnless: FaultName | undefined
  readonly options: ReadonlyArray<FaultOption>
}

const nameOf = (name: string | undefined): FaultName | undefined =>
  name !== undefined && isFaultName(name) ? name : undefined

const described = (group: string, key: string, entry: Fault): ReadonlyArray<FaultDescription> => {
  const { everywhere = false, kind, options, title, where } = entry
  const name = nameOf(key)
  const todayUnless = nameOf(entry.todayUnless)
  return name === undefined ? [] : [{ name, group, kind, title, where, everywhere, todayUnless, options }]
}

/** All faults and variants, in the order in which people meet them. */
export const faultCatalogue: ReadonlyArray<FaultDescription> = Object.entries(groups).flatMap(([group, faults]) =>
  Object.entries(faults).flatMap(([name, entry]) => described(group, name, entry))
)
