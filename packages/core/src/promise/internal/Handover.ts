import { Effect } from "effect"

/**
 * Hands arrays of items from a fiber to whoever asks for them: the fiber waits until they are taken, so that at most one array lies in between.
 * For one giver and one taker.
 */
export class Handover<A> {
  #items: ReadonlyArray<A> | undefined
  #taken: (() => void) | undefined
  #taker: ((items: ReadonlyArray<A> | undefined) => void) | undefined
  #isOver = false

  readonly give = (items: ReadonlyArray<A>): Effect.Effect<void> =>
    Effect.callback<void>((resume) => {
      const taken = () => resume(Effect.void)
      const taker = this.#taker
      if (taker !== undefined) {
        this.#taker = undefined
        taker(items)
        return taken()
      }
      this.#items = items
      this.#taken = taken
      return undefined
    })

  /** The next items; `undefined` when there are no more. */
  take(): Promise<ReadonlyArray<A> | undefined> {
    const items = this.#items
    if (items !== undefined) {
      this.#items = undefined
      this.#taken?.()
      return Promise.resolve(items)
    }
    return this.#isOver ? Promise.resolve(undefined) : new Promise((resolve) => (this.#taker = resolve))
  }

  /** Nothing more is given; what was not taken is dropped. */
  end(): void {
    this.#isOver = true
    this.#items = undefined
    this.#taker?.(undefined)
  }
}
