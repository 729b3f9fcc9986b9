/** Every block that zlib gives is one hop to the thread pool. Node's default of 16 KiB costs two to three times the whole download. */
export const outputBlock = 256 * 1024

/**
 * Frees the memory of blocks that zlib gave, or that another thread gave away, at once. zlib fills each buffer from its start: whoever has its last bytes has
 * them all, and zlib is done with it. A block that is only a part of a buffer is left to the collector.
 */
export const releaseBlocks = (blocks: ReadonlyArray<Uint8Array>): void => {
  for (const { buffer, byteLength, byteOffset } of blocks) {
    const isLast = byteLength > 0 && byteOffset + byteLength === buffer.byteLength
    if (isLast && buffer instanceof ArrayBuffer) buffer.transfer(0)
  }
}
