import type { Behaviour } from "../Behaviour.ts"
import { type Micros, second } from "./Time.ts"

/** Counts the token calls of organizations. */
export interface TokenLimit {
  /** Counts a call; false when it is one too many. */
  readonly allow: (cmsId: string, now: Micros) => boolean
}

/** One window per organization, whatever its client ids; it opens with a call and closes for good at its end. */
export const makeTokenLimit = ({ tokenCalls, tokenWindowMinutes }: Behaviour): TokenLimit => {
  const windows = new Map<string, { readonly ends: Micros; calls: number }>()
  return {
    allow: (cmsId, now) => {
      const open = windows.get(cmsId)
      const fresh = { ends: now + tokenWindowMinutes * 60 * second, calls: 0 }
      const window = open !== undefined && now < open.ends ? open : fresh
      windows.set(cmsId, window)
      return ++window.calls <= tokenCalls
    }
  }
}
