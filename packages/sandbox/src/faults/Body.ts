import { ConnectionLost, type Reply } from "../internal/Http.ts"

/** Everything that happens to a body on its way out. Bodies may be endless, so nothing here collects one. */
type Chunks = AsyncIterable<Uint8Array>

/** A body as chunks, whatever it was. */
export const chunksOf = (body: Reply["body"]): Chunks => (body instanceof Uint8Array ? single(body) : body)

const single = async function* (bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes
}

/**
 * A body that can be left at any moment, also while it waits. A generator cannot: leaving it waits for what it waits for.
 * The signal given to the generator tells it that the reader has gone.
 */
export const leavable = (make: (left: AbortSignal) => AsyncGenerator<Uint8Array>): Chunks => ({
  [Symbol.asyncIterator]: () => {
    const left = new AbortController()
    const chunks = make(left.signal)
    return {
      next: () => chunks.next(),
      return: async () => {
        left.abort()
        return chunks.return(undefined)
      }
    }
  }
})

/** The first bytes of a body, and no more. Tells when there would have been more. */
export const firstBytes = async function* (
  body: Reply["body"],
  count: number,
  more: () => void
): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const chunk of chunksOf(body)) {
    if (chunk.byteLength > left) {
      if (left > 0) yield chunk.subarray(0, left)
      more()
      return
    }
    left -= chunk.byteLength
    yield chunk
  }
}

/** A body that loses its connection after so many bytes, if it has more. */
export const cutAfter = async function* (
  body: Reply["body"],
  count: number,
  how: ConnectionLost["how"],
  struck: () => void
): AsyncGenerator<Uint8Array> {
  let cut = false
  yield* firstBytes(body, count, () => {
    cut = true
  })
  if (cut) {
    struck()
    throw new ConnectionLost({ how })
  }
}
