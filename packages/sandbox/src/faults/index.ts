import { catalogue, type FaultName, faultNames } from "./catalogue/index.ts"
import type { Fault, FaultKind, FaultOption, FaultPlace } from "./Fault.ts"

export type { FaultName } from "./catalogue/index.ts"
export { type FaultKind, type FaultOption, type FaultPlace, faultPlaces, type Listening } from "./Fault.ts"
export type { ActiveFault, Faults } from "./Faults.ts"
export { FaultsError } from "./FaultsError.ts"
export { decodeFaults, type FaultInstruction, FaultTiming, faultsJsonSchema } from "./Instruction.ts"

/** An entry of the catalogue, as plain data. */
export interface FaultDescription {
  readonly name: FaultName
  /** A fault breaks what clients may rely on; a variant is another server's way of doing it right. */
  readonly kind: FaultKind
  readonly title: string
  /** Places it can strike; the first is the default. */
  readonly where: ReadonlyArray<FaultPlace>
  /** It strikes at all its places unless told otherwise. */
  readonly everywhere: boolean
  /** Set when BCDA does this today: the name of the entry that makes it do the other thing. */
  readonly todayUnless: string | undefined
  readonly options: ReadonlyArray<FaultOption>
}

/** All faults and variants, in the order of the catalogue. */
export const faultCatalogue: ReadonlyArray<FaultDescription> = faultNames.map((name) => {
  const { everywhere = false, kind, options, title, todayUnless, where }: Fault = catalogue[name]
  return { name, kind, title, where, everywhere, todayUnless, options }
})
