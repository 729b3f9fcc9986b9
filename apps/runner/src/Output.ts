import { Console, Context, Effect } from "effect"

/** stdout is the result and nothing else. */
export const result = (text: string): Effect.Effect<void> => Console.log(text)

/** One JSON line of the result. */
export const json = (value: unknown): Effect.Effect<void> => Console.log(JSON.stringify(value))

/** Where notes go: to stderr, unless something is drawn there that they would end up in the middle of. */
export const Notes = Context.Reference<(text: string) => Effect.Effect<void>>("bcda-kit/Notes", {
  defaultValue: () => (text) => Console.error(text)
})

/** stderr is for the person watching: progress, notes, errors. */
export const note = (text: string): Effect.Effect<void> => Effect.flatMap(Notes, (say) => say(text))

const units = ["B", "kB", "MB", "GB", "TB"]

/** `1234567` as `1.2 MB`. */
export const bytes = (n: number): string => {
  const power = n < 1000 ? 0 : Math.min(Math.floor(Math.log10(n) / 3), units.length - 1)
  return `${power === 0 ? n : (n / 1000 ** power).toFixed(1)} ${units[power]}`
}

/** `1 file`, `1,234 files`. */
export const count = (n: number, what: string): string => `${n.toLocaleString("en-US")} ${what}${n === 1 ? "" : "s"}`

/** Seconds as `45 s`, `12 min`, `5 h 3 min` or `3 days`. */
export const span = (seconds: number): string => {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`
}
