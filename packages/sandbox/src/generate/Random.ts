/**
 * Repeatable randomness that can be asked for at any place in the data.
 *
 * Nothing here is shared or advances over time: a stream is made from (seed, person, purpose, ordinal), so any claim of any person can be
 * produced alone, in any order and in any process, with the same bytes. The generator is sfc32 (a small fast counter, public domain), its
 * four words of state come from murmur3's finaliser; both use 32-bit integers only, so every JavaScript engine agrees.
 *
 * Not for secrets: the state is 128 bits, but the key is 32.
 */

/** A seed as 32 bits, from {@link seedOf}. */
export type Seed = number

const mix = (value: number): number => {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Hashes text to 32 bits (FNV-1a over UTF-16 units, then mixed). Used for seeds and for the names of purposes. */
export const hashText = (text: string): number => {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return mix(h) >>> 0
}

/** Turns what a person gives as a seed into 32 bits. `7` and `"7"` are the same seed. */
export const seedOf = (seed: number | string): Seed => hashText(String(seed))

/** A list of choices with their weights, prepared once. */
export interface Weighted<A> {
  readonly choices: ReadonlyArray<{ readonly value: A; readonly limit: number }>
  readonly last: A
}

/** Prepares weighted choices: `weighted([["a", 3], ["b", 1]])` gives `"a"` three times out of four. */
export const weighted = <A>(
  choices: readonly [readonly [value: A, weight: number], ...Array<readonly [value: A, weight: number]>]
): Weighted<A> => {
  const total = choices.reduce((sum, [, weight]) => sum + weight, 0)
  let sum = 0
  return {
    choices: choices.map(([value, weight]) => {
      sum += weight
      return { value, limit: sum / total }
    }),
    last: choices[0][0]
  }
}

/** One stream of draws. Make it with {@link stream}; never keep it between resources. */
export class Stream {
  private a: number
  private b: number
  private c: number
  private d = 1

  constructor(a: number, b: number, c: number) {
    this.a = a
    this.b = b
    this.c = c
    for (let i = 0; i < 12; i++) this.next()
  }

  /** The next 32 bits, 0 to 4294967295. */
  next(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0
    this.d = (this.d + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = ((this.c << 21) | (this.c >>> 11)) + t
    this.c |= 0
    return t >>> 0
  }

  /** A number from 0 up to, and never, 1. */
  unit(): number {
    return this.next() / 4294967296
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1))
  }

  /** True with the given probability, 0 to 1. */
  chance(probability: number): boolean {
    return this.unit() < probability
  }

  /** One of the values, all equally likely. The list must not be empty. */
  pick<A>(values: readonly [A, ...Array<A>]): A {
    return values[Math.floor(this.unit() * values.length)] ?? values[0]
  }

  /** One of the prepared choices. */
  choose<A>(choices: Weighted<A>): A {
    const at = this.unit()
    for (const { limit, value } of choices.choices) if (at < limit) return value
    return choices.last
  }

  /** `length` random digits of `alphabet`. */
  text(alphabet: string, length: number): string {
    let out = ""
    for (let i = 0; i < length; i++) out += alphabet.charAt(Math.floor(this.unit() * alphabet.length))
    return out
  }
}

/** The stream for one purpose of one person (or provider, or facility). `purpose` comes from {@link hashText}, taken once per module. */
export const stream = (seed: Seed, person: number, purpose: number, ordinal: number): Stream => {
  const a = mix(seed ^ mix(person + 0x9e3779b9))
  const b = mix(a ^ mix(purpose + 0x7f4a7c15))
  const c = mix(b ^ mix(ordinal + 0x165667b1))
  return new Stream(a, b, c)
}

/**
 * A different 32-bit number for each 32-bit number: shuffles ids without a register of those already given.
 * One-to-one because each step is: adding a constant, multiplying by an odd number, and xor with the number's own upper half.
 */
export const scramble = (value: number, key: number): number => mix(Math.imul(value ^ key, 0x2c1b3c6d) + key) >>> 0
