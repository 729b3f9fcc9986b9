/** How long a job may still take, where that can be said honestly. */

/** What the server said at a time: `percent` from 0 to 100, `at` in milliseconds since 1970. */
export interface Sample {
  readonly at: number
  readonly percent: number
}

/**
 * Seconds until a job is done, by the pace at which its percentage has climbed so far; `undefined` where that would be made up: before it has
 * climbed at least twice, once it has ever fallen, or at 100. BCDA's percentage takes one value for the whole run, or jumps once, so
 * for BCDA nothing is promised; other servers' climb.
 */
export const secondsLeft = (samples: ReadonlyArray<Sample>, now: number): number | undefined => {
  const climbs: Array<Sample> = []
  for (const sample of samples) {
    const last = climbs.at(-1)
    if (last !== undefined && sample.percent < last.percent) return undefined
    if (last === undefined || sample.percent > last.percent) climbs.push(sample)
  }
  const [first] = climbs
  const last = climbs.at(-1)
  if (first === undefined || last === undefined || climbs.length < 3 || last.percent >= 100) return undefined
  const millisPerPercent = (last.at - first.at) / (last.percent - first.percent)
  return Math.max(0, Math.round((last.at + (100 - last.percent) * millisPerPercent - now) / 1000))
}
