import { Completions } from "effect/cli"
import { bcda } from "../../src/Cli.ts"

/** A command that does something by itself, as `jobs list`; the tour has no words. */
export interface Described {
  readonly path: string
  readonly flags: ReadonlyArray<string>
}

const walk = (
  { flags, name, subcommands }: Completions.CommandDescriptor,
  above: ReadonlyArray<string>
): ReadonlyArray<Described> => {
  const path = [...above, name]
  const names = flags.map((flag) => flag.name)
  const own = names.length === 0 ? [] : [{ path: path.slice(1).join(" "), flags: names }]
  return [...own, ...subcommands.flatMap((command) => walk(command, path))]
}

/** Every command that there is, from the command line itself. */
export const allCommands = (): ReadonlyArray<Described> => walk(Completions.fromCommand(bcda), [])
