import { setImmediate as turn } from "node:timers/promises"
import { vi } from "vitest"

/** Lets timers, sockets and other processes run until `condition` holds; a hopeless wait ends with the test's own time limit. */
export const until = (condition: () => boolean): Promise<unknown> =>
  vi.waitUntil(condition, { interval: 2, timeout: 50_000 })

/**
 * Lets the event loop turn until a figure has stood still for a thousand turns: whatever this process could do by itself, it has done.
 * Counted in turns, not in time, so that a slow machine only takes longer.
 */
export const settled = async (figure: () => number): Promise<void> => {
  let last = figure()
  for (let still = 0; still < 1000; still++) {
    await turn()
    if (figure() !== last) {
      last = figure()
      still = 0
    }
  }
}
