import type { Fault } from "../Fault.ts"
import { connectionFaults } from "./Connection.ts"
import { frontFaults } from "./Front.ts"

/** All faults and variants by name. */
export const catalogue = {
  ...frontFaults,
  ...connectionFaults
} satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof catalogue

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(catalogue, name)

export const faultNames: ReadonlyArray<FaultName> = Object.keys(catalogue).filter(isFaultName)
