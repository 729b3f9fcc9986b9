import { type Seed, type Stream, scramble } from "./Random.ts"

/**
 * Identifiers that cannot be anybody's: ids are negative numbers, MBIs have a letter in second place that CMS never issues there, and NPIs
 * start with 99999 (real ones start with 1 or 2). All are computed, one-to-one, from where their owner stands; nothing is remembered.
 */

/** A person's place among all people of a seed; below 2^20. */
export type PersonIndex = number
/** A claim's place among all claims of a seed: the person's index times 4096 plus the claim's ordinal; below 2^32. */
export type ClaimKey = number

/** How many claims one person can have. */
export const CLAIMS_PER_PERSON = 4096
/** How many people one organization has ids for without touching the next one's. */
export const PEOPLE_PER_LIST = 16_384

const LETTERS = "ACDEFGHJKMNPQRTUVWXY"
const LETTERS_AND_DIGITS = `${LETTERS}0123456789`
const DIGITS = "0123456789"

const two = (n: number): string => String(n % 100).padStart(2, "0")

/** `Patient.id` in v1 and v2 (CMS's BENE_ID): 14 digits, negative. */
export const ccwPatient = (index: PersonIndex): string => `-${10_000_000_000_001 + index}`

/** `Patient.id` in v3 (CMS's BENE_SK): a negative number of up to 9 digits, unlike the one in v2. */
export const idrPatient = (seed: Seed, index: PersonIndex): string => {
  // A 20-bit shuffle by two rounds of a Feistel network, so that two people never share a number.
  let left = (index >>> 10) & 1023
  let right = index & 1023
  for (let round = 0; round < 4; round++) [left, right] = [right, left ^ (scramble(right, seed + round) & 1023)]
  return `-${100_000_000 + ((left << 10) | right) * 850 + (scramble(index, seed) % 850)}`
}

/** The MBI a person has today, the same in all versions: `1S00E00AA66`. Its last two digits are those of the v1/v2 id. */
export const currentMbi = (index: PersonIndex): string => {
  const number = index + 1
  const block = Math.floor(number / 100)
  const letters = LETTERS.charAt(Math.floor(block / 20) % 20) + LETTERS.charAt(block % 20)
  return `1S00E${two(Math.floor(block / 400))}${letters}${two(number)}`
}

/** An MBI that a person had before: second letter one of L, O, I, B, Z. */
export const retiredMbi = (draw: Stream): string =>
  draw.text("123456789", 1) +
  draw.text("LOIBZ", 1) +
  draw.text(LETTERS_AND_DIGITS, 1) +
  draw.text(DIGITS, 1) +
  draw.text(LETTERS, 1) +
  draw.text(LETTERS_AND_DIGITS, 1) +
  draw.text(DIGITS, 1) +
  draw.text(LETTERS, 2) +
  draw.text(DIGITS, 2)

/** A claim's number in v1 and v2. An adjusted claim is a new claim, of another variant (0 to 3). */
export const ccwClaim = (seed: Seed, key: ClaimKey, variant: number): string =>
  `-${10_000_000_000_000 + scramble(key, seed) * 4 + variant}`

/** What a claim and its adjustments have in common in v1 and v2. */
export const claimGroup = (seed: Seed, key: ClaimKey): string => `-${100_000_000 + scramble(key, seed ^ 0x5bd1e995)}`

/** A claim's number in v3: 13 digits, negative. Every version of a claim has its own. */
export const idrClaim = (seed: Seed, key: ClaimKey, variant: number): string =>
  `-${9_400_000_000_000 + scramble(key, seed ^ 0x1b873593) * 4 + variant}`

const letter = (n: number): string => String.fromCharCode(65 + (n % 26))

/**
 * What all v3 versions of a claim have in common (CLM-CNTL-NUM): sign, 14 digits, 3 letters. A claim that is given a new number when it is
 * settled has two; `renewed` is the later one.
 */
export const controlNumber = (seed: Seed, key: ClaimKey, renewed = false): string => {
  const low = scramble(key, seed ^ 0xe6546b64)
  const digits = 10_000_000_000_000 + low * 20_000 + (renewed ? 19_998 : low % 19_997)
  return `-${digits}${letter(low)}${letter(low >>> 8)}${letter(low >>> 16)}`
}

/** 8 hex digits for each word. The first word alone tells all keys of a seed apart. */
export const hex = (key: number, seed: Seed, words: number): string => {
  let out = ""
  for (let word = 0; word < words; word++)
    out += scramble(key, (seed + word) | 0)
      .toString(16)
      .padStart(8, "0")
  return out
}

/** A National Provider Identifier nobody can have. `number` is below 100,000. */
export const npi = (number: number): string => `99999${String(number).padStart(5, "0")}`
