import { Effect } from "effect"

/**
 * Hands arrays of items from a fiber to whoever asks for them. The fiber goes on when the next array is asked for, so that by then whatever was to be
 * done with the last one has been done. For one giver and one taker.
 */
export class Handover<A> {
  #items: ReadonlyArray<A> | undefined
  #goOn: (() => void) | undefined
  #taker: ((items: ReadonlyArray<A> | undefined) => void) | undefined
  #isOver = false

  readonly give = (items: ReadonlyArray<A>): Effect.Effect<void> =>
    Effect.callback<void>((resume) => {
      this.#goOn = () => resume(Effect.void)
      const taker = this.#taker
      this.#taker = undefined
      if (taker === undefined) this.#items = items
      else taker(items)
    })

  /** The next items; `undefined` when there are no more. */
  take(): Promise<ReadonlyArray<A> | undefined> {
    const items = this.#items
    this.#items = undefined
    if (items !== undefined) return Promise.resolve(items)
    if (this.#isOver) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.#taker = resolve
      this.#goOn?.()
    })
  }

  /** Nothing more is given; what was not taken is dropped. */
  end(): void {
    this.#isOver = true
    this.#items = undefined
    this.#taker?.(undefined)
  }
}
