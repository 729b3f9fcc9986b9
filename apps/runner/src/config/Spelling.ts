/** How many letters have to be put in, left out or changed to come from one word to the other. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n)
  for (const [i, letter] of a.split("").entries()) {
    const next = [i + 1]
    for (const [j, other] of b.split("").entries()) {
      next.push(Math.min((row[j] ?? 0) + (letter === other ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The word that was probably meant: at most two letters away, or three of a long one, whatever the case. */
export const meant = (word: string, words: ReadonlyArray<string>): string | undefined => {
  const [nearest] = words
    .map((known) => ({ known, away: distance(word.toLowerCase(), known.toLowerCase()) }))
    .filter(({ away, known }) => away <= (known.length > 8 ? 3 : 2) && away < known.length)
    .toSorted((a, b) => a.away - b.away)
  return nearest?.known
}
