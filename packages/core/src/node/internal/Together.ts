/**
 * Makes one run of something serve everybody who asked before it began; whoever asks meanwhile shares the next. For flushes: one takes as long as many, and all that
 * was written before it has reached the disk after it.
 */
export const together = <A>(run: (asked: ReadonlyArray<A>) => Promise<void>): ((item: A) => Promise<void>) => {
  let last: Promise<void> = Promise.resolve()
  let next: { readonly items: Array<A>; readonly done: Promise<void> } | undefined
  return (item) => {
    if (next === undefined) {
      const items: Array<A> = []
      const begin = () => {
        next = undefined
        return run(items)
      }
      // One that failed says so to its own, and does not keep the others.
      last = last.then(begin, begin)
      next = { items, done: last }
    }
    next.items.push(item)
    return next.done
  }
}
