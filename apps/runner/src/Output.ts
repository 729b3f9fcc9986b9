import { Console, type Effect } from "effect"

/** stdout is the result and nothing else. */
export const result = (text: string): Effect.Effect<void> => Console.log(text)

/** One JSON line of the result. */
export const json = (value: unknown): Effect.Effect<void> => Console.log(JSON.stringify(value))

/** stderr is for the person watching: progress, notes, errors. */
export const note = (text: string): Effect.Effect<void> => Console.error(text)

const units = ["B", "kB", "MB", "GB", "TB"]

/** `1234567` as `1.2 MB`. */
export const bytes = (n: number): string => {
  const power = n < 1000 ? 0 : Math.min(Math.floor(Math.log10(n) / 3), units.length - 1)
  return `${power === 0 ? n : (n / 1000 ** power).toFixed(1)} ${units[power]}`
}

/** `1 file`, `1,234 files`. */
export const count = (n: number, what: string): string => `${n.toLocaleString("en-US")} ${what}${n === 1 ? "" : "s"}`
