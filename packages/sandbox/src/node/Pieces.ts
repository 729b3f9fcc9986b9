/** Memory that files are read into, used again and again. */
export interface Pieces {
  /** Some memory of `pieceBytes`, with nothing of importance in it. */
  readonly take: () => Buffer
  /** The part of a taken piece that is handed out. */
  readonly part: (piece: Buffer, bytes: number) => Uint8Array
  /** Takes such a part back. Anything else, and the same one for a second time, is ignored. */
  readonly giveBack: (part: Uint8Array) => void
}

/** Bytes read, or written, at once: larger than the default, for fewer turns of the event loop. */
export const pieceBytes = 256 * 1024

/** What is kept for later at most: 8 MB. */
const mostIdle = 32

export const makePieces = (): Pieces => {
  const idle: Array<Buffer> = []
  const out = new WeakMap<Uint8Array, Buffer>()
  return {
    take: () => idle.pop() ?? Buffer.allocUnsafeSlow(pieceBytes),
    part: (piece, bytes) => {
      const part = piece.subarray(0, bytes)
      out.set(part, piece)
      return part
    },
    giveBack: (part) => {
      const piece = out.get(part)
      if (piece === undefined) return
      out.delete(part)
      if (idle.length < mostIdle) idle.push(piece)
    }
  }
}
