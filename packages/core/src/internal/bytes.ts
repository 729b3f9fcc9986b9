/** Whether these bytes are there. */
export const isAt = (bytes: Uint8Array, these: Uint8Array, at: number): boolean => {
  for (let i = 0; i < these.length; i++) if (bytes[at + i] !== these[i]) return false
  return true
}

// gzip expands by 1032 at most, so that one slice can never become more than 33 MB in memory, however hostile the server is.
export const inputSlice = 32 * 1024

/** Cuts a block into pieces whose plain bytes surely fit into memory. */
export function* inSlices(block: Uint8Array, size = inputSlice): Generator<Uint8Array> {
  for (let from = 0; from < block.byteLength; from += size) yield block.subarray(from, from + size)
}
