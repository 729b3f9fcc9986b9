/** Amounts are whole cents until they are printed, so that sums are exact. */

/** US dollars times 100. */
export type Cents = number

/** Cents as the number that is printed: `3750` is `37.5`, as Go prints a float64. */
export const dollars = (cents: Cents): number => cents / 100

/** A part of an amount, rounded to whole cents. */
export const share = (cents: Cents, part: number): Cents => Math.round(cents * part)

export const sum = <A>(items: ReadonlyArray<A>, amount: (item: A) => Cents): Cents => {
  let total = 0
  for (const item of items) total += amount(item)
  return total
}

/** Splits an amount over several weights so that the parts add up to it exactly; the last part takes what rounding left. */
export const split = (cents: Cents, weights: ReadonlyArray<number>): ReadonlyArray<Cents> => {
  const whole = weights.reduce((a, b) => a + b, 0)
  let rest = cents
  return weights.map((weight, index) => {
    const part =
      index === weights.length - 1 ? rest : Math.min(rest, whole === 0 ? 0 : Math.floor((cents * weight) / whole))
    rest -= part
    return part
  })
}

/** How Medicare Part B divides an allowed amount: deductible first, then 80% from Medicare and 20% from the person. */
export const partB = (allowed: Cents, deductible: Cents) => {
  const owed = Math.min(deductible, allowed)
  const coinsurance = share(allowed - owed, 0.2)
  return { deductible: owed, coinsurance, paid: allowed - owed - coinsurance }
}

/** Part B deductible by year, from CMS's yearly notices; later years keep the last known one. */
export const partBDeductible = (year: number): Cents =>
  ({
    2014: 14700,
    2015: 14700,
    2016: 16600,
    2017: 18300,
    2018: 18300,
    2019: 18500,
    2020: 19800,
    2021: 20300,
    2022: 23300,
    2023: 22600,
    2024: 24000
  })[year] ?? 25700

/** Part A deductible for a hospital stay by year; later years keep the last known one. */
export const partADeductible = (year: number): Cents =>
  ({
    2014: 121600,
    2015: 126000,
    2016: 128800,
    2017: 131600,
    2018: 134000,
    2019: 136400,
    2020: 140800,
    2021: 148400,
    2022: 155600,
    2023: 160000,
    2024: 163200
  })[year] ?? 167600
