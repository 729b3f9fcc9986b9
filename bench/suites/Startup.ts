import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { alternate, type Case } from "../Alternate.ts"
import { measured, temporary } from "../Measured.ts"
import type { SampleLine } from "../Record.ts"

const root = join(import.meta.dirname, "..", "..")

/** A start is over in a blink; so many of them are taken for each round that was asked for. */
const startsPerRound = 5

/**
 * How long the command takes until it has said something: as it is published, beside the emptiest program that Node can run, and as a
 * checkout runs it.
 */
export const startup = async (rounds: number, record: (line: SampleLine) => void): Promise<void> => {
  using folder = temporary()
  const bundle = join(folder.path, "bundle")
  // The command reads its version from the manifest beside it.
  copyFileSync(join(root, "apps", "runner", "package.json"), join(folder.path, "package.json"))
  await measured(process.execPath, [join(root, "scripts", "bundle.mjs"), bundle])
  const nothing = "node -e 0"
  const started = (name: string, args: ReadonlyArray<string>, most?: number): Case => ({
    name,
    ...(name === nothing ? {} : { against: nothing }),
    ...(most === undefined ? {} : { most }),
    take: async () => {
      const { stdout: _, ...sample } = await measured(process.execPath, args)
      return { ...sample, bytes: 0 }
    }
  })
  const cases = [
    started(nothing, ["-e", "0"]),
    started("bcda --help", [join(bundle, "main.js"), "--help"], 4.5),
    started("bcda export --help", [join(bundle, "main.js"), "export", "--help"], 4.5),
    started("npm start -- --help, without npm", [join(root, "apps", "runner", "src", "main.ts"), "--help"])
  ]
  await alternate("startup", cases, rounds * startsPerRound, record)
}
