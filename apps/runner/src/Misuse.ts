import type { CliError } from "effect/cli"
import { lines } from "./Failure.ts"

const suggestionsOf = (error: CliError.CliError): ReadonlyArray<string> =>
  error._tag === "UnknownSubcommand" || error._tag === "UnrecognizedOption" ? error.suggestions : []

/** What is wrong with one word of a command line; what was probably meant is another line's. */
const why = (error: CliError.CliError): string => error.message.replace(/\s+Did you mean this\?[\s\S]*$/, "")

/** The three lines for a command line that nobody can follow. */
export const misuse = (path: ReadonlyArray<string>, errors: ReadonlyArray<CliError.CliError>): string => {
  const command = path.join(" ")
  const meant = errors.flatMap(suggestionsOf)
  const next = `${command} --help shows what it takes, with examples.`
  return lines({
    what: `${command} cannot be run like this`,
    why: errors.map(why).join("; "),
    next: meant.length === 0 ? next : `Did you mean ${meant.join(" or ")}? ${next}`
  })
}
