import type { Sample, SampleLine } from "./Record.ts"

/** One of the things that are compared. */
export interface Case {
  readonly name: string
  /** Name of the case to compare this one with. */
  readonly against?: string
  /** How many times the time of that case this one may take. */
  readonly most?: number
  /** Takes one sample. Preparing and tidying up belong outside of what it times. */
  readonly take: () => Promise<Sample>
}

const line = (name: string, { bytes, seconds }: Sample): string => {
  const rate = bytes === 0 ? "" : ` ${(bytes / seconds / 1e6).toFixed(0).padStart(7)} MB/s`
  return `${name.padEnd(28)} ${seconds.toFixed(2).padStart(8)} s${rate}`
}

/**
 * Takes samples in alternation, A B C A B C …, so that what else the machine does falls on all cases alike. A round
 * before the first is thrown away: it fills the page cache and warms up the servers.
 */
export const alternate = async (
  suite: string,
  cases: ReadonlyArray<Case>,
  rounds: number,
  record: (line: SampleLine) => void
): Promise<void> => {
  for (let round = 0; round <= rounds; round++) {
    for (const { against, most, name, take } of cases) {
      const sample = await take()
      if (round === 0) continue
      const compared = { ...(against === undefined ? {} : { against }), ...(most === undefined ? {} : { most }) }
      record({ kind: "sample", suite, case: name, round, ...compared, ...sample })
      console.error(`${suite} ${round}/${rounds}  ${line(name, sample)}`)
    }
  }
}
