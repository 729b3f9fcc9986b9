import type { Ending } from "../RequestLog.ts"
import { ConnectionLost } from "./Http.ts"

/** A body that says how much of it was taken, and how that ended. A piece counts when the next one is asked for. */
export const watched = (
  body: AsyncIterable<Uint8Array>,
  sent: (bytes: number) => void,
  ended: (how: Ending) => void
): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => {
    const chunks = body[Symbol.asyncIterator]()
    let handed = 0
    return {
      next: async () => {
        sent(handed)
        handed = 0
        try {
          const next = await chunks.next()
          if (next.done === true) ended("complete")
          else handed = next.value.byteLength
          return next
        } catch (cause) {
          ended(cause instanceof ConnectionLost ? cause.how : "failed")
          throw cause
        }
      },
      return: async () => {
        ended("left")
        await chunks.return?.()
        return { done: true, value: undefined }
      }
    }
  }
})
