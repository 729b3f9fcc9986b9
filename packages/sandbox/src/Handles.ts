import { Effect } from "effect"
import { type PromiseClock, promiseClock } from "./Clock.ts"
import type { ActiveFault, Faults } from "./faults/Faults.ts"
import type { FaultInstruction } from "./faults/Instruction.ts"
import type { RequestLog } from "./RequestLog.ts"
import type { Sandbox } from "./Sandbox.ts"

/** A sandbox's faults for programs without Effect. Promises reject with `FaultsError`; see {@link Faults}. */
export interface PromiseFaults {
  /** Puts these in place of all that are set. Rejects with `FaultsError`. */
  readonly set: (instructions: ReadonlyArray<FaultInstruction>) => Promise<ReadonlyArray<ActiveFault>>
  /** Sets these besides. Rejects with `FaultsError`. */
  readonly add: (instructions: ReadonlyArray<FaultInstruction>) => Promise<ReadonlyArray<ActiveFault>>
  /** Takes one away, by its id; false if there is none. */
  readonly remove: (id: number) => Promise<boolean>
  /** Takes all away, and gives what came of them. */
  readonly clear: () => Promise<ReadonlyArray<ActiveFault>>
  /** All that are set, and how often each has struck. */
  readonly list: () => Promise<ReadonlyArray<ActiveFault>>
}

const promiseFaults = ({ add, clear, list, remove, set }: Faults): PromiseFaults => ({
  set: (instructions) => Effect.runPromise(set(instructions)),
  add: (instructions) => Effect.runPromise(add(instructions)),
  remove: (id) => Effect.runPromise(remove(id)),
  clear: () => Effect.runPromise(clear),
  list: () => Effect.runPromise(list)
})

/** What a program without Effect takes a sandbox in hand by. */
export interface SandboxHandles {
  /** The sandbox itself, for programs on Effect. */
  readonly sandbox: Sandbox
  /** Client ids and secrets of all personas. */
  readonly credentials: Sandbox["credentials"]
  /** The time, to be moved forward or stopped. */
  readonly clock: PromiseClock
  /** What goes wrong. */
  readonly faults: PromiseFaults
  /** What clients really sent, and what they were answered. */
  readonly log: RequestLog
  /** Resolves when no file is being written. Await it before the clock is moved. */
  readonly idle: () => Promise<void>
  /** As it was at the start, but for the time. */
  readonly reset: () => Promise<void>
}

export const handlesOf = (sandbox: Sandbox): SandboxHandles => ({
  sandbox,
  credentials: sandbox.credentials,
  clock: promiseClock(sandbox.clock),
  faults: promiseFaults(sandbox.faults),
  log: sandbox.log,
  idle: () => Effect.runPromise(sandbox.idle),
  reset: () => Effect.runPromise(sandbox.reset)
})
