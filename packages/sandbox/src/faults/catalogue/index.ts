import type { Fault } from "../Fault.ts"
import { accessFaults } from "./Access.ts"
import { addressFaults } from "./Addresses.ts"
import { cancelFaults } from "./Cancel.ts"
import { connectionFaults } from "./Connection.ts"
import { contentFaults } from "./Content.ts"
import { discoveryFaults } from "./Discovery.ts"
import { floodFaults } from "./Flood.ts"
import { frontFaults } from "./Front.ts"
import { kickOffFaults } from "./KickOff.ts"
import { listFaults } from "./Lists.ts"
import { manifestFaults } from "./Manifest.ts"
import { mannerFaults } from "./Manners.ts"
import { metadataFaults } from "./Metadata.ts"
import { pollFaults } from "./Poll.ts"
import { tokenFaults } from "./Token.ts"
import { transferFaults } from "./Transfer.ts"
import { troubleFaults } from "./Troubles.ts"

/** All faults and variants by what they are about, in the order in which people meet them. */
export const groups = {
  "The token endpoint": tokenFaults,
  "Bearer checks": accessFaults,
  "Starting a job": kickOffFaults,
  "Following a job": pollFaults,
  "The manifest": manifestFaults,
  "Addresses and names of files": addressFaults,
  "How files are sent": transferFaults,
  "What is in files": contentFaults,
  "Answers without an end": floodFaults,
  Connections: connectionFaults,
  "In front of BCDA": frontFaults,
  "Trouble inside BCDA": troubleFaults,
  "Cancelling a job": cancelFaults,
  "Job list and attribution status": listFaults,
  Metadata: metadataFaults,
  "Groups and the SMART configuration": discoveryFaults,
  "Manners of HTTP and JSON": mannerFaults
} satisfies Readonly<Record<string, Readonly<Record<string, Fault>>>>

/** All faults and variants by name. */
export const catalogue = {
  ...tokenFaults,
  ...accessFaults,
  ...kickOffFaults,
  ...pollFaults,
  ...manifestFaults,
  ...addressFaults,
  ...transferFaults,
  ...contentFaults,
  ...floodFaults,
  ...connectionFaults,
  ...frontFaults,
  ...troubleFaults,
  ...cancelFaults,
  ...listFaults,
  ...metadataFaults,
  ...discoveryFaults,
  ...mannerFaults
} satisfies Readonly<Record<string, Fault>>

/** The name of a fault or a variant, as a faults file has it. */
export type FaultName = keyof typeof catalogue

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(catalogue, name)
