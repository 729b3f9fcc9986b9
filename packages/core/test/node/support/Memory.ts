import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose-gc")
const gc: unknown = runInNewContext("gc")

/** Lets go of everything that nobody holds. */
export const collectGarbage = (): void => {
  if (typeof gc === "function") gc()
}

/** Bytes that this process holds, inside and outside of the engine's heap. */
export const heldBytes = (): number => {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}
