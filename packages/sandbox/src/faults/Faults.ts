import type { Effect } from "effect"
import type { Listening } from "./Fault.ts"
import type { FaultsError } from "./FaultsError.ts"
import type { FaultInstruction } from "./Instruction.ts"

/** An instruction in force, and what has come of it. */
export interface ActiveFault {
  /** Counts up over the life of the sandbox; never used twice. */
  readonly id: number
  readonly instruction: FaultInstruction
  /** Requests that it could have struck: of its place, and within its conditions but for `nth`, `every` and `after`. */
  readonly seen: number
  /** How often it really changed something. A fault that nobody met has 0. */
  readonly struck: number
}

/**
 * The faults of a sandbox. Several at once act in the order in which they were set. Requests that are under way keep
 * the faults they met.
 */
export interface Faults {
  /** Replaces all faults. Nothing changes when one of them cannot be read. */
  readonly set: (
    instructions: ReadonlyArray<FaultInstruction>
  ) => Effect.Effect<ReadonlyArray<ActiveFault>, FaultsError>
  /** Adds faults behind the others, and gives the new ones. Nothing changes when one of them cannot be read. */
  readonly add: (
    instructions: ReadonlyArray<FaultInstruction>
  ) => Effect.Effect<ReadonlyArray<ActiveFault>, FaultsError>
  /** Ends one fault; false when there is none with this id. */
  readonly remove: (id: number) => Effect.Effect<boolean>
  /** Ends all faults, and gives what came of them. */
  readonly clear: Effect.Effect<ReadonlyArray<ActiveFault>>
  /** All faults in force with their counts. */
  readonly list: Effect.Effect<ReadonlyArray<ActiveFault>>
  /** How a server has to listen for faults below HTTP. It asks once, when it starts. */
  readonly listening: Listening
  /** A server says that somebody met what `listening` asked for, for example a TLS handshake. */
  readonly met: () => void
}
