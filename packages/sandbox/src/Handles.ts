import { Effect } from "effect"
import { type PromiseClock, promiseClock } from "./Clock.ts"
import type { ActiveFault, Faults } from "./faults/Faults.ts"
import type { FaultInstruction } from "./faults/Instruction.ts"
import type { RequestLog } from "./RequestLog.ts"
import type { Sandbox } from "./Sandbox.ts"

/** A sandbox's faults for programs without Effect. Promises reject with `FaultsError`; see {@link Faults}. */
export interface PromiseFaults {
  readonly set: (instructions: ReadonlyArray<FaultInstruction>) => Promise<ReadonlyArray<ActiveFault>>
  readonly add: (instructions: ReadonlyArray<FaultInstruction>) => Promise<ReadonlyArray<ActiveFault>>
  readonly remove: (id: number) => Promise<boolean>
  readonly clear: () => Promise<ReadonlyArray<ActiveFault>>
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
  readonly sandbox: Sandbox
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
