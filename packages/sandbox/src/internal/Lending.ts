/**
 * Bodies whose pieces may be given back. Memory for every piece of every file would keep the collector busy for longer than sending them takes;
 * so whoever has put a piece on the wire gives it back, if the body still is the lender's own or one that hands its pieces on untouched. A body
 * that anything else has made of it, such as a fault, lends nothing, and its pieces are left to the collector.
 */
export type GiveBack = (piece: Uint8Array) => void

const lenders = new WeakMap<AsyncIterable<Uint8Array>, GiveBack>()

/** The body, as one whose pieces are wanted back. */
export const lending = (body: AsyncIterable<Uint8Array>, giveBack: GiveBack): AsyncIterable<Uint8Array> => {
  lenders.set(body, giveBack)
  return body
}

/** A body that hands on the pieces of another one, each once and untouched, and keeps none. */
export const handingOn = (
  from: AsyncIterable<Uint8Array>,
  body: AsyncIterable<Uint8Array>
): AsyncIterable<Uint8Array> => {
  const giveBack = lenders.get(from)
  return giveBack === undefined ? body : lending(body, giveBack)
}

/** How to give back the pieces of a body, each once and when nobody will read it any more; undefined if they are not wanted back. */
export const giveBackOf = (body: AsyncIterable<Uint8Array>): GiveBack | undefined => lenders.get(body)
